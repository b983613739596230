//! What a running relayer knows of a packet: its engine's view, as data.

use engine::{Engine, LaneId, Leg, PacketKey, PacketStage, PacketView};

use super::PacketFacts;
use crate::clear::routes;
use crate::control::{Handle, Stopping};

/// Asks a running driver.
pub(crate) async fn ask(handle: &Handle, packet: PacketKey) -> Result<PacketFacts, Stopping> {
    let shell = handle.shell()?;
    let route = routes(&shell).remove(&packet.source);
    let lanes = route.map(|route| {
        let lane = |end: &engine::PathEnd| shell.chains.get(&end.chain).map(|chain| chain.lane());
        Lanes { source: lane(&route.source), destination: lane(&route.destination) }
    });
    handle.inspect(move |engine| facts(engine, &packet, &lanes.unwrap_or_default())).await
}

/// The wallets that pay for a packet's legs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes {
    source: Option<LaneId>,
    destination: Option<LaneId>,
}

/// What the engine knows of a packet.
pub(crate) fn facts(engine: &Engine, key: &PacketKey, lanes: &Lanes) -> PacketFacts {
    let Some(channel) = engine.channel(&key.source) else { return PacketFacts::default() };
    let is_unfound = channel.unfound.contains(&key.sequence);
    let Some(packet) = engine.packet(key) else {
        return PacketFacts { is_configured: true, is_unfound, ..PacketFacts::default() };
    };
    let is_blocked =
        |lane: &Option<LaneId>| lane.as_ref().and_then(|lane| engine.lane(lane)).is_some_and(|lane| lane.is_blocked);
    let leg = leg(&packet);
    PacketFacts {
        is_configured: true,
        record: Some(packet.record.clone()),
        leg,
        tries: packet.tries,
        is_quarantined: packet.is_quarantined,
        failure: packet.failure.map(|failure| failure.reason.clone()),
        hopeless: packet.hopeless,
        refused: packet.record.refused.clone(),
        is_unfound: is_unfound || packet.unfound.is_some(),
        is_wallet_blocked: match leg {
            Some(Leg::Recv) => is_blocked(&lanes.destination),
            Some(Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose) => is_blocked(&lanes.source),
            None => false,
        },
    }
}

fn leg(packet: &PacketView<'_>) -> Option<Leg> {
    match packet.stage {
        PacketStage::Resting => None,
        PacketStage::Waiting(leg) | PacketStage::Preparing(leg) | PacketStage::Submitted(leg) => Some(leg),
    }
}
