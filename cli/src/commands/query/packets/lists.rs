//! The lists, one a function.

use std::collections::BTreeSet;

use chain::{Endpoint, PacketEnd};
use engine::Sequences;
use serde::Serialize;
use types::Sequence;

use super::Row;
use super::ends::{End, Ends};
use crate::exit::Failure;

/// How far a packet is at its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum AtDestination {
    /// The destination is not configured, or did not answer.
    Unknown,
    /// Not received: to be delivered, or timed out.
    Unreceived,
    /// Received, and no acknowledgement written yet.
    Received,
    /// Its acknowledgement is written, and to be brought back.
    Acknowledged,
}

#[derive(Debug, Serialize)]
struct Pending {
    at_destination: AtDestination,
}

#[derive(Debug, Serialize)]
struct Hash {
    hash: String,
}

#[derive(Debug, Serialize)]
struct Received {
    is_received: bool,
}

#[derive(Debug, Serialize)]
struct Nothing {}

/// Sent, and not over; how far each is.
pub(super) async fn pending(mut ends: Ends<'_>) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for end in ends.ends.clone() {
        let sequences = sequences_of(committed(&end).await?);
        let destination = match at_destination(&mut ends, &end, &sequences).await {
            Ok(destination) => Some(destination),
            Err(error) => {
                tracing::warn!(chain = %end.chain, channel = %end.channel, %error, "how far the packets are at their destination is not known");
                None
            }
        };
        rows.extend(sequences.into_iter().map(|sequence| {
            let at_destination = match &destination {
                None => AtDestination::Unknown,
                Some((unreceived, _)) if unreceived.contains(&sequence) => AtDestination::Unreceived,
                Some((_, acknowledged)) if acknowledged.contains(&sequence) => AtDestination::Acknowledged,
                Some(_) => AtDestination::Received,
            };
            row(&end, sequence, Pending { at_destination })
        }));
    }
    let cells = |row: &Row<Pending>| {
        let at_destination = match row.more.at_destination {
            AtDestination::Unknown => "unknown",
            AtDestination::Unreceived => "unreceived",
            AtDestination::Received => "received",
            AtDestination::Acknowledged => "acknowledged",
        };
        row.cells(at_destination.to_owned())
    };
    let empty = format!("no packet of {} is pending", ends.of);
    ends.context.output.list(["CHAIN", "CHANNEL", "SEQUENCE", "AT DESTINATION"], &rows, cells, &empty)
}

/// The commitments, with their hashes.
pub(super) async fn commitments(ends: Ends<'_>) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for end in &ends.ends {
        rows.extend(committed(end).await?.into_iter().map(|packet| hashed(end, packet)));
    }
    let empty = format!("no commitment of {} stands", ends.of);
    ends.context.output.list(HASHED, &rows, |row| row.cells(row.more.hash.clone()), &empty)
}

/// The acknowledgements that stand here, of packets whose commitment stands at the other end; or all.
pub(super) async fn acks(mut ends: Ends<'_>, all: bool) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for end in ends.ends.clone() {
        let wanted = match all {
            true => None,
            false => Some(sequences_of(committed(&ends.other(&end).await?).await?)),
        };
        if wanted.as_ref().is_some_and(BTreeSet::is_empty) {
            continue;
        }
        let (port, channel, wanted) = (&end.port, &end.channel, wanted.as_ref());
        let found = end.pool.run(async |e: Endpoint| e.queries().packet_acknowledgements(port, channel, wanted).await);
        let mut found = found.await?;
        // A node lists them in the order of the keys' text.
        found.sort();
        rows.extend(found.into_iter().map(|packet| hashed(&end, packet)));
    }
    let empty = format!("no acknowledgement of {} waits to be brought back", ends.of);
    ends.context.output.list(HASHED, &rows, |row| row.cells(row.more.hash.clone()), &empty)
}

