//! What transfers do to balances (`keeper/relay.go`).

use super::amount::Amount;
use super::denom::{Denom, Hop};
use super::errors::{INVALID_AMOUNT, RECEIVE_DISABLED, SEND_DISABLED};
use super::packet_data::TransferData;
use super::{PORT, event, state};
use crate::app::address::Address;
use crate::app::bank::coin::is_denom;
use crate::app::bank::{self, Coin};
use crate::app::context::Ctx;
use crate::app::error::{Result, sdk};
use crate::app::ibc::channel::acknowledgement::Form;
use crate::app::ibc::channel::errors::{ibc, panicked, wrap};
use proto::cosmos::bank::v1beta1::{DenomUnit, Metadata};

/// Takes the tokens of a transfer that is sent (`SendTransfer`): a voucher that goes back is burnt, anything else goes
/// into escrow.
///
/// # Errors
/// When the sender has not enough, or transfers are turned off.
pub fn send(ctx: &mut Ctx, port: &str, channel: &str, denom: &Denom, amount: u128, sender: &Address) -> Result<()> {
    if !state::params(ctx)?.send_enabled {
        return Err(SEND_DISABLED.plain());
    }
    if bank::is_blocked(sender) {
        return Err(ibc::UNAUTHORIZED.wrap(format!("{} is not allowed to send funds", ctx.text_of(sender))));
    }
    let coin = Coin { denom: denom.ibc_denom(), amount };
    if denom.has_prefix(port, channel) {
        bank::send(ctx, sender, &Address::of_module(PORT), std::slice::from_ref(&coin))?;
        bank::burn(ctx, PORT, &[coin])
            .map_err(|error| fatal(error, "cannot burn coins after a successful send to a module account"))
    } else {
        escrow(ctx, sender, &state::escrow_address(port, channel), coin)
    }
}

/// Gives the tokens of a transfer that is received (`OnRecvPacket`): from escrow, where they come back; else new
/// vouchers. `source` and `destination` are port and channel of the packet's two ends.
///
/// # Errors
/// What becomes an error acknowledgement.
pub fn receive(ctx: &mut Ctx, data: &TransferData, source: (&str, &str), destination: (&str, &str)) -> Result<()> {
    data.validate().map_err(wrap("error validating ICS-20 transfer packet data"))?;
    if !state::params(ctx)?.receive_enabled {
        return Err(RECEIVE_DISABLED.plain());
    }
    let receiver = ctx
        .address(&data.receiver)
        .map_err(|_| ibc::INVALID_ADDRESS.wrap(format!("failed to decode receiver address: {}", data.receiver)))?;
    if bank::is_blocked(&receiver) {
        return Err(ibc::UNAUTHORIZED.wrap(format!("{} is not allowed to receive funds", data.receiver)));
    }
    let amount = amount_of(&data.amount)?;
    if data.denom.has_prefix(source.0, source.1) {
        let denom = Denom { base: data.denom.base.clone(), trace: data.denom.trace[1..].to_vec() };
        unescrow(ctx, &state::escrow_address(destination.0, destination.1), &receiver, new_coin(&denom, amount)?)
    } else {
        let hop = Hop::new(destination.0, destination.1);
        let trace = [vec![hop], data.denom.trace.clone()].concat();
        make_vouchers(ctx, &Denom { base: data.denom.base.clone(), trace }, amount, &receiver, &data.receiver)
    }
}

fn make_vouchers(ctx: &mut Ctx, denom: &Denom, amount: u128, receiver: &Address, receiver_text: &str) -> Result<()> {
    if !state::has_denom(ctx, denom)? {
        state::set_denom(ctx, denom)?;
    }
    let voucher = new_coin(denom, amount)?;
    if !bank::has_denom_metadata(ctx, &voucher.denom)? {
        bank::set_denom_metadata(ctx, &metadata(denom))?;
    }
    event::emit_denom(ctx, denom);
    bank::mint(ctx, PORT, std::slice::from_ref(&voucher)).map_err(wrap("failed to mint IBC tokens"))?;
    bank::send(ctx, &Address::of_module(PORT), receiver, &[voucher])
        .map_err(wrap(format!("failed to send coins to receiver {receiver_text}")))
}

/// `SetDenomMetadata`
fn metadata(denom: &Denom) -> Metadata {
    let path = denom.path();
    Metadata {
        description: format!("IBC token from {path}"),
        denom_units: vec![DenomUnit { denom: denom.base.clone(), exponent: 0, aliases: Vec::new() }],
        base: denom.ibc_denom(),
        name: format!("{path} IBC token"),
        display: path,
        symbol: denom.base.to_uppercase(),
        ..Metadata::default()
    }
}

