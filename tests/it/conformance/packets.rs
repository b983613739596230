//! ICS-04 and ICS-20: transfers there and back, acknowledged, refused, timed out; replays that change nothing.

use anyhow::{Context, Result};
use lightship_tests::chain_under_test::Role;
use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;
use proto::ibc::applications::transfer::v1::MsgTransfer;
use proto::ibc::core::channel::v1::{MsgAcknowledgement, MsgRecvPacket, MsgTimeout, Packet};
use types::Height;
use types::message::Proof;
use types::wire::pack;

use super::driver::{Driver, Proven, Sent, stake};
use super::handshakes::{TRANSFER, forged};
use super::script::{Script, Side};
use super::transactions::pay;

/// Nanoseconds from a block to a timeout that is not to be reached.
const HOUR: u64 = 3_600_000_000_000;

pub(crate) fn play(script: &mut Script<'_>) -> Result<()> {
    script.transcript.begin("packets");
    refused_transfers(script)?;
    there(script)?;
    back(script)?;
    failed(script)?;
    timed_out_by_height(script)?;
    timed_out_by_time(script)?;
    several_at_once(script)
}

// --- messages

pub(crate) fn transfer(script: &Script<'_>, from: Side, denom: &str, amount: u64) -> Result<MsgTransfer> {
    let (source, destination) = (script.on(from), script.on(from.other()));
    let channel = if from == Side::A { TRANSFER.a } else { TRANSFER.b };
    Ok(MsgTransfer {
        source_port: "transfer".to_owned(),
        source_channel: channel.to_owned(),
        token: Some(Coin { denom: denom.to_owned(), amount: amount.to_string() }),
        sender: source.address(Role::Relayer).to_owned(),
        receiver: destination.address(Role::User).to_owned(),
        timeout_height: None,
        timeout_timestamp: destination.time(destination.head()?)?.0 + HOUR,
        memo: String::new(),
    })
}

/// The packets that a transaction sent.
pub(crate) fn packets_of(sent: &Sent) -> Result<Vec<Packet>> {
    let all = |key: &str| sent.attributes("send_packet", key);
    let (sequences, data) = (all("packet_sequence"), all("packet_data_hex"));
    let (heights, times) = (all("packet_timeout_height"), all("packet_timeout_timestamp"));
    let (ports, channels) = (all("packet_src_port"), all("packet_src_channel"));
    let (to_ports, to_channels) = (all("packet_dst_port"), all("packet_dst_channel"));
    let mut packets = Vec::new();
    for (index, sequence) in sequences.iter().enumerate() {
        let height: Height = heights[index].parse()?;
        packets.push(Packet {
            sequence: sequence.parse()?,
            source_port: ports[index].clone(),
            source_channel: channels[index].clone(),
            destination_port: to_ports[index].clone(),
            destination_channel: to_channels[index].clone(),
            data: hex::decode(&data[index])?,
            timeout_height: Some(height.into()),
            timeout_timestamp: times[index].parse()?,
        });
    }
    Ok(packets)
}

pub(crate) fn packet_of(sent: &Sent) -> Result<Packet> {
    packets_of(sent)?.pop().context("no packet was sent")
}

pub(crate) fn commitment_key(packet: &Packet) -> Vec<u8> {
    let Packet { source_port: port, source_channel: channel, sequence, .. } = packet;
    format!("commitments/ports/{port}/channels/{channel}/sequences/{sequence}").into_bytes()
}

pub(crate) fn acknowledgement_key(packet: &Packet) -> Vec<u8> {
    let Packet { destination_port: port, destination_channel: channel, sequence, .. } = packet;
    format!("acks/ports/{port}/channels/{channel}/sequences/{sequence}").into_bytes()
}

pub(crate) fn receipt_key(packet: &Packet) -> Vec<u8> {
    let Packet { destination_port: port, destination_channel: channel, sequence, .. } = packet;
    format!("receipts/ports/{port}/channels/{channel}/sequences/{sequence}").into_bytes()
}

pub(crate) fn recv(script: &Script<'_>, host: Side, packet: &Packet, proof: &Proof) -> Any {
    pack(&MsgRecvPacket {
        packet: Some(packet.clone()),
        proof_commitment: proof.bytes.clone(),
        proof_height: Some(proof.height.into()),
        signer: script.signer(host).to_string(),
    })
}

