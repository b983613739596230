//! The bytes of packets and acknowledgements, out of the block that was named, else from wherever they are found.

use std::collections::{BTreeMap, BTreeSet};

use chain::ChainError;
use types::event::IbcEvent;
use types::{Acknowledgement, BlockHeight, Packet, Sequence};

use super::{Route, StepKind, StepRequest};
use crate::chain::Chain;
use crate::recover::{Found, Kind, Place, find_all};

/// A packet, and its acknowledgement where that is what was looked for.
pub(super) type Bytes = (Packet, Option<Acknowledgement>);

impl Route<'_> {
    /// The bytes of those packets that stand in the block asked for, else wherever a search finds them. They are held
    /// against what is proven before they are sent.
    pub(super) async fn bytes(
        &self,
        request: &StepRequest,
        sequences: &BTreeSet<Sequence>,
    ) -> Result<BTreeMap<Sequence, Bytes>, ChainError> {
        match request.bytes_at {
            _ if sequences.is_empty() => Ok(BTreeMap::new()),
            Some(height) => self.of_block(request.kind, sequences, height).await,
            None => self.search(request.kind, sequences).await,
        }
    }

    async fn search(
        &self,
        kind: StepKind,
        sequences: &BTreeSet<Sequence>,
    ) -> Result<BTreeMap<Sequence, Bytes>, ChainError> {
        let packets = find_all(&self.place(Kind::Send, self.source), sequences).await?;
        let packets = packets.into_iter().filter_map(|(sequence, found)| Some((sequence, found.packet()?)));
        if kind != StepKind::Ack {
            return Ok(packets.map(|(sequence, packet)| (sequence, (packet, None))).collect());
        }
        let mut answers = find_all(&self.place(Kind::Acknowledgement, self.destination), sequences).await?;
        let mut answer = |sequence| answers.remove(&sequence).and_then(Found::acknowledgement);
        Ok(packets.filter_map(|(sequence, packet)| Some((sequence, (packet, Some(answer(sequence)?))))).collect())
    }

    fn place<'a>(&self, kind: Kind, chain: &'a Chain) -> Place<'a> {
        let destination = (self.end.counterparty.port.clone(), self.destination_channel.clone());
        Place::new(kind, self.key, destination, chain, chain.store(), None)
    }

    async fn of_block(
        &self,
        kind: StepKind,
        sequences: &BTreeSet<Sequence>,
        height: BlockHeight,
    ) -> Result<BTreeMap<Sequence, Bytes>, ChainError> {
        let chain = match kind {
            StepKind::Recv | StepKind::Timeout => self.source,
            StepKind::Ack => self.destination,
        };
        let block = chain.endpoint().block_results(height).await?;
        let mut found = BTreeMap::new();
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
        Ok(found)
    }
}
