//! `[[paths]]`: each joins two configured chains by clients and channels of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use engine::{ChannelPath, PathEnd, PathId};
use toml::Spanned;
use types::{ChainId, ClientId, Order};

use super::error::Source;
use super::policy::policy;
use super::raw::{RawChannel, RawPath, RawPathEnd};
use super::{ChainConfig, ChannelName, ConfigError};

/// Long enough for what two chain ids of 50 bytes derive, and its number.
const PATH_NAME_BYTES_MAX: usize = 128;

/// `[[paths]]`, and what is switched on for which of them.
#[derive(Default)]
pub(super) struct Paths {
    pub(super) paths: Vec<engine::Path>,
    pub(super) handshakes: BTreeSet<PathId>,
    pub(super) discover: BTreeSet<PathId>,
}

pub(super) fn paths(
    source: Source<'_>,
    raw: Vec<Spanned<RawPath>>,
    chains: &BTreeMap<ChainId, ChainConfig>,
) -> Result<Paths, ConfigError> {
    let mut names = BTreeSet::new();
    let mut taken = Taken::default();
    let mut resolved = Paths::default();
    for path in raw {
        let at = path.span();
        let path = path.into_inner();
        let (has_handshakes, has_no_list) = (path.handshakes, path.channels.is_none());
        let path = self::path(source, path, chains, &mut taken)?;
        if !names.insert(path.id.clone()) {
            return Err(
                source.wrong(at, format!("two paths have the name {:?}; give one of them another `name`", path.id.0))
            );
        }
        // What is opened by handshakes is relayed as well.
        if has_handshakes || has_no_list {
            taken.clients(source, &at, &path)?;
        }
        if has_handshakes {
            resolved.handshakes.insert(path.id.clone());
        }
        if has_no_list {
            resolved.discover.insert(path.id.clone());
        }
        resolved.paths.push(path);
    }
    Ok(resolved)
}

/// What paths have for themselves alone, and which of them.
#[derive(Default)]
struct Taken {
    channel_ends: BTreeMap<(ChainId, ChannelName), String>,
    /// Two clients all of whose channels are relayed, the lower one first.
    clients: BTreeMap<[(ChainId, ClientId); 2], PathId>,
}

impl Taken {
    fn channel_end(
        &mut self,
        source: Source<'_>,
        at: &Range<usize>,
        path: &str,
        end: (&ChainId, &ChannelName),
    ) -> Result<(), ConfigError> {
        let (chain, channel) = end;
        let Some(other) = self.channel_ends.insert((chain.clone(), channel.clone()), path.to_owned()) else {
            return Ok(());
        };
        let places =
            if other == path { format!("in path {path:?}") } else { format!("in paths {other:?} and {path:?}") };
        let message = format!("channel {channel} of {chain} is configured twice, {places}; leave one of the two away");
        Err(source.wrong(at.clone(), message))
    }

    fn clients(&mut self, source: Source<'_>, at: &Range<usize>, path: &engine::Path) -> Result<(), ConfigError> {
        let client = |end: &PathEnd| (end.chain.clone(), end.client.clone());
        let mut clients = [client(&path.a), client(&path.b)];
        clients.sort();
        let Some(other) = self.clients.insert(clients, path.id.clone()) else { return Ok(()) };
        let (a, b) = (&path.a, &path.b);
        let between = format!("between {} of {} and {} of {}", a.client, a.chain, b.client, b.chain);
        let mend = "list `channels` in one of them, without `handshakes`, or make one path of both";
        let message =
            format!("paths {:?} and {:?} would both relay every channel {between}; {mend}", other.0, path.id.0);
        Err(source.wrong(at.clone(), message))
    }
}

fn path(
    source: Source<'_>,
    raw: RawPath,
    chains: &BTreeMap<ChainId, ChainConfig>,
    taken: &mut Taken,
) -> Result<engine::Path, ConfigError> {
    let b_at = raw.b.chain.span();
    let (a, b) = (path_end(source, raw.a, chains)?, path_end(source, raw.b, chains)?);
    if a.chain == b.chain {
        return Err(source.wrong(b_at, format!("both ends are on {}; a path joins two chains", a.chain)));
    }
    let name = match raw.name {
        Some(name) => source.text(name, 1..=PATH_NAME_BYTES_MAX, |c| !c.is_control())?,
        None => super::save::derived_name(&a.chain, &b.chain),
    };
    let channels = match raw.channels {
        Some(written) => channels(source, written, [&a.chain, &b.chain], &name, taken)?,
        // Found while it runs.
        None => Vec::new(),
    };
    Ok(engine::Path { id: PathId(name.into()), a, b, channels, policy: policy(source, raw.policy)? })
}

/// The channels of one path; none of them may stand in another.
fn channels(
    source: Source<'_>,
    written: Spanned<Vec<Spanned<RawChannel>>>,
    [a, b]: [&ChainId; 2],
    path: &str,
    taken: &mut Taken,
) -> Result<Vec<ChannelPath>, ConfigError> {
    if written.get_ref().is_empty() {
        let mend = "names no channel; add one, such as { a = \"transfer/channel-0\", b = \"transfer/channel-0\" }, \
                    or leave `channels` away to relay all that are open";
        return Err(source.wrong(written.span(), mend));
    }
    let mut channels = Vec::new();
    for channel in written.into_inner() {
        let at: Range<usize> = channel.span();
        let channel = channel.into_inner();
        for (chain, end) in [(a, &channel.a), (b, &channel.b)] {
            taken.channel_end(source, &at, path, (chain, end))?;
        }
        channels.push(ChannelPath {
            a: (channel.a.port, channel.a.channel),
            b: (channel.b.port, channel.b.channel),
            order: channel.order.unwrap_or(Order::Unordered),
        });
    }
    Ok(channels)
}

fn path_end(
    source: Source<'_>,
    raw: RawPathEnd,
    chains: &BTreeMap<ChainId, ChainConfig>,
) -> Result<PathEnd, ConfigError> {
    if !chains.contains_key(raw.chain.get_ref()) {
        let message = format!("chain {} is not configured; add a [[chains]] block for it", raw.chain.get_ref());
        return Err(source.wrong(raw.chain.span(), message));
    }
    Ok(PathEnd { chain: raw.chain.into_inner(), client: raw.client, connection: raw.connection })
}
