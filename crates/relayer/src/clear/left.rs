//! Why a packet is left: in the words of the reason codes, with what the chain or the policy said.

use std::collections::BTreeMap;

use engine::{
    ChannelKey, Engine, Hopeless, LaneId, Leg, PacketKey, PacketRecord, PacketStage, PacketView, Progress, Refused,
};
use types::ChainId;

use super::Left;
use super::look::Seen;
use super::obstacles::{Obstacles, Route};
use super::word::{Dispute, Word};
use crate::control::{Handle, Stopping};
use crate::reason::Reason;

/// How a packet stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It ended, as far as the engine knows.
    Ended,
    /// Something is to be done about it.
    Open {
        /// The leg, where one is planned.
        leg: Option<Leg>,
        /// Could it move now, or in a few blocks?
        is_pending: bool,
    },
    /// Nothing can be done about it now.
    Left(Reason, String),
}

/// Could a packet that is left for this reason be relayed by somebody?
pub fn is_relayable(reason: Reason) -> bool {
    !matches!(
        reason,
        Reason::Over
            | Reason::NeverSent
            | Reason::AcknowledgementAwaited
            | Reason::AcknowledgementMalformed
            | Reason::SourceClosed
            | Reason::PolicyRefused
    )
}

/// How a packet that the engine knows stands.
pub(super) fn standing(engine: &Engine, key: &PacketKey, packet: &PacketView<'_>) -> Standing {
    let record = packet.record;
    if matches!(record.progress, Progress::Acknowledged | Progress::TimedOut) {
        return Standing::Ended;
    }
    if let Some(refused) = &record.refused {
        return self::refused(refused);
    }
    if let Some(hopeless) = packet.hopeless {
        return given_up(hopeless);
    }
    if packet.unfound.is_some() {
        let what = if record.progress == Progress::Sent { "its bytes stand" } else { "its acknowledgement stands" };
        return Standing::Left(Reason::BytesUnknown, format!("{what} in no block that a node keeps"));
    }
    let is_pending = engine.can_advance(key);
    if packet.is_quarantined && !is_pending {
        let said = packet.failure.map_or("no reason known", |failure| &failure.reason);
        return Standing::Left(Reason::Quarantined, format!("failed alone {} times: {said}", packet.tries));
    }
    match packet.stage {
        PacketStage::Waiting(leg) | PacketStage::Preparing(leg) | PacketStage::Submitted(leg) => {
            Standing::Open { leg: Some(leg), is_pending }
        }
        PacketStage::Resting if is_pending => Standing::Open { leg: None, is_pending },
        PacketStage::Resting => resting(record),
    }
}

/// The policy's verdict, as a reason.
pub(super) fn refused(refused: &Refused) -> Standing {
    Standing::Left(Reason::PolicyRefused, format!("the path's policy refuses it: {refused}"))
}

fn given_up(hopeless: Hopeless) -> Standing {
    let (reason, detail) = match hopeless {
        Hopeless::AcknowledgementMalformed => {
            (Reason::AcknowledgementMalformed, "the source will never take its acknowledgement as it was written")
        }
        Hopeless::SourceClosed => {
            (Reason::SourceClosed, "received, and the source's channel is closed: it takes no acknowledgement")
        }
    };
    Standing::Left(reason, detail.to_owned())
}

/// No leg is possible, and none is to be expected soon.
fn resting(record: &PacketRecord) -> Standing {
    match record.progress {
        Progress::Received => Standing::Left(
            Reason::AcknowledgementAwaited,
            format!("received in block {}; its application has written no acknowledgement yet", record.progress_at),
        ),
        Progress::Sent => {
            let detail =
                format!("can't be delivered any more, nor timed out yet: its timeouts are {}", timeouts(record));
            Standing::Left(Reason::TimeoutAwaited, detail)
        }
        Progress::AckWritten | Progress::Acknowledged | Progress::TimedOut => {
            Standing::Open { leg: None, is_pending: false }
        }
    }
}

fn timeouts(record: &PacketRecord) -> String {
    match (record.timeout_height.is_zero(), record.timeout_timestamp.is_zero()) {
        (false, true) => format!("height {}", record.timeout_height),
        (true, false) => format!("time {}", record.timeout_timestamp.0),
        (false, false) => format!("height {} or time {}", record.timeout_height, record.timeout_timestamp.0),
        (true, true) => "none".to_owned(),
    }
}

/// What stands in the way of packets that would move otherwise.
#[derive(Debug, Default)]
pub(super) struct Blocked {
    obstacles: Obstacles,
    /// The wallets that can't pay, by chain.
    wallets: BTreeMap<ChainId, String>,
    routes: BTreeMap<ChannelKey, Route>,
    /// The blocks that can't be read and may hold a packet's event.
    unread: BTreeMap<PacketKey, String>,
}

