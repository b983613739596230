//! The labels of a series. Values come from the configuration and from channels that were found; there is a bound for
//! the latter, since anybody may open channels.

use engine::{ChannelKey, Path};

use crate::paths::Paths;

/// Labels with their values, in the order that they are shown.
pub(super) type Labels = Vec<(&'static str, String)>;

/// Channels that have series of their own, at most. What comes above is counted together, a path's as one.
pub(super) const CHANNELS_MAX: usize = 500;

/// Labels of one direction of a channel, by its path.
pub(super) fn channel(paths: &Paths, channel: &ChannelKey) -> Labels {
    let paths = paths.now();
    let found = place(&paths, channel);
    let is_named = found.as_ref().is_some_and(|(_, _, position)| *position < CHANNELS_MAX);
    let (path, destination) = found.map(|(path, destination, _)| (path, destination)).unwrap_or_default();
    let name = |text: &str| if is_named { text.to_owned() } else { "other".to_owned() };
    vec![
        ("path", path),
        ("chain", channel.chain.to_string()),
        ("destination", destination),
        ("port", name(channel.port.as_str())),
        ("channel", name(channel.channel.as_str())),
    ]
}

/// The path of a channel end, the chain at its other end, and how many channels stand before it.
fn place(paths: &[Path], channel: &ChannelKey) -> Option<(String, String, usize)> {
    let is_here = |(port, id): &(types::PortId, types::ChannelId)| *port == channel.port && *id == channel.channel;
    let pairs = paths.iter().flat_map(|path| path.channels.iter().map(move |pair| (path, pair)));
    pairs.enumerate().find_map(|(position, (path, pair))| {
        let destination = if path.a.chain == channel.chain && is_here(&pair.a) {
            &path.b.chain
        } else if path.b.chain == channel.chain && is_here(&pair.b) {
            &path.a.chain
        } else {
            return None;
        };
        Some((path.id.to_string(), destination.to_string(), position))
    })
}

/// The same labels and one more.
pub(super) fn with(mut labels: Labels, name: &'static str, value: impl Into<String>) -> Labels {
    labels.push((name, value.into()));
    labels
}
