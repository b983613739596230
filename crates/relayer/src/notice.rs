//! What a person should know, said once, as one line of the log with the values as fields.

use engine::{Leg, Notice, Purpose};
use tracing::{debug, error, info, warn};

/// Writes a notice to the log: `warn` and `error` may wake someone.
pub(crate) fn log(notice: &Notice) {
    match notice {
        Notice::Quarantined { packet, leg, reason } => {
            warn!(chain = %packet.source.chain, channel = %packet.source.channel, sequence = %packet.sequence, %leg, reason, "packet quarantined; it is tried again at growing distances");
        }
        Notice::LaneBlocked { lane, reason } => {
            error!(chain = %lane.chain, address = lane.address, reason, "the wallet can't pay or is refused; it is tried again");
        }
        Notice::LaneUnblocked { lane } => info!(chain = %lane.chain, address = lane.address, "the wallet works again"),
        Notice::TxCommitted { tx, lane, height, purpose: Purpose::Packets { updates, legs }, gas_used } => {
            let count = |wanted: Leg| legs.iter().filter(|(_, leg)| *leg == wanted).count();
            let timeouts = count(Leg::Timeout) + count(Leg::TimeoutOnClose);
            info!(chain = %lane.chain, %height, tx = tx.0, recvs = count(Leg::Recv), acks = count(Leg::Ack), timeouts, updates, gas_used, "relayed");
        }
        Notice::TxCommitted { tx, lane, height, purpose: Purpose::Request { request }, gas_used } => {
            debug!(chain = %lane.chain, %height, tx = tx.0, request = request.0, gas_used, "transaction committed");
        }
        Notice::TxFailed { tx, lane, refusal } => {
            warn!(chain = %lane.chain, tx = tx.0, codespace = refusal.codespace, code = refusal.code, log = refusal.log, "transaction failed");
        }
        Notice::TxVoid { tx, lane } => {
            info!(chain = %lane.chain, tx = tx.0, "transaction can't be in a block any more; its work is planned again")
        }
        Notice::ClaimRefuted { packet } => {
            warn!(chain = %packet.source.chain, channel = %packet.source.channel, sequence = %packet.sequence, "a node's event was refuted by a proof, or by the chain's state");
        }
        Notice::ClientUnusable { chain, client, reason } => error!(%chain, %client, reason, "client can't be used"),
        Notice::PacketEnded { packet, progress, blocks, lasted } => {
            debug!(chain = %packet.source.chain, channel = %packet.source.channel, sequence = %packet.sequence, %progress, blocks, lasted = lasted.map(tracing::field::debug), "packet ended");
        }
        Notice::PacketRefused { packet, refused } => {
            info!(chain = %packet.source.chain, channel = %packet.source.channel, sequence = %packet.sequence, %refused, "packet is not relayed: the path's policy refuses it");
        }
        Notice::PacketHopeless { packet, hopeless } => {
            warn!(chain = %packet.source.chain, channel = %packet.source.channel, sequence = %packet.sequence, %hopeless, "packet will never be taken by the chain; it is not tried again");
        }
        Notice::Redundant { lane, messages, is_paid } => {
            debug!(chain = %lane.chain, messages, is_paid, "somebody else was there first");
        }
        Notice::SourceClosed { channel } => {
            warn!(chain = %channel.chain, port = %channel.port, channel = %channel.channel, "channel closed: it takes no acknowledgement any more, packets not received time out");
        }
        Notice::BlocksPruned { chain, from, to } => {
            warn!(%chain, %from, %to, "no endpoint keeps these blocks any more; what stood in them is found by a sweep");
        }
    }
}
