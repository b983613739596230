//! `Action::PrepareBatch`: the messages of a batch's legs, each with a proof that was checked here first.
//!
//! A leg that the proven state does not bear out gets no message, but a reason.

use std::collections::{BTreeMap, BTreeSet};

use chain::ChainError;
use futures::future;
use proto::ibc::core::channel::v1::Channel as RawChannel;
use engine::{ChannelKey, Dropped, Leg, Message, PacketKey, PathId, Prepared, PreparedLeg};
use types::commitment::{acknowledgement_commitment, packet_commitment};
use types::message::{MsgAcknowledgement, MsgRecvPacket, MsgTimeout, MsgTimeoutOnClose, Proof};
use types::{
    Acknowledgement, BlockHeight, ChainId, ChannelEnd, ChannelId, ChannelState, Class, ClientId, CommitmentKey, Order, Packet, PortId,
    Scope, Sequence, host,
};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::message;
use crate::proofs::{ProofBase, ProofError, Proven};

/// What the engine asks for.
pub(crate) struct Asked {
    pub(crate) path: PathId,
    pub(crate) chain: ChainId,
    pub(crate) client: ClientId,
    pub(crate) fact_height: BlockHeight,
    pub(crate) legs: Vec<(PacketKey, Leg)>,
}

/// Why a batch can't be prepared as a whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrepareError {
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error("path {0} is not configured")]
    UnknownPath(PathId),
}

impl PrepareError {
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Proof(error) => error.class(),
            Self::Chain(error) => error.class(),
            Self::Store(_) => Class::Transient,
            Self::UnknownPath(_) => Class::Terminal(Scope::Path),
        }
    }
}

/// A leg whose bytes are at hand, and the keys that prove it.
struct Wanted {
    packet_key: PacketKey,
    leg: Leg,
    packet: Packet,
    order: Order,
    acknowledgement: Option<Acknowledgement>,
    keys: Vec<CommitmentKey>,
}

pub(crate) async fn prepare(shell: &Shell, asked: &Asked) -> Result<Prepared, PrepareError> {
    let (path, host, proving) = resolve(shell, asked)?;
    let mut dropped = Vec::new();
    let wanted = wanted(shell, path, &asked.legs, &mut dropped)?;
    // What the host says about what is over already, and the base for the proofs, at the same time.
    let (over, base) =
        future::join(over(host, &wanted), ProofBase::find(host, &asked.client, proving, asked.fact_height)).await;
    let (over, base) = (over?, base?);
    let (over, wanted) = split(wanted, &over);
    dropped.extend(settle(host, over).await?);

    let keys = all_keys(&wanted);
    let mut proven = base.prove(proving, &keys).await?.into_iter();
    let mut legs = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let proofs: Vec<_> = proven.by_ref().take(wanted.keys.len()).collect();
        match leg_message(host, &base, &wanted, &proofs) {
            Ok(message) => legs.push(PreparedLeg { packet: wanted.packet_key, leg: wanted.leg, message }),
            Err(reason) => dropped.push((wanted.packet_key, wanted.leg, reason)),
        }
    }
    let update = if legs.is_empty() { Vec::new() } else { base.updates };
    Ok(Prepared { update, legs, dropped, proof_height: types::ProofHeight(base.head.height), head: base.head })
}

/// The path, the chain that the messages are for, and the chain that proves them.
fn resolve<'a>(shell: &'a Shell, asked: &Asked) -> Result<(&'a engine::Path, &'a Chain, &'a Chain), PrepareError> {
    let unknown = || PrepareError::UnknownPath(asked.path.clone());
    let path = shell.paths.iter().find(|path| path.id == asked.path).ok_or_else(unknown)?;
    let proving = if path.a.chain == asked.chain { &path.b.chain } else { &path.a.chain };
    let chain = |id: &ChainId| shell.chains.get(id).map(|chain| &**chain).ok_or_else(unknown);
    Ok((path, chain(&asked.chain)?, chain(proving)?))
}

/// Finds each leg's bytes, and says which keys prove it.
fn wanted(
    shell: &Shell,
    path: &engine::Path,
    legs: &[(PacketKey, Leg)],
    dropped: &mut Vec<(PacketKey, Leg, Dropped)>,
) -> Result<Vec<Wanted>, PrepareError> {
    let mut wanted = Vec::with_capacity(legs.len());
    for (packet_key, leg) in legs {
        let acknowledgement = match leg {
            Leg::Ack => shell.store.acknowledgement(packet_key)?,
            Leg::Recv | Leg::Timeout | Leg::TimeoutOnClose => None,
        };
        let (packet, order) = (shell.store.packet(packet_key)?, order(path, &packet_key.source));
        let (Some(packet), Some(order)) = (packet, order) else {
            dropped.push((packet_key.clone(), *leg, Dropped::BytesUnknown));
            continue;
        };
        if *leg == Leg::Ack && acknowledgement.is_none() {
            dropped.push((packet_key.clone(), *leg, Dropped::BytesUnknown));
            continue;
        }
        let keys = keys(*leg, order, &packet);
        wanted.push(Wanted { packet_key: packet_key.clone(), leg: *leg, packet, order, acknowledgement, keys });
    }
    Ok(wanted)
}