pub(crate) fn ack(script: &Script<'_>, host: Side, packet: &Packet, acknowledgement: &[u8], proof: &Proof) -> Any {
    pack(&MsgAcknowledgement {
        packet: Some(packet.clone()),
        acknowledgement: acknowledgement.to_vec(),
        proof_acked: proof.bytes.clone(),
        proof_height: Some(proof.height.into()),
        signer: script.signer(host).to_string(),
    })
}

pub(crate) fn timeout(script: &Script<'_>, host: Side, packet: &Packet, next_sequence_recv: u64, proof: &Proof) -> Any {
    pack(&MsgTimeout {
        packet: Some(packet.clone()),
        proof_unreceived: proof.bytes.clone(),
        proof_height: Some(proof.height.into()),
        next_sequence_recv,
        signer: script.signer(host).to_string(),
    })
}

/// A message of another kind, with which a transaction is never taken for a redundant relay.
pub(crate) fn ballast(driver: &Driver<'_>) -> Any {
    pay(driver.address(Role::Relayer), driver.address(Role::User), stake(1))
}

/// The acknowledgement that a transaction wrote.
pub(crate) fn written(sent: &Sent) -> Result<Vec<u8>> {
    let found = sent.attributes("write_acknowledgement", "packet_ack_hex");
    Ok(hex::decode(found.first().context("no acknowledgement was written")?)?)
}

impl Script<'_> {
    /// Brings a packet to `host`, with the update that it needs.
    pub(crate) fn receive(&mut self, host: Side, step: &str, packet: &Packet) -> Result<Sent> {
        let (update, proven) = self.prove_one(host, commitment_key(packet))?;
        let message = recv(self, host, packet, &proven.proof);
        self.must(host, step, vec![update, message])
    }

    /// Brings an acknowledgement to `host`.
    pub(crate) fn acknowledge(&mut self, host: Side, step: &str, packet: &Packet, bytes: &[u8]) -> Result<Sent> {
        let (update, proven) = self.prove_one(host, acknowledgement_key(packet))?;
        let message = ack(self, host, packet, bytes, &proven.proof);
        self.must(host, step, vec![update, message])
    }

    /// A redundant relay: refused alone, without effect in company.
    pub(crate) fn redundant(&mut self, host: Side, what: &str, message: Any) -> Result<()> {
        self.refused(host, &format!("{what} again"), vec![message.clone()])?;
        let company = ballast(self.on(host));
        self.must(host, &format!("{what} again, with a payment"), vec![message, company])?;
        Ok(())
    }
}

// --- steps

fn refused_transfers(script: &mut Script<'_>) -> Result<()> {
    let good = transfer(script, Side::A, "token", 5)?;
    let token = |denom: &str, amount: &str| Some(Coin { denom: denom.to_owned(), amount: amount.to_owned() });
    let height = |revision_number, revision_height| Some(Height { revision_number, revision_height }.into());
    let bad = [
        ("over no channel", MsgTransfer { source_channel: "channel-77".to_owned(), ..good.clone() }),
        ("over a channel that is not open", MsgTransfer { source_channel: "channel-0".to_owned(), ..good.clone() }),
        ("from a port that is not there", MsgTransfer { source_port: "nope".to_owned(), ..good.clone() }),
        ("of nothing", MsgTransfer { token: token("token", "0"), ..good.clone() }),
        ("of a coin that is none", MsgTransfer { token: token("1", "5"), ..good.clone() }),
        ("of a coin that nobody has", MsgTransfer { token: token("nothing", "5"), ..good.clone() }),
        (
            "of a voucher that is not known",
            MsgTransfer { token: token(&format!("ibc/{}", "A".repeat(64)), "5"), ..good.clone() },
        ),
        ("of more than there is", MsgTransfer { token: token("token", "9000000000000000000"), ..good.clone() }),
        ("to nobody", MsgTransfer { receiver: String::new(), ..good.clone() }),
        ("to a name that is too long", MsgTransfer { receiver: "r".repeat(2_049), ..good.clone() }),
        ("with a memo that is too long", MsgTransfer { memo: "m".repeat(32_769), ..good.clone() }),
        ("without a timeout", MsgTransfer { timeout_timestamp: 0, ..good.clone() }),
        ("with a time that has passed", MsgTransfer { timeout_timestamp: 1_000_000_000, ..good.clone() }),
        ("with a height that has passed", MsgTransfer { timeout_height: height(1, 1), ..good.clone() }),
        ("with a height of an older revision", MsgTransfer { timeout_height: height(0, 9), ..good }),
    ];
    for (step, message) in bad {
        script.refused(Side::A, &format!("a transfer {step}"), vec![pack(&message)])?;
    }
    Ok(())
}

