//! The mind of the relayer: events in, writes and actions out.
//!
//! PURE: no clock, socket, disk, thread, randomness or secret. Time is an argument, the seed is an argument,
//! everything else is an [`Event`]. The caller makes the [`Step`]'s writes durable first, then performs its actions,
//! and brings their results back as events.
//!
//! Two machines: packets (`tracker` keeps facts, `planner` decides the next leg, `batcher` groups legs) and the
//! submitter, which alone owns account sequences, transactions in flight and the outbox.
//!
//! What a node says of a packet or of a channel end is a claim: it schedules work, pauses it, and no more. A packet is
//! forgotten only when a sweep of its source's commitments no longer finds it. A leg that fails alone is set aside and
//! tried at growing distances; one that its [`Policy`] refuses, or that the chain would never take, is kept and can be
//! shown ([`Engine`]'s views), but costs nothing.

#![warn(clippy::wildcard_enum_match_arm, clippy::iter_over_hash_type)]

mod action;
mod backoff;
mod batcher;
mod blocks;
mod engine;
mod event;
mod found;
mod instant;
mod missing;
mod notice;
mod options;
pub mod planner;
mod policy;
mod prepared;
mod reconcile;
mod record;
mod recovery;
mod request;
mod rivalry;
mod submitter;
mod tracker;
mod words;

#[cfg(test)]
mod testing;

pub use action::*;
pub use engine::{ChannelView, Engine, LaneView, LegFailure, PacketStage, PacketView, Unfound};
pub use event::*;
pub use found::{FoundAcknowledgement, FoundPacket};
pub use instant::Instant;
pub use notice::Notice;
pub use options::*;
pub use policy::*;
pub use prepared::*;
pub use record::*;
pub use request::*;
