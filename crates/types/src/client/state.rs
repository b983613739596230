//! ICS-07 client state: what a client was created with, and how far it is.

use core::time::Duration;

use proto::google::protobuf::{Any, Duration as RawDuration};
use proto::ibc::lightclients::tendermint::v1::ClientState as RawClientState;
use proto::ics23::{ProofSpec, iavl_spec, tendermint_spec};

use crate::client::TrustThreshold;
use crate::wire::{pack, required, unpack, wrong_value};
use crate::{ChainId, Height, WireError};

/// The state of a 07-tendermint client. Encoding what was decoded gives the same message, which the proofs of a
/// connection handshake before ibc-go v10 rely on.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientState {
    /// The chain that is tracked.
    pub chain_id: ChainId,
    /// How much of the trusted voting power must have signed.
    pub trust_level: TrustThreshold,
    /// How long after a header's time its validators are trusted.
    pub trusting_period: Duration,
    /// How long the tracked chain's validators can be punished.
    pub unbonding_period: Duration,
    /// How far a header's time may be ahead of the host chain's.
    pub max_clock_drift: Duration,
    /// Set once the client is frozen; any height but zero means that.
    pub frozen_height: Option<Height>,
    /// The newest height with a consensus state.
    pub latest_height: Height,
    /// How the tracked chain's stores prove, innermost tree first.
    pub proof_specs: Vec<ProofSpec>,
    /// Where the tracked chain commits to the client that follows an upgrade.
    pub upgrade_path: Vec<String>,
    /// Deprecated, and without a meaning from ibc-go v7 on.
    pub allow_update_after_expiry: bool,
    /// Deprecated, and without a meaning from ibc-go v7 on.
    pub allow_update_after_misbehaviour: bool,
}

impl ClientState {
    /// Has the client seen misbehaviour?
    pub fn is_frozen(&self) -> bool {
        self.frozen_height.is_some()
    }
}

/// How a chain of the Cosmos SDK proves: an IAVL tree a store, a simple Merkle tree of the stores
/// (ibc-go `23-commitment/types`, `GetSDKSpecs`).
pub fn sdk_proof_specs() -> Vec<ProofSpec> {
    vec![iavl_spec(), tendermint_spec()]
}

/// Where a chain of the Cosmos SDK commits to the client that follows an upgrade.
pub fn sdk_upgrade_path() -> Vec<String> {
    vec!["upgrade".to_owned(), "upgradedIBCState".to_owned()]
}

impl TryFrom<RawClientState> for ClientState {
    type Error = WireError;

    #[expect(deprecated, reason = "the state must be encoded as it was found")]
    fn try_from(raw: RawClientState) -> Result<Self, WireError> {
        let trust_level = required::<RawClientState, _>(raw.trust_level, "trust_level")?;
        let trust_level = TrustThreshold::new(trust_level.numerator, trust_level.denominator)
            .map_err(|_| wrong_value::<RawClientState>("trust_level", "is not from 1/3 to 1"))?;
        Ok(Self {
            chain_id: raw.chain_id.parse()?,
            trust_level,
            trusting_period: duration(raw.trusting_period, "trusting_period")?,
            unbonding_period: duration(raw.unbonding_period, "unbonding_period")?,
            max_clock_drift: duration(raw.max_clock_drift, "max_clock_drift")?,
            frozen_height: raw.frozen_height.map(Height::from).filter(|height| !height.is_zero()),
            latest_height: required::<RawClientState, _>(raw.latest_height, "latest_height")?.into(),
            proof_specs: raw.proof_specs,
            upgrade_path: raw.upgrade_path,
            allow_update_after_expiry: raw.allow_update_after_expiry,
            allow_update_after_misbehaviour: raw.allow_update_after_misbehaviour,
        })
    }
}

