//! A client follows its chain into the next revision (`07-tendermint/upgrade.go`).

use proto::Message;
use proto::google::protobuf::{Any, Duration as RawDuration};
use proto::ibc::core::client::v1::Height as RawHeight;
use proto::ibc::core::commitment::v1::MerkleProof;
use proto::ibc::lightclients::tendermint::v1 as raw;
use types::wire::pack;
use types::{ClientState, ConsensusState, Height};

use super::super::error::{client, commitment, core_ibc};
use super::membership::check_membership;
use super::{check_client_state, client_state, consensus_states, set_client_state};
use crate::app::context::Ctx;
use crate::app::error::{Result, sdk};

/// What stands for the root of a state that can't be known yet: nothing is proven by it.
const SENTINEL_ROOT: &[u8] = b"sentinel_root";
const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// What the chain left for its next revision, and the proofs that it did.
#[derive(Debug)]
pub(in super::super) struct Upgrade<'a> {
    pub(in super::super) client_state: &'a raw::ClientState,
    pub(in super::super) consensus_state: &'a raw::ConsensusState,
    pub(in super::super) client_proof: &'a [u8],
    pub(in super::super) consensus_proof: &'a [u8],
}

/// `VerifyUpgradeAndUpdateState`.
pub(in super::super) fn verify_upgrade_and_update_state(ctx: &mut Ctx, id: &str, upgrade: &Upgrade<'_>) -> Result<()> {
    let state = client_state(ctx, id)?;
    let upgraded = upgrade.client_state;
    let (last, new) = (state.latest_height, upgraded.latest_height.map_or(Height::ZERO, Height::from));
    if new <= last {
        let text = format!("upgraded client height {new} must be at greater than current client height {last}");
        return Err(core_ibc::INVALID_HEIGHT.wrap(text));
    }
    check_committed(ctx, id, &state, upgrade)?;
    let new_state = check_client_state(&next_client_state(&state, upgraded)?)
        .map_err(|error| error.wrap("updated client state failed basic validation"))?;
    let kernel = raw::ConsensusState {
        timestamp: Some(upgrade.consensus_state.timestamp.unwrap_or_default()),
        root: Some(proto::ibc::core::commitment::v1::MerkleRoot { hash: SENTINEL_ROOT.to_vec() }),
        next_validators_hash: upgrade.consensus_state.next_validators_hash.clone(),
    };
    let kernel = ConsensusState::try_from(kernel).map_err(|error| client::INVALID_CONSENSUS.wrap(error))?;
    let height = new_state.latest_height;
    set_client_state(ctx, id, new_state)?;
    consensus_states::set(ctx, id, height, kernel)?;
    consensus_states::set_metadata(ctx, id, height)
}

/// Both states stand in the chain's store `upgrade`, proven by the newest consensus state of the client.
fn check_committed(ctx: &mut Ctx, id: &str, state: &ClientState, upgrade: &Upgrade<'_>) -> Result<()> {
    if state.upgrade_path.is_empty() {
        return Err(client::INVALID_UPGRADE_CLIENT.wrap("cannot upgrade client, no upgrade path set"));
    }
    let decode = |bytes: &[u8], what: &str| {
        let text = |error| format!("could not unmarshal {what} merkle proof: {error}");
        MerkleProof::decode(bytes).map_err(|error| commitment::INVALID_PROOF.wrap(text(error)))
    };
    let client_proof = decode(upgrade.client_proof, "client")?;
    let consensus_proof = decode(upgrade.consensus_proof, "consensus state")?;
    let last = state.latest_height;
    let missing = || client::CONSENSUS_STATE_NOT_FOUND.wrap("could not retrieve consensus state for lastHeight");
    let trusted = consensus_states::get(ctx, id, last)?.ok_or_else(missing)?;

    let committed = pack(&zero_custom_fields(upgrade.client_state));
    check_one(state, &trusted, &client_proof, "upgradedClient", &committed)
        .map_err(|(error, path)| error.wrap(format!("client state proof failed. Path: {path}")))?;
    let committed = pack(&explicit(upgrade.consensus_state));
    check_one(state, &trusted, &consensus_proof, "upgradedConsState", &committed)
        .map_err(|(error, path)| error.wrap(format!("consensus state proof failed. Path: {path}")))
}

