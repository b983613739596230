//! `Action::PrepareBatch`: the messages of a batch's legs, each with a proof that was checked here first.
//!
//! A leg that the proven state does not bear out gets no message, but a reason.

mod doubt;
mod leg;
mod over;

use std::collections::BTreeSet;

use chain::ChainError;
use engine::{ChannelKey, Dropped, Leg, PacketKey, PathId, Prepared, PreparedLeg};
use futures::future;
use types::{Acknowledgement, BlockHeight, ChainId, Class, ClientId, CommitmentKey, Order, Packet, Scope, host};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::proofs::{ProofBase, ProofError};
pub(crate) use doubt::Confirmed;
use leg::leg_message;
use over::{over, settle};

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
    let wanted = wanted(shell, &path, &asked.legs, &mut dropped)?;
    let wanted = doubt::without_refuted(&shell.confirmed, host, wanted, &mut dropped).await?;
    let recvs = Confirmed::of_recvs(&wanted);
    // A fact whose block is not known stands in the newest provable state, if anywhere.
    let fact_height = match asked.fact_height {
        BlockHeight(0) => proving.head_at_least(BlockHeight(1)).await.height.back(1),
        known => known,
    };
    // What the host says about what is over already, and the base for the proofs, at the same time.
    let (over, base) =
        future::join(over(host, &wanted), ProofBase::find(host, &asked.client, proving, fact_height)).await;
    let (over, base) = (over?, base?);
    let (over, wanted) = split(wanted, &over);
    dropped.extend(settle(host, over).await?);

    let keys = all_keys(&wanted);
    let mut proven = base.prove(proving, &keys).await?.into_iter();
    let mut legs = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let proofs: Vec<_> = proven.by_ref().take(wanted.keys.len()).collect();
        match leg_message(host.signer(), &base, &wanted, &proofs) {
            Ok(message) => legs.push(PreparedLeg { packet: wanted.packet_key, leg: wanted.leg, message }),
            Err(reason) => dropped.push((wanted.packet_key, wanted.leg, reason)),
        }
    }
    shell.confirmed.note_built(recvs, &legs);
    let update = if legs.is_empty() { Vec::new() } else { base.updates };
    Ok(Prepared { update, legs, dropped, proof_height: types::ProofHeight(base.head.height), head: base.head })
}

/// The path, the chain that the messages are for, and the chain that proves them.
fn resolve<'a>(shell: &'a Shell, asked: &Asked) -> Result<(engine::Path, &'a Chain, &'a Chain), PrepareError> {
    let unknown = || PrepareError::UnknownPath(asked.path.clone());
    let path = shell.paths.now().iter().find(|path| path.id == asked.path).cloned().ok_or_else(unknown)?;
    let proving = if path.a.chain == asked.chain { &path.b.chain } else { &path.a.chain };
    let chain = |id: &ChainId| shell.chains.get(id).map(|chain| &**chain).ok_or_else(unknown);
    let (host, proving) = (chain(&asked.chain)?, chain(proving)?);
    Ok((path, host, proving))
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
