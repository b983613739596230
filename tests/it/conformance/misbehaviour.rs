//! Headers that only a validator can make: from the future, out of order, and two for one height. They freeze clients,
//! so this is what comes last.

use anyhow::{Context, Result};
use light_client::{LightBlock, ValidatorSet};
use proto::Message;
use proto::google::protobuf::Any;
use proto::ibc::core::client::v1::{MsgUpdateClient as MsgUpdate, QueryClientStatusRequest};
use proto::ibc::lightclients::tendermint::v1::{Header as RawHeader, Misbehaviour};
use proto::tendermint_proto::types::{CanonicalBlockId, CanonicalPartSetHeader, CanonicalVote, SignedMsgType};
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{Commit, CommitSig, Header};
use tendermint::{Hash, Signature, Time};
use types::message::MsgUpdateClient;
use types::wire::{pack, unpack};

use super::clients::{create, states};
use super::driver::Driver;
use super::packets::transfer;
use super::script::{CLIENT, Script, Side};

/// Clients on A that are frozen one by one.
const BY_HEADER: &str = "07-tendermint-1";
const BY_EQUIVOCATION: &str = "07-tendermint-2";
const BY_TIME: &str = "07-tendermint-3";

pub(crate) fn play(script: &mut Script<'_>) -> Result<()> {
    if script.b.validator.is_none() {
        return Ok(());
    }
    script.transcript.begin("misbehaviour");
    wrong_times(script)?;
    for client in [BY_HEADER, BY_EQUIVOCATION, BY_TIME] {
        let message = create(states(&script.b, script.b.head()?)?, script.signer(Side::A));
        script.must(Side::A, &format!("create {client}"), vec![message])?;
    }
    frozen_by_a_header(script)?;
    frozen_by_equivocation(script)?;
    frozen_by_time(script)?;
    frozen_under_channels(script)
}

/// A block of `driver`'s chain, changed and signed again by its validator.
fn forged(driver: &Driver<'_>, height: u64, change: impl FnOnce(&mut Header)) -> Result<LightBlock> {
    let LightBlock { signed_header, validators, .. } = driver.light_block(height)?;
    let (mut header, mut commit) = (signed_header.header, signed_header.commit);
    change(&mut header);
    commit.height = header.height;
    commit.block_id.hash = header.hash();
    let key = driver.validator.as_ref().context("no validator's key")?;
    let signature = key.sign(&vote_bytes(&header, &commit)?);
    commit.signatures = vec![CommitSig::BlockIdFlagCommit {
        validator_address: validators.proposer().address,
        timestamp: header.time,
        signature: Signature::new(signature.to_bytes())?,
    }];
    Ok(LightBlock { signed_header: SignedHeader::new(header, commit)?, validators, next_validators: None })
}

/// What a validator signs (CometBFT `VoteSignBytes`).
fn vote_bytes(header: &Header, commit: &Commit) -> Result<Vec<u8>> {
    let parts = commit.block_id.part_set_header;
    let vote = CanonicalVote {
        r#type: SignedMsgType::Precommit.into(),
        height: i64::try_from(header.height.value())?,
        round: i64::from(commit.round.value()),
        block_id: Some(CanonicalBlockId {
            hash: commit.block_id.hash.as_bytes().to_vec(),
            part_set_header: Some(CanonicalPartSetHeader { total: parts.total, hash: parts.hash.as_bytes().to_vec() }),
        }),
        timestamp: Some(header.time.into()),
        chain_id: header.chain_id.to_string(),
    };
    Ok(vote.encode_length_delimited_to_vec())
}

/// The header as a client of B takes it that knows `trusted`. The validators never change.
fn message(script: &Script<'_>, trusted: u64, block: LightBlock) -> RawHeader {
    let validators: ValidatorSet = block.validators.clone();
    light_client::Header::new(block, script.b.height(trusted), validators).into()
}

fn latest(script: &Script<'_>, client: &str) -> Result<u64> {
    Ok(script.a.client_state(client)?.latest_height.revision_height)
}

fn later(time: Time, seconds: i64) -> Result<Time> {
    Ok(Time::from_unix_timestamp(time.unix_timestamp() + seconds, 0)?)
}

fn wrong_times(script: &mut Script<'_>) -> Result<()> {
    let trusted = latest(script, CLIENT)?;
    script.b.reach(trusted + 2)?;
    let now = script.b.light_block(trusted + 2)?.signed_header.header.time;
    let cases = [
        ("a header from the future", later(now, 3_600)?),
        ("a header that is not later than the trusted one", later(now, -3_600)?),
    ];
    for (step, time) in cases {
        let block = forged(&script.b, trusted + 2, |header| header.time = time)?;
        let update = script.update_with(Side::A, CLIENT, &message(script, trusted, block))?;
        script.refused(Side::A, step, vec![update])?;
    }
    let block = forged(&script.b, trusted + 2, |header| header.validators_hash = Hash::Sha256([9; 32]))?;
    let update = script.update_with(Side::A, CLIENT, &message(script, trusted, block))?;
    script.refused(Side::A, "a header of other validators", vec![update])
}

fn other_app_hash(header: &mut Header) {
    let mut bytes = header.app_hash.as_bytes().to_vec();
    if let Some(byte) = bytes.first_mut() {
        *byte ^= 1;
    }
    header.app_hash = bytes.try_into().unwrap_or_default();
}

fn status(script: &mut Script<'_>, step: &str, client: &str) -> Result<()> {
    let request = QueryClientStatusRequest { client_id: client.to_owned() };
    let answer = script.a.query("/ibc.core.client.v1.Query/ClientStatus", &request.encode_to_vec(), 0, false)?;
    script.transcript.record(step, super::queries::shown(&answer)?)
}