fn there(script: &mut Script<'_>) -> Result<()> {
    let message = MsgTransfer { memo: "with a memo".to_owned(), ..transfer(script, Side::A, "token", 1_000)? };
    let sent = script.must(Side::A, "a transfer from A", vec![pack(&message)])?;
    let packet = packet_of(&sent)?;
    let (update, proven) = script.prove_one(Side::B, commitment_key(&packet))?;
    let message = |packet: &Packet, proof: &Proof| recv(script, Side::B, packet, proof);
    let early = message(&packet, &proven.proof);
    let other = Packet { data: b"other data".to_vec(), ..packet.clone() };
    let next = Packet { sequence: 2, ..packet.clone() };
    let channel = Packet { destination_channel: "channel-7".to_owned(), ..packet.clone() };
    let source = Packet { source_channel: "channel-7".to_owned(), ..packet.clone() };
    let bad = [
        ("a forged proof", message(&packet, &forged(&proven.proof))),
        ("other data", message(&other, &proven.proof)),
        ("another sequence", message(&next, &proven.proof)),
        ("another channel", message(&channel, &proven.proof)),
        ("another source", message(&source, &proven.proof)),
    ];
    script.refused(Side::B, "receive before the client knows the height", vec![early.clone()])?;
    script.must(Side::B, "update to receive", vec![update])?;
    for (step, message) in bad {
        script.refused(Side::B, &format!("receive with {step}"), vec![message])?;
    }
    let received = script.must(Side::B, "receive", vec![early.clone()])?;
    script.redundant(Side::B, "receive", early)?;
    let acknowledgement = written(&received)?;
    acknowledged(script, &packet, &acknowledgement)
}

