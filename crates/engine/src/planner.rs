//! Which message a packet needs next. One pure function; a timeout is judged by the destination's height and header
//! time, never by our clock.

use core::time::Duration;

use types::packet::timed_out;
use types::{Height, Timestamp};

use crate::{Head, Leg, PacketRecord, Progress};

/// What the planner must know beside the packet and the destination's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// The destination chain's revision, see [`types::ChainId::revision_number`].
    pub destination_revision: u64,
    /// Is the channel's end on the source closed?
    pub source_closed: bool,
    /// Is the channel's end on the destination closed?
    pub destination_closed: bool,
    /// A recv is not tried any more when the destination is this many blocks or less before the packet's timeout.
    pub margin_blocks: u64,
    /// The destination's usual block time, to turn the margin into time.
    pub block_time: Duration,
}

/// The next message of a packet, if it needs one now (ICS-04 `recvPacket`, `acknowledgePacket`, `timeoutPacket`,
/// `timeoutOnClose`).
///
/// A source's end that is closed takes no acknowledgement, but timeouts of both kinds, on ordered channels too (ibc-go
/// `04-channel/keeper/timeout.go` and `packet.go`: only `AcknowledgePacket` asks for an open end). So nothing is
/// received any more that could not be acknowledged: it waits for its timeout, or for the destination's end to close.
pub fn next_leg(progress: Progress, packet: &PacketRecord, destination_head: Head, ends: &Ends) -> Option<Leg> {
    match (progress, reach(packet, destination_head, ends)) {
        (Progress::Sent, Reach::Closed) => Some(Leg::TimeoutOnClose),
        (Progress::Sent, Reach::TimedOut) => Some(Leg::Timeout),
        (Progress::Sent, Reach::TooLate) => None,
        (Progress::Sent, Reach::InTime) => (!ends.source_closed).then_some(Leg::Recv),
        (Progress::AckWritten, Reach::Closed | Reach::TimedOut | Reach::TooLate | Reach::InTime) => {
            (!ends.source_closed).then_some(Leg::Ack)
        }
        (Progress::Received | Progress::Acknowledged | Progress::TimedOut, _) => None,
    }
}

/// Does a packet that nobody has received need nothing but the few blocks until it has timed out?
pub fn is_near_timeout(packet: &PacketRecord, destination_head: Head, ends: &Ends) -> bool {
    reach(packet, destination_head, ends) == Reach::TooLate
}

/// Can the destination still take the packet?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    InTime,
    /// Not timed out yet, but it would be by the time that a transaction stands in a block.
    TooLate,
    TimedOut,
    Closed,
}

