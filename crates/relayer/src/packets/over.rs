//! Legs that need no message any more, as the host chain's state says.

use std::collections::{BTreeMap, BTreeSet};

use chain::ChainError;
use engine::{Dropped, Leg, PacketKey};
use types::{ChannelId, PortId, Sequence};

use super::{PrepareError, Wanted, all_keys, keys};
use crate::chain::Chain;
use crate::proofs::ProofBase;

/// Those legs that the host chain's state says are over: received, acknowledged or timed out. A claim.
pub(super) async fn over(host: &Chain, wanted: &[Wanted]) -> Result<BTreeSet<PacketKey>, ChainError> {
    let mut over = BTreeSet::new();
    for (end, mut packets) in by_end(wanted) {
        let sequences: BTreeSet<Sequence> = packets.keys().copied().collect();
        // `UnreceivedAcks` answers with the sequences whose commitment still stands.
        let open = match end.role {
            Role::Destination => host.query().unreceived_packets(&end.port, &end.channel, &sequences).await?,
            Role::Source => host.query().unreceived_acknowledgements(&end.port, &end.channel, &sequences).await?,
        };
        packets.retain(|sequence, _| !open.contains(sequence));
        over.extend(packets.into_values());
    }
    Ok(over)
}

/// What the host chain's channel end is to a packet.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Source,
    Destination,
}

/// A channel end of the host chain.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct End {
    role: Role,
    port: PortId,
    channel: ChannelId,
}

/// Groups packets by the channel end that knows whether they are over.
fn by_end(wanted: &[Wanted]) -> BTreeMap<End, BTreeMap<Sequence, PacketKey>> {
    let mut ends: BTreeMap<End, BTreeMap<Sequence, PacketKey>> = BTreeMap::new();
    for Wanted { packet, leg, packet_key, .. } in wanted {
        let (role, port, channel) = match leg {
            Leg::Recv => (Role::Destination, &packet.destination_port, &packet.destination_channel),
            Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose => {
                (Role::Source, &packet.source_port, &packet.source_channel)
            }
        };
        let end = End { role, port: port.clone(), channel: channel.clone() };
        ends.entry(end).or_default().insert(packet.sequence, packet_key.clone());
    }
    ends
}

/// What the engine is told of legs that are over. That a commitment is gone makes us forget the packet, so it is proven.
pub(super) async fn settle(host: &Chain, over: Vec<Wanted>) -> Result<Vec<(PacketKey, Leg, Dropped)>, PrepareError> {
    let (mut dropped, mut gone) = (Vec::new(), Vec::new());
    for mut wanted in over {
        if wanted.leg == Leg::Recv {
            dropped.push((wanted.packet_key, wanted.leg, Dropped::AlreadyReceived));
        } else {
            wanted.keys = keys(Leg::Recv, wanted.order, &wanted.packet);
            gone.push(wanted);
        }
    }
    if gone.is_empty() {
        return Ok(dropped);
    }
    let proven = ProofBase::own(host).await?.prove(host, &all_keys(&gone)).await?;
    for (wanted, proven) in gone.into_iter().zip(proven) {
        let reason = if proven.value.is_none() { Dropped::CommitmentGone } else { Dropped::NotYet };
        dropped.push((wanted.packet_key, wanted.leg, reason));
    }
    Ok(dropped)
}
