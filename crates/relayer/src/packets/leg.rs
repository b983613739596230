//! The message of one leg: built only if the proven state bears it out.

use engine::{Dropped, Leg, Message};
use proto::ibc::core::channel::v1::Channel as RawChannel;
use types::commitment::{acknowledgement_commitment, packet_commitment};
use types::message::{MsgAcknowledgement, MsgRecvPacket, MsgTimeout, MsgTimeoutOnClose, Proof};
use types::{ChannelEnd, ChannelState, Order, Sequence};

use super::Wanted;
use crate::chain::Chain;
use crate::message;
use crate::proofs::{ProofBase, Proven};

/// The message of one leg, if the proven state bears it out.
pub(super) fn leg_message(host: &Chain, base: &ProofBase, wanted: &Wanted, proofs: &[Proven]) -> Result<Message, Dropped> {
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
            let msg = MsgTimeoutOnClose {
                packet,
                proof,
                proof_close,
                next_sequence_recv,
                counterparty_upgrade_sequence,
                signer,
            };
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
