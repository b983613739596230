//! Who a node says it is.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tendermint::{PublicKey, account};

use super::json;
use crate::network::Shared;

/// What CometBFT v0.38.23 takes itself for (`version/version.go`).
pub(crate) const COMETBFT_VERSION: &str = "0.38.22";

/// The channels of CometBFT's reactors, in hex; a node without peers does not exchange addresses.
pub(crate) const CHANNELS: &str = "402021222330386061";

/// Versions of the peer-to-peer and of the block protocol.
pub(crate) const PROTOCOLS: (u64, u64) = (8, 11);

/// A node's name and keys. The first nodes of a chain are its validators.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) moniker: String,
    /// 20 bytes in hex, as peers name it.
    pub(crate) id: String,
    /// The key that it would sign blocks with.
    pub(crate) key: Option<PublicKey>,
}

impl Identity {
    pub(crate) fn new(chain: &Shared, number: usize) -> Self {
        let moniker = format!("{}-{number}", chain.genesis.chain_id);
        let seed: [u8; 32] = Sha256::digest(&moniker).into();
        let own = || {
            let key = ed25519_consensus::SigningKey::from(seed).verification_key();
            PublicKey::from_raw_ed25519(key.as_bytes())
        };
        let validator = chain.with(|chain| {
            let block = chain.block(chain.height())?;
            block.validators.validators().get(number).map(|validator| validator.pub_key)
        });
        Self { id: hex::encode(&seed[..20]), moniker, key: validator.or_else(own) }
    }

    /// What stands under `validator_info`; `power` is that of its address.
    pub(crate) fn validator_info(&self, power: impl Fn(account::Id) -> u64) -> Value {
        let Some(key) = self.key else { return Value::Null };
        let address = account::Id::from(key);
        json!({
            "address": json::hex(address.as_bytes()),
            "pub_key": json::public_key(&key),
            "voting_power": json::number(power(address)),
        })
    }
}
