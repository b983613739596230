//! Misbehaviour: two headers that a client would have believed, and that can't both be true
//! (`07-tendermint/misbehaviour.go`, `misbehaviour_handle.go`).
//!
//! The rules are looser than those of an update: no clock drift, no order of times or heights against the trusted
//! state, no announced validators. So headers above the chain's head count too.

use light_client::{LightBlock, Verdict, verify_commit, verify_commit_trusting};
use proto::ibc::lightclients::tendermint::v1 as raw;
use types::{ClientState, ConsensusState};

use super::super::error::{client, tendermint, unregistered};
use super::super::host::check_client_id;
use super::header::{self, check_header, read_signed_header, read_validators, trusted_height};
use super::{consensus_states, update};
use crate::app::context::Ctx;
use crate::app::error::Result;

/// `Misbehaviour.ValidateBasic`.
pub(super) fn check(misbehaviour: &raw::Misbehaviour) -> Result<()> {
    let missing = |name: &str| tendermint::INVALID_HEADER.wrap(format!("misbehaviour {name} cannot be nil"));
    let header_1 = misbehaviour.header_1.as_ref().ok_or_else(|| missing("Header1"))?;
    let header_2 = misbehaviour.header_2.as_ref().ok_or_else(|| missing("Header2"))?;
    let named = [("Header1", header_1), ("Header2", header_2)];
    for (name, header) in named {
        if trusted_height(header).revision_height == 0 {
            let text = format!("misbehaviour {name} cannot have zero revision height");
            return Err(tendermint::INVALID_HEADER_HEIGHT.wrap(text));
        }
    }
    for (name, header) in named {
        if header.trusted_validators.is_none() {
            let text = format!("trusted validator set in {name} cannot be empty");
            return Err(tendermint::INVALID_VALIDATOR_SET.wrap(text));
        }
    }
    let chain_id = |header| header::inner(header).map(|header| &header.chain_id);
    if chain_id(header_1) != chain_id(header_2) {
        return Err(client::INVALID_MISBEHAVIOUR.wrap("headers must have identical chainIDs"));
    }
    #[expect(deprecated, reason = "ibc-go still checks the field")]
    check_client_id(&misbehaviour.client_id).map_err(|error| error.wrap("misbehaviour client ID is invalid"))?;
    let block_1 = check_one(header_1, "header 1 failed validation")?;
    let block_2 = check_one(header_2, "header 2 failed validation")?;
    let heights = (header::height(header_1), header::height(header_2));
    if heights.0 < heights.1 {
        let text = format!("Header1 height is less than Header2 height ({} < {})", heights.0, heights.1);
        return Err(client::INVALID_MISBEHAVIOUR.wrap(text));
    }
    check_own_commit(&block_1)?;
    check_own_commit(&block_2)
}

fn check_one(header: &raw::Header, failed: &str) -> Result<LightBlock> {
    check_header(header).map_err(|error| client::INVALID_MISBEHAVIOUR.wrap(error.wrap(failed)))
}

/// `validCommit`: more than two thirds of its own validators signed it.
fn check_own_commit(block: &LightBlock) -> Result<()> {
    let signed = &block.signed_header;
    verify_commit(&signed.header.chain_id, &signed.commit, &block.validators)
        .map_err(|_| client::INVALID_MISBEHAVIOUR.wrap("validator set did not commit to header"))
}

/// `verifyMisbehaviour`: would the client have believed both?
pub(super) fn verify(ctx: &mut Ctx, id: &str, state: &ClientState, misbehaviour: &raw::Misbehaviour) -> Result<()> {
    let nil = || tendermint::INVALID_HEADER.wrap("misbehaviour header cannot be nil");
    let header_1 = misbehaviour.header_1.as_ref().ok_or_else(nil)?;
    let header_2 = misbehaviour.header_2.as_ref().ok_or_else(nil)?;
    let trusted_1 = trusted_state(ctx, id, header_1, "Header1")?;
    let trusted_2 = trusted_state(ctx, id, header_2, "Header2")?;
    verify_one(ctx, state, &trusted_1, header_1)
        .map_err(|error| error.wrap("verifying Header1 in Misbehaviour failed"))?;
    verify_one(ctx, state, &trusted_2, header_2).map_err(|error| error.wrap("verifying Header2 in Misbehaviour failed"))
}

fn trusted_state(ctx: &mut Ctx, id: &str, header: &raw::Header, name: &str) -> Result<ConsensusState> {
    let height = trusted_height(header);
    consensus_states::get(ctx, id, height)?.ok_or_else(|| {
        client::CONSENSUS_STATE_NOT_FOUND.wrap(format!(
            "could not get trusted consensus state from clientStore for {name} at TrustedHeight: {height}"
        ))
    })
}

/// `checkMisbehaviourHeader`.
fn verify_one(ctx: &Ctx, state: &ClientState, trusted: &ConsensusState, header: &raw::Header) -> Result<()> {
    let part = "trusted validator set is not tendermint validator set type";
    read_validators(header.trusted_validators.as_ref(), part)?;
    let signed = read_signed_header(header, "commit is not tendermint commit type")?;
    let validators = update::check_trusted_header(header, trusted)?;
    let age = i128::from(ctx.block.time.0) - i128::from(trusted.timestamp.0);
    let period = state.trusting_period.as_nanos();
    if u128::try_from(age).is_ok_and(|age| age >= period) {
        return Err(tendermint::TRUSTING_PERIOD_EXPIRED.wrap(format!(
            "current timestamp minus the latest consensus state timestamp is greater than or equal to the trusting \
             period ({age} >= {period})"
        )));
    }
    let chain_id = with_revision(state, header::height(header).revision_number);
    let chain_id = chain_id.parse().map_err(unregistered)?;
    let reason = match verify_commit_trusting(&chain_id, &signed.commit, &validators, state.trust_level) {
        Verdict::Success => return Ok(()),
        Verdict::NotEnoughTrust(tally) => update::power_text(tally),
        Verdict::Invalid(invalid) => update::basic_text(&invalid),
    };
    let text = format!("validator set in header has too much change from trusted validator set: {reason}");
    Err(client::INVALID_MISBEHAVIOUR.wrap(text))
}

/// `SetRevisionNumber`, for a chain whose id has one: it may have misbehaved in another revision than the client's.
fn with_revision(state: &ClientState, revision: u64) -> String {
    let chain_id = state.chain_id.as_str();
    match chain_id.rsplit_once('-') {
        Some((name, _)) if state.chain_id.revision_number() != 0 => format!("{name}-{revision}"),
        Some(_) | None => chain_id.to_owned(),
    }
}

/// `CheckForMisbehaviour`: two blocks at one height, or a higher block that is not later than a lower one.
pub(super) fn is_conflict(misbehaviour: &raw::Misbehaviour) -> bool {
    let (Some(header_1), Some(header_2)) = (&misbehaviour.header_1, &misbehaviour.header_2) else { return false };
    if header::height(header_1) == header::height(header_2) {
        return block_hash(header_1) != block_hash(header_2);
    }
    let time = |header| {
        let time = header::inner(header)?.time.as_ref();
        Some(time.map_or((0, 0), |time| (time.seconds, time.nanos)))
    };
    time(header_1) <= time(header_2)
}

/// The hash of the block that the header's commit is for.
fn block_hash(header: &raw::Header) -> Option<&[u8]> {
    let commit = header.signed_header.as_ref()?.commit.as_ref()?;
    commit.block_id.as_ref().map(|id| id.hash.as_slice())
}
