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

    /// Adds a channel to a path. Says whether it is new there.
    pub(crate) fn add(&self, id: &PathId, channel: ChannelPath) -> bool {
        let mut paths = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = Arc::make_mut(&mut paths).iter_mut().find(|path| path.id == *id) else { return false };
        let is_new = !path.channels.iter().any(|known| known.a == channel.a || known.b == channel.b);
        if is_new {
            path.channels.push(channel);
        }
        is_new
    }
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
        assert!(paths.add(&PathId("a-b".into()), channel.clone()));
        assert!(!paths.add(&PathId("a-b".into()), channel.clone()));
        assert!(!paths.add(&PathId("another".into()), channel));
        assert_eq!((before[0].channels.len(), paths.now()[0].channels.len()), (0, 1));
    }
}