fn acknowledged(script: &mut Script<'_>, packet: &Packet, acknowledgement: &[u8]) -> Result<()> {
    let (update, proven) = script.prove_one(Side::A, acknowledgement_key(packet))?;
    let good = ack(script, Side::A, packet, acknowledgement, &proven.proof);
    let other = Packet { data: b"other data".to_vec(), ..packet.clone() };
    let bad = [
        ("a forged proof", ack(script, Side::A, packet, acknowledgement, &forged(&proven.proof))),
        ("another acknowledgement", ack(script, Side::A, packet, br#"{"error":"no"}"#, &proven.proof)),
        ("no bytes", ack(script, Side::A, packet, b"", &proven.proof)),
        ("another packet", ack(script, Side::A, &other, acknowledgement, &proven.proof)),
    ];
    script.must(Side::A, "update to acknowledge", vec![update])?;
    for (step, message) in bad {
        script.refused(Side::A, &format!("acknowledge with {step}"), vec![message])?;
    }
    // A receipt is there: nothing proves the opposite.
    let (update, proven) = script.prove_one(Side::A, receipt_key(packet))?;
    let early = timeout(script, Side::A, packet, 1, &proven.proof);
    script.refused(Side::A, "time out what was received", vec![update, early])?;
    script.must(Side::A, "acknowledge", vec![good.clone()])?;
    script.redundant(Side::A, "acknowledge", good)
}

fn back(script: &mut Script<'_>) -> Result<()> {
    let denom = {
        use sha2::Digest;
        let path = format!("transfer/{}/token", TRANSFER.b);
        format!("ibc/{}", hex::encode_upper(sha2::Sha256::digest(path.as_bytes())))
    };
    let mut message = transfer(script, Side::B, &denom, 400)?;
    message.sender = script.b.address(Role::User).to_owned();
    let sent = script.b.send(Role::User, vec![pack(&message)])?;
    script.transcript.record("the voucher goes back from B", sent.answer())?;
    let packet = packet_of(&sent)?;
    let received = script.receive(Side::A, "receive what comes home", &packet)?;
    script.acknowledge(Side::B, "acknowledge what came home", &packet, &written(&received)?)?;

    let message = transfer(script, Side::B, "stake", 77)?;
    let sent = script.must(Side::B, "a transfer from B", vec![pack(&message)])?;
    let packet = packet_of(&sent)?;
    let received = script.receive(Side::A, "receive from B", &packet)?;
    script.acknowledge(Side::B, "acknowledge on B", &packet, &written(&received)?)?;
    Ok(())
}

fn failed(script: &mut Script<'_>) -> Result<()> {
    for (step, receiver) in [
        ("to no address", "nobody"),
        ("to an account that may not receive", "cosmos17xpfvakm2amg962yls6f84z3kell8c5lserqta"),
    ] {
        let message = MsgTransfer { receiver: receiver.to_owned(), ..transfer(script, Side::A, "token", 30)? };
        let sent = script.must(Side::A, &format!("a transfer {step}"), vec![pack(&message)])?;
        let packet = packet_of(&sent)?;
        let received = script.receive(Side::B, &format!("receive one {step}"), &packet)?;
        script.acknowledge(Side::A, &format!("refund one {step}"), &packet, &written(&received)?)?;
    }
    Ok(())
}

fn absent(script: &Script<'_>, packet: &Packet) -> Result<(Any, Proven)> {
    script.prove_one(Side::A, receipt_key(packet))
}

fn timed_out_by_height(script: &mut Script<'_>) -> Result<()> {
    let limit = script.b.head()? + 8;
    let mut message = transfer(script, Side::A, "token", 50)?;
    message.timeout_height = Some(script.b.height(limit).into());
    message.timeout_timestamp = 0;
    let sent = script.must(Side::A, "a transfer with a height", vec![pack(&message)])?;
    let packet = packet_of(&sent)?;
    let far =
        script.must(Side::A, "a transfer with a time far off", vec![pack(&transfer(script, Side::A, "token", 60)?)])?;
    let far = packet_of(&far)?;
    let (update, proven) = absent(script, &far)?;
    let message = timeout(script, Side::A, &far, 1, &proven.proof);
    script.refused(Side::A, "time out too early", vec![update, message])?;

    script.b.reach(limit + 1)?;
    let (update, proven) = script.prove_one(Side::B, commitment_key(&packet))?;
    let message = recv(script, Side::B, &packet, &proven.proof);
    script.refused(Side::B, "receive what has timed out", vec![update, message])?;

    let (update, proven) = absent(script, &packet)?;
    let forgery = timeout(script, Side::A, &packet, 1, &forged(&proven.proof));
    script.refused(Side::A, "time out with a forged proof", vec![update.clone(), forgery])?;
    let message = timeout(script, Side::A, &packet, 1, &proven.proof);
    script.must(Side::A, "time out by height", vec![update, message.clone()])?;
    script.redundant(Side::A, "time out", message)?;

    let received = script.receive(Side::B, "receive the one with a time far off", &far)?;
    script.acknowledge(Side::A, "acknowledge the one with a time far off", &far, &written(&received)?)?;
    Ok(())
}

fn timed_out_by_time(script: &mut Script<'_>) -> Result<()> {
    let mut message = transfer(script, Side::A, "token", 70)?;
    let now = script.b.time(script.b.head()?)?.0;
    message.timeout_timestamp = now + 4_000_000_000;
    let sent = script.must(Side::A, "a transfer with a time", vec![pack(&message)])?;
    let packet = packet_of(&sent)?;
    while script.b.time(script.b.head()?)?.0 < packet.timeout_timestamp {
        script.b.reach(script.b.head()? + 1)?;
    }
    let (update, proven) = absent(script, &packet)?;
    let message = timeout(script, Side::A, &packet, 1, &proven.proof);
    script.must(Side::A, "time out by time", vec![update, message])?;
    Ok(())
}

/// One update for several packets, one of which was brought before.
fn several_at_once(script: &mut Script<'_>) -> Result<()> {
    let one = pack(&transfer(script, Side::A, "token", 1)?);
    let sent = script.must(Side::A, "three transfers in one transaction", vec![one.clone(), one.clone(), one])?;
    let packets = packets_of(&sent)?;
    let first = script.receive(Side::B, "receive the first of three", &packets[0])?;
    let keys: Vec<_> = packets.iter().map(commitment_key).collect();
    let (update, proven) = script.prove(Side::B, &keys)?;
    let mut messages = vec![update];
    messages.extend(packets.iter().zip(&proven).map(|(packet, proven)| recv(script, Side::B, packet, &proven.proof)));
    let rest = script.must(Side::B, "receive all three", messages)?;
    let mut acknowledgements = vec![written(&first)?];
    for bytes in rest.attributes("write_acknowledgement", "packet_ack_hex") {
        acknowledgements.push(hex::decode(bytes)?);
    }
    let keys: Vec<_> = packets.iter().map(acknowledgement_key).collect();
    let (update, proven) = script.prove(Side::A, &keys)?;
    let mut messages = vec![update];
    for ((packet, bytes), proven) in packets.iter().zip(&acknowledgements).zip(&proven) {
        messages.push(ack(script, Side::A, packet, bytes, &proven.proof));
    }
    script.must(Side::A, "acknowledge all three", messages)?;
    Ok(())
}
