//! `Action::PrepareBatch`: the messages of a batch's legs, each with a proof that was checked here first.
//!
//! A leg that the proven state does not bear out gets no message, but a reason.

mod doubt;
mod ends;
mod leg;
mod over;

use std::collections::{BTreeMap, BTreeSet};

use chain::ChainError;
use engine::{ChannelKey, Dropped, Head, Leg, PacketKey, PathId, Prepared, PreparedLeg};
use futures::future;
use types::{
    Acknowledgement, BlockHeight, ChainId, Class, ClientId, CommitmentKey, ConnectionId, Order, Packet, ProofHeight,
    Scope, Timestamp, host,
};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::proofs::{Delay, ProofError, Rested, find_rested};
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
pub(crate) struct Wanted {
    packet_key: PacketKey,
    leg: Leg,
    packet: Packet,
    order: Order,
    /// The connection that the host's end of the channel is on.
    connection: ConnectionId,
    acknowledgement: Option<Acknowledgement>,
    keys: Vec<CommitmentKey>,
    /// Is the host's end proven to be one of ICS-20 alone, without anything that wraps acknowledgements?
    is_transfer: bool,
}

impl Wanted {
    pub(crate) fn new(
        packet_key: PacketKey,
        leg: Leg,
        packet: Packet,
        acknowledgement: Option<Acknowledgement>,
        (order, connection): (Order, ConnectionId),
    ) -> Self {
        let keys = keys(leg, order, &packet);
        Self { packet_key, leg, packet, order, connection, acknowledgement, keys, is_transfer: false }
    }
}

pub(crate) async fn prepare(shell: &Shell, asked: &Asked) -> Result<Prepared, PrepareError> {
    let (host, proving) = resolve(shell, asked)?;
    let mut dropped = Vec::new();
    let mut wanted = wanted(shell, asked, &mut dropped)?;
    for wanted in &mut wanted {
        // A path names one connection; channels that were found between its clients may be on others.
        let (port, channel) = wanted.host_end();
        if let Some(connection) = host.connection(&port, &channel).await? {
            wanted.connection = connection;
        }
    }
    let wanted = doubt::without_refuted(&shell.confirmed, host, wanted, &mut dropped).await?;
    let recvs = Confirmed::of_recvs(&wanted);
    // A fact whose block is not known stands in the newest provable state, if anywhere.
    let fact_height = match asked.fact_height {
        BlockHeight(0) => proving.head_at_least(BlockHeight(1)).await.back(1),
        known => known,
    };
    let site = Site { host, client: &asked.client, proving, fact_height };
    let mut prepared = site.prepare(wanted).await?;
    shell.confirmed.note_built(recvs, &prepared.legs);
    prepared.dropped.extend(dropped);
    Ok(prepared)
}

/// Where messages go, and what proves them there.
pub(crate) struct Site<'a> {
    pub(crate) host: &'a Chain,
    pub(crate) client: &'a ClientId,
    pub(crate) proving: &'a Chain,
    /// The block of the proving chain whose state the proofs rest on, at least.
    pub(crate) fact_height: BlockHeight,
}

