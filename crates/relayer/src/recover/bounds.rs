//! How far down blocks are searched while somebody clears: as far as the one wants who wants the most.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::ChannelKey;
use types::{BlockHeight, ChainId};

/// What those want who are clearing now.
#[derive(Debug, Default)]
pub(crate) struct Bounds(Mutex<Wanted>);

#[derive(Debug, Default)]
struct Wanted {
    last_id: u64,
    all: BTreeMap<u64, Bound>,
}

#[derive(Debug)]
struct Bound {
    channels: BTreeSet<ChannelKey>,
    from: BTreeMap<ChainId, BlockHeight>,
}

/// Holds as long as it lives.
#[derive(Debug)]
pub(crate) struct Bounded<'a> {
    bounds: &'a Bounds,
    id: u64,
}

impl Drop for Bounded<'_> {
    fn drop(&mut self) {
        self.bounds.wanted().all.remove(&self.id);
    }
}

impl Bounds {
    /// For these channels no block below the chain's height in `from` is wanted; every block of a chain that has none.
    pub(crate) fn hold(&self, channels: &BTreeSet<ChannelKey>, from: &BTreeMap<ChainId, BlockHeight>) -> Bounded<'_> {
        let mut wanted = self.wanted();
        wanted.last_id += 1;
        let id = wanted.last_id;
        wanted.all.insert(id, Bound { channels: channels.clone(), from: from.clone() });
        Bounded { bounds: self, id }
    }

    /// The lowest block of `chain` that is wanted for this channel; none if all are, or nobody clears it.
    pub(super) fn lowest(&self, channel: &ChannelKey, chain: &ChainId) -> Option<BlockHeight> {
        let wanted = self.wanted();
        let of_channel = wanted.all.values().filter(|bound| bound.channels.contains(channel));
        of_channel.map(|bound| bound.from.get(chain).copied()).min().flatten()
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recover::sought::tests::channel;

    #[test]
    fn a_bound_holds_for_its_channels_and_as_long_as_its_clearing() {
        let (bounds, chain) = (Bounds::default(), channel().chain);
        let other = ChannelKey { channel: "channel-9".parse().unwrap(), ..channel() };
        let of = |height| [(channel().chain, BlockHeight(height))].into();
        let high = bounds.hold(&[channel()].into(), &of(50));
        assert_eq!(bounds.lowest(&channel(), &chain), Some(BlockHeight(50)));
        assert_eq!(bounds.lowest(&channel(), &"chain-b".parse().unwrap()), None);
        assert_eq!(bounds.lowest(&other, &chain), None);
        let low = bounds.hold(&[channel(), other].into(), &of(20));
        assert_eq!(bounds.lowest(&channel(), &chain), Some(BlockHeight(20)), "who wants more gets it");
        let all = bounds.hold(&[channel()].into(), &BTreeMap::new());
        assert_eq!(bounds.lowest(&channel(), &chain), None);
        drop((low, all));
        assert_eq!(bounds.lowest(&channel(), &chain), Some(BlockHeight(50)));
        drop(high);
        assert_eq!(bounds.lowest(&channel(), &chain), None);
    }
}
