//! The last resort: an index of transactions, where a node keeps one. It is never required.

use chain::{Endpoint, NodeError};
use tokio::sync::mpsc;
use tracing::debug;
use types::Sequence;

use super::nodes::Node;
use super::sought::{Found, Kind, Sought, Wanted};
use super::{Place, pass};

/// Packets that are asked for, at most.
const QUERIES_MAX: usize = 256;

pub(super) async fn search(place: &Place<'_>, nodes: &[Node], wanted: &mut Wanted, found: &mpsc::Sender<Found>) {
    for Node { endpoint, .. } in nodes {
        for sequence in wanted.sequences().into_iter().take(QUERIES_MAX) {
            if !search_one(place, endpoint, sequence, wanted, found).await {
                break;
            }
        }
    }
}

/// Says whether the node has an index at all.
async fn search_one(
    place: &Place<'_>,
    endpoint: &Endpoint,
    sequence: Sequence,
    wanted: &mut Wanted,
    found: &mpsc::Sender<Found>,
) -> bool {
    match endpoint.tx_search(&query(&place.sought, sequence)).await {
        Ok(txs) => {
            for tx in txs {
                for (sequence, bytes) in tx.events.iter().filter_map(|event| place.sought.claim(event)) {
                    pass(wanted, Found { sequence, bytes, height: tx.height }, found).await;
                }
            }
            true
        }
        Err(error) => {
            debug!(chain = %place.chain.id, %error, "no index of transactions was of help");
            error.node_error() != Some(NodeError::IndexingDisabled) && error.is_nodes_own()
        }
    }
}

/// In CometBFT's language; an index matches the attributes of one event together.
fn query(sought: &Sought, sequence: Sequence) -> String {
    match sought.kind {
        Kind::Send => {
            let channel = &sought.channel.channel;
            format!("send_packet.packet_sequence='{sequence}' AND send_packet.packet_src_channel='{channel}'")
        }
        Kind::Acknowledgement => {
            let channel = &sought.destination.1;
            format!(
                "write_acknowledgement.packet_sequence='{sequence}' AND write_acknowledgement.packet_dst_channel='{channel}'"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recover::sought::tests::sought;

    #[test]
    fn an_index_is_asked_for_sequence_and_channel_of_the_chain_that_emitted() {
        assert_eq!(
            query(&sought(Kind::Send), Sequence(7)),
            "send_packet.packet_sequence='7' AND send_packet.packet_src_channel='channel-0'"
        );
        assert_eq!(
            query(&sought(Kind::Acknowledgement), Sequence(7)),
            "write_acknowledgement.packet_sequence='7' AND write_acknowledgement.packet_dst_channel='channel-1'"
        );
    }
}