impl Blocked {
    /// What stands in the way now.
    pub(super) async fn of(handle: &Handle, obstacles: &Obstacles) -> Result<Self, Stopping> {
        let shell = handle.shell()?;
        let lanes: Vec<LaneId> = shell.chains.values().map(|chain| chain.lane()).collect();
        let blocked = handle.inspect(move |engine| {
            lanes.into_iter().filter(|lane| engine.lane(lane).is_some_and(|lane| lane.is_blocked)).collect::<Vec<_>>()
        });
        let wallets = blocked.await?.into_iter().map(|lane| (lane.chain, lane.address)).collect();
        let (routes, unread) = (super::obstacles::routes(&shell), shell.searches.held_up());
        Ok(Self { obstacles: obstacles.clone(), wallets, routes, unread })
    }

    /// Why a packet does not move.
    fn reason(&self, packet: &PacketKey, leg: Option<Leg>, before: Option<&PacketKey>) -> (Reason, String) {
        let route = self.routes.get(&packet.source);
        if let Some(blocks) = self.unread.get(packet).filter(|_| leg.is_none()) {
            let detail = format!("its event was not found, and may stand in blocks that can't be read now: {blocks}");
            return (Reason::BytesUnknown, detail);
        }
        if let Some(found) = route.and_then(|route| self.obstacles.on(route, leg)) {
            return found;
        }
        let host = route.and_then(|route| route.host(leg));
        if let Some((host, address)) = host.and_then(|host| Some((host, self.wallets.get(&host.chain)?))) {
            let detail = format!("the wallet {address} on {} can't pay or is refused; fund it", host.chain);
            return (Reason::WalletEmpty, detail);
        }
        match before {
            Some(before) if route.is_some_and(|route| route.is_ordered) => (
                Reason::BeingRelayed,
                format!("waits for packet {} before it: the channel is ordered", before.sequence),
            ),
            _ => (Reason::BeingRelayed, "nothing has moved for a while; run again to go on".to_owned()),
        }
    }
}

/// What is left, by the chains' word, each packet with its reason by the engine's.
pub(super) fn left(seen: &Seen, end: &Word, blocked: &Blocked) -> Vec<Left> {
    let mut left: Vec<Left> = Vec::new();
    for packet in &end.standing {
        let before = left.last().filter(|before| before.packet.source == packet.source).map(|left| &left.packet);
        let (reason, detail) = match (seen.left.get(packet), seen.open.get(packet)) {
            (Some((reason, detail)), _) => (*reason, detail.clone()),
            (None, Some(leg)) => blocked.reason(packet, *leg, before),
            (None, None) => contradicted(end, packet),
        };
        left.push(Left { packet: packet.clone(), reason, detail });
    }
    left
}

/// The engine holds it to be over, and a chain still says otherwise.
fn contradicted(end: &Word, packet: &PacketKey) -> (Reason, String) {
    match end.disputed.get(packet) {
        Some(Dispute { hidden_by, is_proven: true }) => {
            (Reason::BytesUnknown, format!("{hidden_by} does not show its commitment, which stands all the same"))
        }
        Some(Dispute { hidden_by, is_proven: false }) => (
            Reason::BytesUnknown,
            format!("{hidden_by} does not show its commitment, another node does, and neither can be proven now"),
        ),
        None => (Reason::BeingRelayed, "a block has told of its end, and the chain's state not yet".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clear::tests::record;

    #[test]
    fn blocks_that_hold_a_packet_up_are_named_as_long_as_it_has_no_leg() {
        let packet = record(1).key();
        let unread = [(packet.clone(), "7, 9-12".to_owned())].into();
        let blocked = Blocked { unread, ..Blocked::default() };
        let (reason, detail) = blocked.reason(&packet, None, None);
        assert!(reason == Reason::BytesUnknown && detail.ends_with("can't be read now: 7, 9-12"), "{detail}");
        assert_eq!(blocked.reason(&packet, Some(Leg::Recv), None).0, Reason::BeingRelayed);
    }

    #[test]
    fn what_two_nodes_contradict_each_other_about_names_the_one_that_hides_it() {
        let packet = record(1).key();
        let told = |is_proven| {
            let dispute = Dispute { hidden_by: "http://one".to_owned(), is_proven };
            let end = Word { disputed: [(packet.clone(), dispute)].into(), ..Word::default() };
            contradicted(&end, &packet).1
        };
        assert_eq!(told(true), "http://one does not show its commitment, which stands all the same");
        assert!(told(false).starts_with("http://one") && told(false).ends_with("neither can be proven now"));
    }

    #[test]
    fn what_nobody_can_relay_is_not_counted_as_undone() {
        assert!(!is_relayable(Reason::AcknowledgementAwaited));
        assert!(!is_relayable(Reason::PolicyRefused));
        for reason in [Reason::Quarantined, Reason::BytesUnknown, Reason::WalletEmpty, Reason::TimeoutAwaited] {
            assert!(is_relayable(reason), "{reason:?}");
        }
    }

    #[test]
    fn timeouts_are_told_as_the_packet_says_them() {
        let mut record: PacketRecord = record(1);
        assert_eq!(timeouts(&record), "none");
        record.timeout_timestamp = types::Timestamp(5);
        assert_eq!(timeouts(&record), "time 5");
        record.timeout_height = types::Height { revision_number: 1, revision_height: 9 };
        assert_eq!(timeouts(&record), "height 1-9 or time 5");
    }
}
