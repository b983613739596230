//! What a sweep says about one packet: the chains' own state against what events claimed, judged by heights.

use types::BlockHeight;

use crate::tracker::Entry;
use crate::{Progress, Sweep};

/// What follows for the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The record stands, or the sweep is older than what the record knows.
    Agrees,
    /// The source holds no commitment any more.
    Over,
    /// The state says otherwise.
    Is {
        /// How far the packet is.
        progress: Progress,
        /// The height at which that was read.
        at: BlockHeight,
        /// The destination holds an acknowledgement whose bytes we lack.
        lacks_acknowledgement: bool,
    },
}

/// Judges a packet by a sweep of its channel. A fact that is newer than the sweep's heights is never undone.
pub(crate) fn reconcile(entry: &Entry, sweep: &Sweep) -> Finding {
    let record = &entry.record;
    if !sweep.commitments.contains(&record.id.sequence) {
        let known_at = if entry.is_ended() { record.progress_at } else { record.sent_at };
        let is_newer = known_at.max(entry.source_floor) > sweep.source_height;
        return if is_newer { Finding::Agrees } else { Finding::Over };
    }
    let is_newer = match record.progress {
        Progress::Sent => false,
        Progress::Received | Progress::AckWritten => record.progress_at > sweep.destination_height,
        Progress::Acknowledged | Progress::TimedOut => record.progress_at > sweep.source_height,
    };
    if is_newer {
        return Finding::Agrees;
    }
    let is_unreceived = sweep.unreceived.contains(&record.id.sequence);
    let is_acknowledged = sweep.acknowledged.contains(&record.id.sequence);
    let lacks_acknowledgement = !is_unreceived && is_acknowledged && !entry.has_acknowledgement;
    let (progress, at) = match (is_unreceived, is_acknowledged && entry.has_acknowledgement) {
        (true, _) => (Progress::Sent, record.sent_at),
        (false, true) => (Progress::AckWritten, sweep.destination_height),
        (false, false) => (Progress::Received, sweep.destination_height),
    };
    if progress == record.progress && !lacks_acknowledgement {
        return Finding::Agrees;
    }
    Finding::Is { progress, at, lacks_acknowledgement }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::packet_record;
    use types::Sequence;

    fn entry(progress: Progress, progress_at: u64, has_acknowledgement: bool) -> Entry {
        let mut record = packet_record(1);
        record.progress = progress;
        record.progress_at = BlockHeight(progress_at);
        Entry { has_acknowledgement, ..Entry::new(record, BlockHeight(10)) }
    }

    /// A sweep at source height 50 and destination height 60; `state` is (committed, unreceived, acknowledged).
    fn found(entry: &Entry, state: (bool, bool, bool)) -> Finding {
        let set = |is_in: bool| is_in.then_some(Sequence(1)).into_iter().collect();
        let sweep = Sweep {
            channel: entry.record.key().source,
            source_height: BlockHeight(50),
            destination_height: BlockHeight(60),
            commitments: set(state.0),
            unreceived: set(state.1),
            acknowledged: set(state.2),
            source_closed: false,
            destination_closed: false,
        };
        reconcile(entry, &sweep)
    }

    fn is(progress: Progress, at: u64, lacks_acknowledgement: bool) -> Finding {
        Finding::Is { progress, at: BlockHeight(at), lacks_acknowledgement }
    }

    #[test]
    fn a_packet_without_commitment_is_over_unless_it_is_newer_than_the_sweep() {
        for progress in [Progress::Sent, Progress::Received, Progress::AckWritten, Progress::TimedOut] {
            assert_eq!(found(&entry(progress, 50, false), (false, false, false)), Finding::Over, "{progress:?}");
        }
        assert_eq!(found(&entry(Progress::Acknowledged, 51, true), (false, false, false)), Finding::Agrees);
        let mut new = entry(Progress::Sent, 51, false);
        new.record.sent_at = BlockHeight(51);
        assert_eq!(found(&new, (false, false, false)), Finding::Agrees);
    }

    #[test]
    fn a_lying_end_is_taken_back_to_what_the_state_says() {
        let acknowledged = entry(Progress::Acknowledged, 40, true);
        assert_eq!(found(&acknowledged, (true, true, false)), is(Progress::Sent, 10, false));
        assert_eq!(found(&acknowledged, (true, false, true)), is(Progress::AckWritten, 60, false));
        assert_eq!(found(&acknowledged, (true, false, false)), is(Progress::Received, 60, false));
        let unseen = entry(Progress::TimedOut, 40, false);
        assert_eq!(found(&unseen, (true, false, true)), is(Progress::Received, 60, true));
    }

    #[test]
    fn a_lying_delivery_is_taken_back_unless_it_is_newer_than_the_sweep() {
        assert_eq!(found(&entry(Progress::Received, 60, false), (true, true, false)), is(Progress::Sent, 10, false));
        assert_eq!(found(&entry(Progress::Received, 61, false), (true, true, false)), Finding::Agrees);
        assert_eq!(
            found(&entry(Progress::AckWritten, 60, true), (true, false, false)),
            is(Progress::Received, 60, false)
        );
    }

    #[test]
    fn a_missed_delivery_is_found() {
        assert_eq!(found(&entry(Progress::Sent, 10, false), (true, true, false)), Finding::Agrees);
        assert_eq!(found(&entry(Progress::Sent, 10, false), (true, false, false)), is(Progress::Received, 60, false));
        assert_eq!(found(&entry(Progress::Sent, 10, false), (true, false, true)), is(Progress::Received, 60, true));
        assert_eq!(found(&entry(Progress::Received, 20, false), (true, false, true)), is(Progress::Received, 60, true));
        assert_eq!(found(&entry(Progress::Received, 20, false), (true, false, false)), Finding::Agrees);
    }
}
