//! What a transaction must pass before its messages run: the decorators of cosmos-sdk `x/auth/ante`, with fees, and
//! ibc-go's last. Events and writes of a failure are dropped by the caller.

mod fee;
mod signature;

use super::address::Address;
use super::auth;
use super::context::{Ctx, Mode};
use super::error::{Result, sdk};
use super::genesis::Genesis;
use super::ibc;
use super::tx::Tx;

/// A transaction on its way through the decorators.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub(super) tx: &'a Tx,
    /// Length of its bytes.
    pub(super) size: u64,
    pub(super) genesis: &'a Genesis,
}

/// Runs all decorators, in the order of the tests' real chain.
///
/// # Errors
/// Those of the SDK.
pub(super) fn run(ctx: &mut Ctx, candidate: &Candidate<'_>) -> Result<()> {
    let tx = candidate.tx;
    check_block_gas(candidate)?;
    if ctx.mode != Mode::Recheck {
        tx.validate(&ctx.prefix)?;
    }
    check_timeout(ctx, tx)?;
    check_memo(ctx, tx)?;
    let signers = tx.signers(&ctx.prefix)?;
    consume_size(ctx, candidate, &signers)?;
    fee::deduct(ctx, candidate, &signers)?;
    signature::set_public_keys(ctx, tx, &signers)?;
    signature::check_count(ctx, tx)?;
    signature::consume_gas(ctx, tx, &signers)?;
    signature::verify(ctx, tx, &signers)?;
    increment_sequences(ctx, &signers)?;
    ibc::channel::redundant_relay(ctx, &tx.body.messages)
}

/// `SetUpContextDecorator`, beside the gas meter.
fn check_block_gas(candidate: &Candidate<'_>) -> Result<()> {
    let gas = candidate.tx.fee()?.gas_limit;
    match candidate.genesis.block_gas_max {
        Some(max) if max > 0 && gas > max => {
            Err(sdk::INVALID_GAS_LIMIT.wrap(format!("tx gas limit {gas} exceeds block max gas {max}")))
        }
        Some(_) | None => Ok(()),
    }
}

/// `TxTimeoutHeightDecorator`.
fn check_timeout(ctx: &Ctx, tx: &Tx) -> Result<()> {
    let (height, timeout_height) = (ctx.block.height, tx.body.timeout_height);
    if timeout_height > 0 && height > timeout_height {
        let text = format!("block height: {height}, timeout height: {timeout_height}");
        return Err(sdk::TX_TIMEOUT_HEIGHT.wrap(text));
    }
    let Some(timeout) = tx.timeout.as_ref().filter(|timeout| timeout.seconds != 0) else { return Ok(()) };
    let timeout = i128::from(timeout.seconds) * 1_000_000_000 + i128::from(timeout.nanos);
    let now = i128::from(ctx.block.time.0);
    if timeout < now {
        let text = format!("block time: {}, timeout timestamp: {}", go_time(now), go_time(timeout));
        return Err(sdk::TX_TIMEOUT.wrap(text));
    }
    Ok(())
}

/// A time as Go prints it.
fn go_time(nanoseconds: i128) -> String {
    let Ok(time) = time::OffsetDateTime::from_unix_timestamp_nanos(nanoseconds) else { return nanoseconds.to_string() };
    let (date, (hour, minute, second, nanosecond)) = (time.date(), time.to_hms_nano());
    let fraction = format!(".{nanosecond:09}");
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    format!("{date} {hour:02}:{minute:02}:{second:02}{fraction} +0000 UTC")
}

/// `ValidateMemoDecorator`.
fn check_memo(ctx: &mut Ctx, tx: &Tx) -> Result<()> {
    let length = tx.body.memo.len() as u64;
    if length == 0 {
        return Ok(());
    }
    let max = auth::params(ctx)?.max_memo_characters;
    if length > max {
        let text = format!("maximum number of characters is {max} but received {length} characters");
        return Err(sdk::MEMO_TOO_LARGE.wrap(text));
    }
    Ok(())
}

/// `ConsumeTxSizeGasDecorator`; a simulation pays for the signatures that it lacks.
fn consume_size(ctx: &mut Ctx, candidate: &Candidate<'_>, signers: &[Address]) -> Result<()> {
    /// What a key and a signature take in amino, and six bytes more.
    const SIGNATURE_SIZE: u64 = 106 + 6;
    let price = auth::params(ctx)?.tx_size_cost_per_byte;
    ctx.gas.consume(price.saturating_mul(candidate.size), "txSize")?;
    if ctx.mode != Mode::Simulate {
        return Ok(());
    }
    for (at, signer) in signers.iter().enumerate() {
        if signature::is_complete(candidate.tx, at)? {
            continue;
        }
        auth::account(ctx, signer)?;
        ctx.gas.consume(price * SIGNATURE_SIZE, "txSize")?;
    }
    Ok(())
}

/// `IncrementSequenceDecorator`.
fn increment_sequences(ctx: &mut Ctx, signers: &[Address]) -> Result<()> {
    for signer in signers {
        let mut account = signature::signer_account(ctx, signer)?;
        account.sequence += 1;
        auth::set_account(ctx, &account)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_is_printed_as_go_prints_it() {
        assert_eq!(super::go_time(1_700_000_000_005_000_000), "2023-11-14 22:13:20.005 +0000 UTC");
        assert_eq!(super::go_time(1_700_000_000_000_000_000), "2023-11-14 22:13:20 +0000 UTC");
    }
}
