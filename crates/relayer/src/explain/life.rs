//! A packet's life as the stores of both chains tell it (ICS-04, ICS-24).

use types::commitment::acknowledgement_commitment;
use types::event::IbcEvent;
use types::transfer::SUCCESS_ACKNOWLEDGEMENT;
use types::{Acknowledgement, BlockHeight, Order, Packet, Sequence, host};

use engine::PacketKey;

use super::look::Node;
use super::place::{self, Trace};
use super::report::{AcknowledgementFacts, EndFacts, Fact, Outcome, Place};

/// An answer is shown up to so many characters.
const OUTCOME_CHARS_MAX: usize = 300;

/// What the source tells.
pub(super) struct AtSource {
    pub(super) sent: Fact<bool>,
    pub(super) sent_at: Fact<Place>,
    pub(super) committed: Fact<bool>,
    /// What an ordered channel's end is acknowledged next.
    pub(super) next_acknowledged: Fact<Sequence>,
    pub(super) packet: Option<Packet>,
}

/// What the destination tells.
pub(super) struct AtDestination {
    pub(super) received: Fact<bool>,
    pub(super) received_at: Option<Fact<Place>>,
    /// What an ordered channel's end receives next; nothing for an unordered one.
    pub(super) next_received: Option<Fact<Sequence>>,
    pub(super) acknowledgement: Fact<Option<AcknowledgementFacts>>,
}

/// A block of which nothing more is known.
pub(super) fn block(height: BlockHeight) -> Place {
    Place { height, time: None, signer: None }
}

/// Was it sent, where, and does its commitment stand?
pub(super) async fn at_source(node: Result<&Node, &String>, packet: &PacketKey) -> AtSource {
    let node = match node {
        Ok(node) => node,
        Err(why) => {
            let unknown = || Fact::Unknown(why.clone());
            let (sent, committed) = (unknown(), unknown());
            let (sent_at, next_acknowledged) = (Fact::Unknown(why.clone()), Fact::Unknown(why.clone()));
            return AtSource { sent, committed, sent_at, next_acknowledged, packet: None };
        }
    };
    let (port, channel, sequence) = (&packet.source.port, &packet.source.channel, packet.sequence);
    let next_key = host::next_sequence_send_key(port, channel);
    let commitment_key = host::commitment_key(port, channel, sequence);
    let next_ack_key = host::next_sequence_ack_key(port, channel);
    let (next, commitment, next_acknowledged) =
        futures::join!(node.sequence(&next_key), node.value(&commitment_key), node.sequence(&next_ack_key),);
    let next_acknowledged = Fact::from_result(next_acknowledged.map(|next| Sequence(next.unwrap_or_default())));
    let sent = next.map(|next| next.is_some_and(|next| next > sequence.0 && sequence.0 > 0));
    let found = match &sent {
        Ok(true) => {
            let wanted = |event: &IbcEvent| match event {
                IbcEvent::SendPacket { packet: sent }
                    if sent.sequence == sequence && sent.source_port == *port && sent.source_channel == *channel =>
                {
                    Some(sent.clone())
                }
                _ => None,
            };
            place::find(node, &Trace::Passed(next_key, sequence.0), wanted).await
        }
        Ok(false) => Err("it was not sent".to_owned()),
        Err(why) => Err(why.clone()),
    };
    let (sent_at, bytes) = match found {
        Ok((place, bytes)) => (Fact::Known(place), Some(bytes)),
        Err(why) => (Fact::Unknown(why), None),
    };
    let committed = Fact::from_result(commitment.map(|value| value.is_some()));
    AtSource { sent: Fact::from_result(sent), sent_at, committed, next_acknowledged, packet: bytes }
}

/// Was it received, where, and what was the answer?
pub(super) async fn at_destination(
    node: Result<&Node, &String>,
    end: Option<&EndFacts>,
    sequence: Sequence,
    order: Option<Order>,
    kept: Option<&Acknowledgement>,
) -> AtDestination {
    let unknown = |why: &str| AtDestination {
        received: Fact::Unknown(why.to_owned()),
        received_at: None,
        next_received: None,
        acknowledgement: Fact::Unknown(why.to_owned()),
    };
    let (node, end) = match (node, end) {
        (Ok(node), Some(end)) => (node, end),
        (Err(why), _) => return unknown(why),
        (Ok(_), None) => return unknown("the destination is not known"),
    };
    let Some(order) = order else { return unknown("the channel's ordering is not known") };
    let ((received, received_at, next_received), acknowledgement) =
        futures::join!(receipt(node, end, sequence, order), acknowledgement(node, end, sequence, kept));
    AtDestination { received, received_at, next_received, acknowledgement }
}

