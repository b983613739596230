//! What is pending on one direction of a channel, as the states of its chains say (ICS-04): packets whose commitment
//! stands at the source, and how far they are at the destination.

use std::collections::BTreeSet;

use chain::{ChainError, Queries};
use types::{ChannelId, PortId, Sequence};

/// The packets that this end has sent and whose commitment stands.
pub(crate) async fn committed(
    source: &Queries,
    (port, channel): (&PortId, &ChannelId),
) -> Result<BTreeSet<Sequence>, ChainError> {
    let (commitments, _) = source.packet_commitments(port, channel).await?;
    Ok(commitments.into_iter().map(|commitment| commitment.sequence).collect())
}

/// Those of `packets` that this end has not received.
pub(crate) async fn unreceived(
    destination: &Queries,
    (port, channel): (&PortId, &ChannelId),
    packets: &BTreeSet<Sequence>,
) -> Result<BTreeSet<Sequence>, ChainError> {
    if packets.is_empty() {
        return Ok(BTreeSet::new());
    }
    destination.unreceived_packets(port, channel, packets).await
}

/// Those of `packets` that this end has written an acknowledgement of.
pub(crate) async fn acknowledged(
    destination: &Queries,
    (port, channel): (&PortId, &ChannelId),
    packets: &BTreeSet<Sequence>,
) -> Result<BTreeSet<Sequence>, ChainError> {
    if packets.is_empty() {
        // An empty list of sequences would ask for all acknowledgements that ever were.
        return Ok(BTreeSet::new());
    }
    let written = destination.packet_acknowledgements(port, channel, Some(packets)).await?;
    Ok(written.into_iter().map(|acknowledgement| acknowledgement.sequence).collect())
}