fn order(path: &engine::Path, source: &ChannelKey) -> Option<Order> {
    let here = (source.port.clone(), source.channel.clone());
    let is_same = |pair: &&engine::ChannelPath| {
        (path.a.chain == source.chain && pair.a == here) || (path.b.chain == source.chain && pair.b == here)
    };
    path.channels.iter().find(is_same).map(|pair| pair.order)
}

/// Which keys of the proving chain a leg rests on (ICS-04).
fn keys(leg: Leg, order: Order, packet: &Packet) -> Vec<CommitmentKey> {
    let (port, channel) = (&packet.destination_port, &packet.destination_channel);
    let unreceived = match order {
        Order::Unordered => host::receipt_key(port, channel, packet.sequence),
        Order::Ordered => host::next_sequence_recv_key(port, channel),
    };
    match leg {
        Leg::Recv => vec![host::commitment_key(&packet.source_port, &packet.source_channel, packet.sequence)],
        Leg::Ack => vec![host::acknowledgement_key(port, channel, packet.sequence)],
        Leg::Timeout => vec![unreceived],
        Leg::TimeoutOnClose => vec![unreceived, host::channel_end_key(port, channel)],
    }
}

/// Those that are over, and the others.
fn split(wanted: Vec<Wanted>, over: &BTreeSet<PacketKey>) -> (Vec<Wanted>, Vec<Wanted>) {
    wanted.into_iter().partition(|wanted| over.contains(&wanted.packet_key))
}

fn all_keys(wanted: &[Wanted]) -> Vec<CommitmentKey> {
    wanted.iter().flat_map(|wanted| wanted.keys.iter().cloned()).collect()
}

/// Those legs that the host chain's state says are over: received, acknowledged or timed out. A claim.
async fn over(host: &Chain, wanted: &[Wanted]) -> Result<BTreeSet<PacketKey>, ChainError> {
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
async fn settle(host: &Chain, over: Vec<Wanted>) -> Result<Vec<(PacketKey, Leg, Dropped)>, PrepareError> {
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

/// The message of one leg, if the proven state bears it out.
fn leg_message(host: &Chain, base: &ProofBase, wanted: &Wanted, proofs: &[Proven]) -> Result<Message, Dropped> {
    let (packet, signer) = (wanted.packet.clone(), host.signer());
    let first = proofs.first().ok_or(Dropped::NotYet)?;
    let proof = Proof { bytes: first.proof.clone(), height: base.height };
    match wanted.leg {
        Leg::Recv => {
            let value = first.value.as_deref().ok_or(Dropped::CommitmentGone)?;
            if value != packet_commitment(&packet) {
                return Err(Dropped::ClaimRefuted);
            }
            Ok(message(MsgRecvPacket { packet, proof, signer }))
        }
        Leg::Ack => {
            let acknowledgement = wanted.acknowledgement.clone().ok_or(Dropped::BytesUnknown)?;
            if first.value.as_deref() != Some(&acknowledgement_commitment(&acknowledgement)[..]) {
                return Err(Dropped::AcknowledgementRefuted);
            }
            Ok(message(MsgAcknowledgement { packet, acknowledgement, proof, signer }))
        }
        Leg::Timeout => {
            if !packet.is_timed_out_at(base.height, base.head.time) {
                return Err(Dropped::TimeoutMisjudged);
            }
            let next_sequence_recv = next_sequence_recv(wanted, first)?;
            Ok(message(MsgTimeout { packet, proof, next_sequence_recv, signer }))
        }
        Leg::TimeoutOnClose => {
            let next_sequence_recv = next_sequence_recv(wanted, first)?;
            let closed = proofs.get(1).ok_or(Dropped::NotYet)?;
            let end = channel_end(closed).filter(|end| end.state == ChannelState::Closed);
            let end = end.ok_or(Dropped::TimeoutMisjudged)?;
            let proof_close = closed.proof.clone();
            let counterparty_upgrade_sequence = end.upgrade_sequence;
            let msg = MsgTimeoutOnClose { packet, proof, proof_close, next_sequence_recv, counterparty_upgrade_sequence, signer };
            Ok(message(msg))
        }
    }
}

/// ICS-04 `timeoutPacket`: unordered, no receipt; ordered, the next sequence to receive is not above the packet's.
fn next_sequence_recv(wanted: &Wanted, unreceived: &Proven) -> Result<Sequence, Dropped> {
    match wanted.order {
        Order::Unordered if unreceived.value.is_none() => Ok(wanted.packet.sequence),
        Order::Unordered => Err(Dropped::AlreadyReceived),
        Order::Ordered => {
            let bytes = unreceived.value.as_deref().and_then(|value| <[u8; 8]>::try_from(value).ok());
            let next = Sequence(u64::from_be_bytes(bytes.ok_or(Dropped::NotYet)?));
            if next > wanted.packet.sequence { Err(Dropped::AlreadyReceived) } else { Ok(next) }
        }
    }
}

fn channel_end(proven: &Proven) -> Option<ChannelEnd> {
    let raw = <RawChannel as prost::Message>::decode(proven.value.as_deref()?).ok()?;
    ChannelEnd::try_from(raw).ok()
}
