//! Bytes that no proof of their own leg bears out. A recv is built for a proven commitment; the proof of an
//! acknowledgement or of a timeout says nothing about the packet's bytes, which a node may have invented. The host, who
//! has sent the packet, holds their hash: it is asked once for each packet whose bytes were not confirmed before.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::{Dropped, Leg, PacketKey, PreparedLeg};
use types::commitment::packet_commitment;
use types::{CommitmentKey, host};

use super::{PrepareError, Wanted};
use crate::chain::Chain;
use crate::proofs::ProofBase;

/// Packets that are remembered, at most; others are asked for again.
const CONFIRMED_MAX: usize = 20_000;

/// Packets whose bytes hash to what their source holds, with that hash.
#[derive(Debug, Default)]
pub(crate) struct Confirmed(Mutex<BTreeMap<PacketKey, [u8; 32]>>);

impl Confirmed {
    /// The commitments of the recvs among these legs: a message that is built confirms them.
    pub(super) fn of_recvs(wanted: &[Wanted]) -> BTreeMap<PacketKey, [u8; 32]> {
        let recvs = wanted.iter().filter(|wanted| wanted.leg == Leg::Recv);
        recvs.map(|wanted| (wanted.packet_key.clone(), packet_commitment(&wanted.packet))).collect()
    }

    /// These messages were built.
    pub(super) fn note_built(&self, mut recvs: BTreeMap<PacketKey, [u8; 32]>, built: &[PreparedLeg]) {
        for leg in built {
            if let Some(commitment) = recvs.remove(&leg.packet) {
                self.note(leg.packet.clone(), commitment);
            }
        }
    }

    fn note(&self, packet: PacketKey, commitment: [u8; 32]) {
        let mut known = self.known();
        while known.len() >= CONFIRMED_MAX {
            known.pop_first();
        }
        known.insert(packet, commitment);
    }

    fn holds(&self, wanted: &Wanted) -> bool {
        self.known().get(&wanted.packet_key) == Some(&packet_commitment(&wanted.packet))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<PacketKey, [u8; 32]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leaves out the legs whose bytes are others than those that the host has sent, as its proven state says.
pub(super) async fn without_refuted(
    confirmed: &Confirmed,
    host: &Chain,
    mut wanted: Vec<Wanted>,
    dropped: &mut Vec<(PacketKey, Leg, Dropped)>,
) -> Result<Vec<Wanted>, PrepareError> {
    let is_doubted = |wanted: &&Wanted| wanted.leg != Leg::Recv && !confirmed.holds(wanted);
    let doubted: Vec<&Wanted> = wanted.iter().filter(is_doubted).collect();
    if doubted.is_empty() {
        return Ok(wanted);
    }
    let keys: Vec<_> = doubted.iter().map(|wanted| commitment_key(wanted)).collect();
    let values = host.endpoint().values(host.store_prefix().await?, &keys, None).await?;
    let mut accused = Vec::new();
    for (doubted, value) in doubted.iter().zip(values) {
        let commitment = packet_commitment(&doubted.packet);
        match value {
            Some(value) if value[..] == commitment => confirmed.note(doubted.packet_key.clone(), commitment),
            Some(_) => accused.push(*doubted),
            None => {} // Over, as it seems: that is judged elsewhere.
        }
    }
    let refuted = refuted(host, &accused).await?;
    wanted.retain(|wanted| !refuted.contains_key(&wanted.packet_key));
    dropped.extend(refuted.into_iter().map(|(packet, leg)| (packet, leg, Dropped::ClaimRefuted)));
    Ok(wanted)
}

/// Those of `accused` whose commitment is proven to be another. A refuted packet is forgotten, so a proof is needed.
async fn refuted(host: &Chain, accused: &[&Wanted]) -> Result<BTreeMap<PacketKey, Leg>, PrepareError> {
    if accused.is_empty() {
        return Ok(BTreeMap::new());
    }
    let keys: Vec<_> = accused.iter().map(|wanted| commitment_key(wanted)).collect();
    let proven = ProofBase::own(host).await?.prove(host, &keys).await?;
    let differs = |(wanted, value): (&&Wanted, Option<Vec<u8>>)| {
        let is_refuted = value.is_some_and(|value| value[..] != packet_commitment(&wanted.packet));
        is_refuted.then(|| (wanted.packet_key.clone(), wanted.leg))
    };
    Ok(accused.iter().zip(proven.into_iter().map(|proven| proven.value)).filter_map(differs).collect())
}

fn commitment_key(wanted: &Wanted) -> CommitmentKey {
    let packet = &wanted.packet;
    host::commitment_key(&packet.source_port, &packet.source_channel, packet.sequence)
}
