//! `[[paths]]`: each joins two configured chains by clients and channels of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use engine::{ChannelPath, PathEnd, PathId};
use toml::Spanned;
use types::{ChainId, Order};

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
    let mut channel_ends = BTreeSet::new();
    let mut resolved = Paths::default();
    for path in raw {
        let at = path.span();
        let path = path.into_inner();
        let (has_handshakes, has_no_list) = (path.handshakes, path.channels.is_none());
        let path = self::path(source, path, chains, &mut channel_ends)?;
        if !names.insert(path.id.clone()) {
            return Err(
                source.wrong(at, format!("two paths have the name {:?}; give one of them another `name`", path.id.0))
            );
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

/// A channel end: chain, port and channel.
type ChannelEndName = (ChainId, ChannelName);

fn path(
    source: Source<'_>,
    raw: RawPath,
    chains: &BTreeMap<ChainId, ChainConfig>,
    channel_ends: &mut BTreeSet<ChannelEndName>,
) -> Result<engine::Path, ConfigError> {
    let b_at = raw.b.chain.span();
    let (a, b) = (path_end(source, raw.a, chains)?, path_end(source, raw.b, chains)?);
    if a.chain == b.chain {
        return Err(source.wrong(b_at, format!("both ends are on {}; a path joins two chains", a.chain)));
    }
    let channels = match raw.channels {
        Some(written) => channels(source, written, [&a.chain, &b.chain], channel_ends)?,
        // Found while it runs.
        None => Vec::new(),
    };
    let name = match raw.name {
        Some(name) => source.text(name, 1..=PATH_NAME_BYTES_MAX, |c| !c.is_control())?,
        None => super::save::derived_name(&a.chain, &b.chain),
    };
    Ok(engine::Path { id: PathId(name.into()), a, b, channels, policy: policy(source, raw.policy)? })
}

/// The channels of one path; none of them may stand in another.
fn channels(
    source: Source<'_>,
    written: Spanned<Vec<Spanned<RawChannel>>>,
    [a, b]: [&ChainId; 2],
    channel_ends: &mut BTreeSet<ChannelEndName>,
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
            if !channel_ends.insert((chain.clone(), end.clone())) {
                let message = format!("channel {end} of {chain} is configured twice; leave one of the two away");
                return Err(source.wrong(at, message));
            }
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
