//! ICS-03 and ICS-04: a connection and channels are made step by step, each with what may not pass in its place.

use std::time::Duration;

use anyhow::Result;
use proto::google::protobuf::Any;
use proto::ibc::core::channel::v1 as channel;
use types::connection::{Counterparty, Version};
use types::message::{
    MsgChannelOpenAck, MsgChannelOpenConfirm, MsgChannelOpenInit, MsgChannelOpenTry, MsgConnectionOpenAck,
    MsgConnectionOpenConfirm, MsgConnectionOpenInit, MsgConnectionOpenTry, Proof,
};
use types::wire::{pack, unpack};
use types::{Height, MerklePrefix, Order};

use super::script::{CLIENT, Script, Side};

/// The connection that each chain has to the other.
const CONNECTION: &str = "connection-0";

/// A channel between the chains: its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) port: &'static str,
    pub(crate) a: &'static str,
    pub(crate) b: &'static str,
}

/// The transfer channel.
pub(crate) const TRANSFER: Channel = Channel { port: "transfer", a: "channel-1", b: "channel-0" };
/// The probe's unordered channel.
pub(crate) const UNORDERED: Channel = Channel { port: "probe", a: "channel-2", b: "channel-1" };
/// The probe's ordered channel.
pub(crate) const ORDERED: Channel = Channel { port: "probe", a: "channel-3", b: "channel-2" };
/// Another ordered one, to be closed.
pub(crate) const CLOSING: Channel = Channel { port: "probe", a: "channel-4", b: "channel-3" };

pub(crate) fn play(script: &mut Script<'_>) -> Result<()> {
    script.transcript.begin("handshakes");
    connection_init(script)?;
    connection_try(script)?;
    connection_ack(script)?;
    connection_confirm(script)?;
    channel_init(script)?;
    channel_rest(script)?;
    for (channel, ordering) in [(UNORDERED, Order::Unordered), (ORDERED, Order::Ordered), (CLOSING, Order::Ordered)] {
        open(script, &channel, ordering)?;
    }
    Ok(())
}

/// The same proof with one byte changed, deep inside.
pub(crate) fn forged(proof: &Proof) -> Proof {
    let mut proof = proof.clone();
    let last = proof.bytes.len() - 1;
    proof.bytes[last] ^= 1;
    proof
}

fn connection_init(script: &mut Script<'_>) -> Result<()> {
    let good = MsgConnectionOpenInit {
        client: CLIENT.parse()?,
        counterparty_client: CLIENT.parse()?,
        counterparty_prefix: MerklePrefix::default(),
        version: Some(Version::default()),
        delay_period: Duration::ZERO,
        signer: script.signer(Side::A),
    };
    let feature = |feature: &str| Version { identifier: "1".to_owned(), features: vec![feature.to_owned()] };
    let other = Version { identifier: "9".to_owned(), ..Version::default() };
    let bad = [
        ("a client that is not there", MsgConnectionOpenInit { client: "07-tendermint-99".parse()?, ..good.clone() }),
        ("another version", MsgConnectionOpenInit { version: Some(other), ..good.clone() }),
        ("a feature that is not known", MsgConnectionOpenInit { version: Some(feature("ORDER_DAG")), ..good.clone() }),
        ("no prefix", MsgConnectionOpenInit { counterparty_prefix: MerklePrefix(Vec::new()), ..good.clone() }),
        ("the client of the chain itself", MsgConnectionOpenInit { client: "09-localhost".parse()?, ..good.clone() }),
    ];
    for (step, message) in bad {
        script.refused(Side::A, &format!("connection init with {step}"), vec![message.into()])?;
    }
    script.must(Side::A, "connection init", vec![good.clone().into()])?;
    let message = MsgConnectionOpenInit { version: None, delay_period: Duration::from_nanos(5), ..good };
    script.must(Side::A, "connection init without a version and with a delay", vec![message.into()])?;
    Ok(())
}

fn connection_key(id: &str) -> Vec<u8> {
    format!("connections/{id}").into_bytes()
}