fn check_one(
    state: &ClientState,
    trusted: &ConsensusState,
    proof: &MerkleProof,
    name: &str,
    committed: &Any,
) -> Result<(), (crate::app::error::AppError, String)> {
    let (last_key, others) = state.upgrade_path.split_last().map_or(("", &[][..]), |(last, all)| (last, all));
    let key = format!("{last_key}/{}/{name}", state.latest_height.revision_height);
    let text = format!("[{}]", [others, core::slice::from_ref(&key)].concat().join(" "));
    let [store] = others else {
        let text_of = format!("path length {} not same as proof 2", others.len() + 1);
        return Err((commitment::INVALID_PROOF.wrap(text_of), text));
    };
    let path = [store.as_bytes(), key.as_bytes()];
    check_membership(trusted, proof, path, &committed.encode_to_vec()).map_err(|error| (error, text))
}

/// `ZeroCustomFields`: what the chain says of itself, without what each client is free to choose.
pub(in super::super) fn zero_custom_fields(state: &raw::ClientState) -> raw::ClientState {
    raw::ClientState {
        chain_id: state.chain_id.clone(),
        trust_level: Some(raw::Fraction::default()),
        trusting_period: Some(RawDuration::default()),
        unbonding_period: Some(state.unbonding_period.unwrap_or_default()),
        max_clock_drift: Some(RawDuration::default()),
        frozen_height: Some(RawHeight::default()),
        latest_height: Some(state.latest_height.unwrap_or_default()),
        proof_specs: state.proof_specs.clone(),
        upgrade_path: state.upgrade_path.clone(),
        ..raw::ClientState::default()
    }
}

/// The state with all fields that Go writes always.
fn explicit(state: &raw::ConsensusState) -> raw::ConsensusState {
    raw::ConsensusState {
        timestamp: Some(state.timestamp.unwrap_or_default()),
        root: Some(state.root.clone().unwrap_or_default()),
        next_validators_hash: state.next_validators_hash.clone(),
    }
}

/// What the chain chose comes from the upgraded client, what the client chose stays.
fn next_client_state(state: &ClientState, upgraded: &raw::ClientState) -> Result<raw::ClientState> {
    let current = raw::ClientState::from(state.clone());
    let nanos = |raw: Option<RawDuration>| {
        raw.map_or(0, |raw| i128::from(raw.seconds) * NANOS_PER_SECOND + i128::from(raw.nanos))
    };
    let (old_unbonding, new_unbonding) = (nanos(current.unbonding_period), nanos(upgraded.unbonding_period));
    let trusting = nanos(current.trusting_period);
    let trusting = if new_unbonding < old_unbonding {
        scaled(trusting, old_unbonding, new_unbonding)
            .ok_or_else(|| sdk::PANIC.wrap("trusting period is out of range"))?
    } else {
        trusting
    };
    let seconds = |nanos: i128| i64::try_from(nanos / NANOS_PER_SECOND).unwrap_or(i64::MAX);
    let below = |nanos: i128| i32::try_from(nanos % NANOS_PER_SECOND).unwrap_or(0);
    Ok(raw::ClientState {
        trust_level: current.trust_level,
        trusting_period: Some(RawDuration { seconds: seconds(trusting), nanos: below(trusting) }),
        max_clock_drift: current.max_clock_drift,
        ..zero_custom_fields(upgraded)
    })
}

/// `calculateNewTrustingPeriod`: shortened as the unbonding period was.
fn scaled(trusting: i128, old_unbonding: i128, new_unbonding: i128) -> Option<i128> {
    trusting.checked_mul(new_unbonding)?.checked_div(old_unbonding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trusting_period_shrinks_as_the_unbonding_period_does() {
        assert_eq!(scaled(14, 21, 10), Some(6));
        assert_eq!(scaled(14, 21, 21), Some(14));
        assert_eq!(scaled(14, 0, 10), None);
    }
}
