//! A signed transaction, and where it is.

use types::BlockHeight;

use crate::submitter::Job;
use crate::{Instant, OutboxRecord};

/// Where a signed transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlightState {
    /// It is to be handed to the node.
    ToBroadcast { at: Instant },
    /// It is with the node.
    Broadcasting,
    /// The node took it; none yet: the block it was taken at is not known before the next block.
    Accepted { since: Option<BlockHeight> },
    /// The node refuses bytes that it may have taken before: the blocks will tell.
    Uncertain,
    /// A sequence below its own is free, so that it is valid nowhere before that one is used: it waits for that.
    Early,
    /// Nodes threw it out, and its sequence is given to others. What it does is not begun again before one of them
    /// stands in a block, or its timeout height has passed.
    ThrownOut,
}

/// A signed transaction.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) record: OutboxRecord,
    pub(crate) job: Job,
    pub(super) state: FlightState,
    /// Might a node hold it?
    pub(super) maybe_held: bool,
    /// May blocks have been lost that it might stand in?
    pub(super) is_obscured: bool,
    pub(super) tries: u32,
}

impl Flight {
    pub(super) fn fresh(record: OutboxRecord, job: Job, now: Instant) -> Self {
        let state = FlightState::ToBroadcast { at: now };
        Self { record, job, state, maybe_held: false, is_obscured: false, tries: 0 }
    }

    /// Of an earlier process, that may have broadcast it, and that may have lost blocks.
    pub(super) fn restored(record: OutboxRecord, job: Job) -> Self {
        Self { maybe_held: true, is_obscured: true, ..Self::fresh(record, job, Instant(0)) }
    }

    /// Hands it to the node again, unless that is under way.
    pub(super) fn send_again(&mut self, now: Instant) {
        match self.state {
            FlightState::Accepted { .. } | FlightState::Uncertain => {
                self.maybe_held = true;
                self.state = FlightState::ToBroadcast { at: now };
            }
            FlightState::ToBroadcast { .. }
            | FlightState::Broadcasting
            | FlightState::Early
            | FlightState::ThrownOut => {}
        }
    }

    /// All sequences below its own are used: it goes to the node, if it waited for that.
    pub(super) fn take_turn(&mut self) {
        if self.is_early() {
            self.tries = 0;
            self.state = FlightState::ToBroadcast { at: Instant(0) };
        }
    }

    /// A sequence below its own is free.
    pub(super) fn await_turn(&mut self) {
        match self.state {
            FlightState::ToBroadcast { .. } | FlightState::Accepted { .. } | FlightState::Uncertain => {
                self.state = FlightState::Early;
            }
            // What the node answers will tell.
            FlightState::Broadcasting => {}
            FlightState::Early | FlightState::ThrownOut => {}
        }
    }

    pub(super) fn is_early(&self) -> bool {
        self.state == FlightState::Early
    }

    /// May no other transaction be signed with its sequence?
    pub(super) fn holds_its_sequence(&self) -> bool {
        self.state != FlightState::ThrownOut
    }

    /// Is it with the node, or next to be?
    pub(super) fn is_under_way(&self) -> bool {
        match self.state {
            FlightState::ToBroadcast { .. }
            | FlightState::Broadcasting
            | FlightState::Accepted { .. }
            | FlightState::Uncertain => true,
            FlightState::Early | FlightState::ThrownOut => false,
        }
    }

    /// Does not let it wait any longer for a node that answers again.
    pub(super) fn hasten(&mut self, now: Instant) {
        match &mut self.state {
            FlightState::ToBroadcast { at } => {
                *at = now.min(*at);
                self.tries = 0;
            }
            FlightState::Broadcasting
            | FlightState::Accepted { .. }
            | FlightState::Uncertain
            | FlightState::Early
            | FlightState::ThrownOut => {}
        }
    }

    /// Was it with the node already when the block of this height was made?
    pub(super) fn was_passed_over(&self, height: BlockHeight) -> bool {
        match self.state {
            FlightState::Accepted { since } => since.is_some_and(|since| since < height),
            FlightState::ToBroadcast { .. }
            | FlightState::Broadcasting
            | FlightState::Uncertain
            | FlightState::Early
            | FlightState::ThrownOut => false,
        }
    }

    pub(super) fn is_accepted(&self) -> bool {
        match self.state {
            FlightState::Accepted { .. } => true,
            FlightState::ToBroadcast { .. }
            | FlightState::Broadcasting
            | FlightState::Uncertain
            | FlightState::Early
            | FlightState::ThrownOut => false,
        }
    }

    pub(super) fn broadcast_at(&self) -> Option<Instant> {
        match self.state {
            FlightState::ToBroadcast { at } => Some(at),
            FlightState::Broadcasting
            | FlightState::Accepted { .. }
            | FlightState::Uncertain
            | FlightState::Early
            | FlightState::ThrownOut => None,
        }
    }
}
