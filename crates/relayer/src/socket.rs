//! The control socket: a Unix socket in the store's directory, by which commands ask the process that owns the store.
//! A line of JSON each way: one [`Request`], then [`Reply`]s until one that is final.

mod client;
mod protocol;

pub use client::{SocketError, ask};
pub use protocol::{Reply, Request};
