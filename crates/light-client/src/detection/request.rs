//! What a detector asks, what it is answered, and what comes of it.

use std::time::Duration;

use types::BlockHeight;

use super::Outcome;
use crate::LightBlock;

/// One of the two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The node whose header was verified.
    Primary,
    /// The node that it is compared with.
    Witness,
}

/// What is wanted next. Blocks come with their validators and next validators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Of whom.
    pub side: Side,
    /// Which block; none: its newest.
    pub height: Option<BlockHeight>,
}

/// What the node said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A block. Nothing of it is believed.
    Block(Box<LightBlock>),
    /// The node has no such height yet.
    TooHigh,
    /// No answer, or a block that the node has no more.
    Nothing,
}

/// What an answer led to.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Go on with [`crate::Detector::next_request`].
    Progressed,
    /// Go on in so long: the witness is behind, and may be able to tell by then.
    Wait(Duration),
    /// The comparison is at its end.
    Done(Outcome),
}
