//! Fungible tokens over IBC (ICS-20, `ics20-1`), by ibc-go's rules (`modules/apps/transfer`): a chain keeps in escrow
//! what it sends for the first time, makes vouchers of what it receives, and burns them when they go back.

use types::{ChannelId, PortId};

use super::address::Address;
use super::context::Ctx;
use super::error::Result;

mod amount;
mod denom;
mod errors;
mod event;
mod message;
mod module;
mod packet_data;
mod query;
mod relay;
mod state;

pub use denom::{Denom, Hop};
pub use message::MESSAGES;
pub use module::Transfer;
pub use packet_data::TransferData;
pub use query::QUERIES;
pub use relay::{acknowledge, receive, send, time_out};
pub use state::{denom_of, has_denom, set_denom, total_escrow};

/// The module's name, which its account has too, and the port on which it answers.
pub const PORT: &str = "transfer";
/// What it speaks.
pub const VERSION: &str = "ics20-1";

/// What the module holds before the first block (`keeper/genesis.go`).
///
/// # Errors
/// When the gas is used up.
pub fn init_genesis(ctx: &mut Ctx) -> Result<()> {
    state::set_port(ctx)?;
    state::set_params(ctx, &state::default_params())
}

/// The account that holds what went out over a channel (`types/keys.go`, `GetEscrowAddress`).
pub fn escrow_address(port: &PortId, channel: &ChannelId) -> Address {
    state::escrow_address(port.as_str(), channel.as_str())
}
