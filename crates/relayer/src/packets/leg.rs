//! The message of one leg: built only if the proven state bears it out.

use engine::{Dropped, Hopeless, Leg, Message};
use proto::ibc::core::channel::v1::Channel as RawChannel;
use types::acknowledgement::is_refused_for_ever;
use types::commitment::{acknowledgement_commitment, packet_commitment};
use types::message::{MsgAcknowledgement, MsgRecvPacket, MsgTimeout, MsgTimeoutOnClose, Proof, Signer};
use types::{ChannelEnd, ChannelState, Order, Sequence};

use super::Wanted;
use crate::message;
use crate::proofs::{ProofBase, Proven};

/// The message of one leg, if the proven state bears it out.
pub(super) fn leg_message(
    signer: Signer,
    base: &ProofBase,
    wanted: &Wanted,
    proofs: &[Proven],
) -> Result<Message, Dropped> {
    let packet = wanted.packet.clone();
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
            if is_refused_for_ever(&acknowledgement, wanted.is_transfer) {
                return Err(Dropped::Hopeless(Hopeless::AcknowledgementMalformed));
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

pub(super) fn channel_end(proven: &Proven) -> Option<ChannelEnd> {
    let raw = <RawChannel as prost::Message>::decode(proven.value.as_deref()?).ok()?;
    ChannelEnd::try_from(raw).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use engine::{ChannelKey, PacketKey};
    use types::{Acknowledgement, Height, Packet, Timestamp};

    use super::*;

    const HEIGHT: Height = Height { revision_number: 0, revision_height: 50 };

    pub(in crate::packets) fn packet(timeout_height: u64, timeout_timestamp: u64) -> Packet {
        Packet {
            sequence: Sequence(7),
            source_port: "transfer".parse().unwrap(),
            source_channel: "channel-0".parse().unwrap(),
            destination_port: "transfer".parse().unwrap(),
            destination_channel: "channel-1".parse().unwrap(),
            data: b"data".as_slice().into(),
            timeout_height: Height { revision_number: 0, revision_height: timeout_height },
            timeout_timestamp: Timestamp(timeout_timestamp),
        }
    }

    pub(in crate::packets) fn wanted(leg: Leg, order: Order, packet: Packet) -> Wanted {
        let source = ChannelKey {
            chain: "chain-a".parse().unwrap(),
            port: packet.source_port.clone(),
            channel: packet.source_channel.clone(),
        };
        let acknowledgement = Some(Acknowledgement(b"ok".as_slice().into()));
        let packet_key = PacketKey { source, sequence: packet.sequence };
        let connection = "connection-0".parse().unwrap();
        Wanted { keys: Vec::new(), ..Wanted::new(packet_key, leg, packet, acknowledgement, (order, connection)) }
    }

    fn built(wanted: &Wanted, values: &[Option<&[u8]>]) -> Result<String, Dropped> {
        let proven = |value: &Option<&[u8]>| Proven { value: value.map(<[u8]>::to_vec), proof: vec![1] };
        let proofs: Vec<_> = values.iter().map(proven).collect();
        let base = ProofBase::stub(HEIGHT, Timestamp(1_000));
        leg_message("cosmos1signer".into(), &base, wanted, &proofs).map(|message| message.type_url)
    }

    #[test]
    fn a_recv_is_built_only_for_the_commitment_that_was_proven() {
        let wanted = wanted(Leg::Recv, Order::Unordered, packet(100, 0));
        let commitment = packet_commitment(&wanted.packet);
        assert_eq!(built(&wanted, &[Some(&commitment)]).unwrap(), "/ibc.core.channel.v1.MsgRecvPacket");
        assert_eq!(built(&wanted, &[Some(&[0; 32])]), Err(Dropped::ClaimRefuted));
        assert_eq!(built(&wanted, &[None]), Err(Dropped::CommitmentGone));
    }

    #[test]
    fn an_acknowledgement_is_built_only_for_the_bytes_that_were_proven() {
        let wanted = wanted(Leg::Ack, Order::Unordered, packet(100, 0));
        let commitment = acknowledgement_commitment(&Acknowledgement(b"ok".as_slice().into()));
        assert_eq!(built(&wanted, &[Some(&commitment)]).unwrap(), "/ibc.core.channel.v1.MsgAcknowledgement");
        assert_eq!(built(&wanted, &[Some(&[0; 32])]), Err(Dropped::AcknowledgementRefuted));
        assert_eq!(built(&wanted, &[None]), Err(Dropped::AcknowledgementRefuted));
    }

    #[test]
    fn an_acknowledgement_that_the_chain_refuses_for_ever_is_given_up_once_it_is_proven() {
        let built_of = |bytes: &[u8], is_transfer, is_proven: bool| {
            let acknowledgement = Acknowledgement(bytes.into());
            let commitment = if is_proven { acknowledgement_commitment(&acknowledgement) } else { [0; 32] };
            let wanted = wanted(Leg::Ack, Order::Unordered, packet(100, 0));
            let wanted = Wanted { acknowledgement: Some(acknowledgement), is_transfer, ..wanted };
            built(&wanted, &[Some(&commitment)]).map(|_| ())
        };
        let malformed = Err(Dropped::Hopeless(Hopeless::AcknowledgementMalformed));
        assert_eq!(built_of(br#"{ "result":"AQ=="}"#, false, true), malformed);
        assert_eq!(built_of(b"any", true, true), malformed);
        assert_eq!(built_of(b"any", false, true), Ok(()));
        assert_eq!(built_of(br#"{"result":"AQ=="}"#, true, true), Ok(()));
        assert_eq!(built_of(b"any", true, false), Err(Dropped::AcknowledgementRefuted));
    }

    #[test]
    fn a_timeout_is_judged_by_the_destinations_verified_header() {
        let timeout = |height, time| built(&wanted(Leg::Timeout, Order::Unordered, packet(height, time)), &[None]);
        assert_eq!(timeout(50, 0).unwrap(), "/ibc.core.channel.v1.MsgTimeout");
        assert_eq!(timeout(0, 1_000).unwrap(), "/ibc.core.channel.v1.MsgTimeout");
        assert_eq!(timeout(51, 1_001), Err(Dropped::TimeoutMisjudged));
    }

    #[test]
    fn a_received_packet_never_times_out() {
        let unordered = wanted(Leg::Timeout, Order::Unordered, packet(50, 0));
        assert_eq!(built(&unordered, &[Some(types::commitment::RECEIPT)]), Err(Dropped::AlreadyReceived));
        let ordered = wanted(Leg::Timeout, Order::Ordered, packet(50, 0));
        assert_eq!(built(&ordered, &[Some(&8_u64.to_be_bytes())]), Err(Dropped::AlreadyReceived));
        assert!(built(&ordered, &[Some(&7_u64.to_be_bytes())]).is_ok());
        assert_eq!(built(&ordered, &[Some(b"odd")]), Err(Dropped::NotYet));
    }

    #[test]
    fn a_timeout_on_close_needs_a_closed_channel() {
        let wanted = wanted(Leg::TimeoutOnClose, Order::Unordered, packet(100, 0));
        let end = |state: ChannelState| {
            let counterparty = types::channel::Counterparty { port: wanted.packet.source_port.clone(), channel: None };
            let connection_hops = vec!["connection-0".parse().unwrap()];
            let version = "ics20-1".to_owned();
            let ordering = Order::Unordered;
            let end = ChannelEnd { state, ordering, counterparty, connection_hops, version, upgrade_sequence: 0 };
            prost::Message::encode_to_vec(&RawChannel::from(end))
        };
        let closed = end(ChannelState::Closed);
        assert_eq!(built(&wanted, &[None, Some(&closed)]).unwrap(), "/ibc.core.channel.v1.MsgTimeoutOnClose");
        assert_eq!(built(&wanted, &[None, Some(&end(ChannelState::Open))]), Err(Dropped::TimeoutMisjudged));
        assert_eq!(built(&wanted, &[None, None]), Err(Dropped::TimeoutMisjudged));
        assert_eq!(built(&wanted, &[None]), Err(Dropped::NotYet));
    }
}