fn reach(packet: &PacketRecord, head: Head, ends: &Ends) -> Reach {
    let timed_out_at = |blocks: u64, time: Timestamp| {
        let revision_height = head.height.forward(blocks).0;
        let height = Height { revision_number: ends.destination_revision, revision_height };
        timed_out(packet.timeout_height, packet.timeout_timestamp, height, time)
    };
    // A message lands in the next block at the earliest, so that one block of margin is no choice.
    let blocks = ends.margin_blocks.max(1);
    let block_nanos = u64::try_from(ends.block_time.as_nanos()).unwrap_or(u64::MAX);
    let later = Timestamp(head.time.0.saturating_add(block_nanos.saturating_mul(blocks)));
    if ends.destination_closed {
        Reach::Closed
    } else if timed_out_at(0, head.time) {
        Reach::TimedOut
    } else if timed_out_at(blocks, later) {
        Reach::TooLate
    } else {
        Reach::InTime
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::packet_record;
    use types::BlockHeight;

    const SECOND: u64 = 1_000_000_000;

    fn ends(destination_closed: bool) -> Ends {
        let (margin_blocks, block_time) = (2, Duration::from_secs(1));
        Ends { destination_revision: 1, source_closed: false, destination_closed, margin_blocks, block_time }
    }

    fn leg(progress: Progress, timeout_height: u64, timeout_seconds: u64, closed: bool) -> Option<Leg> {
        let mut packet = packet_record(1);
        packet.timeout_height = match timeout_height {
            0 => Height::ZERO,
            height => Height { revision_number: 1, revision_height: height },
        };
        packet.timeout_timestamp = Timestamp::from_seconds(timeout_seconds);
        let head = Head { height: BlockHeight(100), time: Timestamp(1_000 * SECOND) };
        next_leg(progress, &packet, head, &ends(closed))
    }

    #[test]
    fn every_row_of_the_table_holds() {
        use Leg::*;
        use Progress::*;
        let rows = [
            // no timeout at all
            (Sent, 0, 0, false, Some(Recv)),
            // by height: equality has timed out
            (Sent, 99, 0, false, Some(Timeout)),
            (Sent, 100, 0, false, Some(Timeout)),
            (Sent, 101, 0, false, None),
            (Sent, 102, 0, false, None),
            (Sent, 103, 0, false, Some(Recv)),
            // by time: equality has timed out
            (Sent, 0, 999, false, Some(Timeout)),
            (Sent, 0, 1_000, false, Some(Timeout)),
            (Sent, 0, 1_001, false, None),
            (Sent, 0, 1_002, false, None),
            (Sent, 0, 1_003, false, Some(Recv)),
            // whichever comes first
            (Sent, 500, 1_000, false, Some(Timeout)),
            (Sent, 100, 5_000, false, Some(Timeout)),
            (Sent, 500, 5_000, false, Some(Recv)),
            // a closed destination takes nothing any more
            (Sent, 0, 0, true, Some(TimeoutOnClose)),
            (Sent, 99, 0, true, Some(TimeoutOnClose)),
            // what was received can't time out any more
            (Received, 99, 0, false, None),
            (Received, 0, 0, true, None),
            (AckWritten, 0, 0, false, Some(Ack)),
            (AckWritten, 99, 0, false, Some(Ack)),
            (AckWritten, 0, 0, true, Some(Ack)),
            // over
            (Acknowledged, 99, 0, false, None),
            (TimedOut, 99, 0, true, None),
        ];
        for (progress, height, seconds, closed, expected) in rows {
            let found = leg(progress, height, seconds, closed);
            assert_eq!(found, expected, "{progress:?}, timeouts {height} and {seconds} s, closed: {closed}");
        }
    }

    #[test]
    fn a_closed_source_takes_timeouts_and_nothing_else() {
        let rows = [
            (Progress::Sent, 0, false, None),
            (Progress::Sent, 101, false, None),
            (Progress::Sent, 100, false, Some(Leg::Timeout)),
            (Progress::Sent, 0, true, Some(Leg::TimeoutOnClose)),
            (Progress::Received, 0, false, None),
            (Progress::AckWritten, 0, false, None),
            (Progress::AckWritten, 0, true, None),
        ];
        for (progress, height, destination_closed, expected) in rows {
            let mut packet = packet_record(1);
            packet.timeout_height = Height { revision_number: u64::from(height > 0), revision_height: height };
            let head = Head { height: BlockHeight(100), time: Timestamp(1_000 * SECOND) };
            let ends = Ends { source_closed: true, ..ends(destination_closed) };
            let found = next_leg(progress, &packet, head, &ends);
            assert_eq!(found, expected, "{progress:?}, timeout {height}, destination closed: {destination_closed}");
        }
    }

    #[test]
    fn a_packet_is_near_its_timeout_within_the_margin_only() {
        let near = |timeout: u64| {
            let mut packet = packet_record(1);
            packet.timeout_height = Height { revision_number: 1, revision_height: timeout };
            let head = Head { height: BlockHeight(100), time: Timestamp(1_000 * SECOND) };
            is_near_timeout(&packet, head, &ends(false))
        };
        assert_eq!([100, 101, 102, 103].map(near), [false, true, true, false]);
    }

    #[test]
    fn a_timeout_height_of_another_revision_is_ordered_by_revision() {
        let mut packet = packet_record(1);
        let head = Head { height: BlockHeight(100), time: Timestamp(SECOND) };
        packet.timeout_height = Height { revision_number: 2, revision_height: 1 };
        assert_eq!(next_leg(Progress::Sent, &packet, head, &ends(false)), Some(Leg::Recv));
        packet.timeout_height = Height { revision_number: 0, revision_height: 500 };
        assert_eq!(next_leg(Progress::Sent, &packet, head, &ends(false)), Some(Leg::Timeout));
    }
}
