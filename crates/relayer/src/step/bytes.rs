//! The bytes of packets and acknowledgements, out of the events of blocks.

use std::collections::{BTreeMap, BTreeSet};

use chain::ChainError;
use futures::{StreamExt, stream};
use types::event::{IbcEvent, ObservedBlock};
use types::{Acknowledgement, BlockHeight, Packet, Sequence};

use super::{Route, StepKind, StepRequest};
use crate::chain::Chain;

/// Blocks that are read at the same time.
const READS_IN_FLIGHT_MAX: usize = 4;
/// Blocks that are searched, at most.
const BLOCKS_MAX: u64 = 200_000;

/// A packet, and its acknowledgement where that is what was looked for.
pub(super) type Bytes = (Packet, Option<Acknowledgement>);

impl Route<'_> {
    /// The bytes of those packets that stand in the block asked for, else in any block that the node keeps. They are
    /// held against what is proven before they are sent.
    pub(super) async fn bytes(
        &self,
        request: &StepRequest,
        sequences: &BTreeSet<Sequence>,
    ) -> Result<BTreeMap<Sequence, Bytes>, ChainError> {
        let chain = match request.kind {
            StepKind::Recv | StepKind::Timeout => self.source,
            StepKind::Ack => self.destination,
        };
        let mut found = BTreeMap::new();
        if sequences.is_empty() {
            return Ok(found);
        }
        if let Some(height) = request.bytes_at {
            self.take(request.kind, sequences, chain.endpoint().block_results(height).await?, &mut found);
            return Ok(found);
        }
        self.search(chain, request.kind, sequences, &mut found).await?;
        Ok(found)
    }

    /// From the head down, until all are found or no block is left.
    async fn search(
        &self,
        chain: &Chain,
        kind: StepKind,
        sequences: &BTreeSet<Sequence>,
        found: &mut BTreeMap<Sequence, Bytes>,
    ) -> Result<(), ChainError> {
        let endpoint = chain.endpoint();
        let status = endpoint.status().await?;
        let lowest = status.earliest_height.max(status.height.back(BLOCKS_MAX)).max(BlockHeight(1));
        tracing::info!(chain = %chain.id, packets = sequences.len(), "searching blocks backwards for the packets' bytes");
        let mut blocks = stream::iter((lowest.0..=status.height.0).rev())
            .map(|height| async move { (height, endpoint.block_results(BlockHeight(height)).await) })
            .buffered(READS_IN_FLIGHT_MAX);
        while let Some((height, read)) = blocks.next().await {
            match read {
                Ok(block) => self.take(kind, sequences, block, found),
                Err(error) => {
                    tracing::warn!(chain = %chain.id, height, %error, "block can't be searched; it is left out")
                }
            }
            if found.len() == sequences.len() {
                break;
            }
        }
        Ok(())
    }

    fn take(
        &self,
        kind: StepKind,
        sequences: &BTreeSet<Sequence>,
        block: ObservedBlock,
        found: &mut BTreeMap<Sequence, Bytes>,
    ) {
        for event in block.events() {
            let (packet, acknowledgement) = match (kind, event) {
                (StepKind::Recv | StepKind::Timeout, IbcEvent::SendPacket { packet }) => (packet, None),
                (StepKind::Ack, IbcEvent::WriteAcknowledgement { packet, acknowledgement }) => {
                    (packet, Some(acknowledgement.clone()))
                }
                _ => continue,
            };
            let is_ours = packet.source_port == self.key.port
                && packet.source_channel == self.key.channel
                && packet.destination_channel == self.destination_channel;
            if is_ours && sequences.contains(&packet.sequence) {
                found.entry(packet.sequence).or_insert_with(|| (packet.clone(), acknowledgement));
            }
        }
    }
}
