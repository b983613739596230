//! ICS-02 and ICS-07: clients are made and updated, and refused where they should be.

use std::time::Duration;

use anyhow::{Context, Result};
use proto::google::protobuf::Any;
use proto::ibc::core::client::v1::MsgCreateClient as RawCreateClient;
use proto::ibc::lightclients::tendermint::v1::Header as RawHeader;
use types::client::{TrustThreshold, sdk_proof_specs, sdk_upgrade_path};
use types::message::{MsgCreateClient, MsgUpdateClient, Signer};
use types::wire::pack;
use types::{ClientState, ConsensusState, Height, Timestamp};

use super::driver::Driver;
use super::script::{CLIENT, Script, Side};

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn play(script: &mut Script<'_>) -> Result<()> {
    script.transcript.begin("clients");
    refused_creations(script)?;
    created(script)?;
    updated(script)?;
    refused_updates(script)
}

/// A client of `driver`'s chain, as it is at a height.
pub(crate) fn states(driver: &Driver<'_>, height: u64) -> Result<(ClientState, ConsensusState)> {
    let header = driver.light_block(height)?.signed_header.header;
    let client = ClientState {
        chain_id: driver.id.clone(),
        trust_level: TrustThreshold::new(1, 3)?,
        trusting_period: DAY * 14,
        unbonding_period: DAY * 21,
        max_clock_drift: Duration::from_secs(40),
        frozen_height: None,
        latest_height: driver.height(height),
        proof_specs: sdk_proof_specs(),
        upgrade_path: sdk_upgrade_path(),
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    };
    let consensus = ConsensusState {
        timestamp: Timestamp(u64::try_from(header.time.unix_timestamp_nanos())?),
        root: header.app_hash.as_bytes().to_vec(),
        next_validators_hash: header.next_validators_hash.as_bytes().to_vec(),
    };
    Ok((client, consensus))
}

pub(crate) fn create((client_state, consensus_state): (ClientState, ConsensusState), signer: Signer) -> Any {
    MsgCreateClient { client_state, consensus_state, signer }.into()
}

fn refused_creations(script: &mut Script<'_>) -> Result<()> {
    type Spoil = fn(&mut ClientState, &mut ConsensusState);
    let spoilt: [(&str, Spoil); 13] = [
        ("a trusting period of zero", |client, _| client.trusting_period = Duration::ZERO),
        ("an unbonding period of zero", |client, _| client.unbonding_period = Duration::ZERO),
        ("a trusting period as long as unbonding", |client, _| client.trusting_period = client.unbonding_period),
        ("a clock drift of zero", |client, _| client.max_clock_drift = Duration::ZERO),
        ("a latest height of zero", |client, _| client.latest_height.revision_height = 0),
        ("a revision that is not the chain id's", |client, _| client.latest_height.revision_number = 7),
        ("no proof specs", |client, _| client.proof_specs.clear()),
        ("an empty part of the upgrade path", |client, _| client.upgrade_path.push(String::new())),
        ("a client that is frozen", |client, _| {
            client.frozen_height = Some(Height { revision_number: 0, revision_height: 1 });
        }),
        ("no root", |_, consensus| consensus.root.clear()),
        ("a hash of validators that is none", |_, consensus| consensus.next_validators_hash = vec![1]),
        ("a time of zero", |_, consensus| consensus.timestamp = Timestamp(0)),
        ("a consensus state that has expired", |_, consensus| consensus.timestamp = Timestamp(1_000_000_000)),
    ];
    let head = script.b.head()?;
    let signer = script.signer(Side::A);
    for (step, spoil) in spoilt {
        let (mut client, mut consensus) = states(&script.b, head)?;
        spoil(&mut client, &mut consensus);
        let message = create((client, consensus), signer.clone());
        script.refused(Side::A, &format!("create a client with {step}"), vec![message])?;
    }
    let (client, consensus) = states(&script.b, head)?;
    let (client, consensus) = (Any::from(client), Any::from(consensus));
    let unknown = Any { type_url: "/lightship.Nothing".to_owned(), value: Vec::new() };
    let raws = [
        ("no client state", None, Some(consensus.clone())),
        ("no consensus state", Some(client.clone()), None),
        ("both states exchanged", Some(consensus.clone()), Some(client)),
        ("an unknown client state", Some(unknown), Some(consensus)),
    ];
    for (step, client_state, consensus_state) in raws {
        let message = pack(&RawCreateClient { client_state, consensus_state, signer: signer.to_string() });
        script.refused(Side::A, &format!("create a client with {step}"), vec![message])?;
    }
    Ok(())
}

