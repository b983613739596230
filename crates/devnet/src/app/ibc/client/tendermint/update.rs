//! Headers: are they of the chain that the client tracks, do they conflict with what it knows, and what it keeps of
//! them (`07-tendermint/update.go`, `misbehaviour_handle.go`).

use ::tendermint::block::CommitSig;
use light_client::{Invalid, LightBlock, Options, Root, TrustedState, ValidatorSet, Verdict, verify_commit_trusting};
use proto::ibc::lightclients::tendermint::v1 as raw;
use types::{ClientState, ConsensusState, Height};

use super::super::error::{client, panic, tendermint, unregistered};
use super::header::{self, ClientMessage, read_signed_header, read_validators};
use super::{client_state, consensus_states, is_expired, misbehaviour, set_client_state, text};
use crate::app::context::{Ctx, Mode};
use crate::app::error::{AppError, Result};

/// `verifyHeader`.
pub(super) fn verify_header(ctx: &mut Ctx, id: &str, state: &ClientState, header: &raw::Header) -> Result<()> {
    let trusted_height = header::trusted_height(header);
    let Some(trusted) = consensus_states::get(ctx, id, trusted_height)? else {
        return Err(client::CONSENSUS_STATE_NOT_FOUND.wrap(format!(
            "could not get trusted consensus state from clientStore for Header at TrustedHeight: {trusted_height}"
        )));
    };
    let trusted_validators = check_trusted_header(header, &trusted)?;
    let height = header::height(header);
    if height.revision_number != trusted_height.revision_number {
        return Err(tendermint::INVALID_HEADER_HEIGHT.wrap(format!(
            "header height revision {} does not match trusted header revision {}",
            height.revision_number, trusted_height.revision_number
        )));
    }
    let signed_header = read_signed_header(header, "signed header in not tendermint signed header type")?;
    let validators =
        read_validators(header.validator_set.as_ref(), "validator set in not tendermint validator set type")?;
    if height <= trusted_height {
        let text = format!("header height ≤ consensus state height ({height} ≤ {trusted_height})");
        return Err(client::INVALID_HEADER.wrap(text));
    }
    let block = LightBlock { signed_header, validators, next_validators: None };
    light_verify(ctx, state, &block, (trusted_height, &trusted), &trusted_validators)
        .map_err(|text| unregistered(text).wrap("failed to verify header"))
}

/// `checkTrustedHeader`: the validators that are said to be trusted are those that the client knows by their hash.
pub(super) fn check_trusted_header(header: &raw::Header, trusted: &ConsensusState) -> Result<ValidatorSet> {
    let part = "trusted validator set in not tendermint validator set type";
    let validators = read_validators(header.trusted_validators.as_ref(), part)?;
    let hash = validators.hash();
    if hash.as_bytes() != trusted.next_validators_hash {
        let expected = upper_hex(&trusted.next_validators_hash);
        let set = header.trusted_validators.as_ref().map(text::validator_set).unwrap_or_default();
        let text = format!(
            "trusted validators {set}, does not hash to latest trusted validators. Expected: {expected}, got: {hash}"
        );
        return Err(tendermint::INVALID_VALIDATOR_SET.wrap(text));
    }
    Ok(validators)
}

/// CometBFT `light.Verify`, with the text of what it refuses.
fn light_verify(
    ctx: &Ctx,
    state: &ClientState,
    block: &LightBlock,
    (height, trusted): (Height, &ConsensusState),
    trusted_validators: &ValidatorSet,
) -> Result<(), String> {
    let root = Root(trusted.root.clone());
    let hash = &trusted.next_validators_hash;
    let trusted = TrustedState::from_consensus_state(state.chain_id.clone(), height, trusted.timestamp, root, hash)
        .map_err(|invalid| invalid.to_string())?;
    let options = Options {
        trust_threshold: state.trust_level,
        trusting_period: state.trusting_period,
        clock_drift: state.max_clock_drift,
    };
    match light_client::verify(block, &trusted, trusted_validators, &options, ctx.block.time) {
        Verdict::Success => Ok(()),
        Verdict::NotEnoughTrust(tally) => Err(format!("cant trust new val set: {}", power_text(tally))),
        Verdict::Invalid(Invalid::WrongSignature { index, .. }) => {
            let text = format!("wrong signature (#{index}): {}", signature_text(block, index));
            let is_adjacent = height.revision_height.checked_add(1) == Some(block.height().0);
            let is_by_trusted = !is_adjacent && is_wrongly_signed_by(block, trusted_validators, &options);
            Err(if is_by_trusted { text } else { format!("invalid header: {text}") })
        }
        Verdict::Invalid(invalid) => Err(refusal_text(&invalid, block)),
    }
}