/// What an acknowledgement means for a transfer (`OnAcknowledgementPacket`), by its bytes: of a failure, the sender gets
/// the tokens back. `source` is port and channel of this end.
///
/// # Errors
/// When it means nothing, or the tokens can't be given back.
pub fn acknowledge(ctx: &mut Ctx, source: (&str, &str), data: &TransferData, acknowledgement: &[u8]) -> Result<()> {
    let form = Form::from_json(acknowledgement).map_err(unreadable_acknowledgement)?;
    settle(ctx, source, data, &form)
}

/// The same, for an acknowledgement that has been read.
pub(super) fn settle(ctx: &mut Ctx, source: (&str, &str), data: &TransferData, form: &Form) -> Result<()> {
    match form {
        Form::Result(_) => Ok(()),
        Form::Error(_) => refund(ctx, source, data),
        Form::Empty => Err(ibc::INVALID_TYPE
            .wrap("expected one of [types.Acknowledgement_Result, types.Acknowledgement_Error], got <nil>")),
    }
}

pub(super) fn unreadable_acknowledgement(error: String) -> crate::app::error::AppError {
    ibc::UNKNOWN_REQUEST.wrap(format!("cannot unmarshal ICS-20 transfer packet acknowledgement: {error}"))
}

/// Gives back the tokens of a transfer that timed out (`OnTimeoutPacket`).
///
/// # Errors
/// When they can't be given back.
pub fn time_out(ctx: &mut Ctx, source: (&str, &str), data: &TransferData) -> Result<()> {
    refund(ctx, source, data)
}

/// `refundPacketTokens`: undoes [`send`].
fn refund(ctx: &mut Ctx, (port, channel): (&str, &str), data: &TransferData) -> Result<()> {
    let sender = ctx.address(&data.sender)?;
    if bank::is_blocked(&sender) {
        return Err(ibc::UNAUTHORIZED.wrap(format!("{} is not allowed to receive funds", data.sender)));
    }
    let coin = new_coin(&data.denom, amount_of(&data.amount)?)?;
    if data.denom.has_prefix(port, channel) {
        bank::mint(ctx, PORT, std::slice::from_ref(&coin))?;
        bank::send(ctx, &Address::of_module(PORT), &sender, &[coin]).map_err(|error| {
            fatal(
                error,
                "unable to send coins from module to account despite previously minting coins to module account",
            )
        })
    } else {
        unescrow(ctx, &state::escrow_address(port, channel), &sender, coin)
    }
}

/// `EscrowCoin`
fn escrow(ctx: &mut Ctx, sender: &Address, escrow: &Address, coin: Coin) -> Result<()> {
    bank::send(ctx, sender, escrow, std::slice::from_ref(&coin))?;
    let total = state::total_escrow(ctx, &coin.denom)?;
    let amount = total.checked_add(coin.amount).ok_or_else(|| panicked("Int overflow"))?;
    state::set_total_escrow(ctx, &Coin { amount, ..coin })
}

/// `UnescrowCoin`
fn unescrow(ctx: &mut Ctx, escrow: &Address, receiver: &Address, coin: Coin) -> Result<()> {
    bank::send(ctx, escrow, receiver, std::slice::from_ref(&coin)).map_err(wrap(
        "unable to unescrow tokens, this may be caused by a malicious counterparty module or a bug: please open an issue on counterparty module",
    ))?;
    let total = state::total_escrow(ctx, &coin.denom)?;
    let amount = total.checked_sub(coin.amount).ok_or_else(|| panicked("negative coin amount"))?;
    state::set_total_escrow(ctx, &Coin { amount, ..coin })
}

/// `sdk.NewCoin`, which panics over a name that no coin has.
fn new_coin(denom: &Denom, amount: u128) -> Result<Coin> {
    let denom = denom.ibc_denom();
    if is_denom(&denom) { Ok(Coin { denom, amount }) } else { Err(panicked(format!("invalid denom: {denom}"))) }
}

/// The amount of a packet. A devnet's balances end at 128 bits, so that more can't be given to anybody.
fn amount_of(text: &str) -> Result<u128> {
    let parsed =
        Amount::parse(text).ok_or_else(|| INVALID_AMOUNT.wrap(format!("unable to parse transfer amount: {text}")))?;
    parsed.to_u128().ok_or_else(|| INVALID_AMOUNT.wrap(format!("transfer amount is over 128 bits: {text}")))
}

/// Where ibc-go panics.
fn fatal(error: crate::app::error::AppError, text: &str) -> crate::app::error::AppError {
    if error.is_fatal() { error } else { panicked(format!("{text}: {error}")) }
}

/// What `MsgTransfer` says of more than anybody can have.
pub(super) fn too_much(ctx: &mut Ctx, sender: &Address, denom: &str, amount: &Amount) -> crate::app::error::AppError {
    match bank::balance(ctx, sender, denom) {
        Ok(balance) => {
            sdk::INSUFFICIENT_FUNDS.wrap(format!("spendable balance {balance}{denom} is smaller than {amount}{denom}"))
        }
        Err(error) => error,
    }
}