impl From<ClientState> for RawClientState {
    #[expect(deprecated, reason = "the state must be encoded as it was found")]
    fn from(state: ClientState) -> Self {
        Self {
            chain_id: state.chain_id.into(),
            trust_level: Some(state.trust_level.into()),
            trusting_period: Some(raw_duration(state.trusting_period)),
            unbonding_period: Some(raw_duration(state.unbonding_period)),
            max_clock_drift: Some(raw_duration(state.max_clock_drift)),
            frozen_height: Some(state.frozen_height.unwrap_or_default().into()),
            latest_height: Some(state.latest_height.into()),
            proof_specs: state.proof_specs,
            upgrade_path: state.upgrade_path,
            allow_update_after_expiry: state.allow_update_after_expiry,
            allow_update_after_misbehaviour: state.allow_update_after_misbehaviour,
        }
    }
}

impl TryFrom<Any> for ClientState {
    type Error = WireError;

    fn try_from(any: Any) -> Result<Self, WireError> {
        unpack::<RawClientState>(&any)?.try_into()
    }
}

impl From<ClientState> for Any {
    fn from(state: ClientState) -> Self {
        pack(&RawClientState::from(state))
    }
}

fn duration(raw: Option<RawDuration>, field: &'static str) -> Result<Duration, WireError> {
    let raw = required::<RawClientState, _>(raw, field)?;
    let (Ok(seconds), Ok(nanos @ 0..=999_999_999)) = (u64::try_from(raw.seconds), u32::try_from(raw.nanos)) else {
        return Err(wrong_value::<RawClientState>(field, "is negative or has more than a second in its nanoseconds"));
    };
    Ok(Duration::new(seconds, nanos))
}

/// A duration as protobuf carries it; one of more than 2^63 seconds becomes the longest that can be written.
fn raw_duration(duration: Duration) -> RawDuration {
    let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    RawDuration { seconds, nanos: duration.subsec_nanos().cast_signed() }
}

#[cfg(test)]
mod tests {
    use proto::ibc::core::client::v1::Height as RawHeight;
    use proto::ibc::lightclients::tendermint::v1::Fraction;

    use super::*;

    fn raw_state() -> RawClientState {
        let duration = Some(RawDuration { seconds: 1, nanos: 999_999_999 });
        RawClientState {
            chain_id: "chain-a".to_owned(),
            trust_level: Some(Fraction { numerator: 1, denominator: 3 }),
            trusting_period: duration,
            unbonding_period: duration,
            max_clock_drift: duration,
            frozen_height: Some(RawHeight::default()),
            latest_height: Some(RawHeight { revision_number: 0, revision_height: 1 }),
            ..RawClientState::default()
        }
    }

    #[test]
    fn a_client_is_frozen_by_any_height_but_zero() {
        assert!(!ClientState::try_from(raw_state()).unwrap().is_frozen());
        assert!(!ClientState::try_from(RawClientState { frozen_height: None, ..raw_state() }).unwrap().is_frozen());
        let frozen_height = Some(RawHeight { revision_number: 0, revision_height: 1 });
        assert!(ClientState::try_from(RawClientState { frozen_height, ..raw_state() }).unwrap().is_frozen());
    }

    #[test]
    fn a_state_that_no_chain_would_hold_is_refused_by_its_field() {
        let refusal = |raw: RawClientState| ClientState::try_from(raw).unwrap_err().to_string();
        for (seconds, nanos) in [(-1, 0), (0, -1), (0, 1_000_000_000)] {
            let trusting_period = Some(RawDuration { seconds, nanos });
            let text = refusal(RawClientState { trusting_period, ..raw_state() });
            assert!(text.starts_with("ClientState.trusting_period is negative"), "{text}");
        }
        let trust_level = Some(Fraction { numerator: 1, denominator: 4 });
        let text = refusal(RawClientState { trust_level, ..raw_state() });
        assert_eq!(text, "ClientState.trust_level is not from 1/3 to 1");
        assert_eq!(refusal(RawClientState { latest_height: None, ..raw_state() }), "ClientState has no latest_height");
        let chain_id = "x".repeat(51);
        assert!(refusal(RawClientState { chain_id, ..raw_state() }).ends_with("must have 1 to 50 bytes"));
    }
}
