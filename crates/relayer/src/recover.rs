//! `Action::Recover`: packets whose event we never saw. On chain they are only hashes; their bytes stand in the blocks
//! that sent (or acknowledged) them, which are searched backwards, so that neither an index of transactions nor an old
//! state is needed.

use std::collections::BTreeSet;

use engine::{ChannelKey, Event};
use futures::{StreamExt, stream};
use tracing::{info, warn};
use types::event::{IbcEvent, ObservedBlock};
use types::{BlockHeight, ChannelId, PortId, Sequence};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::sweep::ends;

/// Blocks that are read at the same time.
const READS_IN_FLIGHT_MAX: usize = 4;

/// What an event must say to be one of those searched for.
#[derive(Clone, Copy)]
enum Searched<'a> {
    Send { port: &'a PortId, channel: &'a ChannelId },
    Acknowledgement { port: &'a PortId, channel: &'a ChannelId },
}

pub(crate) async fn recover(shell: &Shell, channel: &ChannelKey, sends: &[Sequence], acknowledgements: &[Sequence]) {
    let Some(ends) = ends(shell, channel) else { return };
    let sent = Searched::Send { port: &channel.port, channel: &channel.channel };
    let written = Searched::Acknowledgement { port: &ends.destination_port, channel: &ends.destination_channel };
    futures::join!(
        search(shell, ends.source, sent, sends.iter().copied().collect()),
        search(shell, ends.destination, written, acknowledgements.iter().copied().collect()),
    );
}

/// Reads blocks from the head down until every sequence was found or no block is left.
async fn search(shell: &Shell, chain: &Chain, searched: Searched<'_>, mut missing: BTreeSet<Sequence>) {
    if missing.is_empty() {
        return;
    }
    let status = match chain.endpoint().status().await {
        Ok(status) => status,
        Err(error) => {
            // The next sweep finds the same packets missing, and asks again.
            warn!(chain = %chain.id, %error, "blocks can't be searched now");
            return;
        }
    };
    info!(chain = %chain.id, packets = missing.len(), "searching blocks backwards for packets sent before");
    let heights = (status.earliest_height.0.max(1)..=status.height.0).rev();
    let endpoint = chain.endpoint().clone();
    let mut blocks = stream::iter(heights)
        .map(move |height| {
            let endpoint = endpoint.clone();
            async move { (height, endpoint.block_results(BlockHeight(height)).await) }
        })
        .buffered(READS_IN_FLIGHT_MAX);
    while let Some((height, read)) = blocks.next().await {
        match read {
            Ok(block) => {
                let missing_before = missing.len();
                for event in block.events() {
                    searched.sequence(event).map(|sequence| missing.remove(&sequence));
                }
                if missing.len() < missing_before {
                    shell.tell(Event::BlockObserved { chain: chain.id.clone(), block: reduced(block) }).await;
                }
            }
            Err(error) => warn!(chain = %chain.id, height, %error, "block can't be searched; it is left out for now"),
        }
        if missing.is_empty() {
            return;
        }
    }
    warn!(chain = %chain.id, packets = missing.len(), first = %missing.first().copied().unwrap_or_default(), "packets stand in no block that this node keeps");
}

/// A block that is read again tells of packets only: what its transactions' signers did is known.
fn reduced(mut block: ObservedBlock) -> ObservedBlock {
    for tx in &mut block.transactions {
        tx.signers.clear();
        tx.signatures.clear();
    }
    block
}

impl Searched<'_> {
    fn sequence(self, event: &IbcEvent) -> Option<Sequence> {
        match (self, event) {
            (Self::Send { port, channel }, IbcEvent::SendPacket { packet }) => {
                (packet.source_port == *port && packet.source_channel == *channel).then_some(packet.sequence)
            }
            (Self::Acknowledgement { port, channel }, IbcEvent::WriteAcknowledgement { packet, .. }) => {
                (packet.destination_port == *port && packet.destination_channel == *channel).then_some(packet.sequence)
            }
            _ => None,
        }
    }
}
