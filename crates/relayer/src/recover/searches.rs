//! What is being searched for, and what is tried again later: neither is begun again by the next sweep's question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::{ChannelKey, Instant, PacketKey};
use types::{ChainId, Sequence};

use super::heights::Heights;
use super::scan::Scan;
use super::sought::Kind;

/// Before it is tried again, at first.
const REST_MIN: Duration = Duration::from_secs(10);
/// The same at most, of what was searched for in vain in all blocks, and of what few blocks hold up.
const VAIN_REST_MAX: Duration = Duration::from_secs(3_600);
const HELD_UP_REST_MAX: Duration = Duration::from_secs(300);
/// What was searched for in vain rests at least so many times as long as the search was.
const REST_PER_SEARCH: u32 = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Somebody searches for it.
    Searching,
    /// It is tried again then: in all blocks where it was in vain, else in those that were left.
    Resting { again_at: Instant, tries: u32, unread: Heights },
}

/// All searches of a running relayer.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    known: Mutex<BTreeMap<(Kind, PacketKey), State>>,
    scans: Mutex<BTreeMap<ChainId, Arc<Scan>>>,
}

/// What a question leads to.
#[derive(Debug)]
pub(super) struct Begun<'a> {
    /// Of what nobody searches for yet.
    pub(super) new: Search<'a>,
    /// These were searched for in vain.
    pub(super) in_vain: BTreeSet<Sequence>,
}

/// A search that is under way. However it ends, by a panic too, it is one no more: what nobody had searched for before
/// is given back to the next question, what was tried again rests again.
#[derive(Debug)]
pub(super) struct Search<'a> {
    searches: &'a Searches,
    pub(super) channel: ChannelKey,
    pub(super) kind: Kind,
    /// What is searched for.
    pub(super) sequences: BTreeSet<Sequence>,
    /// Where it may stand.
    pub(super) heights: Heights,
    /// How often it was searched for before.
    tries: u32,
    /// What it is again if the search comes to no end.
    otherwise: Option<State>,
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        let mut known = self.searches.known();
        for sequence in &self.sequences {
            let key = (self.kind, key(&self.channel, *sequence));
            match &self.otherwise {
                Some(state) => known.insert(key, state.clone()),
                None => known.remove(&key),
            };
        }
    }
}

impl Search<'_> {
    /// These stand in no block that the nodes keep; the search that found that out began at `began`.
    pub(super) fn rest_in_vain(self, unfound: &BTreeSet<Sequence>, (began, now): (Instant, Instant)) {
        let took = Duration::from_millis(now.0.saturating_sub(began.0));
        let rest = growing((took * REST_PER_SEARCH).max(REST_MIN), self.tries, VAIN_REST_MAX);
        self.end(unfound, Heights::default(), now.after(rest));
    }

    /// Blocks that can't be read now may hold these; all others were read.
    pub(super) fn rest_held_up(self, unfound: &BTreeSet<Sequence>, unread: Heights, now: Instant) {
        let rest = growing(REST_MIN, self.tries, HELD_UP_REST_MAX);
        self.end(unfound, unread, now.after(rest));
    }

    /// These rest; whatever else was searched for is found, or over.
    fn end(mut self, resting: &BTreeSet<Sequence>, unread: Heights, again_at: Instant) {
        let state = State::Resting { again_at, tries: self.tries.saturating_add(1), unread };
        let mut known = self.searches.known();
        for sequence in core::mem::take(&mut self.sequences) {
            let key = (self.kind, key(&self.channel, sequence));
            if resting.contains(&sequence) {
                known.insert(key, state.clone());
            } else {
                known.remove(&key);
            }
        }
    }
}

/// Doubled by each try.
fn growing(rest: Duration, tries: u32, most: Duration) -> Duration {
    rest.saturating_mul(1 << tries.min(16)).min(most)
}

impl Searches {
    /// The reading of a chain's blocks that its searches share.
    pub(super) fn scan(&self, chain: &ChainId) -> Arc<Scan> {
        let mut scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        scans.entry(chain.clone()).or_default().clone()
    }

    pub(super) fn begin(&self, channel: &ChannelKey, kind: Kind, sequences: &[Sequence]) -> Begun<'_> {
        let (mut new, mut in_vain) = (BTreeSet::new(), BTreeSet::new());
        let mut known = self.known();
        for sequence in sequences {
            match known.entry((kind, key(channel, *sequence))).or_insert_with(|| {
                new.insert(*sequence);
                State::Searching
            }) {
                State::Resting { unread, .. } if unread.is_empty() => {
                    in_vain.insert(*sequence);
                }
                // What blocks hold up is neither found nor unfound.
                State::Searching | State::Resting { .. } => {}
            }
        }
        let (channel, heights) = (channel.clone(), Heights::all());
        let new = Search { searches: self, channel, kind, sequences: new, heights, tries: 0, otherwise: None };
        Begun { new, in_vain }
    }

    /// Takes what has rested long enough: from now on somebody searches for it.
    pub(super) fn take_rested(&self, now: Instant) -> Vec<Search<'_>> {
        let mut rested: BTreeMap<_, BTreeSet<Sequence>> = BTreeMap::new();
        for ((kind, packet), state) in self.known().iter_mut() {
            if let State::Resting { again_at, tries, unread } = state
                && *again_at <= now
            {
                let unread = core::mem::take(unread);
                rested.entry((packet.source.clone(), *kind, unread, *tries)).or_default().insert(packet.sequence);
                *state = State::Searching;
            }
        }
        let begun = |((channel, kind, unread, tries), sequences): ((_, _, Heights, _), _)| {
            let heights = if unread.is_empty() { Heights::all() } else { unread.clone() };
            let again_at = now.after(growing(REST_MIN, tries, VAIN_REST_MAX));
            let otherwise = Some(State::Resting { again_at, tries: tries.saturating_add(1), unread });
            Search { searches: self, channel, kind, sequences, heights, tries, otherwise }
        };
        rested.into_iter().map(begun).collect()
    }

    /// What was searched for in vain on these channels is searched for anew when it is asked for; what blocks hold up is
    /// tried again right now.
    pub(crate) fn wake(&self, channels: &[ChannelKey]) {
        self.known().retain(|(_, packet), state| match state {
            State::Resting { again_at, unread, .. } if channels.contains(&packet.source) => {
                *again_at = Instant(0);
                !unread.is_empty()
            }
            State::Searching | State::Resting { .. } => true,
        });
    }

    /// What blocks hold up that can't be read now: which blocks.
    pub(crate) fn held_up(&self) -> BTreeMap<PacketKey, String> {
        let known = self.known();
        let resting = known.iter().filter_map(|((_, packet), state)| match state {
            State::Resting { unread, .. } if !unread.is_empty() => Some((packet.clone(), unread.to_string())),
            State::Resting { .. } | State::Searching => None,
        });
        resting.collect()
    }

    /// Is there nothing to be searched on these channels now but such blocks?
    pub(crate) fn is_held_up(&self, channels: &BTreeSet<ChannelKey>) -> bool {
        let known = self.known();
        let mut states = known.iter().filter(|((_, packet), _)| channels.contains(&packet.source)).map(|(_, it)| it);
        let is_held_up = |state: &State| matches!(state, State::Resting { unread, .. } if !unread.is_empty());
        states.clone().any(is_held_up) && states.all(|state| *state != State::Searching)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<(Kind, PacketKey), State>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(channel: &ChannelKey, sequence: Sequence) -> PacketKey {
    PacketKey { source: channel.clone(), sequence }
}

#[cfg(test)]
mod tests;
