//! The consensus parameters of a chain (CometBFT `types/params.go`).

use std::time::Duration;

use proto::Message;
use proto::tendermint_proto::types as raw;
use sha2::{Digest, Sha256};

/// What all validators agree on beside the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsensusParams {
    /// Bytes of a block.
    pub block_bytes_max: u64,
    /// The sum of gas limits in a block; none for no limit.
    pub block_gas_max: Option<u64>,
    /// Evidence is too old once it is older than this ..
    pub evidence_age_max: Duration,
    /// .. and older than so many blocks.
    pub evidence_blocks_max: u64,
    /// Bytes of evidence in a block.
    pub evidence_bytes_max: u64,
}

impl ConsensusParams {
    /// CometBFT's `DefaultConsensusParams`.
    pub(super) fn new(block_gas_max: Option<u64>) -> Self {
        Self {
            block_bytes_max: 22_020_096,
            block_gas_max,
            evidence_age_max: Duration::from_secs(48 * 60 * 60),
            evidence_blocks_max: 100_000,
            evidence_bytes_max: 1_048_576,
        }
    }

    /// What the header's `consensus_hash` says; only the limits of a block are part of it.
    pub(super) fn hash(&self) -> [u8; 32] {
        let limit = |max: u64| i64::try_from(max).unwrap_or(i64::MAX);
        let hashed = raw::HashedParams {
            block_max_bytes: limit(self.block_bytes_max),
            block_max_gas: self.block_gas_max.map_or(-1, limit),
        };
        Sha256::digest(hashed.encode_to_vec()).into()
    }

    /// What is left for transactions (`MaxDataBytes`).
    pub(super) fn data_bytes_max(&self, validators: usize, evidence_bytes: u64) -> u64 {
        const BLOCK_OVERHEAD: u64 = 11;
        const HEADER: u64 = 626;
        const COMMIT_OVERHEAD: u64 = 94;
        const COMMIT_SIGNATURE: u64 = 111;
        let commit = COMMIT_OVERHEAD + COMMIT_SIGNATURE * validators as u64;
        self.block_bytes_max.saturating_sub(BLOCK_OVERHEAD + HEADER + commit + evidence_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_limits_of_a_block_are_hashed() {
        let params = ConsensusParams::new(None);
        assert_eq!(params.hash(), ConsensusParams { evidence_blocks_max: 1, ..params }.hash());
        assert_ne!(params.hash(), ConsensusParams { block_gas_max: Some(1), ..params }.hash());
        assert_ne!(params.hash(), ConsensusParams { block_bytes_max: 1, ..params }.hash());
    }

    #[test]
    fn a_commit_takes_its_place_before_transactions_do() {
        let params = ConsensusParams { block_bytes_max: 10_000, ..ConsensusParams::new(None) };
        assert_eq!(params.data_bytes_max(4, 0), 10_000 - 11 - 626 - 94 - 4 * 111);
        assert_eq!(params.data_bytes_max(4, 20_000), 0);
    }
}
