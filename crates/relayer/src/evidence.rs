//! Proven attacks on light clients, in the forms in which they are kept and carried.
//!
//! - [`Case`] is what contradicts what, and where that was seen.
//! - [`Directory`] keeps cases as files, each durable before anything is submitted. A file can be carried to another
//!   machine and submitted there.
//! - [`prove`] judges a case by the rules of the light client alone, without any node.

mod case;
mod directory;
mod file;
mod progress;
mod prove;
#[cfg(test)]
pub(crate) mod testing;

pub use case::{Case, FalseState, Found, Proof};
pub use directory::Directory;
pub use file::{EVIDENCE_BYTES_MAX, FileError, read_file};
pub use progress::{End, Progress, client_key};
pub use prove::{Proven, Unproven, prove};
