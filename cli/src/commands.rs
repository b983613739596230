//! The commands, one a file.

pub(crate) mod clear;
pub(crate) mod client;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod create;
pub(crate) mod demo;
pub(crate) mod devnet;
pub(crate) mod evidence;
pub(crate) mod explain;
pub(crate) mod handshake;
pub(crate) mod keys;
pub(crate) mod light;
pub(crate) mod monitor;
pub(crate) mod query;
pub(crate) mod start;
pub(crate) mod step;
pub(crate) mod transfer;
