//! The shell: drivers that feed the engine and perform its actions.
//!
//! One task owns the engine ([`Driver`]); every event and every action passes it. A step's writes are durable before
//! its actions leave. What is signed rests on headers that were verified here ([`Headers`]) and on values whose proofs
//! were checked here. Procedures ([`path`], [`handshake`], [`mod@step`], [`fn@transfer`], [`update_client`]) ask the
//! driver for transactions through a [`Handle`]; nothing else signs.
//!
//! [`clear`] is the same machinery with another stop condition, in this process or, through the [`socket`], in the one
//! that runs; [`explain`] only looks. A packet's bytes that no event told are searched for in the store, among known
//! constants and in old blocks, and count only if they hash to what the chain holds.

mod agreement;
mod chain;
pub mod clear;
mod clock;
mod config;
mod control;
mod discover;
mod driver;
pub mod evidence;
mod existence;
pub mod explain;
pub mod handshake;
mod headers;
mod ingest;
pub mod light;
mod metrics;
pub mod monitor;
mod notice;
mod packets;
pub mod path;
mod paths;
mod pending;
mod perform;
mod proofs;
mod reason;
mod recover;
mod refresh;
pub mod respond;
mod run;
pub mod socket;
pub mod step;
mod submit;
mod supervise;
mod sweep;
mod transfer;
mod update;
mod upgrade;

pub use agreement::{Disagreement, check};
pub use chain::{Chain, ConnectError, Nodes};
pub use clock::Clock;
pub use config::{ChainConfig, Limits, RelayOptions, Trust};
pub use control::{Handle, Stopping, SubmitError};
pub use driver::{Driver, DriverError};
pub use headers::{HeaderError, Headers};
pub use metrics::{MetricsServer, ServeError, serve_metrics};
pub use proofs::ProofError;
pub use reason::Reason;
pub use run::{Purpose, driver};
pub use transfer::{TransferError, TransferRequest, transfer};
pub use update::{ClientError, Updated, update_client};
pub use upgrade::{Upgraded, upgrade_client};

use engine::Message;

/// A message of ours as the engine carries it.
pub(crate) fn message(message: impl Into<types::message::Any>) -> Message {
    let any = message.into();
    Message { type_url: any.type_url, value: any.value.into() }
}
