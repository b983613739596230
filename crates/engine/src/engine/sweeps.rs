//! Sweeps: what both chains hold of a channel, asked now and then, is what claims are measured by. What a sweep shows
//! and no event told is looked for in the blocks.

use std::collections::BTreeSet;

use types::{BlockHeight, Sequence};

use super::Engine;
use crate::batcher::Wait;
use crate::missing::Shown;
use crate::reconcile::{Finding, reconcile};
use crate::tracker::{At, Direction};
use crate::{Action, ChannelKey, Notice, Progress, Step, Sweep};

/// As many ended packets of a channel call for a sweep, so that they can be forgotten; but as many as are open, where
/// those are more. A sweep asks both chains for all that is open: so a backlog that is cleared is asked for about twice.
const ENDED_MAX: usize = 256;

/// Source blocks between two sweeps that ended packets, or a channel end that is claimed to be closed, call for.
const ENDED_BLOCKS: u64 = 2;

/// Source blocks after which a quiet channel is swept to forget its last packets, or to look again for what is missing.
const SETTLE_BLOCKS: u64 = 10;

/// Most sequences of one [`Action::Recover`].
const RECOVER_MAX: usize = 256;

impl Engine {
    /// Is a sweep of this channel due by the source's head?
    pub(super) fn judge_sweep(&mut self, index: usize, head: BlockHeight) {
        let direction = &mut self.tracker.directions[index];
        let interval = self.options.chains.get(&direction.key.chain).map_or(0, |chain| chain.sweep_interval_blocks);
        let ended = direction.ended_count();
        let is_settling = (ended > 0 && direction.open.is_empty()) || direction.missing.is_awaited();
        let is_claimed = direction.source_closing.is_claim() || direction.destination_closing.is_claim();
        let wait = if ended > ENDED_MAX.max(direction.open.len()) || is_claimed {
            ENDED_BLOCKS
        } else if is_settling {
            SETTLE_BLOCKS.min(interval.max(1))
        } else {
            interval.max(1)
        };
        direction.sweep.due |= head >= direction.sweep.asked_at.forward(wait);
    }

    pub(super) fn start_sweeps(&mut self, step: &mut Step) {
        for index in 0..self.tracker.directions.len() {
            let direction = &self.tracker.directions[index];
            let sweep = &direction.sweep;
            let is_early = sweep.not_before.is_some_and(|at| at > self.now);
            if !sweep.due || sweep.in_flight || is_early || !direction.is_awake {
                continue;
            }
            let head = self.head_of(&direction.key.chain).map(|head| head.height).unwrap_or_default();
            let direction = &mut self.tracker.directions[index];
            direction.sweep.due = false;
            direction.sweep.in_flight = true;
            direction.sweep.not_before = None;
            direction.sweep.asked_at = head;
            step.actions.push(Action::Sweep { channel: direction.key.clone() });
        }
    }

    pub(super) fn sweep_failed(&mut self, channel: &ChannelKey) {
        let Some(index) = self.tracker.source(channel) else { return };
        let state = &mut self.tracker.directions[index].sweep;
        if !core::mem::take(&mut state.in_flight) {
            return;
        }
        state.due = true;
        state.not_before = Some(self.backoff.after(self.now, state.tries));
        state.tries = state.tries.saturating_add(1);
    }

