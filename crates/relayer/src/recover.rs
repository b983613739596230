//! `Action::Recover`: packets whose event we never saw. On chain they are only hashes; their bytes stand in the blocks
//! that sent (or acknowledged) them, which are searched backwards, so that neither an index of transactions nor an old
//! state is needed.
//!
//! The engine asks again at each sweep. What is being searched for, and what stands in no block that the node keeps, is
//! not searched for again by this process.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use engine::{ChannelKey, Event, PacketKey};
use futures::{StreamExt, stream};
use tracing::{info, warn};
use types::event::{IbcEvent, ObservedBlock};
use types::{BlockHeight, ChannelId, PortId, Sequence};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::sweep::ends;

/// Blocks that are read at the same time.
const READS_IN_FLIGHT_MAX: usize = 4;
/// Blocks that are searched, at most.
const BLOCKS_MAX: u64 = 200_000;

/// Which event is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Send,
    Acknowledgement,
}

/// What is being searched for, or was searched for in vain.
#[derive(Debug, Default)]
pub(crate) struct Searches(Mutex<BTreeSet<(PacketKey, Kind)>>);

impl Searches {
    /// Those of `sequences` that nobody searches for yet; from now on somebody does.
    fn begin(&self, channel: &ChannelKey, kind: Kind, sequences: &[Sequence]) -> BTreeSet<Sequence> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |sequence: &&Sequence| known.insert((key(channel, **sequence), kind));
        sequences.iter().filter(is_new).copied().collect()
    }

    /// These may be searched for again.
    fn forget(&self, channel: &ChannelKey, kind: Kind, sequences: &BTreeSet<Sequence>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for sequence in sequences {
            known.remove(&(key(channel, *sequence), kind));
        }
    }
}

fn key(channel: &ChannelKey, sequence: Sequence) -> PacketKey {
    PacketKey { source: channel.clone(), sequence }
}

pub(crate) async fn recover(shell: &Shell, channel: &ChannelKey, sends: &[Sequence], acknowledgements: &[Sequence]) {
    let Some(ends) = ends(shell, channel) else { return };
    let sent = Searched { kind: Kind::Send, port: &channel.port, channel: &channel.channel };
    let written =
        Searched { kind: Kind::Acknowledgement, port: &ends.destination_port, channel: &ends.destination_channel };
    futures::join!(
        search(shell, ends.source, channel, sent, sends),
        search(shell, ends.destination, channel, written, acknowledgements),
    );
}

/// Searches for what nobody searches for yet. What stands in none of the blocks is remembered as such; the rest may be
/// searched for again, should it be lost again.
async fn search(shell: &Shell, chain: &Chain, channel: &ChannelKey, searched: Searched<'_>, wanted: &[Sequence]) {
    let new = shell.searches.begin(channel, searched.kind, wanted);
    if new.is_empty() {
        return;
    }
    let mut missing = new.clone();
    let is_certain = read_backwards(shell, chain, searched, &mut missing).await;
    let found = new.difference(&missing).copied().collect();
    shell.searches.forget(channel, searched.kind, &found);
    if !is_certain {
        shell.searches.forget(channel, searched.kind, &missing);
    } else if let Some(first) = missing.first() {
        warn!(chain = %chain.id, channel = %channel.channel, packets = missing.len(), %first, "packets stand in no block that this node keeps");
    }
}

/// Reads blocks from the head down until every sequence was found or no block is left. Says whether all of them could
/// be read.
async fn read_backwards(
    shell: &Shell,
    chain: &Chain,
    searched: Searched<'_>,
    missing: &mut BTreeSet<Sequence>,
) -> bool {
    let endpoint = chain.endpoint().clone();
    let status = match endpoint.status().await {
        Ok(status) => status,
        Err(error) => {
            warn!(chain = %chain.id, %error, "blocks can't be searched now");
            return false;
        }
    };
    info!(chain = %chain.id, packets = missing.len(), "searching blocks backwards for packets sent before");
    let lowest = status.earliest_height.max(status.height.back(BLOCKS_MAX)).max(BlockHeight(1));
    let mut blocks = stream::iter((lowest.0..=status.height.0).rev())
        .map(move |height| {
            let endpoint = endpoint.clone();
            async move { (height, endpoint.block_results(BlockHeight(height)).await) }
        })
        .buffered(READS_IN_FLIGHT_MAX);
    let mut is_certain = true;
    while let Some((height, read)) = blocks.next().await {
        match read {
            Ok(block) => {
                if take_found(searched, &block, missing) {
                    shell.tell(Event::BlockObserved { chain: chain.id.clone(), block: reduced(block) }).await;
                }
            }
            Err(error) => {
                is_certain = false;
                warn!(chain = %chain.id, height, %error, "block can't be searched; it is left out for now");
            }
        }
        if missing.is_empty() {
            break;
        }
    }
    is_certain
}

/// Strikes off what the block holds; says whether that was anything.
fn take_found(searched: Searched<'_>, block: &ObservedBlock, missing: &mut BTreeSet<Sequence>) -> bool {
    let before = missing.len();
    for sequence in block.events().filter_map(|event| searched.sequence(event)) {
        missing.remove(&sequence);
    }
    missing.len() < before
}

/// A block that is read again tells of packets only: what its transactions' signers did is known.
fn reduced(mut block: ObservedBlock) -> ObservedBlock {
    for tx in &mut block.transactions {
        tx.signers.clear();
        tx.signatures.clear();
    }
    block
}

/// What an event must say to be one of those searched for: the end that sent, or the end that acknowledged.
#[derive(Clone, Copy)]
struct Searched<'a> {
    kind: Kind,
    port: &'a PortId,
    channel: &'a ChannelId,
}

impl Searched<'_> {
    fn sequence(self, event: &IbcEvent) -> Option<Sequence> {
        let (port, channel, sequence) = match (self.kind, event) {
            (Kind::Send, IbcEvent::SendPacket { packet }) => {
                (&packet.source_port, &packet.source_channel, packet.sequence)
            }
            (Kind::Acknowledgement, IbcEvent::WriteAcknowledgement { packet, .. }) => {
                (&packet.destination_port, &packet.destination_channel, packet.sequence)
            }
            _ => return None,
        };
        (port == self.port && channel == self.channel).then_some(sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> ChannelKey {
        ChannelKey {
            chain: "chain-a".parse().unwrap(),
            port: "transfer".parse().unwrap(),
            channel: "channel-0".parse().unwrap(),
        }
    }

    #[test]
    fn what_is_searched_for_is_not_searched_for_twice() {
        let searches = Searches::default();
        let (one, two) = (Sequence(1), Sequence(2));
        assert_eq!(searches.begin(&channel(), Kind::Send, &[one]), BTreeSet::from([one]));
        assert_eq!(searches.begin(&channel(), Kind::Send, &[one, two]), BTreeSet::from([two]));
        assert_eq!(searches.begin(&channel(), Kind::Acknowledgement, &[one]), BTreeSet::from([one]));
    }

    #[test]
    fn what_was_found_may_be_searched_for_again() {
        let searches = Searches::default();
        let one = BTreeSet::from([Sequence(1)]);
        assert_eq!(searches.begin(&channel(), Kind::Send, &[Sequence(1)]), one);
        searches.forget(&channel(), Kind::Send, &one);
        assert_eq!(searches.begin(&channel(), Kind::Send, &[Sequence(1)]), one);
    }
}
