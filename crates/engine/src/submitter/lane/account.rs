//! What a lane knows of its account, and when it pauses.

use types::AccountSequence;

use super::{Account, Blocked, Context, Lane, SEQUENCE_MISSES_MAX};
use crate::backoff::Backoff;
use crate::{Action, Instant, Notice, Step};

impl Lane {
    /// Asks for the account where the next signature needs it.
    pub(crate) fn read_account(&mut self, now: Instant, step: &mut Step) {
        let Account::Unknown { drain } = self.account else { return };
        let held = (drain && !self.window.is_empty()) || self.signing.is_some();
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
        let after_window = self.window.keys().next_back().map_or(AccountSequence(0), |last| last.next());
        self.account = Account::Known { number, next: sequence.max(after_window) };
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
        let last = self.window.keys().next_back().copied();
        match (self.account, hint) {
            (Account::Known { .. }, Some(expected)) if self.window.contains_key(&expected) => {
                // The node has lost what we sent: the same bytes again, from there on.
                for flight in self.window.range_mut(expected..).map(|(_, flight)| flight) {
                    flight.send_again(cx.now);
                }
            }
            (Account::Known { number, .. }, Some(expected))
                if expected != refused && last.is_none_or(|last| expected > last) =>
            {
                self.account = Account::Known { number, next: expected };
            }
            (Account::Known { .. } | Account::Unknown { .. }, _) => self.account = Account::Unknown { drain: true },
            (Account::Reading, _) => {}
        }
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