fn connection_try(script: &mut Script<'_>) -> Result<()> {
    let (update, proven) = script.prove_one(Side::B, connection_key(CONNECTION))?;
    let good = MsgConnectionOpenTry {
        client: CLIENT.parse()?,
        counterparty: Counterparty {
            client: CLIENT.parse()?,
            connection: Some(CONNECTION.parse()?),
            prefix: MerklePrefix::default(),
        },
        counterparty_versions: vec![Version::default()],
        delay_period: Duration::ZERO,
        proof: proven.proof.clone(),
        self_client: None,
        signer: script.signer(Side::B),
    };
    script.refused(Side::B, "connection try before the client knows the height", vec![good.clone().into()])?;
    script.must(Side::B, "update for a connection try", vec![update])?;
    let other = Version { identifier: "9".to_owned(), ..Version::default() };
    let counterparty = |client: &str, connection: &str| -> Result<Counterparty> {
        Ok(Counterparty {
            client: client.parse()?,
            connection: Some(connection.parse()?),
            prefix: MerklePrefix::default(),
        })
    };
    let no_proof = Proof { bytes: Vec::new(), ..proven.proof.clone() };
    let no_height = Proof { height: Height::ZERO, ..proven.proof.clone() };
    let garbage = Proof { bytes: b"no proof".to_vec(), ..proven.proof.clone() };
    let bad = [
        ("a forged proof", MsgConnectionOpenTry { proof: forged(&proven.proof), ..good.clone() }),
        ("a proof that can't be decoded", MsgConnectionOpenTry { proof: garbage, ..good.clone() }),
        ("no proof", MsgConnectionOpenTry { proof: no_proof, ..good.clone() }),
        ("a proof of height zero", MsgConnectionOpenTry { proof: no_height, ..good.clone() }),
        ("another delay", MsgConnectionOpenTry { delay_period: Duration::from_secs(1), ..good.clone() }),
        ("versions of others", MsgConnectionOpenTry { counterparty_versions: vec![other], ..good.clone() }),
        ("no versions", MsgConnectionOpenTry { counterparty_versions: Vec::new(), ..good.clone() }),
        (
            "another client",
            MsgConnectionOpenTry { counterparty: counterparty("07-tendermint-5", CONNECTION)?, ..good.clone() },
        ),
        (
            "another connection",
            MsgConnectionOpenTry { counterparty: counterparty(CLIENT, "connection-1")?, ..good.clone() },
        ),
        ("a client that is not there", MsgConnectionOpenTry { client: "07-tendermint-99".parse()?, ..good.clone() }),
    ];
    for (step, message) in bad {
        script.refused(Side::B, &format!("connection try with {step}"), vec![message.into()])?;
    }
    script.must(Side::B, "connection try", vec![good.into()])?;
    Ok(())
}

fn connection_ack(script: &mut Script<'_>) -> Result<()> {
    let (update, proven) = script.prove_one(Side::A, connection_key(CONNECTION))?;
    let good = MsgConnectionOpenAck {
        connection: CONNECTION.parse()?,
        counterparty_connection: CONNECTION.parse()?,
        version: Version::default(),
        proof: proven.proof.clone(),
        self_client: None,
        signer: script.signer(Side::A),
    };
    let other = Version { identifier: "9".to_owned(), ..Version::default() };
    script.must(Side::A, "update for a connection ack", vec![update])?;
    let bad = [
        ("a forged proof", MsgConnectionOpenAck { proof: forged(&proven.proof), ..good.clone() }),
        ("another version", MsgConnectionOpenAck { version: other, ..good.clone() }),
        (
            "another connection",
            MsgConnectionOpenAck { counterparty_connection: "connection-5".parse()?, ..good.clone() },
        ),
        (
            "a connection that is not there",
            MsgConnectionOpenAck { connection: "connection-99".parse()?, ..good.clone() },
        ),
    ];
    for (step, message) in bad {
        script.refused(Side::A, &format!("connection ack with {step}"), vec![message.into()])?;
    }
    script.must(Side::A, "connection ack", vec![good.clone().into()])?;
    script.refused(Side::A, "connection ack again", vec![good.into()])
}

