//! `Action::Sweep`: what both chains hold of one direction of a channel, read at one height of each.

use chain::{ChainError, Queries};
use engine::{ChannelKey, Event, Sweep};
use types::{ChainId, ChannelId, ChannelState, PortId, QueryHeight};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::pending;

pub(crate) async fn sweep(shell: &Shell, channel: ChannelKey) -> Event {
    let Some(ends) = ends(shell, &channel) else {
        tracing::error!(chain = %channel.chain, channel = %channel.channel, "asked to sweep a channel of no path");
        return Event::SweepFailed { channel };
    };
    match read(&ends, &channel).await {
        Ok(sweep) => Event::Swept { sweep },
        Err(error) => {
            tracing::debug!(chain = %channel.chain, channel = %channel.channel, %error, "sweep failed; it is tried again");
            Event::SweepFailed { channel }
        }
    }
}

/// The chains of one direction of a channel, and the channel end where its packets arrive.
pub(crate) struct Ends<'a> {
    pub(crate) source: &'a Chain,
    pub(crate) destination: &'a Chain,
    pub(crate) destination_port: PortId,
    pub(crate) destination_channel: ChannelId,
}

/// Finds the path that `channel` belongs to.
pub(crate) fn ends<'a>(shell: &'a Shell, channel: &ChannelKey) -> Option<Ends<'a>> {
    let here = (channel.port.clone(), channel.channel.clone());
    for path in &*shell.paths.now() {
        for pair in &path.channels {
            let (source, destination, there) = if path.a.chain == channel.chain && pair.a == here {
                (&path.a.chain, &path.b.chain, &pair.b)
            } else if path.b.chain == channel.chain && pair.b == here {
                (&path.b.chain, &path.a.chain, &pair.a)
            } else {
                continue;
            };
            return Some(Ends {
                source: shell.chains.get(source)?,
                destination: shell.chains.get(destination)?,
                destination_port: there.0.clone(),
                destination_channel: there.1.clone(),
            });
        }
    }
    None
}

/// Why a channel can't be swept.
#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error("channel {port}/{channel} is not on {chain}; mend the path in the configuration")]
    NoChannel { chain: ChainId, port: PortId, channel: ChannelId },
}

async fn read(ends: &Ends<'_>, channel: &ChannelKey) -> Result<Sweep, SweepError> {
    let source_height = ends.source.fresh_head().await?.height;
    let source = ends.source.query().at(QueryHeight(source_height));
    let source_closed = is_closed(ends.source, &source, &channel.port, &channel.channel);
    let commitments = async { Ok(pending::committed(&source, (&channel.port, &channel.channel)).await?) };
    let (commitments, source_closed) = futures::try_join!(commitments, source_closed)?;
    // The destination is read after the source: a packet that is received in between is then seen as received.
    let destination_height = ends.destination.fresh_head().await?.height;
    let destination = ends.destination.query().at(QueryHeight(destination_height));
    let (port, id) = (&ends.destination_port, &ends.destination_channel);
    let arrived = async {
        Ok(futures::try_join!(
            pending::unreceived(&destination, (port, id), &commitments),
            pending::acknowledged(&destination, (port, id), &commitments),
        )?)
    };
    let destination_closed = is_closed(ends.destination, &destination, port, id);
    let ((unreceived, acknowledged), destination_closed) = futures::try_join!(arrived, destination_closed)?;
    Ok(Sweep {
        channel: channel.clone(),
        source_height,
        destination_height,
        commitments,
        unreceived,
        acknowledged,
        source_closed,
        destination_closed,
    })
}

async fn is_closed(chain: &Chain, at: &Queries, port: &PortId, channel: &ChannelId) -> Result<bool, SweepError> {
    match at.channel(port, channel).await {
        Ok(end) => Ok(end.state == ChannelState::Closed),
        Err(error) if error.is_not_found() => {
            Err(SweepError::NoChannel { chain: chain.id.clone(), port: port.clone(), channel: channel.clone() })
        }
        Err(error) => Err(error.into()),
    }
}