/// ICS-04 `recvPacket`: unordered channels write a receipt, ordered ones count.
async fn receipt(
    node: &Node,
    end: &EndFacts,
    sequence: Sequence,
    order: Order,
) -> (Fact<bool>, Option<Fact<Place>>, Option<Fact<Sequence>>) {
    let (port, channel) = (&end.port, &end.channel);
    let (trace, received, next) = match order {
        Order::Unordered => {
            let key = host::receipt_key(port, channel, sequence);
            let received = node.value(&key).await.map(|value| value.is_some());
            (Trace::Written(key), received, None)
        }
        Order::Ordered => {
            let key = host::next_sequence_recv_key(port, channel);
            let next = node.sequence(&key).await;
            let received = next.clone().map(|next| next.is_some_and(|next| next > sequence.0));
            let next = next.map(|next| Sequence(next.unwrap_or_default()));
            (Trace::Passed(key, sequence.0), received, Some(Fact::from_result(next)))
        }
    };
    if received != Ok(true) {
        return (Fact::from_result(received), None, next);
    }
    let wanted = |event: &IbcEvent| match event {
        IbcEvent::RecvPacket { packet }
            if packet.sequence == sequence
                && packet.destination_port == *port
                && packet.destination_channel == *channel =>
        {
            Some(())
        }
        _ => None,
    };
    let place = place::find(node, &trace, wanted).await.map(|(place, ())| place);
    (Fact::Known(true), Some(Fact::from_result(place)), next)
}

async fn acknowledgement(
    node: &Node,
    end: &EndFacts,
    sequence: Sequence,
    kept: Option<&Acknowledgement>,
) -> Fact<Option<AcknowledgementFacts>> {
    let key = host::acknowledgement_key(&end.port, &end.channel, sequence);
    let hash = match node.value(&key).await {
        Ok(Some(hash)) => hash,
        Ok(None) => return Fact::Known(None),
        Err(why) => return Fact::Unknown(why),
    };
    let wanted = |event: &IbcEvent| match event {
        IbcEvent::WriteAcknowledgement { packet, acknowledgement }
            if packet.sequence == sequence
                && packet.destination_port == end.port
                && packet.destination_channel == end.channel =>
        {
            Some(acknowledgement.clone())
        }
        _ => None,
    };
    let found = place::find(node, &Trace::Written(key), wanted).await;
    let (written_at, told) = match found {
        Ok((place, told)) => (Fact::Known(place), Some(told)),
        Err(why) => (Fact::Unknown(why), None),
    };
    // An event may lie; the hash tells.
    let success = Acknowledgement(SUCCESS_ACKNOWLEDGEMENT.into());
    let candidates = [told.as_ref(), kept, Some(&success)].into_iter().flatten();
    let is_it = |bytes: &&Acknowledgement| acknowledgement_commitment(bytes)[..] == hash[..];
    let outcome = candidates.filter(is_it).map(outcome).next();
    let unknown = || Fact::Unknown("its bytes were not found".to_owned());
    let outcome = outcome.map_or_else(unknown, Fact::Known);
    Fact::Known(Some(AcknowledgementFacts { hash: hex::encode(hash), written_at, outcome }))
}

/// ICS-04's recommended form, `{"result": ..}` or `{"error": ".."}`; anything else as it is.
fn outcome(acknowledgement: &Acknowledgement) -> Outcome {
    let bytes = &acknowledgement.0;
    let short = |text: &str| text.chars().take(OUTCOME_CHARS_MAX).collect::<String>();
    let value: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
    let error = value.as_ref().and_then(|value| value.get("error")?.as_str());
    let is_result = value.as_ref().is_some_and(|value| value.get("result").is_some_and(serde_json::Value::is_string));
    match (error, is_result, std::str::from_utf8(bytes)) {
        (Some(error), _, _) => Outcome::Error(short(error)),
        (None, true, _) => Outcome::Success,
        (None, false, Ok(text)) => Outcome::Other(short(text)),
        (None, false, Err(_)) => Outcome::Other(short(&hex::encode(bytes))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_by_its_form() {
        let told = |bytes: &[u8]| outcome(&Acknowledgement(bytes.into()));
        assert_eq!(told(SUCCESS_ACKNOWLEDGEMENT), Outcome::Success);
        assert_eq!(told(br#"{"error":"ABCI code: 1"}"#), Outcome::Error("ABCI code: 1".to_owned()));
        assert_eq!(told(b"done"), Outcome::Other("done".to_owned()));
        assert_eq!(told(&[0xff, 0x00]), Outcome::Other("ff00".to_owned()));
    }
}