    pub(super) fn swept(&mut self, sweep: Sweep, step: &mut Step) {
        let Some(index) = self.tracker.source(&sweep.channel) else { return };
        let direction = &mut self.tracker.directions[index];
        if !core::mem::take(&mut direction.sweep.in_flight) {
            return;
        }
        direction.sweep.tries = 0;
        if direction.sweep.last.is_some_and(|last| last > sweep.source_height) {
            return; // A node that lags behind; the next sweep will do.
        }
        let unknown = unknown(direction, &sweep);
        self.ends_swept(index, &sweep, step);
        let acknowledgements = self.reconcile_all(index, &sweep, step);
        let direction = &mut self.tracker.directions[index];
        if direction.broken_at.is_some_and(|broken| sweep.commitments.contains(&broken)) {
            direction.broken_at = None;
        }
        let is_received = |sequence: &&Sequence| !sweep.unreceived.contains(sequence);
        direction.sweep.received_unseen = unknown.sends.iter().filter(is_received).copied().collect();
        let mut shown = unknown;
        shown.acknowledgements.extend(acknowledgements);
        direction.missing.replace(shown, sweep.source_height, sweep.destination_height);
        direction.sweep.last = Some(sweep.source_height);
        direction.sweep.last_destination = sweep.destination_height;
        direction.sweep.commitments = sweep.commitments;
    }

    /// Brings every known packet to what the state says. Gives those whose acknowledgement we lack.
    fn reconcile_all(&mut self, index: usize, sweep: &Sweep, step: &mut Step) -> BTreeSet<Sequence> {
        let sequences: Vec<Sequence> = self.tracker.directions[index].packets.keys().copied().collect();
        let mut acknowledgements = BTreeSet::new();
        for sequence in sequences {
            let at = At { direction: index, sequence };
            let Some(entry) = self.tracker.entry(at) else { continue };
            let is_ours = entry.record.refused.is_none();
            let finding = reconcile(entry, sweep);
            if is_taken_back(entry.record.progress, finding) {
                step.actions.push(Action::Notify { notice: Notice::ClaimRefuted { packet: entry.record.key() } });
            }
            match finding {
                Finding::Agrees => {}
                Finding::Over => self.forget(at, step),
                Finding::Is { progress, at: height, lacks_acknowledgement } => {
                    if lacks_acknowledgement && is_ours {
                        acknowledgements.insert(sequence);
                    }
                    let Some(entry) = self.tracker.entry_mut(at) else { continue };
                    let known = entry.record.progress;
                    entry.is_doubted |= progress < known;
                    if progress != known {
                        self.set_progress(at, progress, height, Wait::Proof);
                    }
                }
            }
        }
        acknowledgements
    }

    /// Looks for missing events, once the blocks that were read anyway can't bring them any more.
    pub(super) fn start_recoveries(&mut self, step: &mut Step) {
        for direction in &mut self.tracker.directions {
            let cursor_of = |chain| self.chains.get(chain).and_then(|blocks| blocks.cursor());
            let source = cursor_of(&direction.key.chain);
            let destination = cursor_of(&direction.destination_chain);
            let mut sends = direction.missing.take_sends(source).into_iter().peekable();
            let mut acknowledgements = direction.missing.take_acknowledgements(destination).into_iter().peekable();
            while sends.peek().is_some() || acknowledgements.peek().is_some() {
                step.actions.push(Action::Recover {
                    channel: direction.key.clone(),
                    sends: sends.by_ref().take(RECOVER_MAX).collect(),
                    acknowledgements: acknowledgements.by_ref().take(RECOVER_MAX).collect(),
                });
            }
        }
    }
}

/// Did an event claim what the state denies: an end, or a delivery?
fn is_taken_back(claimed: Progress, finding: Finding) -> bool {
    let Finding::Is { progress, .. } = finding else { return false };
    progress < claimed && (progress == Progress::Sent || claimed > Progress::AckWritten)
}

/// Packets that a sweep shows and no event has told: those that are ours to relay are looked for, with their
/// acknowledgements.
fn unknown(direction: &Direction, sweep: &Sweep) -> Shown {
    let unknown = sweep.commitments.iter().filter(|sequence| !direction.packets.contains_key(sequence)).copied();
    let (refused, sends): (BTreeSet<_>, BTreeSet<_>) =
        unknown.partition(|sequence| direction.refuses_sequence(*sequence));
    let acknowledgements = sends.intersection(&sweep.acknowledged).copied().collect();
    Shown { sends, acknowledgements, refused }
}