fn signature_text(block: &LightBlock, index: usize) -> String {
    let signature = match block.signed_header.commit.signatures.get(index) {
        Some(CommitSig::BlockIdFlagCommit { signature, .. } | CommitSig::BlockIdFlagNil { signature, .. }) => signature,
        Some(CommitSig::BlockIdFlagAbsent) | None => &None,
    };
    signature.as_ref().map(|signature| upper_hex(signature.as_bytes())).unwrap_or_default()
}

/// Is it one of the trusted validators whose signature is wrong? They are asked before the header's own.
fn is_wrongly_signed_by(block: &LightBlock, trusted: &ValidatorSet, options: &Options) -> bool {
    let signed = &block.signed_header;
    let verdict = verify_commit_trusting(&signed.header.chain_id, &signed.commit, trusted, options.trust_threshold);
    matches!(verdict, Verdict::Invalid(Invalid::WrongSignature { .. }))
}

/// What CometBFT says of a header that it refuses.
fn refusal_text(invalid: &Invalid, block: &LightBlock) -> String {
    let inner = match invalid {
        Invalid::TrustExpired { expires_at, now } => {
            return format!("old header has expired at {} (now: {})", text::time(*expires_at), text::time(*now));
        }
        Invalid::AdjacentValidators { expected, got } => {
            return format!("expected old header next validators ({expected}) to match those from new header ({got})");
        }
        Invalid::DoubleVote { address, first, second } => {
            return format!("double vote from {address} ({first} and {second})");
        }
        Invalid::PowerOverflow { .. } => {
            return "int64 overflow while calculating voting power needed. please provide smaller trustLevel numerator"
                .to_owned();
        }
        Invalid::TimeNotAfter { trusted, got } => format!(
            "expected new header time {} to be after old header time {}",
            text::time(*got),
            text::time(*trusted)
        ),
        Invalid::FromTheFuture { got, now, clock_drift } => format!(
            "new header has a time from the future {} (now: {}; max clock drift: {})",
            text::time(*got),
            text::time(*now),
            text::duration(*clock_drift)
        ),
        Invalid::ValidatorsHash { expected, got } => format!(
            "expected new header validators ({expected}) to match those that were supplied ({got}) at height {}",
            block.height()
        ),
        Invalid::AddressAtIndex { .. } | Invalid::SignatureCount { .. } | Invalid::NotEnoughPower(_) => {
            basic_text(invalid)
        }
        other => format!("untrustedHeader.ValidateBasic failed: {}", basic_text(other)),
    };
    format!("invalid header: {inner}")
}

/// What CometBFT says of a header or a commit that is wrong by itself.
pub(super) fn basic_text(invalid: &Invalid) -> String {
    match invalid {
        Invalid::BlockProtocol(got) => format!("invalid header: block protocol is incorrect: got: {got}, want: 11 "),
        Invalid::NoSignatures => "invalid commit: no signatures in commit".to_owned(),
        Invalid::SignatureMissing { index } => {
            format!("invalid commit: wrong CommitSig #{index}: signature is missing")
        }
        Invalid::ChainId { expected, got } => format!("header belongs to another chain {got:?}, not {expected:?}"),
        Invalid::CommitHeight { header, commit } => format!("header and commit height mismatch: {header} vs {commit}"),
        Invalid::CommitHash { header, commit } => format!("commit signs block {commit}, header is block {header}"),
        Invalid::SignatureCount { expected, got } => {
            format!("Invalid commit -- wrong set size: {expected} vs {got}")
        }
        Invalid::AddressAtIndex { index, expected, got } => {
            format!("validator address mismatch at index {index}: expected {expected}, got {got}")
        }
        Invalid::NotEnoughPower(tally) => power_text(*tally),
        other => other.to_string(),
    }
}