impl Site<'_> {
    /// The messages of these legs. Legs over connections of different delays are proven apart.
    pub(crate) async fn prepare(&self, wanted: Vec<Wanted>) -> Result<Prepared, PrepareError> {
        let mut by_delay: BTreeMap<Delay, Vec<Wanted>> = BTreeMap::new();
        for wanted in wanted {
            by_delay.entry(self.host.delay(&wanted.connection).await?).or_default().push(wanted);
        }
        let head = Head { height: self.fact_height, time: Timestamp::ZERO };
        let mut all = self.nothing(head);
        for (delay, wanted) in by_delay {
            let prepared = self.prepare_group(delay, wanted).await?;
            // All updates lead at least to the fact, so that one serves.
            if all.update.is_empty() {
                all.update = prepared.update;
            }
            if all.head.height < prepared.head.height {
                (all.head, all.proof_height) = (prepared.head, prepared.proof_height);
            }
            all.legs.extend(prepared.legs);
            all.dropped.extend(prepared.dropped);
        }
        Ok(all)
    }

    fn nothing(&self, head: Head) -> Prepared {
        let (update, legs, dropped) = (Vec::new(), Vec::new(), Vec::new());
        Prepared { update, legs, dropped, proof_height: ProofHeight(head.height), head }
    }

    async fn prepare_group(&self, delay: Delay, wanted: Vec<Wanted>) -> Result<Prepared, PrepareError> {
        // What the host says about what is over already, the base for the proofs, and the ends that matter, at the same
        // time.
        let (over, rested, ends) = future::join3(
            over(self.host, &wanted),
            find_rested(self.host, self.client, self.proving, self.fact_height, delay),
            ends::look(self.host, &wanted),
        )
        .await;
        let (over, rested, ends) = (over?, rested?, ends?);
        let (over, wanted) = split(wanted, &over);
        let mut dropped = settle(self.host, over).await?;
        let wanted = ends::judge(self.host, wanted, ends, &mut dropped).await?;
        self.build(rested, wanted, dropped).await
    }

    /// The messages that the base bears out. What an older base than the fact does not bear out yet waits.
    async fn build(
        &self,
        mut rested: Rested,
        wanted: Vec<Wanted>,
        dropped: Vec<(PacketKey, Leg, Dropped)>,
    ) -> Result<Prepared, PrepareError> {
        let mut proven = rested.prove(self.host, self.client, self.proving, &all_keys(&wanted)).await?.into_iter();
        let Rested { base, blocks_left, updates, .. } = rested;
        let head = base.as_ref().map_or(Head { height: self.fact_height, time: Timestamp::ZERO }, |base| base.head);
        let mut prepared = Prepared { dropped, ..self.nothing(head) };
        let mut needs_update = false;
        for wanted in wanted {
            let proofs: Vec<_> = proven.by_ref().take(wanted.keys.len()).collect();
            let built = match &base {
                Some(base) => leg_message(self.host.signer(), base, &wanted, &proofs),
                None => Err(Dropped::NotYet),
            };
            match (built, blocks_left) {
                (Ok(message), _) => {
                    needs_update |= blocks_left.is_none();
                    prepared.legs.push(PreparedLeg { packet: wanted.packet_key, leg: wanted.leg, message });
                }
                (Err(reason), Some(blocks)) if !is_lasting(reason) => {
                    needs_update = true;
                    prepared.dropped.push((wanted.packet_key, wanted.leg, Dropped::Delayed { blocks }));
                }
                (Err(reason), _) => prepared.dropped.push((wanted.packet_key, wanted.leg, reason)),
            }
        }
        if needs_update {
            prepared.update = updates;
        }
        Ok(prepared)
    }
}

/// Is this so in every later state too?
fn is_lasting(reason: Dropped) -> bool {
    match reason {
        Dropped::AlreadyReceived | Dropped::BytesUnknown | Dropped::DestinationClosed | Dropped::Hopeless(_) => true,
        Dropped::CommitmentGone
        | Dropped::ClaimRefuted
        | Dropped::AcknowledgementRefuted
        | Dropped::NotYet
        | Dropped::TimeoutMisjudged
        | Dropped::Delayed { .. } => false,
    }
}

/// The chain that the messages are for, and the chain that proves them.
fn resolve<'a>(shell: &'a Shell, asked: &Asked) -> Result<(&'a Chain, &'a Chain), PrepareError> {
    let unknown = || PrepareError::UnknownPath(asked.path.clone());
    let path = shell.paths.now().iter().find(|path| path.id == asked.path).cloned().ok_or_else(unknown)?;
    let proving = if path.a.chain == asked.chain { &path.b.chain } else { &path.a.chain };
    let chain = |id: &ChainId| shell.chains.get(id).map(|chain| &**chain).ok_or_else(unknown);
    Ok((chain(&asked.chain)?, chain(proving)?))
}

/// Finds each leg's bytes, and says which keys prove it.
fn wanted(
    shell: &Shell,
    asked: &Asked,
    dropped: &mut Vec<(PacketKey, Leg, Dropped)>,
) -> Result<Vec<Wanted>, PrepareError> {
    let paths = shell.paths.now();
    let mut wanted = Vec::with_capacity(asked.legs.len());
    for (packet_key, leg) in &asked.legs {
        let acknowledgement = match leg {
            Leg::Ack => shell.store.acknowledgement(packet_key)?,
            Leg::Recv | Leg::Timeout | Leg::TimeoutOnClose => None,
        };
        let (packet, channel) = (shell.store.packet(packet_key)?, channel(&paths, &packet_key.source, &asked.chain));
        let (Some(packet), Some(channel)) = (packet, channel) else {
            dropped.push((packet_key.clone(), *leg, Dropped::BytesUnknown));
            continue;
        };
        if *leg == Leg::Ack && acknowledgement.is_none() {
            dropped.push((packet_key.clone(), *leg, Dropped::BytesUnknown));
            continue;
        }
        wanted.push(Wanted::new(packet_key.clone(), *leg, packet, acknowledgement, channel));
    }
    Ok(wanted)
}

/// How the channel that packets are sent from at `source` delivers, and its connection on `host`.
fn channel(paths: &[engine::Path], source: &ChannelKey, host: &ChainId) -> Option<(Order, ConnectionId)> {
    let here = (source.port.clone(), source.channel.clone());
    paths.iter().find_map(|path| {
        let is_same = |pair: &&engine::ChannelPath| {
            (path.a.chain == source.chain && pair.a == here) || (path.b.chain == source.chain && pair.b == here)
        };
        let order = path.channels.iter().find(is_same)?.order;
        let end = if path.a.chain == *host { &path.a } else { &path.b };
        Some((order, end.connection.clone()))
    })
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
