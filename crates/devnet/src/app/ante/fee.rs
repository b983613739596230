//! `DeductFeeDecorator` (cosmos-sdk `x/auth/ante/fee.go`, `validator_tx_fee.go`).

use super::Candidate;
use crate::app::address::Address;
use crate::app::auth::{self, FEE_COLLECTOR};
use crate::app::bank::coin::{self, Coin, Price};
use crate::app::bank::send_to_module;
use crate::app::context::{Ctx, Mode};
use crate::app::error::{AppError, Result, sdk};
use crate::app::event::Event;

/// Takes the fee from its payer, and tells it.
pub(super) fn deduct(ctx: &mut Ctx, candidate: &Candidate<'_>, signers: &[Address]) -> Result<()> {
    let fee = candidate.tx.fee()?;
    if ctx.mode != Mode::Simulate {
        if ctx.block.height > 0 && fee.gas_limit == 0 {
            return Err(sdk::INVALID_GAS_LIMIT.wrap("must provide positive gas"));
        }
        check_price(ctx, candidate)?;
    }
    if !fee.granter.is_empty() {
        return Err(sdk::INVALID_REQUEST.wrap("fee grants are not enabled"));
    }
    let payer = payer(ctx, candidate, signers)?;
    if auth::account(ctx, &payer)?.is_none() {
        let text = format!("fee payer address: {} does not exist", bytes_as_text(&payer.0));
        return Err(sdk::UNKNOWN_ADDRESS.wrap(text));
    }
    if fee.amount.iter().any(|coin| coin.amount.bytes().any(|digit| (b'1'..=b'9').contains(&digit))) {
        let coins = coin::read(&fee.amount)
            .map_err(|_| sdk::INSUFFICIENT_FEE.wrap(format!("invalid fee amount: {}", coin::raw_text(&fee.amount))))?;
        send_to_module(ctx, &payer, FEE_COLLECTOR, &coins).map_err(insufficient_funds)?;
    }
    let event = Event::new("tx").with("fee", coin::raw_text(&fee.amount));
    ctx.emit(event.with("fee_payer", ctx.text_of(&payer)));
    Ok(())
}

/// The node's own minimum, which counts for its mempool alone.
fn check_price(ctx: &Ctx, candidate: &Candidate<'_>) -> Result<()> {
    let fee = candidate.tx.fee()?;
    let prices = Price::read_all(&candidate.genesis.minimum_gas_price);
    if !matches!(ctx.mode, Mode::Check | Mode::Recheck) || prices.is_empty() {
        return Ok(());
    }
    let required: Vec<Coin> = prices.iter().map(|price| price.of(fee.gas_limit)).collect();
    let is_enough = fee.amount.iter().any(|paid| {
        let amount = paid.amount.parse::<u128>().unwrap_or(0);
        required.iter().any(|coin| coin.denom == paid.denom && coin.amount > 0 && amount >= coin.amount)
    });
    if is_enough {
        return Ok(());
    }
    let (got, required) = (coin::raw_text(&fee.amount), coin::text(&required));
    Err(sdk::INSUFFICIENT_FEE.wrap(format!("insufficient fees; got: {got} required: {required}")))
}

fn payer(ctx: &Ctx, candidate: &Candidate<'_>, signers: &[Address]) -> Result<Address> {
    let named = &candidate.tx.fee()?.payer;
    if !named.is_empty() {
        return Address::read(named, &ctx.prefix);
    }
    signers.first().cloned().ok_or_else(|| crate::app::tx::index_out_of_range(0, 0))
}

/// The SDK puts its own error behind the bank's text, whatever that was. A panic passes by it.
fn insufficient_funds(error: AppError) -> AppError {
    if error.is_fatal() { error } else { sdk::INSUFFICIENT_FUNDS.wrap(error) }
}

/// Go prints the raw bytes of this address, and JSON makes a replacement character of each that is no text.
fn bytes_as_text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
