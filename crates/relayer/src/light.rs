//! A light client of one chain for whoever has an address of it: blocks as nodes tell them, and what nodes say against
//! each other.
//!
//! The rules are those of `light-client`; what is done here is the asking. A node may answer with anything or not at
//! all: each question has a deadline, and each procedure a number of questions.

mod block;
mod compare;
mod contradiction;
mod error;
mod sync;
mod witnesses;

pub use block::{BlockError, ValidatorSets, whole_block};
pub use compare::{Comparison, Unable, compare, reached};
pub use contradiction::{Contradiction, Grounds, majority};
pub use error::SyncError;
pub use sync::{LightClient, Reached, SyncOptions, Synced, anchored, bisect};
pub use witnesses::Witnessed;
