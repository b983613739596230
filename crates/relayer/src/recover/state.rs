//! The hashes that a chain's state holds: what every claim is measured by.

use std::collections::BTreeSet;

use chain::{ChainError, Endpoint};
use types::{BlockHeight, MerklePrefix, QueryHeight, Sequence};

use super::Place;
use super::sought::{Kind, Sought, Wanted};

/// What the state holds of these packets, and the height at which it does.
pub(super) async fn hashes(
    place: &Place<'_>,
    sequences: &BTreeSet<Sequence>,
) -> Result<(Wanted, BlockHeight), ChainError> {
    let prefix = place.chain.store_prefix().await?;
    let read = |endpoint: Endpoint| async move { read(&endpoint, prefix, &place.sought, sequences).await };
    place.chain.endpoints().run(read).await
}

async fn read(
    endpoint: &Endpoint,
    prefix: &MerklePrefix,
    sought: &Sought,
    sequences: &BTreeSet<Sequence>,
) -> Result<(Wanted, BlockHeight), ChainError> {
    let height = endpoint.status().await?.height;
    let at = QueryHeight(height);
    let wanted = match sought.kind {
        // No list of commitments by sequence exists; the keys go in batches.
        Kind::Send => {
            let sequences: Vec<_> = sequences.iter().copied().collect();
            let keys: Vec<_> = sequences.iter().map(|sequence| sought.key(*sequence)).collect();
            let values = endpoint.values(prefix, &keys, Some(at)).await?;
            Wanted::new(sequences.into_iter().zip(values).filter_map(|(sequence, value)| Some((sequence, value?))))
        }
        Kind::Acknowledgement => {
            let (port, channel) = &sought.destination;
            let ends = endpoint.queries().at(at).packet_acknowledgements(port, channel, Some(sequences)).await?;
            let asked = ends.into_iter().filter(|end| sequences.contains(&end.sequence));
            Wanted::new(asked.map(|end| (end.sequence, end.commitment)))
        }
    };
    Ok((wanted, height))
}
