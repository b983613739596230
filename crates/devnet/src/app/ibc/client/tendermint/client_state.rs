//! What a client may be created with (`07-tendermint/client_state.go`, `consensus_state.go`).

use light_client::membership::is_known_proof_specs;
use proto::google::protobuf::Duration as RawDuration;
use proto::ibc::lightclients::tendermint::v1 as raw;
use types::{ChainId, ClientState, ConsensusState, Height};

use super::super::error::{client, tendermint, unregistered};
use super::text;
use crate::app::error::Result;

const CHAIN_ID_BYTES_MAX: usize = 50;
const HASH_BYTES: usize = 32;

/// `ClientState.Validate`. ibc-go takes a client with other proof specs than those of the SDK, here it is refused:
/// only these two trees can be verified.
pub(in super::super) fn check_client_state(raw: &raw::ClientState) -> Result<ClientState> {
    let chain_id = check_chain_id(&raw.chain_id)?;
    check_trust_level(raw.trust_level.as_ref())?;
    check_periods(raw)?;
    check_latest_height(raw, &chain_id)?;
    let (trusting, unbonding) = (nanos(raw.trusting_period.as_ref()), nanos(raw.unbonding_period.as_ref()));
    if trusting >= unbonding {
        let text = format!(
            "trusting period ({}) should be < unbonding period ({})",
            duration_text(trusting),
            duration_text(unbonding)
        );
        return Err(tendermint::INVALID_TRUSTING_PERIOD.wrap(text));
    }
    if raw.proof_specs.is_empty() {
        return Err(tendermint::INVALID_PROOF_SPECS.wrap("proof specs cannot be nil for tm client"));
    }
    if !is_known_proof_specs(&raw.proof_specs) {
        return Err(tendermint::INVALID_PROOF_SPECS.wrap("proof specs are not those of an SDK chain"));
    }
    if let Some(index) = raw.upgrade_path.iter().position(|key| key.trim().is_empty()) {
        return Err(client::INVALID_CLIENT.wrap(format!("key in upgrade path at index {index} cannot be empty")));
    }
    ClientState::try_from(raw.clone()).map_err(|error| client::INVALID_CLIENT.wrap(error))
}

fn check_chain_id(chain_id: &str) -> Result<ChainId> {
    if chain_id.trim().is_empty() {
        return Err(tendermint::INVALID_CHAIN_ID.wrap("chain id cannot be empty string"));
    }
    let length = chain_id.len();
    if length > CHAIN_ID_BYTES_MAX {
        let text = format!("chainID is too long; got: {length}, max: {CHAIN_ID_BYTES_MAX}");
        return Err(tendermint::INVALID_CHAIN_ID.wrap(text));
    }
    chain_id.parse().map_err(|error| tendermint::INVALID_CHAIN_ID.wrap(error))
}

/// CometBFT `light.ValidateTrustLevel`.
fn check_trust_level(level: Option<&raw::Fraction>) -> Result<()> {
    let (numerator, denominator) = level.map_or((0, 0), |level| (level.numerator, level.denominator));
    let valid = types::client::TrustThreshold::new(numerator, denominator);
    let text = || format!("trustLevel must be within [1/3, 1], given {numerator}/{denominator}");
    valid.map(drop).map_err(|_| tendermint::INVALID_TRUST_LEVEL.wrap(text()))
}

fn check_periods(raw: &raw::ClientState) -> Result<()> {
    if nanos(raw.trusting_period.as_ref()) <= 0 {
        return Err(tendermint::INVALID_TRUSTING_PERIOD.wrap("trusting period must be greater than zero"));
    }
    if nanos(raw.unbonding_period.as_ref()) <= 0 {
        return Err(tendermint::INVALID_UNBONDING_PERIOD.wrap("unbonding period must be greater than zero"));
    }
    if nanos(raw.max_clock_drift.as_ref()) <= 0 {
        return Err(tendermint::INVALID_MAX_CLOCK_DRIFT.wrap("max clock drift must be greater than zero"));
    }
    Ok(())
}

fn check_latest_height(raw: &raw::ClientState, chain_id: &ChainId) -> Result<()> {
    let height = raw.latest_height.map_or(Height::ZERO, Height::from);
    let (got, expected) = (height.revision_number, chain_id.revision_number());
    if got != expected {
        let text = format!("latest height revision number must match chain id revision number ({got} != {expected})");
        return Err(tendermint::INVALID_HEADER_HEIGHT.wrap(text));
    }
    if height.revision_height == 0 {
        let text = "tendermint client's latest height revision height cannot be zero";
        return Err(tendermint::INVALID_HEADER_HEIGHT.wrap(text));
    }
    Ok(())
}

/// A duration in nanoseconds; zero for none, as a Go field that was not sent.
fn nanos(raw: Option<&RawDuration>) -> i128 {
    raw.map_or(0, |raw| i128::from(raw.seconds) * 1_000_000_000 + i128::from(raw.nanos))
}

fn duration_text(nanos: i128) -> String {
    text::duration(u64::try_from(nanos).map_or(std::time::Duration::MAX, std::time::Duration::from_nanos))
}

/// `ConsensusState.ValidateBasic`.
pub(in super::super) fn check_consensus_state(raw: raw::ConsensusState) -> Result<ConsensusState> {
    if raw.root.as_ref().is_none_or(|root| root.hash.is_empty()) {
        return Err(client::INVALID_CONSENSUS.wrap("root cannot be empty"));
    }
    let length = raw.next_validators_hash.len();
    if length > 0 && length != HASH_BYTES {
        let text = format!("expected size to be {HASH_BYTES} bytes, got {length} bytes");
        return Err(unregistered(text).wrap("next validators hash is invalid"));
    }
    if raw.timestamp.as_ref().is_none_or(|time| time.seconds <= 0) {
        return Err(client::INVALID_CONSENSUS.wrap("timestamp must be a positive Unix time"));
    }
    ConsensusState::try_from(raw).map_err(|error| client::INVALID_CONSENSUS.wrap(error))
}
