//! Handshakes of connections (ICS-03) and channels (ICS-04), and the closing of channels, one step at a time.
//!
//! Each step's messages are built in one place (`connection`, `channel`) and rest on a proof that was checked here;
//! which step is next follows from the states of both ends alone (`next`). `create ..` ([`crate::path`]), the watcher of
//! others' handshakes (`watch`) and `lightship tx ..` (`by_hand`) all use these.
//!
//! ibc-go knows no crossing hellos any more (`03-connection/keeper/handshake.go`, `04-channel/keeper/handshake.go`): one
//! end begins, the other answers, and a `Try` always makes a new end.

pub(crate) mod agree;
mod allowance;
pub mod by_hand;
pub(crate) mod channel;
pub(crate) mod connection;
mod error;
pub(crate) mod find;
pub(crate) mod next;
mod pair;
mod surveys;
mod todo;
mod watch;

pub use error::HandshakeError;
pub(crate) use find::{answering_channel, answering_connection};
pub(crate) use pair::Pair;
pub(crate) use watch::watch;
