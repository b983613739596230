//! Cosmos-style chains in one process, served as CometBFT nodes serve them.

pub mod account;
pub mod app;
pub mod chain;
pub mod clock;
mod go;
pub mod network;
pub mod node;
pub mod state;