fn created(script: &mut Script<'_>) -> Result<()> {
    for (side, step) in [(Side::A, "create a client on A"), (Side::B, "create a client on B")] {
        let counterparty = script.on(side.other());
        let message = create(states(counterparty, counterparty.head()?)?, script.signer(side));
        // What was refused before took no number: the first is 0.
        script.must(side, step, vec![message])?;
    }
    Ok(())
}

fn updated(script: &mut Script<'_>) -> Result<()> {
    for (side, name) in [(Side::A, "A"), (Side::B, "B")] {
        let trusted = script.on(side).client_state(CLIENT)?.latest_height.revision_height;
        script.on(side.other()).reach(trusted + 3)?;
        let header = script.header(side, CLIENT, trusted + 3)?;
        let update = script.update_with(side, CLIENT, &header)?;
        script.must(side, &format!("update the client on {name}"), vec![update.clone()])?;
        script.must(side, &format!("the same update on {name} again"), vec![update])?;
        let between = script.on(side.other()).header(trusted, trusted + 2)?;
        let update = script.update_with(side, CLIENT, &between)?;
        script.must(side, &format!("an update on {name} to a height between"), vec![update])?;
    }
    Ok(())
}

/// What is wrong with a header, and how it is made wrong.
type SpoiltHeader = (&'static str, fn(&mut RawHeader) -> Option<()>);

const SPOILT_HEADERS: [SpoiltHeader; 13] = [
    ("no signed header", |header| {
        header.signed_header = None;
        Some(())
    }),
    ("no validators", |header| {
        header.validator_set = None;
        Some(())
    }),
    ("no trusted validators", |header| {
        header.trusted_validators = None;
        Some(())
    }),
    ("no trusted height", |header| {
        header.trusted_height = None;
        Some(())
    }),
    ("a trusted height that is not known", |header| {
        header.trusted_height.as_mut()?.revision_height = 1;
        Some(())
    }),
    ("a trusted height above the header", |header| {
        header.trusted_height.as_mut()?.revision_height += 1_000_000;
        Some(())
    }),
    ("a trusted height of another revision", |header| {
        header.trusted_height.as_mut()?.revision_number += 1;
        Some(())
    }),
    ("a signature that is none", |header| {
        let signature = &mut header.signed_header.as_mut()?.commit.as_mut()?.signatures.get_mut(0)?.signature;
        *signature.get_mut(0)? ^= 1;
        Some(())
    }),
    ("no signature", |header| {
        let signature = header.signed_header.as_mut()?.commit.as_mut()?.signatures.get_mut(0)?;
        signature.block_id_flag = 1;
        signature.validator_address.clear();
        signature.signature.clear();
        signature.timestamp = None;
        Some(())
    }),
    ("another app hash", |header| {
        *header.signed_header.as_mut()?.header.as_mut()?.app_hash.get_mut(0)? ^= 1;
        Some(())
    }),
    ("another chain's id", |header| {
        header.signed_header.as_mut()?.header.as_mut()?.chain_id = "chain-c-1".to_owned();
        Some(())
    }),
    ("validators of more power", |header| {
        header.validator_set.as_mut()?.validators.get_mut(0)?.voting_power += 1;
        Some(())
    }),
    ("trusted validators of more power", |header| {
        header.trusted_validators.as_mut()?.validators.get_mut(0)?.voting_power += 1;
        Some(())
    }),
];

fn refused_updates(script: &mut Script<'_>) -> Result<()> {
    let trusted = script.a.client_state(CLIENT)?.latest_height.revision_height;
    script.b.reach(trusted + 2)?;
    let good = script.header(Side::A, CLIENT, trusted + 2)?;
    for (step, spoil) in SPOILT_HEADERS {
        let mut header = good.clone();
        spoil(&mut header).with_context(|| step.to_owned())?;
        let update = script.update_with(Side::A, CLIENT, &header)?;
        script.refused(Side::A, &format!("update with {step}"), vec![update])?;
    }
    let update = script.update_with(Side::A, "07-tendermint-99", &good)?;
    script.refused(Side::A, "update of a client that is not there", vec![update])?;
    let update = script.update_with(Side::A, "localhost-7", &good)?;
    script.refused(Side::A, "update of a client of no known kind", vec![update])?;
    let message = Any { type_url: "/ibc.lightclients.tendermint.v1.Header".to_owned(), value: vec![0xff, 0xff] };
    let update = MsgUpdateClient { client: CLIENT.parse()?, client_message: message, signer: script.signer(Side::A) };
    script.refused(Side::A, "update with a header that can't be decoded", vec![update.into()])?;
    let older = script.b.light_block(trusted - 2)?;
    let trusted_validators = older.validators.clone();
    let header = light_client::Header::new(older, script.b.height(trusted), trusted_validators);
    let update = script.update_with(Side::A, CLIENT, &header.into())?;
    script.refused(Side::A, "update to a height below the trusted one", vec![update])
}
