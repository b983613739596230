//! The callbacks of ICS-20 (`ibc_module.go`).

use types::{Order, Packet};

use super::errors::{INVALID_VERSION, MAX_TRANSFER_CHANNELS};
use super::packet_data::TransferData;
use super::{VERSION, event, relay, state};
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::ibc::channel::Acknowledged;
use crate::app::ibc::channel::acknowledgement::Form;
use crate::app::ibc::channel::errors::{INVALID_CHANNEL_ORDERING, INVALID_PORT, ibc};
use crate::app::ibc::channel::identifier::parse_channel_sequence;
use crate::app::ibc::port::{IbcModule, NewChannel};

/// The application on port `transfer`.
#[derive(Clone, Copy, Debug)]
pub struct Transfer;

impl IbcModule for Transfer {
    fn on_chan_open_init(&self, ctx: &mut Ctx, new: NewChannel<'_>, version: &str) -> Result<String> {
        check_channel(ctx, new)?;
        match version {
            version if version.trim().is_empty() => Ok(VERSION.to_owned()),
            VERSION => Ok(VERSION.to_owned()),
            other => Err(INVALID_VERSION.wrap(format!("expected one of [{VERSION}], got {other}"))),
        }
    }

    /// To another version than its own it answers with its own.
    fn on_chan_open_try(&self, ctx: &mut Ctx, new: NewChannel<'_>, _counterparty_version: &str) -> Result<String> {
        check_channel(ctx, new)?;
        Ok(VERSION.to_owned())
    }

    fn on_chan_open_ack(&self, _ctx: &mut Ctx, counterparty_version: &str) -> Result<()> {
        if counterparty_version == VERSION {
            return Ok(());
        }
        Err(INVALID_VERSION
            .wrap(format!("invalid counterparty version: expected one of [{VERSION}], got {counterparty_version}")))
    }

    /// Nobody may strand tokens by closing a channel.
    fn on_chan_close_init(&self, _ctx: &mut Ctx) -> Result<()> {
        Err(ibc::INVALID_REQUEST.wrap("user cannot close channel"))
    }

    fn on_recv_packet(&self, ctx: &mut Ctx, version: &str, packet: &Packet) -> Result<Option<Acknowledged>> {
        let read = TransferData::from_packet(&packet.data, version);
        let (data, done) = match read {
            Ok(data) => {
                let source = (packet.source_port.as_str(), packet.source_channel.as_str());
                let destination = (packet.destination_port.as_str(), packet.destination_channel.as_str());
                let done = relay::receive(ctx, &data, source, destination);
                (data, done)
            }
            Err(unreadable) => (TransferData::default(), Err(unreadable)),
        };
        let refused = match done {
            Ok(()) => None,
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => Some(error),
        };
        event::emit_received(ctx, &data, refused.as_ref());
        Ok(Some(refused.map_or_else(|| Acknowledged::result(&[1]), |error| Acknowledged::error(&error))))
    }

    fn on_acknowledgement_packet(
        &self,
        ctx: &mut Ctx,
        version: &str,
        packet: &Packet,
        acknowledgement: &[u8],
    ) -> Result<()> {
        let form = Form::from_json(acknowledgement).map_err(relay::unreadable_acknowledgement)?;
        let data = TransferData::from_packet(&packet.data, version)?;
        let written = form.to_json();
        if written != acknowledgement {
            return Err(ibc::INVALID_TYPE.wrap(format!(
                "acknowledgement did not marshal to expected bytes: {} ≠ {}",
                hex::encode_upper(written),
                hex::encode_upper(acknowledgement)
            )));
        }
        relay::settle(ctx, (packet.source_port.as_str(), packet.source_channel.as_str()), &data, &form)?;
        event::emit_acknowledged(ctx, &data, &form);
        Ok(())
    }

    fn on_timeout_packet(&self, ctx: &mut Ctx, version: &str, packet: &Packet) -> Result<()> {
        let data = TransferData::from_packet(&packet.data, version)?;
        relay::time_out(ctx, (packet.source_port.as_str(), packet.source_channel.as_str()), &data)?;
        event::emit_timed_out(ctx, &data);
        Ok(())
    }
}

/// `ValidateTransferChannelParams`
fn check_channel(ctx: &mut Ctx, new: NewChannel<'_>) -> Result<()> {
    let max = u64::from(u32::MAX);
    let sequence = parse_channel_sequence(new.channel.as_str())?;
    if sequence > max {
        return Err(MAX_TRANSFER_CHANNELS
            .wrap(format!("channel sequence {sequence} is greater than max allowed transfer channels {max}")));
    }
    if new.order != Order::Unordered {
        return Err(INVALID_CHANNEL_ORDERING.wrap("expected ORDER_UNORDERED channel, got ORDER_ORDERED "));
    }
    let bound = state::port(ctx)?;
    if new.port.as_str() != bound {
        return Err(INVALID_PORT.wrap(format!("invalid port: {}, expected {bound}", new.port)));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
