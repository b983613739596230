//! A user's transactions of any messages, signed here and waited for.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;

use crate::chain_under_test::{ChainUnderTest, Role};
use crate::deadline::wait_for;
use crate::signer::{Signer, TxOptions};

/// Enough for hundreds of small messages.
const GAS: u64 = 20_000_000;
/// What is paid for it, at the price of test chains.
const FEE: u64 = 20_000;
const COMMITTED_WITHIN: Duration = Duration::from_secs(60);

/// Signs and sends one transaction of an account that nobody else uses; returns the block that holds it.
///
/// # Errors
/// When it is refused, or fails in its block.
pub fn submit(chain: &dyn ChainUnderTest, role: Role, messages: Vec<Any>, memo: &str) -> Result<u64> {
    let account = chain.account(role);
    let signer = Signer::from_mnemonic(chain.id(), &account.mnemonic)?;
    let fee = Coin { denom: chain.fee_denom().to_owned(), amount: FEE.to_string() };
    let options = TxOptions { fee: vec![fee], gas_limit: GAS, memo: memo.to_owned(), timeout_height: 0 };
    let state = chain.account_state(role)?;
    let tx = signer.sign(messages, state, &options);
    let from = chain.height()?;
    let (code, log) = chain.offer(&tx)?;
    ensure!(code == 0, "{} refused a transaction of {role}: code {code}: {log}", chain.id());
    let what = format!("end of a transaction of {role} on {}", chain.id());
    wait_for(&what, COMMITTED_WITHIN, || Ok((chain.account_state(role)?.sequence > state.sequence).then_some(())))?;
    for height in from + 1..=chain.height()? {
        if let Some(tx) = chain.block(height)?.txs.iter().find(|tx| tx.is_signed_by(&account.address)) {
            ensure!(tx.code == 0, "a transaction of {role} on {} failed: code {}: {}", chain.id(), tx.code, tx.log);
            return Ok(height);
        }
    }
    bail!("no block of {} above {from} holds the transaction of {role}", chain.id())
}