/// CometBFT `ErrNotEnoughVotingPowerSigned`.
pub(super) fn power_text(tally: light_client::Tally) -> String {
    let light_client::Tally { signed, needed, .. } = tally;
    format!("invalid commit -- insufficient voting power: got {signed}, needed more than {needed}")
}

fn upper_hex(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

/// `CheckForMisbehaviour`, of a message that was verified: does it show that the chain has forked, or that its time
/// has run backwards?
pub(in super::super) fn check_for_misbehaviour(ctx: &mut Ctx, id: &str, message: &ClientMessage) -> Result<bool> {
    let state = existing(ctx, id)?;
    let header = match message {
        ClientMessage::Header(header) => header,
        ClientMessage::Misbehaviour(misbehaviour) => return Ok(misbehaviour::is_conflict(misbehaviour)),
    };
    let (height, new) = (header::height(header), header::consensus_state(header)?);
    if let Some(known) = consensus_states::get(ctx, id, height)? {
        return Ok(known != new);
    }
    let previous = consensus_states::previous(ctx, id, height)?;
    let next = consensus_states::next(ctx, id, height, state.latest_height)?;
    let is_not_after = previous.is_some_and(|previous| previous.timestamp >= new.timestamp);
    let is_not_before = next.is_some_and(|next| next.timestamp <= new.timestamp);
    Ok(is_not_after || is_not_before)
}

/// `UpdateState`: keeps a header, below the latest height too, and forgets the oldest if it has expired. Gives the
/// heights that were brought; none for misbehaviour that is none.
pub(in super::super) fn update_state(ctx: &mut Ctx, id: &str, message: &ClientMessage) -> Result<Vec<Height>> {
    let mut state = existing(ctx, id)?;
    let header = match message {
        ClientMessage::Header(header) => header,
        ClientMessage::Misbehaviour(_) => return Ok(Vec::new()),
    };
    if !matches!(ctx.mode, Mode::Check | Mode::Recheck) {
        prune_oldest(ctx, id, &state)?;
    }
    let height = header::height(header);
    if consensus_states::get(ctx, id, height)?.is_some() {
        return Ok(vec![height]);
    }
    state.latest_height = state.latest_height.max(height);
    let consensus_state = header::consensus_state(header)?;
    set_client_state(ctx, id, state)?;
    consensus_states::set(ctx, id, height, consensus_state)?;
    consensus_states::set_metadata(ctx, id, height)?;
    Ok(vec![height])
}

/// `pruneOldestConsensusState`: at most one an update.
fn prune_oldest(ctx: &mut Ctx, id: &str, state: &ClientState) -> Result<()> {
    let Some(height) = consensus_states::lowest(ctx, id)? else { return Ok(()) };
    let missing = || panic(format!("failed to retrieve consensus state at height: {height}"));
    let oldest = consensus_states::get(ctx, id, height)?.ok_or_else(missing)?;
    if is_expired(state, oldest.timestamp, ctx.block.time) {
        consensus_states::delete(ctx, id, height)?;
    }
    Ok(())
}

/// `UpdateStateOnMisbehaviour`: freezes the client. The height says no more than that.
pub(in super::super) fn update_state_on_misbehaviour(ctx: &mut Ctx, id: &str) -> Result<()> {
    let mut state = existing(ctx, id)?;
    state.frozen_height = Some(Height { revision_number: 0, revision_height: 1 });
    set_client_state(ctx, id, state)
}

/// The state of a client that is there: ibc-go panics where it is not.
fn existing(ctx: &mut Ctx, id: &str) -> Result<ClientState> {
    let as_panic = |error: AppError| if error.is(client::CLIENT_NOT_FOUND) { panic(error) } else { error };
    client_state(ctx, id).map_err(as_panic)
}
