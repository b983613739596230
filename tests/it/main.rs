//! The whole relayer, as its users meet it: the real binary, on chains that it does not know to be tests.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod chain_upgrade;
mod cli;
mod conformance;
mod demands;
mod devnet;
mod endpoints;
mod faults;
mod fork;
mod interchain_accounts;
mod isolation;
mod memory;
mod misbehaviour;
mod monitor;
mod real;
mod scenario;
mod told;
