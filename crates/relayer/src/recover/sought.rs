//! What is searched for, and which claims are believed.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use engine::ChannelKey;
use types::commitment::{acknowledgement_commitment, packet_commitment};
use types::event::{IbcEvent, PacketId};
use types::{Acknowledgement, BlockHeight, ChannelId, CommitmentKey, Packet, PortId, Sequence, host};

/// Which event is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `SendPacket`, on the source.
    Send,
    /// `WriteAcknowledgement`, on the destination.
    Acknowledgement,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Send => "send_packet",
            Self::Acknowledgement => "write_acknowledgement",
        })
    }
}

/// What is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bytes {
    /// A packet.
    Packet(Packet),
    /// An acknowledgement.
    Acknowledgement(Acknowledgement),
}

impl Bytes {
    /// What the chain's state would hold for it (ICS-04).
    pub(super) fn hash(&self) -> [u8; 32] {
        match self {
            Self::Packet(packet) => packet_commitment(packet),
            Self::Acknowledgement(acknowledgement) => acknowledgement_commitment(acknowledgement),
        }
    }
}

/// Bytes that hash to what the state holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The packet that they are of.
    pub(crate) sequence: Sequence,
    /// The bytes.
    pub(crate) bytes: Bytes,
    /// The block that told them, or whose state holds their hash; 0 where neither is known.
    pub(crate) height: BlockHeight,
}

/// One kind of events of one direction of a channel.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub(super) kind: Kind,
    /// The end that packets are sent from.
    pub(super) channel: ChannelKey,
    /// The end where they arrive.
    pub(super) destination: (PortId, ChannelId),
}

impl Sought {
    /// What an event claims of a packet of this direction, if that is what is searched for.
    pub(super) fn claim(&self, event: &IbcEvent) -> Option<(Sequence, Bytes)> {
        let (id, bytes) = match (self.kind, event) {
            (Kind::Send, IbcEvent::SendPacket { packet }) => (packet.id(), Bytes::Packet(packet.clone())),
            (Kind::Acknowledgement, IbcEvent::WriteAcknowledgement { packet, acknowledgement }) => {
                (packet.id(), Bytes::Acknowledgement(acknowledgement.clone()))
            }
            _ => return None,
        };
        self.carries(&id).then_some((id.sequence, bytes))
    }

    fn carries(&self, id: &PacketId) -> bool {
        id.source_port == self.channel.port
            && id.source_channel == self.channel.channel
            && id.destination_port == self.destination.0
            && id.destination_channel == self.destination.1
    }

    /// Where the state of the chain that emitted the event holds the hash (ICS-24).
    pub(super) fn key(&self, sequence: Sequence) -> CommitmentKey {
        match self.kind {
            Kind::Send => host::commitment_key(&self.channel.port, &self.channel.channel, sequence),
            Kind::Acknowledgement => host::acknowledgement_key(&self.destination.0, &self.destination.1, sequence),
        }
    }
}

/// What is still to be found, with the hashes that the chain's state holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted(BTreeMap<Sequence, Vec<u8>>);

impl Wanted {
    pub(super) fn new(hashes: impl IntoIterator<Item = (Sequence, Vec<u8>)>) -> Self {
        Self(hashes.into_iter().collect())
    }

    /// Takes off what these bytes are of, if they hash to what the state holds. Says whether they do.
    pub(super) fn take(&mut self, sequence: Sequence, bytes: &Bytes) -> bool {
        let is_true = self.0.get(&sequence).is_some_and(|hash| hash[..] == bytes.hash());
        if is_true {
            self.0.remove(&sequence);
        }
        is_true
    }

    /// The hash that is wanted of a packet.
    pub(super) fn hash(&self, sequence: Sequence) -> Option<&[u8]> {
        self.0.get(&sequence).map(Vec::as_slice)
    }

    pub(super) fn sequences(&self) -> BTreeSet<Sequence> {
        self.0.keys().copied().collect()
    }

    pub(super) fn first(&self) -> Option<Sequence> {
        self.0.keys().next().copied()
    }

    pub(super) fn last(&self) -> Option<Sequence> {
        self.0.keys().next_back().copied()
    }

    pub(super) fn contains(&self, sequence: Sequence) -> bool {
        self.0.contains_key(&sequence)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use types::{Height, Timestamp};

    use super::*;

    pub(in crate::recover) fn channel() -> ChannelKey {
        ChannelKey {
            chain: "chain-a".parse().unwrap(),
            port: "transfer".parse().unwrap(),
            channel: "channel-0".parse().unwrap(),
        }
    }

    pub(in crate::recover) fn sought(kind: Kind) -> Sought {
        Sought { kind, channel: channel(), destination: ("transfer".parse().unwrap(), "channel-1".parse().unwrap()) }
    }

    pub(in crate::recover) fn packet(sequence: u64, data: &str) -> Packet {
        Packet {
            sequence: Sequence(sequence),
            source_port: "transfer".parse().unwrap(),
            source_channel: "channel-0".parse().unwrap(),
            destination_port: "transfer".parse().unwrap(),
            destination_channel: "channel-1".parse().unwrap(),
            data: data.as_bytes().into(),
            timeout_height: Height { revision_number: 0, revision_height: 50 },
            timeout_timestamp: Timestamp(7),
        }
    }

    #[test]
    fn bytes_are_believed_only_if_they_hash_to_what_the_state_holds() {
        let truth = Bytes::Packet(packet(1, "truth"));
        let mut wanted = Wanted::new([(Sequence(1), truth.hash().to_vec())]);
        assert!(!wanted.take(Sequence(1), &Bytes::Packet(packet(1, "lie"))));
        let later = Packet { timeout_timestamp: Timestamp(8), ..packet(1, "truth") };
        assert!(!wanted.take(Sequence(1), &Bytes::Packet(later)));
        assert!(!wanted.take(Sequence(2), &truth));
        assert!(wanted.take(Sequence(1), &truth) && wanted.is_empty());
    }

    #[test]
    fn only_the_direction_and_kind_that_is_searched_for_is_claimed() {
        let send = IbcEvent::SendPacket { packet: packet(3, "data") };
        assert_eq!(sought(Kind::Send).claim(&send), Some((Sequence(3), Bytes::Packet(packet(3, "data")))));
        assert_eq!(sought(Kind::Acknowledgement).claim(&send), None);
        let elsewhere = Packet { destination_channel: "channel-9".parse().unwrap(), ..packet(3, "data") };
        assert_eq!(sought(Kind::Send).claim(&IbcEvent::SendPacket { packet: elsewhere }), None);
    }
}
