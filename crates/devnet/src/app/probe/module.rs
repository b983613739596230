//! The callbacks (`tests/simd/probe/module.go`).

use proto::Message;
use proto::ibc::core::channel::v1::Packet as RawPacket;
use types::Packet;

use super::data::{Action, PacketOrder};
use super::{REFUSED, STORE, VERSION, count, is_refusing, late_key};
use crate::app::context::{Ctx, Mode};
use crate::app::error::Result;
use crate::app::ibc::channel::Acknowledged;
use crate::app::ibc::channel::errors::INVALID_CHANNEL_VERSION;
use crate::app::ibc::port::{IbcModule, NewChannel};

/// The application on port `probe`.
#[derive(Clone, Copy, Debug)]
pub struct Probe;

/// The code of errors that nobody registered.
const UNREGISTERED: u32 = 1;

impl IbcModule for Probe {
    fn on_chan_open_init(&self, _ctx: &mut Ctx, _new: NewChannel<'_>, version: &str) -> Result<String> {
        let version = if version.trim().is_empty() { VERSION } else { version };
        Ok(version.to_owned())
    }

    fn on_chan_open_try(&self, _ctx: &mut Ctx, _new: NewChannel<'_>, counterparty_version: &str) -> Result<String> {
        require_version(counterparty_version)?;
        Ok(counterparty_version.to_owned())
    }

    fn on_chan_open_ack(&self, _ctx: &mut Ctx, counterparty_version: &str) -> Result<()> {
        require_version(counterparty_version)
    }

    /// Anyone may close the channel, unlike in ICS-20.
    fn on_chan_close_init(&self, _ctx: &mut Ctx) -> Result<()> {
        Ok(())
    }

    fn on_recv_packet(&self, ctx: &mut Ctx, _version: &str, packet: &Packet) -> Result<Option<Acknowledged>> {
        let Ok(order) = PacketOrder::parse(&packet.data) else {
            return Ok(Some(Acknowledged::error_code(UNREGISTERED)));
        };
        let is_meant = !order.in_delivery || ctx.mode == Mode::Deliver;
        if is_meant {
            ctx.gas.consume(order.gas, "probe")?;
        }
        if order.action == Action::Refuse && is_meant && is_refusing(ctx)? {
            // A callback can't refuse. Core IBC fails the message on an acknowledgement without bytes.
            return Ok(Some(Acknowledged { bytes: Vec::new(), success: true }));
        }
        let channel = packet.destination_channel.as_str();
        count(ctx, "recv", channel)?;
        let success = order.action != Action::Error;
        match (order.action, order.ack) {
            (Action::Late, _) => {
                let waiting = RawPacket::from(packet.clone()).encode_to_vec();
                ctx.set(STORE, &late_key(channel, packet.sequence.0), waiting)?;
                Ok(None)
            }
            (Action::Error, None) => Ok(Some(Acknowledged::error(&REFUSED.plain()))),
            (Action::Ack | Action::Refuse, None) => Ok(Some(Acknowledged::result(&[1]))),
            (Action::Ack | Action::Refuse | Action::Error, Some(bytes)) => Ok(Some(Acknowledged { bytes, success })),
        }
    }

    fn on_acknowledgement_packet(
        &self,
        ctx: &mut Ctx,
        _version: &str,
        packet: &Packet,
        acknowledgement: &[u8],
    ) -> Result<()> {
        // Malformed data asks for nothing.
        let order = PacketOrder::parse(&packet.data).unwrap_or_default();
        if order.refuse_ack && is_refusing(ctx)? {
            return Err(REFUSED.wrap("acknowledgement"));
        }
        let channel = packet.source_channel.as_str();
        count(ctx, "acked", channel)?;
        ctx.set(STORE, format!("lastack/{channel}").as_bytes(), acknowledgement)
    }

    fn on_timeout_packet(&self, ctx: &mut Ctx, _version: &str, packet: &Packet) -> Result<()> {
        let order = PacketOrder::parse(&packet.data).unwrap_or_default();
        if order.refuse_timeout && is_refusing(ctx)? {
            return Err(REFUSED.wrap("timeout"));
        }
        count(ctx, "timeout", packet.source_channel.as_str())
    }
}

fn require_version(version: &str) -> Result<()> {
    if version.trim().is_empty() { Err(INVALID_CHANNEL_VERSION.wrap("blank")) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
