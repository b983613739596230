//! Channels that close. An event's claim may pause and may schedule; the state that the next sweep reads confirms it or
//! takes it back. No channel opens again (ICS-04 `CLOSED` is final), so that a confirmed end stays closed.

use types::{BlockHeight, ChainId, ChannelId, PortId};

use super::Engine;
use crate::tracker::{At, Closing};
use crate::{Action, Hopeless, Notice, Progress, Step, Sweep};

/// A claim counts for no later block than so many above the head: an invented height would never be confirmed.
const AHEAD_MAX: u64 = 2;

impl Engine {
    /// An event says that a channel's end is closed: it is the destination of one direction and the source of the other.
    pub(super) fn channel_closed(&mut self, chain: &ChainId, height: BlockHeight, port: &PortId, channel: &ChannelId) {
        let head = self.head_of(chain).map(|head| head.height).unwrap_or_default();
        let height = height.min(head.forward(AHEAD_MAX));
        if let Some(direction) = self.tracker.destination(chain, port, channel) {
            self.set_closed(direction, Some(height));
        }
        let key = crate::ChannelKey { chain: chain.clone(), port: port.clone(), channel: channel.clone() };
        if let Some(direction) = self.tracker.source(&key)
            && self.tracker.directions[direction].source_closing == Closing::Open
        {
            self.set_source(direction, Closing::Claimed(height));
        }
    }

    /// A proof found the source's end closed: the next sweep tells of the whole channel.
    pub(super) fn claim_source_closed(&mut self, direction: usize) {
        let state = &self.tracker.directions[direction];
        if state.source_closing == Closing::Open {
            let head = self.head_of(&state.key.chain).map(|head| head.height).unwrap_or_default();
            self.set_source(direction, Closing::Claimed(head));
        }
    }

    /// The destination's end is claimed to be closed, or was proven not to be.
    pub(super) fn set_closed(&mut self, direction: usize, closed_at: Option<BlockHeight>) {
        let state = &self.tracker.directions[direction];
        match closed_at {
            Some(at) if state.destination_closing == Closing::Open => {
                self.set_destination(direction, Closing::Claimed(at));
            }
            None => self.set_destination(direction, Closing::Open),
            Some(_) => {}
        }
    }

    /// What the state says of both ends.
    pub(super) fn ends_swept(&mut self, direction: usize, sweep: &Sweep, step: &mut Step) {
        let state = &self.tracker.directions[direction];
        let destination = confirm(state.destination_closing, sweep.destination_closed, sweep.destination_height);
        let source = confirm(state.source_closing, sweep.source_closed, sweep.source_height);
        self.set_destination(direction, destination);
        if is_confirmed(source) && !is_confirmed(self.tracker.directions[direction].source_closing) {
            let channel = self.tracker.directions[direction].key.clone();
            step.actions.push(Action::Notify { notice: Notice::SourceClosed { channel } });
            self.set_source(direction, source);
            let open: Vec<_> = self.tracker.directions[direction].open.iter().copied().collect();
            for sequence in open {
                self.give_up_unacknowledgeable(At { direction, sequence }, step);
            }
        } else {
            self.set_source(direction, source);
        }
    }

    /// ICS-04 `acknowledgePacket`: a closed end takes no acknowledgement, so that what was received stays as it is.
    pub(super) fn give_up_unacknowledgeable(&mut self, at: At, step: &mut Step) {
        if !is_confirmed(self.tracker.directions[at.direction].source_closing) {
            return;
        }
        let Some(entry) = self.tracker.entry(at) else { return };
        match entry.record.progress {
            Progress::Received | Progress::AckWritten if entry.record.refused.is_none() => {
                self.give_up(at, Hopeless::SourceClosed, step);
            }
            Progress::Received
            | Progress::AckWritten
            | Progress::Sent
            | Progress::Acknowledged
            | Progress::TimedOut => {}
        }
    }

    fn set_destination(&mut self, direction: usize, closing: Closing) {
        let state = &mut self.tracker.directions[direction];
        let before = core::mem::replace(&mut state.destination_closing, closing);
        state.sweep.due |= closing.is_claim() && !before.is_claim();
        if before.at().is_some() != closing.at().is_some() {
            self.plan_open(direction); // Every sent packet's leg is another.
        }
    }

    fn set_source(&mut self, direction: usize, closing: Closing) {
        let state = &mut self.tracker.directions[direction];
        let before = core::mem::replace(&mut state.source_closing, closing);
        state.sweep.due |= closing.is_claim() && !before.is_claim();
        if before.at().is_some() == closing.at().is_some() {
            return;
        }
        if closing == Closing::Open {
            let hopeless = Some(Hopeless::SourceClosed);
            for entry in state.packets.values_mut().filter(|entry| entry.hopeless == hopeless) {
                entry.hopeless = None;
            }
        }
        self.plan_open(direction);
    }

    /// Plans all open packets of a direction that no transaction or batch has.
    pub(super) fn plan_open(&mut self, direction: usize) {
        let open: Vec<_> = self.tracker.directions[direction].open.iter().copied().collect();
        for sequence in open {
            self.plan_if_free(At { direction, sequence });
        }
    }
}

fn is_confirmed(closing: Closing) -> bool {
    match closing {
        Closing::Confirmed(_) => true,
        Closing::Open | Closing::Claimed(_) => false,
    }
}

/// What becomes of a claim by the state of this height. A claim that is newer than the state waits for the next one.
fn confirm(known: Closing, is_closed: bool, height: BlockHeight) -> Closing {
    match known {
        Closing::Confirmed(_) if is_closed => known,
        Closing::Claimed(at) if is_closed => Closing::Confirmed(at.min(height)),
        Closing::Open if is_closed => Closing::Confirmed(height),
        Closing::Claimed(at) if at > height => known,
        Closing::Claimed(_) | Closing::Confirmed(_) | Closing::Open => Closing::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_confirms_a_claim_or_takes_it_back_unless_the_claim_is_newer() {
        let (claimed, confirmed) = (|at| Closing::Claimed(BlockHeight(at)), |at| Closing::Confirmed(BlockHeight(at)));
        let rows = [
            (Closing::Open, false, Closing::Open),
            (Closing::Open, true, confirmed(50)),
            (claimed(49), true, confirmed(49)),
            (claimed(50), false, Closing::Open),
            (claimed(51), false, claimed(51)),
            (claimed(51), true, confirmed(50)),
            (confirmed(40), true, confirmed(40)),
            // What was confirmed was a lie of one node, if another says otherwise.
            (confirmed(40), false, Closing::Open),
        ];
        for (known, is_closed, expected) in rows {
            assert_eq!(confirm(known, is_closed, BlockHeight(50)), expected, "{known:?}, closed: {is_closed}");
        }
    }
}
