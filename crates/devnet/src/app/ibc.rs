//! IBC core, generation 1: clients (ICS-02, ICS-07), connections (ICS-03), channels and packets (ICS-04).

pub mod channel;
pub mod client;
pub mod connection;
pub mod port;
