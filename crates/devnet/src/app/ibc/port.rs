//! Ports (ICS-05) and the applications behind them (ICS-26 callbacks; ibc-go `05-port/types/module.go`).

use types::channel::Counterparty;
use types::{ChannelId, Order, Packet, PortId};

use super::channel::Acknowledged;
use super::channel::errors::INVALID_ROUTE;
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::{probe, transfer};

/// A channel that is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewChannel<'a> {
    /// How it delivers.
    pub order: Order,
    /// The port on this chain.
    pub port: &'a PortId,
    /// Its id on this chain.
    pub channel: &'a ChannelId,
    /// The other end.
    pub counterparty: &'a Counterparty,
}

/// An application on channels. What a callback writes before it fails is undone by its caller.
pub trait IbcModule: Sync {
    /// Agrees to a channel that this chain proposes; gives the version, which may have been left open.
    ///
    /// # Errors
    /// When it does not agree.
    fn on_chan_open_init(&self, ctx: &mut Ctx, new: NewChannel<'_>, version: &str) -> Result<String>;

    /// Agrees to a channel that the counterparty proposes; gives the version.
    ///
    /// # Errors
    /// When it does not agree.
    fn on_chan_open_try(&self, ctx: &mut Ctx, new: NewChannel<'_>, counterparty_version: &str) -> Result<String>;

    /// Agrees to the version that the counterparty chose.
    ///
    /// # Errors
    /// When it does not agree.
    fn on_chan_open_ack(&self, ctx: &mut Ctx, counterparty_version: &str) -> Result<()>;

    /// Lets an account close a channel.
    ///
    /// # Errors
    /// When it does not.
    fn on_chan_close_init(&self, ctx: &mut Ctx) -> Result<()>;

    /// Takes a packet. No answer means that the acknowledgement will be written later. If the answer is no success,
    /// what was written here is undone.
    ///
    /// # Errors
    /// Only what ends the whole transaction, such as used up gas; anything else is an answer.
    fn on_recv_packet(&self, ctx: &mut Ctx, version: &str, packet: &Packet) -> Result<Option<Acknowledged>>;

    /// Takes what the counterparty answered to a packet of this chain.
    ///
    /// # Errors
    /// When it refuses it; the packet stays in flight then.
    fn on_acknowledgement_packet(
        &self,
        ctx: &mut Ctx,
        version: &str,
        packet: &Packet,
        acknowledgement: &[u8],
    ) -> Result<()>;

    /// Learns that a packet of this chain will never be received.
    ///
    /// # Errors
    /// When it refuses it; the packet stays in flight then.
    fn on_timeout_packet(&self, ctx: &mut Ctx, version: &str, packet: &Packet) -> Result<()>;
}

/// By the names of their ports, in order.
const ROUTES: [(&str, &dyn IbcModule); 2] = [(probe::PORT, &probe::Probe), (transfer::PORT, &transfer::Transfer)];

/// The application behind a port (`05-port/keeper`, `Route`): by its name, or else by a name that the port contains.
///
/// # Errors
/// Code 5 of codespace `port` where there is none.
pub fn route(port: &str) -> Result<&'static dyn IbcModule> {
    let exact = ROUTES.iter().find(|(name, _)| *name == port);
    exact
        .or_else(|| ROUTES.iter().find(|(name, _)| port.contains(name)))
        .map(|(_, module)| *module)
        .ok_or_else(|| INVALID_ROUTE.wrap(format!("route not found to portID: {port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_contains_the_name_of_an_application_reaches_it() {
        for port in ["probe", "probe-2", "my-probe", "transfer", "transfer-2"] {
            assert!(route(port).is_ok(), "{port}");
        }
    }

    #[test]
    fn a_port_without_an_application_is_refused() {
        let refused = route("oracle").err().unwrap();
        assert_eq!((refused.codespace, refused.code), ("port", 5));
        assert_eq!(refused.log, "route not found to portID: oracle: route not found");
    }
}
