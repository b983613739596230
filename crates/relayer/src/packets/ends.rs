//! The host chain's channel ends, where they decide over a leg: ordered channels, which close with their first timeout,
//! and acknowledgements that only ICS-20 itself is sure to refuse. Nothing is asked about any other leg.

use std::collections::{BTreeMap, BTreeSet};

use chain::ChainError;
use engine::{Dropped, Hopeless, Leg, PacketKey};
use futures::future;
use types::acknowledgement::is_refused_for_ever;
use types::{ChannelEnd, ChannelId, ChannelState, Order, PortId, host as keys, transfer};

use super::leg::channel_end;
use super::{PrepareError, Wanted};
use crate::chain::Chain;
use crate::proofs::ProofBase;

/// The port of ICS-20.
const TRANSFER: &str = "transfer";

/// Channel ends by port and channel.
pub(super) type Ends = BTreeMap<(PortId, ChannelId), ChannelEnd>;

/// The host's ends that matter, as it says they are: a claim, and one query for each.
pub(super) async fn look(host: &Chain, wanted: &[Wanted]) -> Result<Ends, ChainError> {
    let named: BTreeSet<_> = wanted.iter().filter(|wanted| wanted.depends_on_end()).map(Wanted::host_end).collect();
    let query = host.query();
    let ends = named.into_iter().map(|(port, channel)| {
        let query = query.clone();
        async move {
            let end = query.channel(&port, &channel).await?;
            Ok(((port, channel), end))
        }
    });
    future::try_join_all(ends).await.map(Ends::from_iter)
}

/// Drops the legs that their end will not take. What gives a packet up is proven first.
pub(super) async fn judge(
    host: &Chain,
    wanted: Vec<Wanted>,
    mut ends: Ends,
    dropped: &mut Vec<(PacketKey, Leg, Dropped)>,
) -> Result<Vec<Wanted>, PrepareError> {
    let is_grave = |wanted: &&Wanted| ends.get(&wanted.host_end()).is_some_and(|end| wanted.may_be_hopeless(end));
    let grave: BTreeSet<_> = wanted.iter().filter(is_grave).map(Wanted::host_end).collect();
    let proven = prove(host, &grave).await?;
    ends.retain(|end, _| !grave.contains(end));
    let mut kept = Vec::with_capacity(wanted.len());
    for mut wanted in wanted {
        let end = wanted.host_end();
        let is_closed = |ends: &Ends| ends.get(&end).is_some_and(|end| end.state == ChannelState::Closed);
        let reason = match wanted.leg {
            Leg::Recv => is_closed(&ends).then_some(Dropped::DestinationClosed),
            Leg::Ack => is_closed(&proven).then_some(Dropped::Hopeless(Hopeless::SourceClosed)),
            Leg::Timeout | Leg::TimeoutOnClose => None,
        };
        match reason {
            Some(reason) => dropped.push((wanted.packet_key, wanted.leg, reason)),
            None => {
                wanted.is_transfer = proven.get(&end).is_some_and(|end| end.version == transfer::VERSION);
                kept.push(wanted);
            }
        }
    }
    Ok(kept)
}

async fn prove(host: &Chain, named: &BTreeSet<(PortId, ChannelId)>) -> Result<Ends, PrepareError> {
    if named.is_empty() {
        return Ok(Ends::new());
    }
    let keys: Vec<_> = named.iter().map(|(port, channel)| keys::channel_end_key(port, channel)).collect();
    let proven = ProofBase::own(host).await?.prove(host, &keys).await?;
    let ends = named.iter().zip(&proven);
    Ok(ends.filter_map(|(name, proven)| Some((name.clone(), channel_end(proven)?))).collect())
}

impl Wanted {
    /// The end on the chain that the leg's message is for.
    pub(super) fn host_end(&self) -> (PortId, ChannelId) {
        let packet = &self.packet;
        match self.leg {
            Leg::Recv => (packet.destination_port.clone(), packet.destination_channel.clone()),
            Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose => {
                (packet.source_port.clone(), packet.source_channel.clone())
            }
        }
    }

    fn depends_on_end(&self) -> bool {
        match self.leg {
            Leg::Recv => self.order == Order::Ordered,
            Leg::Ack => self.order == Order::Ordered || self.is_odd_to_transfers(),
            Leg::Timeout | Leg::TimeoutOnClose => false,
        }
    }

    /// An acknowledgement that ICS-20 refuses, but core IBC does not: something between the two may unwrap it.
    fn is_odd_to_transfers(&self) -> bool {
        let refused =
            |is_transfer| self.acknowledgement.as_ref().is_some_and(|bytes| is_refused_for_ever(bytes, is_transfer));
        self.packet.source_port.as_str() == TRANSFER && refused(true) && !refused(false)
    }

    /// May this end of the host be the reason to give the packet up?
    fn may_be_hopeless(&self, end: &ChannelEnd) -> bool {
        let is_refused = self.is_odd_to_transfers() && end.version == transfer::VERSION;
        self.leg == Leg::Ack && (end.state == ChannelState::Closed || is_refused)
    }
}

#[cfg(test)]
mod tests {
    use types::Acknowledgement;
    use types::channel::Counterparty;

    use super::*;
    use crate::packets::leg::tests::{packet, wanted};

    fn end(state: ChannelState, version: &str) -> ChannelEnd {
        ChannelEnd {
            state,
            ordering: Order::Unordered,
            counterparty: Counterparty { port: TRANSFER.parse().unwrap(), channel: None },
            connection_hops: Vec::new(),
            version: version.to_owned(),
            upgrade_sequence: 0,
        }
    }

    fn ack(order: Order, bytes: &[u8]) -> Wanted {
        Wanted { acknowledgement: Some(Acknowledgement(bytes.into())), ..wanted(Leg::Ack, order, packet(100, 0)) }
    }

    #[test]
    fn an_end_is_asked_for_only_where_it_decides() {
        let success = transfer::SUCCESS_ACKNOWLEDGEMENT;
        assert!(!wanted(Leg::Recv, Order::Unordered, packet(100, 0)).depends_on_end());
        assert!(wanted(Leg::Recv, Order::Ordered, packet(100, 0)).depends_on_end());
        assert!(!ack(Order::Unordered, success).depends_on_end());
        assert!(ack(Order::Ordered, success).depends_on_end());
        assert!(ack(Order::Unordered, b"odd").depends_on_end());
        assert!(!wanted(Leg::Timeout, Order::Ordered, packet(100, 0)).depends_on_end());
    }

    #[test]
    fn an_acknowledgement_is_hopeless_at_a_closed_end() {
        let ack = ack(Order::Ordered, transfer::SUCCESS_ACKNOWLEDGEMENT);
        assert!(ack.may_be_hopeless(&end(ChannelState::Closed, "any")));
        assert!(!ack.may_be_hopeless(&end(ChannelState::Open, transfer::VERSION)));
    }

    #[test]
    fn odd_bytes_are_hopeless_at_ics20_alone_and_sent_through_what_may_unwrap_them() {
        let odd = ack(Order::Unordered, br#"{"app_acknowledgement":"e30="}"#);
        assert!(odd.may_be_hopeless(&end(ChannelState::Open, transfer::VERSION)));
        let wrapped = r#"{"fee_version":"ics29-1","app_version":"ics20-1"}"#;
        assert!(!odd.may_be_hopeless(&end(ChannelState::Open, wrapped)));
    }
}
