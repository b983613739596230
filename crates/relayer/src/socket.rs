//! The control socket: a Unix socket in the store's directory, by which commands ask the process that owns the store.
//! A line of JSON each way: one [`Request`], then [`Reply`]s until one that is final.
//!
//! Whoever may write into the directory may ask. Lines, connections and waiting are bounded; the engine is only looked
//! at, between two of its events, so that nobody who asks can hold it up.

mod address;
mod client;
mod line;
mod protocol;
mod server;

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

pub use client::{ask, ask_telling};
pub use protocol::{Reply, Request};
pub use server::ControlSocket;

/// Why the control socket can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The socket can't be made or reached.
    #[error("can't {doing} {}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The socket is another user's.
    #[error("{} is for the user alone who runs the relayer; run this as that user", path.display())]
    Forbidden {
        /// The socket.
        path: PathBuf,
    },
    /// The process at the other end ended meanwhile.
    #[error("the relayer behind {} ended before it had answered; run the same again", path.display())]
    Gone {
        /// The socket.
        path: PathBuf,
    },
    /// The process at the other end does not answer.
    #[error("the process behind {} does not answer; look whether it hangs, or add --standalone", path.display())]
    Silent {
        /// The socket.
        path: PathBuf,
    },
    /// The process at the other end says what is no answer.
    #[error("the process behind {} answers in another way than this version of lightship; restart it ({reason})", path.display())]
    Malformed {
        /// The socket.
        path: PathBuf,
        /// What was wrong.
        reason: String,
    },
}
