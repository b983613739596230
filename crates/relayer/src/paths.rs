//! The paths that are relayed. Channels are added while the process runs, never taken away.

use std::sync::{Arc, PoisonError, RwLock};

use engine::{ChannelPath, Path, PathId};

/// The paths that are relayed. Readers take a snapshot; nobody waits for anybody.
#[derive(Debug)]
pub(crate) struct Paths(RwLock<Arc<Vec<Path>>>);

impl Paths {
    pub(crate) fn new(paths: Vec<Path>) -> Self {
        Self(RwLock::new(Arc::new(paths)))
    }

    /// The paths now.
    pub(crate) fn now(&self) -> Arc<Vec<Path>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds a channel to a path, unless it is relayed already: two paths with one channel would do everything twice.
    pub(crate) fn add(&self, id: &PathId, channel: ChannelPath) -> Added {
        let mut paths = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(index) = paths.iter().position(|path| path.id == *id) else { return Added::Known };
        if let Some(taker) = taker(&paths, &paths[index], &channel) {
            let taker = taker.id.clone();
            return if taker == *id { Added::Known } else { Added::TakenBy(taker) };
        }
        Arc::make_mut(&mut paths)[index].channels.push(channel);
        Added::New
    }
}

/// What became of a channel that was to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    New,
    Known,
    TakenBy(PathId),
}

/// The path that relays a channel of `path`, or one of its ends, already.
pub(crate) fn taker<'a>(paths: &'a [Path], path: &Path, channel: &ChannelPath) -> Option<&'a Path> {
    let ours = [(&path.a.chain, &channel.a), (&path.b.chain, &channel.b)];
    paths.iter().find(|other| {
        other.channels.iter().any(|known| {
            let theirs = [(&other.a.chain, &known.a), (&other.b.chain, &known.b)];
            theirs.iter().any(|end| ours.contains(end))
        })
    })
}

#[cfg(test)]
mod tests {
    use engine::PathEnd;
    use types::Order;

    use super::*;

    fn path() -> Path {
        let end = |chain: &str| PathEnd {
            chain: chain.parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            connection: "connection-0".parse().unwrap(),
        };
        let policy = Arc::default();
        Path { id: PathId("a-b".into()), a: end("chain-a"), b: end("chain-b"), channels: Vec::new(), policy }
    }

    #[test]
    fn a_channel_is_added_once() {
        let paths = Paths::new(vec![path()]);
        let end = || ("transfer".parse().unwrap(), "channel-0".parse().unwrap());
        let channel = ChannelPath { a: end(), b: end(), order: Order::Unordered };
        let before = paths.now();
        assert_eq!(paths.add(&PathId("a-b".into()), channel.clone()), Added::New);
        assert_eq!(paths.add(&PathId("a-b".into()), channel.clone()), Added::Known);
        assert_eq!(paths.add(&PathId("another".into()), channel), Added::Known);
        assert_eq!((before[0].channels.len(), paths.now()[0].channels.len()), (0, 1));
    }

    #[test]
    fn a_channel_that_one_path_relays_is_refused_to_another_whichever_way_round_that_is() {
        let turned = Path { id: PathId("b-a".into()), a: path().b, b: path().a, ..path() };
        let paths = Paths::new(vec![path(), turned]);
        let end = |channel: &str| ("transfer".parse().unwrap(), channel.parse().unwrap());
        let channel = |a, b| ChannelPath { a: end(a), b: end(b), order: Order::Unordered };
        assert_eq!(paths.add(&PathId("a-b".into()), channel("channel-0", "channel-7")), Added::New);
        let taken = Added::TakenBy(PathId("a-b".into()));
        assert_eq!(paths.add(&PathId("b-a".into()), channel("channel-7", "channel-0")), taken);
        assert_eq!(paths.add(&PathId("b-a".into()), channel("channel-0", "channel-7")), Added::New, "others' names");
    }
}
