//! `ibc.core.channel`: which packets a channel end has sent, received and acknowledged. Lists exist of commitments and
//! of acknowledgements, not of receipts.

use std::collections::BTreeSet;

use proto::ibc::core::channel::v1 as raw;
use types::{ChannelId, PortId, QueryHeight, Sequence};

use super::Queries;
use crate::error::ChainError;

const COMMITMENTS: &str = "/ibc.core.channel.v1.Query/PacketCommitments";
const ACKNOWLEDGEMENTS: &str = "/ibc.core.channel.v1.Query/PacketAcknowledgements";
const UNRECEIVED_PACKETS: &str = "/ibc.core.channel.v1.Query/UnreceivedPackets";
const UNRECEIVED_ACKS: &str = "/ibc.core.channel.v1.Query/UnreceivedAcks";
const NEXT_SEQUENCE_RECEIVE: &str = "/ibc.core.channel.v1.Query/NextSequenceReceive";

/// Sequences that are asked about in one query, at most: some ten bytes each in a request.
const SEQUENCES_PER_QUERY: usize = 5_000;

/// A packet's sequence and the hash that the chain holds for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PacketEnd {
    /// The packet.
    pub sequence: Sequence,
    /// Its commitment, or its acknowledgement's.
    pub commitment: Vec<u8>,
}

impl From<raw::PacketState> for PacketEnd {
    fn from(state: raw::PacketState) -> Self {
        Self { sequence: Sequence(state.sequence), commitment: state.data }
    }
}

impl Queries {
    /// The packets whose commitments stand on this channel end: sent, and neither acknowledged nor timed out. All pages
    /// are of the same state, whose height comes with them where the node tells.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn packet_commitments(
        &self,
        port: &PortId,
        channel: &ChannelId,
    ) -> Result<(Vec<PacketEnd>, Option<QueryHeight>), ChainError> {
        let pinned = self.pinned().await?;
        let commitments = pinned.pages(COMMITMENTS, "packet commitments", async |page| {
            let request = raw::QueryPacketCommitmentsRequest {
                port_id: port.to_string(),
                channel_id: channel.to_string(),
                pagination: Some(page),
            };
            let answer: raw::QueryPacketCommitmentsResponse = pinned.ask(COMMITMENTS, request).await?;
            Ok((answer.commitments, answer.pagination))
        });
        Ok((commitments.await?.into_iter().map(PacketEnd::from).collect(), pinned.at))
    }

    /// Of the packets `sequences`, those whose acknowledgements stand on this channel end. `None` lists all that stand
    /// there, back to the channel's beginning.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn packet_acknowledgements(
        &self,
        port: &PortId,
        channel: &ChannelId,
        sequences: Option<&BTreeSet<Sequence>>,
    ) -> Result<Vec<PacketEnd>, ChainError> {
        let Some(sequences) = sequences else { return self.acknowledgements_of(port, channel, Vec::new()).await };
        let sequences: Vec<u64> = sequences.iter().map(|sequence| sequence.0).collect();
        let mut found = Vec::new();
        for part in sequences.chunks(SEQUENCES_PER_QUERY) {
            found.extend(self.acknowledgements_of(port, channel, part.to_vec()).await?);
        }
        Ok(found)
    }

    /// With sequences, ibc-go answers in one page whatever page is asked for (`04-channel/keeper/grpc_query.go`).
    async fn acknowledgements_of(
        &self,
        port: &PortId,
        channel: &ChannelId,
        sequences: Vec<u64>,
    ) -> Result<Vec<PacketEnd>, ChainError> {
        let acknowledgements = self.pages(ACKNOWLEDGEMENTS, "packet acknowledgements", async |page| {
            let request = raw::QueryPacketAcknowledgementsRequest {
                port_id: port.to_string(),
                channel_id: channel.to_string(),
                pagination: Some(page),
                packet_commitment_sequences: sequences.clone(),
            };
            let answer: raw::QueryPacketAcknowledgementsResponse = self.ask(ACKNOWLEDGEMENTS, request).await?;
            Ok((answer.acknowledgements, answer.pagination))
        });
        Ok(acknowledgements.await?.into_iter().map(PacketEnd::from).collect())
    }

    /// Of the packets `sequences`, sent by the other end, those that this end has not received. Sequences that were not
    /// asked about are passed over.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn unreceived_packets(
        &self,
        port: &PortId,
        channel: &ChannelId,
        sequences: &BTreeSet<Sequence>,
    ) -> Result<BTreeSet<Sequence>, ChainError> {
        let mut unreceived = BTreeSet::new();
        for part in in_parts(sequences) {
            let request = raw::QueryUnreceivedPacketsRequest {
                port_id: port.to_string(),
                channel_id: channel.to_string(),
                packet_commitment_sequences: part,
            };
            let answer: raw::QueryUnreceivedPacketsResponse = self.ask(UNRECEIVED_PACKETS, request).await?;
            unreceived.extend(answer.sequences.into_iter().map(Sequence));
        }
        Ok(unreceived.intersection(sequences).copied().collect())
    }

    /// Of the packets `sequences`, sent by this end and acknowledged by the other, those whose acknowledgement this end
    /// has not received.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn unreceived_acknowledgements(
        &self,
        port: &PortId,
        channel: &ChannelId,
        sequences: &BTreeSet<Sequence>,
    ) -> Result<BTreeSet<Sequence>, ChainError> {
        let mut unreceived = BTreeSet::new();
        for part in in_parts(sequences) {
            let request = raw::QueryUnreceivedAcksRequest {
                port_id: port.to_string(),
                channel_id: channel.to_string(),
                packet_ack_sequences: part,
            };
            let answer: raw::QueryUnreceivedAcksResponse = self.ask(UNRECEIVED_ACKS, request).await?;
            unreceived.extend(answer.sequences.into_iter().map(Sequence));
        }
        Ok(unreceived.intersection(sequences).copied().collect())
    }

    /// The packet that an ordered channel end takes next.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn next_sequence_receive(&self, port: &PortId, channel: &ChannelId) -> Result<Sequence, ChainError> {
        let request =
            raw::QueryNextSequenceReceiveRequest { port_id: port.to_string(), channel_id: channel.to_string() };
        let answer: raw::QueryNextSequenceReceiveResponse = self.ask(NEXT_SEQUENCE_RECEIVE, request).await?;
        Ok(Sequence(answer.next_sequence_receive))
    }

    /// The same queries, of one named state: pages of different states could leave an entry out.
    async fn pinned(&self) -> Result<Self, ChainError> {
        if self.at.is_some() {
            return Ok(self.clone());
        }
        let latest = self.latest_height().await?;
        Ok(latest.map_or_else(|| self.clone(), |latest| self.at(latest)))
    }
}

fn in_parts(sequences: &BTreeSet<Sequence>) -> Vec<Vec<u64>> {
    let sequences: Vec<u64> = sequences.iter().map(|sequence| sequence.0).collect();
    sequences.chunks(SEQUENCES_PER_QUERY).map(<[u64]>::to_vec).collect()
}
