//! The store from outside: one suite for both backends; locks, damage and killed processes for the one on disk.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod damage;
mod kill;
mod ownership;
mod records;
mod suite;
mod trusted;
