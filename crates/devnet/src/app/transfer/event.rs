//! Events of ICS-20 (`internal/events/events.go`): the order of the attributes is ibc-go's.

use super::PORT;
use super::denom::Denom;
use super::packet_data::{PacketData, TransferData};
use crate::app::context::Ctx;
use crate::app::error::AppError;
use crate::app::event::Event;
use crate::app::ibc::channel::acknowledgement::Form;

const PACKET: &str = "fungible_token_packet";

/// A transfer was sent.
pub(super) fn emit_sent(ctx: &mut Ctx, data: &PacketData) {
    let event = Event::new("ibc_transfer")
        .with("sender", &data.sender)
        .with("receiver", &data.receiver)
        .with("denom", &data.denom)
        .with("amount", &data.amount)
        .with("memo", &data.memo);
    emit(ctx, event);
}

/// A transfer was received, or refused for a reason that only the event tells.
pub(super) fn emit_received(ctx: &mut Ctx, data: &TransferData, refused: Option<&AppError>) {
    let mut event = with_transfer(Event::new(PACKET), data).with("success", refused.is_none());
    if let Some(error) = refused {
        event = event.with("error", error);
    }
    emit(ctx, event);
}

/// A transfer was acknowledged.
pub(super) fn emit_acknowledged(ctx: &mut Ctx, data: &TransferData, form: &Form) {
    emit(ctx, with_transfer(Event::new(PACKET), data).with("acknowledgement", form.to_compact_text()));
    match form {
        Form::Result(result) => {
            let result = String::from_utf8_lossy(result.as_deref().unwrap_or_default()).into_owned();
            ctx.emit(Event::new(PACKET).with("success", result));
        }
        Form::Error(error) => ctx.emit(Event::new(PACKET).with("error", error)),
        Form::Empty => {}
    }
}

/// A transfer timed out. The sender stands as receiver: of the refund.
pub(super) fn emit_timed_out(ctx: &mut Ctx, data: &TransferData) {
    let event = Event::new("timeout")
        .with("receiver", &data.sender)
        .with("refund_tokens", data.token_json())
        .with("memo", &data.memo);
    emit(ctx, event);
}

/// A voucher is about to be made.
pub(super) fn emit_denom(ctx: &mut Ctx, denom: &Denom) {
    let hash = hex::encode_upper(denom.hash());
    ctx.emit(Event::new("denomination").with("denom_hash", hash).with("denom", denom.to_json()));
}

fn with_transfer(event: Event, data: &TransferData) -> Event {
    event
        .with("sender", &data.sender)
        .with("receiver", &data.receiver)
        .with("denom", data.denom.path())
        .with("amount", &data.amount)
        .with("memo", &data.memo)
}

fn emit(ctx: &mut Ctx, event: Event) {
    ctx.emit(event);
    ctx.emit(Event::new("message").with("module", PORT));
}