/// Which of the sequences were received here. The chain has no list of receipts, but says of given sequences which it
/// has not received: by receipt, or on an ordered channel by the next sequence that it takes.
pub(super) async fn receipts(ends: Ends<'_>, asked: &Sequences) -> Result<(), Failure> {
    let asked: BTreeSet<Sequence> = asked.0.iter().cloned().flatten().map(Sequence).collect();
    let mut rows = Vec::new();
    for end in &ends.ends {
        let unreceived = unreceived_of(end, &asked).await?;
        rows.extend(
            asked.iter().map(|sequence| row(end, *sequence, Received { is_received: !unreceived.contains(sequence) })),
        );
    }
    let cells = |row: &Row<Received>| row.cells(if row.more.is_received { "yes" } else { "no" }.to_owned());
    ends.context.output.list(["CHAIN", "CHANNEL", "SEQUENCE", "RECEIVED"], &rows, cells, "no sequence was asked about")
}

/// Sent by the other end, and not received here.
pub(super) async fn unreceived(mut ends: Ends<'_>) -> Result<(), Failure> {
    let mut rows = Vec::new();
    for end in ends.ends.clone() {
        let sent = sequences_of(committed(&ends.other(&end).await?).await?);
        let unreceived = unreceived_of(&end, &sent).await?;
        rows.extend(unreceived.into_iter().map(|sequence| row(&end, sequence, Nothing {})));
    }
    let cells = |row: &Row<Nothing>| {
        let [chain, channel, sequence, _] = row.cells(String::new());
        [chain, channel, sequence]
    };
    let empty = format!("{} has received all that was sent to it", ends.of);
    ends.context.output.list(["CHAIN", "CHANNEL", "SEQUENCE"], &rows, cells, &empty)
}

const HASHED: [&str; 4] = ["CHAIN", "CHANNEL", "SEQUENCE", "HASH"];

fn row<T>(end: &End, sequence: Sequence, more: T) -> Row<T> {
    Row { chain: end.chain.clone(), port: end.port.clone(), channel: end.channel.clone(), sequence, more }
}

fn hashed(end: &End, packet: PacketEnd) -> Row<Hash> {
    row(end, packet.sequence, Hash { hash: hex::encode(packet.commitment) })
}

fn sequences_of(packets: Vec<PacketEnd>) -> BTreeSet<Sequence> {
    packets.into_iter().map(|packet| packet.sequence).collect()
}

/// The commitments that stand on an end, by sequence.
async fn committed(end: &End) -> Result<Vec<PacketEnd>, Failure> {
    let (port, channel) = (&end.port, &end.channel);
    let asked = end.pool.run(async |endpoint: Endpoint| endpoint.queries().packet_commitments(port, channel).await);
    let mut packets = asked.await?.0;
    packets.sort();
    Ok(packets)
}

async fn unreceived_of(end: &End, sequences: &BTreeSet<Sequence>) -> Result<BTreeSet<Sequence>, Failure> {
    if sequences.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (port, channel) = (&end.port, &end.channel);
    let asked = end.pool.run(async |e: Endpoint| e.queries().unreceived_packets(port, channel, sequences).await);
    Ok(asked.await?)
}

/// Of the packets, those that the destination has not received, and those that it has acknowledged.
async fn at_destination(
    ends: &mut Ends<'_>,
    end: &End,
    sequences: &BTreeSet<Sequence>,
) -> Result<(BTreeSet<Sequence>, BTreeSet<Sequence>), Failure> {
    if sequences.is_empty() {
        return Ok((BTreeSet::new(), BTreeSet::new()));
    }
    let far = ends.other(end).await?;
    let unreceived = unreceived_of(&far, sequences).await?;
    let received = sequences.difference(&unreceived).copied().collect();
    let (port, channel, received) = (&far.port, &far.channel, &received);
    let asked =
        far.pool.run(async |e: Endpoint| e.queries().packet_acknowledgements(port, channel, Some(received)).await);
    Ok((unreceived, sequences_of(asked.await?)))
}