fn connection_confirm(script: &mut Script<'_>) -> Result<()> {
    let (update, proven) = script.prove_one(Side::B, connection_key(CONNECTION))?;
    let good = MsgConnectionOpenConfirm {
        connection: CONNECTION.parse()?,
        proof: proven.proof.clone(),
        signer: script.signer(Side::B),
    };
    let bad = MsgConnectionOpenConfirm { proof: forged(&proven.proof), ..good.clone() };
    script.refused(Side::B, "connection confirm with a forged proof", vec![update.clone(), bad.into()])?;
    script.must(Side::B, "connection confirm", vec![update, good.clone().into()])?;
    script.refused(Side::B, "connection confirm again", vec![good.into()])
}

fn channel_init(script: &mut Script<'_>) -> Result<()> {
    let good = init(script, "transfer", Order::Unordered)?;
    let version = |version: &str| MsgChannelOpenInit { version: version.to_owned(), ..good.clone() };
    let bad = [
        ("another version", version("ics20-9")),
        ("an order that transfers have not", MsgChannelOpenInit { ordering: Order::Ordered, ..good.clone() }),
        ("a port that is not there", MsgChannelOpenInit { port: "nope".parse()?, ..good.clone() }),
        ("a connection that is not there", MsgChannelOpenInit { connection: "connection-9".parse()?, ..good.clone() }),
    ];
    for (step, message) in bad {
        script.refused(Side::A, &format!("channel init with {step}"), vec![message.into()])?;
    }
    let mut raw: channel::MsgChannelOpenInit = unpack(&Any::from(good.clone()))?;
    if let Some(end) = &mut raw.channel {
        end.connection_hops.push(CONNECTION.to_owned());
    }
    script.refused(Side::A, "channel init over two connections", vec![pack(&raw)])?;
    if let Some(end) = &mut raw.channel {
        end.connection_hops.truncate(1);
        end.state = channel::State::Open.into();
    }
    script.refused(Side::A, "channel init that is open at once", vec![pack(&raw)])?;
    script.must(Side::A, "channel init with a blank version", vec![version("").into()])?;
    script.must(Side::A, "channel init", vec![good.into()])?;
    Ok(())
}

fn init(script: &Script<'_>, port: &str, ordering: Order) -> Result<MsgChannelOpenInit> {
    Ok(MsgChannelOpenInit {
        port: port.parse()?,
        ordering,
        connection: CONNECTION.parse()?,
        counterparty_port: port.parse()?,
        version: version(port).to_owned(),
        signer: script.signer(Side::A),
    })
}

fn version(port: &str) -> &'static str {
    if port == "transfer" { "ics20-1" } else { "probe-1" }
}

pub(crate) fn channel_key(port: &str, channel: &str) -> Vec<u8> {
    format!("channelEnds/ports/{port}/channels/{channel}").into_bytes()
}

fn open_try(script: &Script<'_>, channel: &Channel, ordering: Order, proof: Proof) -> Result<MsgChannelOpenTry> {
    Ok(MsgChannelOpenTry {
        port: channel.port.parse()?,
        ordering,
        connection: CONNECTION.parse()?,
        counterparty_port: channel.port.parse()?,
        counterparty_channel: channel.a.parse()?,
        counterparty_version: version(channel.port).to_owned(),
        proof,
        signer: script.signer(Side::B),
    })
}

fn open_ack(script: &Script<'_>, channel: &Channel, proof: Proof) -> Result<MsgChannelOpenAck> {
    Ok(MsgChannelOpenAck {
        port: channel.port.parse()?,
        channel: channel.a.parse()?,
        counterparty_channel: channel.b.parse()?,
        counterparty_version: version(channel.port).to_owned(),
        proof,
        signer: script.signer(Side::A),
    })
}

