//! ICS-07 consensus state: what a client keeps of one header.

use proto::google::protobuf::{Any, Timestamp as RawTimestamp};
use proto::ibc::core::commitment::v1::MerkleRoot;
use proto::ibc::lightclients::tendermint::v1::ConsensusState as RawConsensusState;

use crate::wire::{pack, required, unpack, wrong_value};
use crate::{Timestamp, WireError};

/// What a 07-tendermint client keeps of a header of the chain that it tracks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsensusState {
    /// The header's time.
    pub timestamp: Timestamp,
    /// The header's app hash, which proves the state of one block earlier. Right after an upgrade it is a sentinel that
    /// proves nothing.
    pub root: Vec<u8>,
    /// The hash of the validators of the header after it.
    pub next_validators_hash: Vec<u8>,
}

impl TryFrom<RawConsensusState> for ConsensusState {
    type Error = WireError;

    fn try_from(raw: RawConsensusState) -> Result<Self, WireError> {
        Ok(Self {
            timestamp: timestamp(required::<RawConsensusState, _>(raw.timestamp, "timestamp")?)?,
            root: required::<RawConsensusState, _>(raw.root, "root")?.hash,
            next_validators_hash: raw.next_validators_hash,
        })
    }
}

impl From<ConsensusState> for RawConsensusState {
    fn from(state: ConsensusState) -> Self {
        Self {
            timestamp: Some(raw_timestamp(state.timestamp)),
            root: Some(MerkleRoot { hash: state.root }),
            next_validators_hash: state.next_validators_hash,
        }
    }
}

impl TryFrom<Any> for ConsensusState {
    type Error = WireError;

    fn try_from(any: Any) -> Result<Self, WireError> {
        unpack::<RawConsensusState>(&any)?.try_into()
    }
}

impl From<ConsensusState> for Any {
    fn from(state: ConsensusState) -> Self {
        pack(&RawConsensusState::from(state))
    }
}

fn timestamp(raw: RawTimestamp) -> Result<Timestamp, WireError> {
    let nanoseconds = match (u64::try_from(raw.seconds), u64::try_from(raw.nanos)) {
        (Ok(seconds), Ok(nanos @ 0..=999_999_999)) => {
            seconds.checked_mul(1_000_000_000).and_then(|nanoseconds| nanoseconds.checked_add(nanos))
        }
        (Ok(_) | Err(_), Ok(_) | Err(_)) => None,
    };
    let reason = "is not a time from 1970 to 2554";
    nanoseconds.map(Timestamp).ok_or_else(|| wrong_value::<RawConsensusState>("timestamp", reason))
}

fn raw_timestamp(timestamp: Timestamp) -> RawTimestamp {
    // Both quotients fit: u64::MAX / 10^9 is below 2^35, and the remainder is below 10^9.
    RawTimestamp {
        seconds: (timestamp.0 / 1_000_000_000).cast_signed(),
        nanos: ((timestamp.0 % 1_000_000_000) as u32).cast_signed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_of_range_is_refused() {
        let state = |seconds, nanos| RawConsensusState {
            timestamp: Some(RawTimestamp { seconds, nanos }),
            root: Some(MerkleRoot { hash: vec![1] }),
            next_validators_hash: vec![2],
        };
        let last = ConsensusState::try_from(state(18_446_744_073, 709_551_615)).unwrap();
        assert_eq!(last.timestamp, Timestamp(u64::MAX));
        for (seconds, nanos) in [(18_446_744_073, 709_551_616), (i64::MAX, 0), (-1, 0), (1, -1), (1, 1_000_000_000)] {
            assert!(ConsensusState::try_from(state(seconds, nanos)).is_err(), "{seconds} s {nanos} ns");
        }
    }
}
