//! Channels and packets (ICS-04), by ibc-go's rules: `modules/core/04-channel`, and the message server around it,
//! `modules/core/keeper/msg_server.go`.

use types::Sequence;

use crate::app::context::{Ctx, store as stores};
use crate::app::error::Result;

mod acknowledge;
pub(crate) mod acknowledgement;
mod close;
pub mod errors;
mod event;
mod handshake;
pub(crate) mod identifier;
pub(crate) mod json;
mod message;
mod query;
mod receive;
mod redundancy;
mod send;
mod state;
#[cfg(test)]
pub(crate) mod testing;
mod timeout;
mod validate;

pub use acknowledgement::Acknowledged;
pub use close::close_init;
pub use message::MESSAGES;
pub use query::QUERIES;
pub use receive::write_acknowledgement;
pub use redundancy::redundant_relay;
pub use send::send_packet;
pub use state::{channel_end, next_sequence_send};

/// What core IBC holds of channels before the first block (`InitGenesis` in `04-channel/genesis.go`).
///
/// # Errors
/// When the gas is used up.
pub fn init_genesis(ctx: &mut Ctx) -> Result<()> {
    state::set_next_channel_sequence(ctx, 0)
}

/// Where core IBC keeps everything.
const STORE: &str = stores::IBC;

/// A sequence as stores hold it.
fn big_endian(sequence: Sequence) -> [u8; 8] {
    sequence.0.to_be_bytes()
}
