//! Durable records behind one small trait: sled for life, memory for tests.
//!
//! What is true here:
//! - When [`Store::apply`] answers, its records are on the disk, all of them or (had the process been killed before)
//!   none, and so are those of every earlier call.
//! - One thread writes. It merges what is queued into one transaction over all trees and one blocking flush.
//! - A value carries a version and a checksum over itself, its tree and its key. What does not check is never handed
//!   out: it is counted, said, and left to be rebuilt from the chains.
//! - One process owns a store's directory. A database that cannot be opened is moved aside, never deleted.

mod backend;
mod document;
mod envelope;
mod error;
mod export;
mod key;
mod light_block;
mod open;
mod schema;
mod store;
mod trusted_block;
mod writer;

pub use error::StoreError;
pub use export::{Check, TreeCount};
pub use open::Opened;
pub use store::Store;
pub use trusted_block::TrustedBlocks;
