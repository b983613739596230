//! What a lane knows of its account, and when it pauses.

use types::AccountSequence;

use super::{Account, Blocked, Context, Flight, Lane, SEQUENCE_MISSES_MAX};
use crate::backoff::Backoff;
use crate::{Action, Instant, Notice, Step, TxId};

impl Account {
    /// A node says that a sequence below this one is the next: may that be so?
    pub(super) fn may_lack_below(self, sequence: AccountSequence) -> bool {
        match self {
            Self::Known { next, .. } => next < sequence,
            Self::Unknown { .. } | Self::Reading => true,
        }
    }
}

impl Lane {
    /// Asks for the account where the next signature needs it.
    pub(crate) fn read_account(&mut self, now: Instant, step: &mut Step) {
        let Account::Unknown { drain } = self.account else { return };
        let is_drained = !self.window.values().any(Flight::is_under_way);
        let held = (drain && !is_drained) || self.signing.is_some();
        if self.queue.is_empty() || held || self.is_held(now) {
            return;
        }
        self.account = Account::Reading;
        step.actions.push(Action::ReadAccount { lane: self.id.clone() });
    }

    pub(super) fn is_held(&self, now: Instant) -> bool {
        self.not_before.is_some_and(|at| at > now)
            || self.blocked.as_ref().is_some_and(|blocked| blocked.retry_at > now)
    }

    /// The account was read.
    pub(crate) fn account_read(&mut self, number: u64, sequence: AccountSequence) {
        if self.account != Account::Reading {
            return;
        }
        let last = self.holders().next_back().map(|(last, _)| last);
        let free = self.first_free(sequence);
        // A node that is behind names one below the window; but where another said so too, one is missing there.
        let has_gap = self.holders().any(|(held, flight)| held > free && flight.is_early());
        let from = if has_gap { free } else { last.map_or(sequence, |last| sequence.max(last.next())) };
        self.proceed_from(number, from);
        self.account_tries = 0;
    }

    /// The account could not be read.
    pub(crate) fn account_failed(
        &mut self,
        lasting: Option<String>,
        now: Instant,
        backoff: &mut Backoff,
        step: &mut Step,
    ) {
        if self.account != Account::Reading {
            return;
        }
        self.account = Account::Unknown { drain: false };
        match lasting {
            Some(reason) => self.block(reason, now, backoff, step),
            None => {
                self.not_before = Some(backoff.after(now, self.account_tries));
                self.account_tries = self.account_tries.saturating_add(1);
            }
        }
    }

    /// The node expects another sequence than the one that was refused.
    pub(super) fn resync(&mut self, refused: AccountSequence, hint: Option<AccountSequence>, cx: &mut Context<'_>) {
        self.sequence_misses = self.sequence_misses.saturating_add(1);
        if self.sequence_misses > SEQUENCE_MISSES_MAX {
            self.not_before = Some(cx.backoff.after(cx.now, self.sequence_misses - SEQUENCE_MISSES_MAX));
        }
        let last = self.holders().next_back().map(|(last, _)| last);
        match (self.account, hint) {
            (Account::Known { number, .. }, Some(expected)) if self.is_held_by_flight(expected) => {
                // The node has lost what we sent: the same bytes again, from there on.
                for flight in self.window.range_mut((expected, TxId(0))..).map(|(_, flight)| flight) {
                    flight.send_again(cx.now);
                }
                self.proceed_from(number, expected);
            }
            (Account::Known { number, .. }, Some(expected))
                if expected != refused && last.is_none_or(|last| expected > last) =>
            {
                self.proceed_from(number, expected);
            }
            (Account::Known { .. } | Account::Unknown { .. }, _) => self.account = Account::Unknown { drain: true },
            (Account::Reading, _) => {}
        }
    }

    /// The next signature takes the first sequence from here on that no transaction of ours holds. Those above it wait
    /// until it is used, those below it go to the node.
    pub(super) fn proceed_from(&mut self, number: u64, from: AccountSequence) {
        let next = self.first_free(from);
        self.account = Account::Known { number, next };
        for ((sequence, _), flight) in &mut self.window {
            if *sequence < next { flight.take_turn() } else { flight.await_turn() }
        }
    }

    fn first_free(&self, from: AccountSequence) -> AccountSequence {
        let mut free = from;
        while self.is_held_by_flight(free) {
            free = free.next();
        }
        free
    }

    fn is_held_by_flight(&self, sequence: AccountSequence) -> bool {
        self.flights_of(sequence).any(Flight::holds_its_sequence)
    }

    pub(super) fn flights_of(&self, sequence: AccountSequence) -> impl Iterator<Item = &Flight> {
        self.window.range((sequence, TxId(0))..=(sequence, TxId(u64::MAX))).map(|(_, flight)| flight)
    }

    /// What holds its sequence, ascending.
    pub(super) fn holders(&self) -> impl DoubleEndedIterator<Item = (AccountSequence, &Flight)> {
        let holders = self.window.iter().filter(|(_, flight)| flight.holds_its_sequence());
        holders.map(|((sequence, _), flight)| (*sequence, flight))
    }

    /// Pauses the lane; each time longer.
    pub(super) fn block(&mut self, reason: String, now: Instant, backoff: &mut Backoff, step: &mut Step) {
        let tries = self.blocked.as_ref().map_or(0, |blocked| blocked.tries.saturating_add(1));
        if self.blocked.is_none() {
            step.actions.push(Action::Notify { notice: Notice::LaneBlocked { lane: self.id.clone(), reason } });
        }
        self.blocked = Some(Blocked { retry_at: backoff.after(now, tries), tries });
    }

    /// The chain answers again: what waited only for that goes at once. A wallet that can't pay stays paused.
    pub(crate) fn release(&mut self, now: Instant) {
        self.not_before = None;
        self.account_tries = 0;
        for flight in self.window.values_mut() {
            flight.hasten(now);
        }
    }

    /// A node took a transaction: whatever was wrong is not any more.
    pub(super) fn unblock(&mut self, step: &mut Step) {
        self.sequence_misses = 0;
        self.not_before = None;
        if self.blocked.take().is_some() {
            step.actions.push(Action::Notify { notice: Notice::LaneUnblocked { lane: self.id.clone() } });
        }
    }
}
