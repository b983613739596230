//! `MsgTransfer` (`types/msgs.go`, `keeper/msg_server.go`).

use proto::google::protobuf::Any;
use proto::ibc::applications::transfer::v1::{MsgTransfer, MsgTransferResponse};
use types::{Height, Sequence, Timestamp};

use super::amount::Amount;
use super::denom::is_sendable;
use super::errors::{COUNTERPARTY_NOT_FOUND, INVALID_AMOUNT, INVALID_MEMO, SEND_DISABLED};
use super::packet_data::{MEMO_MAX, PacketData};
use super::{PORT, VERSION, event, relay, state};
use crate::app::address::Address;
use crate::app::bank;
use crate::app::context::Ctx;
use crate::app::error::{Registered, Result, sdk};
use crate::app::ibc::channel;
use crate::app::ibc::channel::errors::{ibc, wrap};
use crate::app::ibc::channel::identifier::{validate_channel, validate_port};
use crate::app::kind::{MessageKind, read, respond};

/// ibc-go `MaximumReceiverLength`, in bytes.
const RECEIVER_MAX: usize = 2_048;

/// A packet of IBC v2 needs a time.
const INVALID_V2_TIMEOUT: Registered = Registered::new("channelv2", 8, "invalid packet timeout");

/// `MsgTransfer`.
pub const MESSAGES: &[MessageKind] = &[MessageKind {
    url: "/ibc.applications.transfer.v1.MsgTransfer",
    signer: |bytes| read::<MsgTransfer>(bytes).map(|message| message.sender),
    validate: |_, bytes| validate(&read(bytes)?),
    handle: |ctx, bytes| handle(ctx, read(bytes)?),
}];

/// `ValidateBasic`
fn validate(message: &MsgTransfer) -> Result<()> {
    let MsgTransfer { source_port, source_channel, sender, receiver, memo, .. } = message;
    validate_port(source_port).map_err(wrap(format!("invalid source port ID {source_port}")))?;
    validate_channel(source_channel).map_err(wrap(format!("invalid source channel ID {source_channel}")))?;
    let coin = message.token.clone().unwrap_or_default();
    let amount = amount_of(&coin.amount)?;
    if !amount.is_some_and(|amount| amount.is_positive()) || !is_sendable(&coin.denom) {
        let amount = amount.map_or_else(|| "<nil>".to_owned(), |amount| amount.to_string());
        return Err(ibc::INVALID_COINS.wrap(format!("{amount}{}", coin.denom)));
    }
    if sender.trim().is_empty() {
        return Err(ibc::INVALID_ADDRESS.wrap("missing sender address"));
    }
    if receiver.trim().is_empty() {
        return Err(ibc::INVALID_ADDRESS.wrap("missing recipient address"));
    }
    if receiver.len() > RECEIVER_MAX {
        return Err(ibc::INVALID_ADDRESS.wrap(format!("recipient address must not exceed {RECEIVER_MAX} bytes")));
    }
    if memo.len() > MEMO_MAX {
        return Err(INVALID_MEMO.wrap(format!("memo must not exceed {MEMO_MAX} bytes")));
    }
    Ok(())
}

/// The amount of a coin; none where none is written. One that is no number is no transaction to the SDK.
fn amount_of(text: &str) -> Result<Option<Amount>> {
    if text.is_empty() {
        return Ok(None);
    }
    let unreadable = || sdk::TX_DECODE.wrap(format!("math/big: cannot unmarshal \"{text}\" into a *big.Int"));
    Amount::parse(text).map(Some).ok_or_else(unreadable)
}

/// `Transfer`
fn handle(ctx: &mut Ctx, message: MsgTransfer) -> Result<Any> {
    if !state::params(ctx)?.send_enabled {
        return Err(SEND_DISABLED.plain());
    }
    let sender = ctx.address(&message.sender)?;
    let coin = message.token.clone().unwrap_or_default();
    let amount = amount_to_send(ctx, &sender, &coin.denom, &coin.amount)?;
    let denom = state::denom_of(ctx, &coin.denom)?;
    let data = PacketData {
        denom: denom.path(),
        amount: amount.to_string(),
        sender: message.sender.clone(),
        receiver: message.receiver.clone(),
        memo: message.memo.clone(),
    };
    data.validate().map_err(wrap(format!("failed to validate {VERSION} packet data")))?;
    if channel::channel_end(ctx, &message.source_port, &message.source_channel)?.is_none() {
        return Err(no_v2_client(&message));
    }
    // Whatever the port of the message, ibc-go sends from its own.
    relay::send(ctx, PORT, &message.source_channel, &denom, amount, &sender)?;
    let Sequence(sequence) = channel::send_packet(
        ctx,
        PORT,
        &message.source_channel,
        message.timeout_height.map(Height::from).unwrap_or_default(),
        Timestamp(message.timeout_timestamp),
        data.to_json(),
    )?;
    event::emit_sent(ctx, &data);
    Ok(respond(&MsgTransferResponse { sequence }))
}

/// The greatest number of 256 bits asks for all that the sender has.
fn amount_to_send(ctx: &mut Ctx, sender: &Address, denom: &str, text: &str) -> Result<u128> {
    let amount = amount_of(text)?.ok_or_else(|| ibc::INVALID_COINS.wrap(denom))?;
    if amount.is_max() {
        let balance = bank::balance(ctx, sender, denom)?;
        if balance == 0 {
            return Err(INVALID_AMOUNT.wrap(format!("empty spendable balance for {denom}")));
        }
        return Ok(balance);
    }
    match amount.to_u128() {
        Some(amount) => Ok(amount),
        None => Err(relay::too_much(ctx, sender, denom, &amount)),
    }
}

/// Where there is no channel ibc-go takes its id for that of a client of IBC v2, which this chain has none of.
fn no_v2_client(message: &MsgTransfer) -> crate::app::error::AppError {
    if message.timeout_timestamp == 0 {
        return INVALID_V2_TIMEOUT.wrap("timeout must not be 0");
    }
    let client = &message.source_channel;
    COUNTERPARTY_NOT_FOUND
        .wrap(format!("counterparty not found for client: {client}"))
        .wrap(format!("send packet failed for source id: {client}"))
}

#[cfg(test)]
mod tests;
