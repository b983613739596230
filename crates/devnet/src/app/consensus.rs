//! The parameters of consensus that the application knows (cosmos-sdk `x/consensus`).

use proto::Message;
use proto::tendermint_proto::google::protobuf::Duration;
use proto::tendermint_proto::v0_38::state::ConsensusParamsInfo;
use proto::tendermint_proto::v0_38::types::{
    AbciParams, BlockParams, ConsensusParams, EvidenceParams, ValidatorParams, VersionParams,
};

use super::gas::{READ_COST, READ_COST_PER_BYTE};
use super::genesis::Genesis;

/// `x/consensus` keeps them under this key.
const KEY: &str = "Consensus";
const BLOCK_BYTES_MAX: i64 = 22_020_096;
const EVIDENCE_BLOCKS_MAX: i64 = 100_000;
const EVIDENCE_SECONDS_MAX: i64 = 48 * 60 * 60;
const EVIDENCE_BYTES_MAX: i64 = 1_048_576;

/// CometBFT's defaults, with the chain's own limit of gas.
pub(super) fn params(genesis: &Genesis) -> ConsensusParams {
    let max_gas = genesis.block_gas_max.map_or(-1, |max| i64::try_from(max).unwrap_or(i64::MAX));
    ConsensusParams {
        block: Some(BlockParams { max_bytes: BLOCK_BYTES_MAX, max_gas }),
        evidence: Some(EvidenceParams {
            max_age_num_blocks: EVIDENCE_BLOCKS_MAX,
            max_age_duration: Some(Duration { seconds: EVIDENCE_SECONDS_MAX, nanos: 0 }),
            max_bytes: EVIDENCE_BYTES_MAX,
        }),
        validator: Some(ValidatorParams { pub_key_types: vec!["ed25519".to_owned()] }),
        version: Some(VersionParams { app: 0 }),
        abci: Some(AbciParams { vote_extensions_enable_height: 0 }),
    }
}

/// `cosmos.consensus.v1.Query/Params`. Its answer has the form of this message of CometBFT's, without a height.
pub(super) fn answer(genesis: &Genesis) -> Vec<u8> {
    ConsensusParamsInfo { consensus_params: Some(params(genesis)), last_height_changed: 0 }.encode_to_vec()
}

/// What it costs to read them.
pub(super) fn read_cost(genesis: &Genesis) -> u64 {
    READ_COST + READ_COST_PER_BYTE * (KEY.len() + params(genesis).encoded_len()) as u64
}
