//! The submitter's hands: account, simulation, signature, broadcast. What is signed was asked for by the engine, with
//! the fee within the configured limits.

use std::collections::BTreeSet;

use chain::{BroadcastAnswer, ChainError, Fee, FeeError, FeeLimits, SignerInfo, UnsignedTx, tx};
use engine::{Checked, Event, LaneId, Message};
use tracing::debug;
use types::{AccountSequence, BlockHeight, Class, Refusal, Scope};

use crate::chain::Chain;

/// A transaction that is not signed yet.
pub(crate) struct Draft {
    pub(crate) account_number: u64,
    pub(crate) account_sequence: AccountSequence,
    pub(crate) messages: Vec<Message>,
    pub(crate) timeout_height: BlockHeight,
    pub(crate) out_of_gas_tries: u32,
}

/// What came of a draft that is not refused.
pub(crate) enum Signed {
    /// A signed transaction, and what it costs once it stands in a block.
    Tx { bytes: Vec<u8>, signature: Vec<u8>, gas_limit: u64, fee: u128 },
    /// Nothing was signed: these messages, counted from 0, would do nothing any more.
    Redundant(BTreeSet<usize>),
}

/// Simulates, chooses gas and fee, signs; unless somebody else did a part of it already, in a block or in the node's
/// mempool.
pub(crate) async fn sign(chain: &Chain, draft: Draft) -> Result<Signed, Refusal> {
    let config = chain.config();
    let Some(key) = &config.signer else { return Err(lasting(format!("no key was given for {}", chain.id))) };
    let messages = draft.messages.iter().map(|message| tx::any(&message.type_url, &message.value)).collect();
    let body = tx::body(messages, &config.memo, draft.timeout_height);
    let signer = SignerInfo { public_key: key.public_key(), sequence: draft.account_sequence };
    let rehearsal = UnsignedTx::for_simulation(body.clone(), &signer, &config.gas_price);
    // The lane stands still meanwhile.
    let simulation = match chain::urgently(chain.endpoint().simulate(&rehearsal)).await {
        Ok(Ok(simulation)) => simulation,
        Ok(Err(refusal)) => return Err(refusal),
        Err(error) => return Err(no_answer(&error)),
    };
    if !simulation.redundant.is_empty() {
        return Ok(Signed::Redundant(simulation.redundant));
    }
    let gas_limit = gas_limit(simulation.gas_used, config.gas_multiplier_permille, draft.out_of_gas_tries);
    let limits = FeeLimits { gas_max: config.gas_max, amount_max: config.fee_max };
    let fee = Fee::new(gas_limit, &config.gas_price, &limits).map_err(|error| too_dear(&error))?;
    let tx = UnsignedTx::new(body, &signer, &fee);
    let signature = key.sign(&tx.sign_doc(&chain.id, draft.account_number));
    let fee = fee.amount.map_or(0, |coin| coin.amount);
    Ok(Signed::Tx { bytes: tx.signed(&signature), signature: signature.to_vec(), gas_limit, fee })
}

/// The simulated gas with its margin, which grows by half with each time that it was not enough.
fn gas_limit(gas_used: u64, multiplier_permille: u64, out_of_gas_tries: u32) -> u64 {
    let permille = u128::from(multiplier_permille) + 500 * u128::from(out_of_gas_tries);
    u64::try_from(u128::from(gas_used) * permille / 1000).unwrap_or(u64::MAX)
}

/// Over our own limits: fewer messages may be within.
fn too_dear(error: &FeeError) -> Refusal {
    Refusal { class: Class::Terminal(Scope::Packet), ..without_code(error.to_string()) }
}

/// A failure to ask is no answer of the chain.
fn no_answer(error: &ChainError) -> Refusal {
    Refusal { class: error.class(), ..without_code(error.to_string()) }
}

/// What no other try mends before a person does something.
pub(crate) fn lasting(log: String) -> Refusal {
    Refusal { class: Class::Terminal(Scope::Chain), ..without_code(log) }
}

fn without_code(log: String) -> Refusal {
    Refusal {
        class: Class::Transient,
        codespace: String::new(),
        code: 0,
        message_index: None,
        expected_sequence: None,
        log,
    }
}

pub(crate) async fn broadcast(chain: &Chain, bytes: &[u8]) -> Checked {
    match chain::urgently(chain.endpoint().broadcast_tx_sync(bytes)).await {
        Ok(BroadcastAnswer::Accepted { .. } | BroadcastAnswer::AlreadyInCache) => Checked::Accepted,
        Ok(BroadcastAnswer::Refused(refusal)) => Checked::Refused(refusal),
        Err(error) => {
            debug!(chain = %chain.id, %error, "no answer to a broadcast");
            Checked::Unknown
        }
    }
}

pub(crate) async fn read_account(chain: &Chain, lane: LaneId) -> Event {
    match chain.query().account(&lane.address).await {
        Ok(account) => Event::AccountRead { lane, account_number: account.number, account_sequence: account.sequence },
        // An account comes into being with the first tokens that it is sent.
        Err(error) if error.is_not_found() => Event::AccountFailed {
            class: Class::Terminal(Scope::Chain),
            reason: format!("account {} is not on {}; fund it", lane.address, lane.chain),
            lane,
        },
        Err(error) => Event::AccountFailed { lane, class: error.class(), reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_out_of_gas_raises_the_limit() {
        assert_eq!(gas_limit(100_000, 1_200, 0), 120_000);
        assert_eq!(gas_limit(100_000, 1_200, 1), 170_000);
        assert_eq!(gas_limit(100_000, 1_200, 2), 220_000);
    }

    #[test]
    fn a_gas_limit_never_overflows() {
        assert_eq!(gas_limit(u64::MAX, 2_000, 3), u64::MAX);
    }
}
