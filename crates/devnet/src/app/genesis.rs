//! What a chain starts with.

use std::time::Duration;

use proto::cosmos::auth::v1beta1::Params;
use types::ChainId;

use super::address::Address;
use super::auth::{self, MODULES};
use super::bank::{self, Coin};
use super::context::Ctx;
use super::error::Result;

const SIGNATURES_MAX: u64 = 7;
const GAS_PER_BYTE: u64 = 10;
const GAS_PER_ED25519_SIGNATURE: u64 = 590;
const GAS_PER_SECP256K1_SIGNATURE: u64 = 1_000;

/// The parameters and the first accounts of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The chain's id, with or without a revision.
    pub chain_id: ChainId,
    /// What addresses start with.
    pub prefix: String,
    /// Accounts with what they hold, numbered in this order from 0 on. The modules' own follow.
    pub accounts: Vec<(Address, Vec<Coin>)>,
    /// What pays fees and is staked.
    pub fee_denom: String,
    /// The node's minimum price of a unit of gas, as a decimal with the denomination: `0.001stake`; empty for none.
    pub minimum_gas_price: String,
    /// The sum of gas limits that a block may hold (`consensus_params.block.max_gas`).
    pub block_gas_max: Option<u64>,
    /// Characters of a memo, at most.
    pub memo_characters_max: u64,
    /// How long stake stays bound.
    pub unbonding_period: Duration,
    /// States older than so many blocks are forgotten; none to keep all.
    pub states_kept: Option<u64>,
}

impl Genesis {
    /// A chain without accounts, with the parameters of the tests' real chains.
    pub fn new(chain_id: ChainId) -> Self {
        Self {
            chain_id,
            prefix: "cosmos".to_owned(),
            accounts: Vec::new(),
            fee_denom: "stake".to_owned(),
            minimum_gas_price: "0.001stake".to_owned(),
            block_gas_max: None,
            memo_characters_max: 1_000_000,
            unbonding_period: Duration::from_secs(21 * 24 * 60 * 60),
            states_kept: None,
        }
    }

    /// Writes the first state (`InitGenesis` of the modules, in simapp's order).
    pub(super) fn write(&self, ctx: &mut Ctx) -> Result<()> {
        let params = Params {
            max_memo_characters: self.memo_characters_max,
            tx_sig_limit: SIGNATURES_MAX,
            tx_size_cost_per_byte: GAS_PER_BYTE,
            sig_verify_cost_ed25519: GAS_PER_ED25519_SIGNATURE,
            sig_verify_cost_secp256k1: GAS_PER_SECP256K1_SIGNATURE,
        };
        auth::set_params(ctx, &params)?;
        bank::set_params(ctx)?;
        for (address, coins) in &self.accounts {
            if auth::account(ctx, address)?.is_none() {
                auth::create_account(ctx, address.clone())?;
            }
            bank::endow(ctx, address, coins)?;
        }
        for module in MODULES.iter().filter(|module| module.is_in_genesis) {
            auth::module_account(ctx, module.name)?;
        }
        Ok(())
    }
}
