//! What is being searched for, and what was searched for in vain: neither is begun again by the next sweep's question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::{ChannelKey, Instant, PacketKey};
use types::{ChainId, Sequence};

use super::scan::Scan;
use super::sought::Kind;

/// Before what was searched for in vain is tried again, at first and at most.
const REST_MIN: Duration = Duration::from_secs(10);
const REST_MAX: Duration = Duration::from_secs(3_600);
/// A rest is at least so many times as long as the search was.
const REST_PER_SEARCH: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Somebody searches for it.
    Searching,
    /// It is tried again then.
    Vain { again_at: Instant, tries: u32 },
}

/// All searches of a running relayer.
#[derive(Debug, Default)]
pub(crate) struct Searches {
    known: Mutex<BTreeMap<(Kind, PacketKey), State>>,
    scans: Mutex<BTreeMap<ChainId, Arc<Scan>>>,
}

/// What a question leads to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Begun {
    /// Nobody searches for these yet; from now on somebody does.
    pub(super) new: BTreeSet<Sequence>,
    /// These were searched for in vain.
    pub(super) in_vain: BTreeSet<Sequence>,
}

impl Searches {
    /// The reading of a chain's blocks that its searches share.
    pub(super) fn scan(&self, chain: &ChainId) -> Arc<Scan> {
        let mut scans = self.scans.lock().unwrap_or_else(PoisonError::into_inner);
        scans.entry(chain.clone()).or_default().clone()
    }

    pub(super) fn begin(&self, channel: &ChannelKey, kind: Kind, sequences: &[Sequence]) -> Begun {
        let mut known = self.known();
        let mut begun = Begun::default();
        for sequence in sequences {
            match known.entry((kind, key(channel, *sequence))).or_insert_with(|| {
                begun.new.insert(*sequence);
                State::Searching
            }) {
                State::Searching => {}
                State::Vain { .. } => {
                    begun.in_vain.insert(*sequence);
                }
            }
        }
        begun
    }

    /// Whatever became of the search, these may be searched for again.
    pub(super) fn end(&self, channel: &ChannelKey, kind: Kind, sequences: &BTreeSet<Sequence>) {
        let mut known = self.known();
        for sequence in sequences {
            known.remove(&(kind, key(channel, *sequence)));
        }
    }

    /// These stand nowhere; the search that found that out began at `began`.
    pub(super) fn note_vain(
        &self,
        channel: &ChannelKey,
        kind: Kind,
        sequences: &BTreeSet<Sequence>,
        tries: u32,
        (began, now): (Instant, Instant),
    ) {
        let took = Duration::from_millis(now.0.saturating_sub(began.0));
        let rest = (took * REST_PER_SEARCH).max(REST_MIN).saturating_mul(1 << tries.min(16)).min(REST_MAX);
        let again_at = now.after(rest);
        let mut known = self.known();
        for sequence in sequences {
            known.insert((kind, key(channel, *sequence)), State::Vain { again_at, tries: tries.saturating_add(1) });
        }
    }

    /// Takes what has rested long enough: from now on somebody searches for it. By channel, kind, and how often it was
    /// searched for in vain.
    pub(super) fn take_rested(&self, now: Instant) -> BTreeMap<(ChannelKey, Kind, u32), BTreeSet<Sequence>> {
        let mut rested: BTreeMap<_, BTreeSet<Sequence>> = BTreeMap::new();
        for ((kind, packet), state) in self.known().iter_mut() {
            if let State::Vain { again_at, tries } = *state
                && again_at <= now
            {
                *state = State::Searching;
                rested.entry((packet.source.clone(), *kind, tries)).or_default().insert(packet.sequence);
            }
        }
        rested
    }

    /// What was searched for in vain on these channels is searched for anew when it is asked for.
    pub(crate) fn forget_all(&self, channels: &[ChannelKey]) {
        self.known()
            .retain(|(_, packet), state| !matches!(state, State::Vain { .. }) || !channels.contains(&packet.source));
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<(Kind, PacketKey), State>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(channel: &ChannelKey, sequence: Sequence) -> PacketKey {
    PacketKey { source: channel.clone(), sequence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recover::sought::tests::channel;

    const ONE: Sequence = Sequence(1);
    const TWO: Sequence = Sequence(2);

    fn begin(searches: &Searches, kind: Kind, sequences: &[Sequence]) -> (Vec<Sequence>, Vec<Sequence>) {
        let begun = searches.begin(&channel(), kind, sequences);
        (begun.new.into_iter().collect(), begun.in_vain.into_iter().collect())
    }

    fn vain(searches: &Searches, tries: u32) {
        searches.note_vain(&channel(), Kind::Send, &BTreeSet::from([ONE]), tries, (Instant(0), Instant(1_000)));
    }

    #[test]
    fn what_is_searched_for_is_not_searched_for_twice() {
        let searches = Searches::default();
        assert_eq!(begin(&searches, Kind::Send, &[ONE]), (vec![ONE], vec![]));
        assert_eq!(begin(&searches, Kind::Send, &[ONE, TWO]), (vec![TWO], vec![]));
        assert_eq!(begin(&searches, Kind::Acknowledgement, &[ONE]), (vec![ONE], vec![]));
    }

    #[test]
    fn what_was_found_may_be_searched_for_again() {
        let searches = Searches::default();
        begin(&searches, Kind::Send, &[ONE]);
        searches.end(&channel(), Kind::Send, &BTreeSet::from([ONE]));
        assert_eq!(begin(&searches, Kind::Send, &[ONE]), (vec![ONE], vec![]));
    }

    #[test]
    fn what_was_searched_for_in_vain_rests_ever_longer() {
        let searches = Searches::default();
        begin(&searches, Kind::Send, &[ONE]);
        vain(&searches, 0);
        assert_eq!(begin(&searches, Kind::Send, &[ONE]), (vec![], vec![ONE]));
        assert!(searches.take_rested(Instant(10_999)).is_empty());
        let rested = searches.take_rested(Instant(11_000));
        assert_eq!(rested.into_iter().collect::<Vec<_>>(), [((channel(), Kind::Send, 1), BTreeSet::from([ONE]))]);
        assert_eq!(begin(&searches, Kind::Send, &[ONE]), (vec![], vec![]), "it is being searched for");
        vain(&searches, 1);
        assert!(searches.take_rested(Instant(20_999)).is_empty());
        assert_eq!(searches.take_rested(Instant(21_000)).len(), 1);
    }

    #[test]
    fn a_clearing_forgets_what_was_searched_for_in_vain() {
        let searches = Searches::default();
        begin(&searches, Kind::Send, &[ONE, TWO]);
        vain(&searches, 0);
        searches.forget_all(&[channel()]);
        assert_eq!(begin(&searches, Kind::Send, &[ONE, TWO]), (vec![ONE], vec![]), "the other is being searched for");
    }
}
