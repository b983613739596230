//! Validators, consensus parameters and the genesis (CometBFT `types/validator.go`, `types/params.go`, `types/genesis.go`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use light_client::ValidatorSet;
use serde_json::{Value, json};
use tendermint::{PublicKey, validator};

use super::{hex, number, time, timestamp};
use crate::chain::{Chain, ConsensusParams};

/// `types.Validator`.
pub(crate) fn validator(info: &validator::Info) -> Value {
    json!({
        "address": hex(info.address.as_bytes()),
        "pub_key": public_key(&info.pub_key),
        "voting_power": number(info.power()),
        "proposer_priority": number(info.proposer_priority.value()),
    })
}

/// A key with the name of its kind.
pub(crate) fn public_key(key: &PublicKey) -> Value {
    let kind = if key.ed25519().is_some() { "tendermint/PubKeyEd25519" } else { "tendermint/PubKeySecp256k1" };
    json!({ "type": kind, "value": BASE64.encode(key.to_bytes()) })
}

/// `types.ConsensusParams`.
pub(crate) fn consensus_params(params: &ConsensusParams) -> Value {
    let mut told = updated_params(params);
    told["version"] = json!({ "app": "0" });
    told["abci"] = json!({ "vote_extensions_enable_height": "0" });
    told
}

/// `cmtproto.ConsensusParams`, which an SDK application repeats with each block; zeros are left out.
pub(crate) fn updated_params(params: &ConsensusParams) -> Value {
    json!({
        "block": {
            "max_bytes": number(params.block_bytes_max),
            "max_gas": params.block_gas_max.map_or_else(|| "-1".to_owned(), |gas| gas.to_string()),
        },
        "evidence": {
            "max_age_num_blocks": number(params.evidence_blocks_max),
            "max_age_duration": number(params.evidence_age_max.as_nanos()),
            "max_bytes": number(params.evidence_bytes_max),
        },
        "validator": { "pub_key_types": ["ed25519"] },
        "version": {},
        "abci": {},
    })
}

/// `types.GenesisDoc`, without the application's state.
pub(crate) fn genesis(chain: &Chain, set: &ValidatorSet) -> Value {
    let validator = |info: &validator::Info| {
        json!({
            "address": hex(info.address.as_bytes()),
            "pub_key": public_key(&info.pub_key),
            "power": number(info.power()),
            "name": "",
        })
    };
    json!({
        "genesis_time": time(timestamp(chain.genesis_time())),
        "chain_id": chain.id().to_string(),
        "initial_height": number(chain.initial_height()),
        "consensus_params": consensus_params(chain.params()),
        "validators": set.validators().iter().map(validator).collect::<Vec<_>>(),
        "app_hash": "",
    })
}
