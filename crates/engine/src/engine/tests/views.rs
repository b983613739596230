//! What the shell may look at is true.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of notice")]

use core::time::Duration;

use types::event::IbcEvent;
use types::{Acknowledgement, Height, Order};

use crate::testing::*;
use crate::tracker::Entry;
use crate::*;

fn view(shell: &Shell) -> ChannelView {
    shell.engine.channel(&packet_record(1).key().source).unwrap()
}

fn ended(step: &Step) -> Option<(Option<u64>, Option<Duration>)> {
    notices(step).into_iter().find_map(|notice| match notice {
        Notice::PacketEnded { blocks, lasted, .. } => Some((*blocks, *lasted)),
        _ => None,
    })
}

#[test]
fn a_channel_counts_its_packets_by_stage() {
    let mut shell = Shell::new(Order::Unordered);
    shell.quiet();
    shell.send(4).discard();
    let acknowledgement = Acknowledgement(b"ok".as_slice().into());
    let written = IbcEvent::WriteAcknowledgement { packet: packet(2), acknowledgement };
    shell.block("b", 10, vec![IbcEvent::RecvPacket { packet: packet(1).id() }, written]).discard();
    shell.block("a", 11, vec![IbcEvent::AcknowledgePacket { packet: packet(3).id() }]).discard();
    let counted = view(&shell);
    let stages = (counted.sent, counted.received, counted.acknowledgement_written, counted.ended);
    assert_eq!(stages, (1, 1, 1, 1));
    assert_eq!((counted.backlog, counted.quarantined, counted.refused, counted.hopeless), (0, 0, 0, 0));
    assert_eq!(counted.swept_at, Some(types::BlockHeight(9)));
    assert_eq!(shell.engine.channel(&ChannelKey { chain: chain("z"), ..packet_record(1).key().source }), None);
}

#[test]
fn a_packet_is_backlog_once_it_was_sent_so_many_blocks_ago() {
    let mut shell = Shell::new(Order::Unordered);
    shell.send(2).discard();
    let last_live = 10 + LIVE_BLOCKS;
    shell.head("a", last_live).discard();
    assert_eq!(view(&shell).backlog, 0);
    shell.head("a", last_live + 1).discard();
    assert_eq!(view(&shell).backlog, 2);
}

#[test]
fn an_end_tells_how_many_blocks_and_how_long_it_took() {
    let mut shell = Shell::new(Order::Unordered);
    shell.send(1).discard();
    shell.now = shell.now.after(Duration::from_secs(3));
    let step = shell.block("a", 14, vec![IbcEvent::AcknowledgePacket { packet: packet(1).id() }]);
    let (blocks, lasted) = ended(&step).unwrap();
    assert_eq!(blocks, Some(4));
    assert!((3_000..3_100).contains(&lasted.unwrap().as_millis()), "{lasted:?}");
}

#[test]
fn a_packet_of_an_earlier_process_has_no_known_duration_and_an_unseen_end_no_blocks() {
    let records = vec![Record::Packet { packet: packet_record(1) }, Record::Packet { packet: packet_record(2) }];
    let (mut shell, _) = Shell::from(records, Order::Unordered);
    let step = shell.block("a", 14, vec![IbcEvent::TimeoutPacket { packet: packet(1).id() }]);
    assert_eq!(ended(&step), Some((Some(4), None)));
    let sweep = shell.sweep(15, 9, &[], &[], &[]);
    assert_eq!(ended(&shell.tell(sweep)), Some((None, None)));
}

#[test]
fn a_packet_near_its_timeout_is_waited_for_and_one_far_from_it_is_not_if_nothing_else_can_be_done() {
    for (timeout, source_closed, is_idle) in [(10, false, false), (50, true, true), (10, true, false)] {
        let mut shell = Shell::new(Order::Unordered);
        shell.quiet();
        shell.head("a", 10).discard();
        let timeout_height = Height { revision_number: 0, revision_height: timeout };
        let late = types::Packet { timeout_height, ..packet(1) };
        shell.block("a", 10, vec![IbcEvent::SendPacket { packet: late }]).discard();
        let step = shell.head("a", 11);
        assert_eq!(legs(&step), if timeout == 10 { vec![] } else { vec![(1, Leg::Recv)] });
        let asked = shell.tell(Event::ClearRequested { channels: vec![packet_record(1).key().source] });
        assert_eq!(prepared(&asked), None, "it is being proven already, or waits for its timeout");
        let open = [types::Sequence(1)];
        let (commitments, unreceived) = (open.into(), open.into());
        let sweep = Sweep { commitments, unreceived, source_closed, ..shell.plain_sweep(11, 9) };
        let swept = shell.tell(Event::Swept { sweep });
        if prepared(&step).is_some() {
            shell.drop_legs(&step, Dropped::NotYet).discard();
        }
        assert_eq!(shell.engine.is_idle(), is_idle, "timeout {timeout}, closed: {source_closed}: {swept:?}");
    }
}

#[test]
fn an_open_packet_is_small() {
    // With its places in the indexes below a kilobyte, so that 20,000 of them stay below 20 MB.
    assert!(size_of::<Entry>() <= 272, "{} bytes", size_of::<Entry>());
    let mut shell = Shell::new(Order::Unordered);
    shell.send(2).discard();
    let key = |sequence| packet_record(sequence).key();
    let [one, two] = [1, 2].map(|sequence| shell.engine.packet(&key(sequence)).unwrap().record.id.clone());
    assert!(core::ptr::eq(one.source_channel.as_str(), two.source_channel.as_str()), "names are shared");
}
