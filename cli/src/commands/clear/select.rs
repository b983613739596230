//! From arguments to channel ends and packets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::{ChannelKey, ChannelPath, PacketKey, Path, PathEnd, Policy, Sequences};
use types::Sequence;

use super::derive::derive;
use super::lowest::lowest;
use crate::args::{ClearPacketsArgs, Direction};
use crate::commands::query;
use crate::config::{Config, ConfigError};
use crate::context::Context;
use crate::exit::Failure;
use relayer::clear::ClearRequest;

/// What is to be cleared.
#[derive(Debug)]
pub(super) struct Selection {
    /// The paths that it lies on, with no other channels.
    paths: Vec<Path>,
    /// What the relayer is asked for.
    pub(super) request: ClearRequest,
}

/// Finds out what the arguments mean; asks chains where they name what is not configured, or a part of what is pending.
pub(super) async fn select(context: &Context, args: &ClearPacketsArgs) -> Result<Selection, Failure> {
    let config = context.config()?;
    let (paths, is_reversed) = paths(context, config, args).await?;
    let search_from = lowest(&args.from_height, args.of.end.as_ref().map(|end| &end.chain), &paths)?;
    let mut channels = BTreeSet::new();
    for path in &paths {
        let forward = if is_reversed { (&path.b, false) } else { (&path.a, true) };
        let backward = if is_reversed { (&path.a, true) } else { (&path.b, false) };
        let ends = match args.direction() {
            Direction::Both => vec![forward, backward],
            Direction::Forward => vec![forward],
            Direction::Backward => vec![backward],
        };
        channels
            .extend(ends.into_iter().flat_map(|(end, is_a)| path.channels.iter().map(move |it| key(end, it, is_a))));
    }
    let packets = match (&args.sequences, args.limit) {
        (None, None) => None,
        (sequences, limit) => Some(pending(context, &channels, sequences.as_ref(), limit).await?),
    };
    Ok(Selection { paths, request: ClearRequest { channels, packets, search_from } })
}

/// The paths that are meant, and whether the named end is their second.
async fn paths(context: &Context, config: &Config, args: &ClearPacketsArgs) -> Result<(Vec<Path>, bool), Failure> {
    if let Some(end) = &args.of.end {
        config.chain(&end.chain)?;
        let named = end.key();
        let (path, is_reversed) = match configured(config, &named) {
            Some(found) => found,
            None => (derive(context, &named).await?, false),
        };
        return Ok((vec![path], is_reversed));
    }
    if config.paths.is_empty() {
        return Err(ConfigError::NoPath { file: config.file.clone() }.into());
    }
    let Some(name) = &args.of.path else { return Ok((config.paths.clone(), false)) };
    let found: Vec<Path> = config.paths.iter().filter(|path| *path.id.0 == **name).cloned().collect();
    if found.is_empty() {
        let known: Vec<&str> = config.paths.iter().map(|path| &*path.id.0).collect();
        return Err(Failure::wrong(format!("there is no path {name:?}; the paths are {}", known.join(", "))));
    }
    Ok((found, false))
}

/// The path that has this channel end, with that channel alone, and whether it is at its second end.
fn configured(config: &Config, named: &ChannelKey) -> Option<(Path, bool)> {
    config.paths.iter().find_map(|path| {
        path.channels.iter().find_map(|channel| {
            let is_at_b = key(&path.b, channel, false) == *named;
            let is_found = is_at_b || key(&path.a, channel, true) == *named;
            is_found.then(|| (Path { channels: vec![channel.clone()], ..path.clone() }, is_at_b))
        })
    })
}

fn key(end: &PathEnd, channel: &ChannelPath, is_a: bool) -> ChannelKey {
    let (port, id) = if is_a { &channel.a } else { &channel.b };
    ChannelKey { chain: end.chain.clone(), port: port.clone(), channel: id.clone() }
}

/// Of each channel end's pending packets those that were asked for, the lowest first.
async fn pending(
    context: &Context,
    channels: &BTreeSet<ChannelKey>,
    sequences: Option<&Sequences>,
    limit: Option<u64>,
) -> Result<BTreeSet<PacketKey>, Failure> {
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut packets = BTreeSet::new();
    for channel in channels {
        let pool = query::connect(context, &channel.chain).await?;
        let (port, id) = (&channel.port, &channel.channel);
        let (commitments, _) = pool.run(async |node| node.queries().packet_commitments(port, id).await).await?;
        let pending: BTreeSet<Sequence> = commitments.into_iter().map(|commitment| commitment.sequence).collect();
        let asked = pending.into_iter().filter(|one| sequences.is_none_or(|asked| asked.contains(*one)));
        packets.extend(asked.take(limit).map(|sequence| PacketKey { source: channel.clone(), sequence }));
    }
    if let (true, Some(_), Some(end)) = (packets.is_empty(), sequences, channels.first()) {
        let list =
            format!("lightship query packets --chain {} --port {} --channel {}", end.chain, end.port, end.channel);
        tracing::warn!("none of these sequences is pending; {list} tells which are");
    }
    Ok(packets)
}

impl Selection {
    /// The paths, on which nothing but what was selected is relayed.
    pub(super) fn restricted_paths(&self) -> Vec<Path> {
        let only = Some(self.only());
        let restricted = |path: &Path| {
            let policy = Policy { only: only.clone(), ..(*path.policy).clone() };
            Path { policy: Arc::new(policy), ..path.clone() }
        };
        self.paths.iter().map(restricted).collect()
    }

    fn only(&self) -> BTreeMap<ChannelKey, Sequences> {
        let whole = || Sequences(vec![0..=u64::MAX]);
        let Some(packets) = &self.request.packets else {
            return self.request.channels.iter().map(|channel| (channel.clone(), whole())).collect();
        };
        let mut only: BTreeMap<ChannelKey, Sequences> = BTreeMap::new();
        for packet in packets {
            let Sequences(ranges) = only.entry(packet.source.clone()).or_default();
            let next = packet.sequence.0;
            match ranges.last_mut() {
                Some(last) if last.end().checked_add(1) == Some(next) => *last = *last.start()..=next,
                _ => ranges.push(next..=next),
            }
        }
        only
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(chain: &str) -> ChannelKey {
        ChannelKey {
            chain: chain.parse().unwrap(),
            port: "transfer".parse().unwrap(),
            channel: "channel-0".parse().unwrap(),
        }
    }

    fn selection(channels: &[&str], packets: Option<&[u64]>) -> Selection {
        let packet = |sequence: &u64| PacketKey { source: channel("chain-a"), sequence: Sequence(*sequence) };
        let packets = packets.map(|packets| packets.iter().map(packet).collect());
        let channels = channels.iter().map(|chain| channel(chain)).collect();
        Selection { paths: Vec::new(), request: ClearRequest { channels, packets, ..ClearRequest::default() } }
    }

    #[test]
    fn a_channel_end_that_was_not_selected_is_not_relayed() {
        let only = selection(&["chain-a"], None).only();
        assert!(only[&channel("chain-a")].contains(Sequence(1_000)));
        assert!(!only.contains_key(&channel("chain-b")));
    }

    #[test]
    fn neighbouring_sequences_make_one_range() {
        let only = selection(&["chain-a", "chain-b"], Some(&[1, 2, 3, 7, 9, 10])).only();
        assert_eq!(only[&channel("chain-a")], Sequences(vec![1..=3, 7..=7, 9..=10]));
        assert!(!only.contains_key(&channel("chain-b")));
    }
}