/// A valid header for a height that the client knows another of.
fn frozen_by_a_header(script: &mut Script<'_>) -> Result<()> {
    let trusted = latest(script, BY_HEADER)?;
    script.b.reach(trusted + 3)?;
    let header = script.header(Side::A, BY_HEADER, trusted + 2)?;
    let update = script.update_with(Side::A, BY_HEADER, &header)?;
    script.must(Side::A, "a true header", vec![update])?;
    let block = forged(&script.b, trusted + 2, other_app_hash)?;
    let update = script.update_with(Side::A, BY_HEADER, &message(script, trusted, block))?;
    script.must(Side::A, "another header for its height", vec![update.clone()])?;
    status(script, "its status", BY_HEADER)?;
    script.refused(Side::A, "an update of a frozen client", vec![update])
}

fn submit(script: &Script<'_>, client: &str, first: RawHeader, second: RawHeader) -> Result<Vec<Any>> {
    #[expect(deprecated, reason = "ibc-go checks the field still")]
    let misbehaviour = Misbehaviour { client_id: client.to_owned(), header_1: Some(first), header_2: Some(second) };
    let message = MsgUpdateClient {
        client: client.parse()?,
        client_message: pack(&misbehaviour),
        signer: script.signer(Side::A),
    };
    Ok(vec![message.into()])
}

/// The same with the name in the misbehaviour left out.
fn without_name(mut messages: Vec<Any>) -> Result<Vec<Any>> {
    for message in &mut messages {
        let mut update: MsgUpdate = unpack(message)?;
        let any = update.client_message.as_mut().context("no message")?;
        let mut misbehaviour: Misbehaviour = unpack(any)?;
        #[expect(deprecated, reason = "ibc-go checks the field still")]
        misbehaviour.client_id.clear();
        *any = pack(&misbehaviour);
        *message = pack(&update);
    }
    Ok(messages)
}

fn frozen_by_equivocation(script: &mut Script<'_>) -> Result<()> {
    let trusted = latest(script, BY_EQUIVOCATION)?;
    script.b.reach(trusted + 4)?;
    let honest = message(script, trusted, script.b.light_block(trusted + 2)?);
    let later = message(script, trusted, script.b.light_block(trusted + 3)?);
    let other = message(script, trusted, forged(&script.b, trusted + 2, other_app_hash)?);
    let mut spoilt = other.clone();
    let commit = spoilt.signed_header.as_mut().and_then(|header| header.commit.as_mut()).context("no commit")?;
    commit.signatures[0].signature[0] ^= 1;
    // Neither is misbehaviour, and neither is refused: nothing happens.
    let harmless = [
        ("misbehaviour of one header twice", honest.clone(), honest.clone()),
        ("misbehaviour of two true headers", later.clone(), honest.clone()),
    ];
    for (step, first, second) in harmless {
        let messages = submit(script, BY_EQUIVOCATION, first, second)?;
        script.must(Side::A, step, messages)?;
    }
    status(script, "its status after no misbehaviour", BY_EQUIVOCATION)?;
    let bad = [
        ("misbehaviour of headers from low to high", honest.clone(), later),
        ("misbehaviour with a wrong signature", honest.clone(), spoilt),
    ];
    for (step, first, second) in bad {
        let messages = submit(script, BY_EQUIVOCATION, first, second)?;
        script.refused(Side::A, step, messages)?;
    }
    let messages = submit(script, "07-tendermint-99", honest.clone(), other.clone())?;
    script.refused(Side::A, "misbehaviour for a client that is not there", messages)?;
    let nameless = without_name(submit(script, BY_EQUIVOCATION, honest.clone(), other.clone())?)?;
    script.refused(Side::A, "misbehaviour without a client's name", nameless)?;
    let messages = submit(script, BY_EQUIVOCATION, honest, other)?;
    script.must(Side::A, "misbehaviour: two headers for one height", messages.clone())?;
    status(script, "its status after equivocation", BY_EQUIVOCATION)?;
    script.refused(Side::A, "misbehaviour for a frozen client", messages)
}

/// BFT time: a higher header must be later.
fn frozen_by_time(script: &mut Script<'_>) -> Result<()> {
    let trusted = latest(script, BY_TIME)?;
    script.b.reach(trusted + 5)?;
    let honest = script.b.light_block(trusted + 4)?;
    let time = honest.signed_header.header.time;
    let lower = message(script, trusted, forged(&script.b, trusted + 3, |header| header.time = time)?);
    let higher = message(script, trusted, honest);
    let messages = submit(script, BY_TIME, higher, lower)?;
    script.must(Side::A, "misbehaviour: a higher header that is not later", messages)?;
    status(script, "its status after a violation of time", BY_TIME)
}

/// The client of the connection freezes: nothing passes any more, not even what is sent.
fn frozen_under_channels(script: &mut Script<'_>) -> Result<()> {
    let trusted = latest(script, CLIENT)?;
    script.b.reach(trusted + 3)?;
    let honest = message(script, trusted, script.b.light_block(trusted + 2)?);
    let other = message(script, trusted, forged(&script.b, trusted + 2, other_app_hash)?);
    let messages = submit(script, CLIENT, honest, other)?;
    script.must(Side::A, "misbehaviour freezes the client under the channels", messages)?;
    let transfer = transfer(script, Side::A, "token", 1)?;
    script.refused(Side::A, "a transfer over a frozen client", vec![pack(&transfer)])
}