fn open_confirm(script: &Script<'_>, channel: &Channel, proof: Proof) -> Result<MsgChannelOpenConfirm> {
    let (port, channel) = (channel.port.parse()?, channel.b.parse()?);
    Ok(MsgChannelOpenConfirm { port, channel, proof, signer: script.signer(Side::B) })
}

fn channel_rest(script: &mut Script<'_>) -> Result<()> {
    let (update, proven) = script.prove_one(Side::B, channel_key("transfer", TRANSFER.a))?;
    let good = open_try(script, &TRANSFER, Order::Unordered, proven.proof.clone())?;
    script.must(Side::B, "update for a channel try", vec![update])?;
    let bad = [
        ("a forged proof", MsgChannelOpenTry { proof: forged(&proven.proof), ..good.clone() }),
        ("another version", MsgChannelOpenTry { counterparty_version: "ics20-9".to_owned(), ..good.clone() }),
        ("another order", MsgChannelOpenTry { ordering: Order::Ordered, ..good.clone() }),
        ("another channel", MsgChannelOpenTry { counterparty_channel: "channel-0".parse()?, ..good.clone() }),
        ("a port that is not there", MsgChannelOpenTry { port: "nope".parse()?, ..good.clone() }),
    ];
    for (step, message) in bad {
        script.refused(Side::B, &format!("channel try with {step}"), vec![message.into()])?;
    }
    script.must(Side::B, "channel try", vec![good.into()])?;

    let (update, proven) = script.prove_one(Side::A, channel_key("transfer", TRANSFER.b))?;
    let good = open_ack(script, &TRANSFER, proven.proof.clone())?;
    script.must(Side::A, "update for a channel ack", vec![update])?;
    let bad = [
        ("a forged proof", MsgChannelOpenAck { proof: forged(&proven.proof), ..good.clone() }),
        ("another version", MsgChannelOpenAck { counterparty_version: "ics20-9".to_owned(), ..good.clone() }),
        ("a channel that is not there", MsgChannelOpenAck { channel: "channel-99".parse()?, ..good.clone() }),
    ];
    for (step, message) in bad {
        script.refused(Side::A, &format!("channel ack with {step}"), vec![message.into()])?;
    }
    script.must(Side::A, "channel ack", vec![good.clone().into()])?;
    script.refused(Side::A, "channel ack again", vec![good.into()])?;

    let (update, proven) = script.prove_one(Side::B, channel_key("transfer", TRANSFER.a))?;
    let good = open_confirm(script, &TRANSFER, proven.proof.clone())?;
    let bad = MsgChannelOpenConfirm { proof: forged(&proven.proof), ..good.clone() };
    script.refused(Side::B, "channel confirm with a forged proof", vec![update.clone(), bad.into()])?;
    script.must(Side::B, "channel confirm", vec![update, good.clone().into()])?;
    script.refused(Side::B, "channel confirm again", vec![good.into()])
}

/// Opens one of the probe's channels.
fn open(script: &mut Script<'_>, channel: &Channel, ordering: Order) -> Result<()> {
    let name = channel.a;
    let message = init(script, channel.port, ordering)?;
    script.must(Side::A, &format!("{name}: init"), vec![message.into()])?;
    let (update, proven) = script.prove_one(Side::B, channel_key(channel.port, channel.a))?;
    let message = open_try(script, channel, ordering, proven.proof)?;
    script.must(Side::B, &format!("{name}: try"), vec![update, message.into()])?;
    let (update, proven) = script.prove_one(Side::A, channel_key(channel.port, channel.b))?;
    let message = open_ack(script, channel, proven.proof)?;
    script.must(Side::A, &format!("{name}: ack"), vec![update, message.into()])?;
    let (update, proven) = script.prove_one(Side::B, channel_key(channel.port, channel.a))?;
    let message = open_confirm(script, channel, proven.proof)?;
    script.must(Side::B, &format!("{name}: confirm"), vec![update, message.into()])?;
    Ok(())
}
