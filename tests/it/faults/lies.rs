//! Nodes that lie in events: what they leave out is found, what they invent is paid for by nobody, nothing is forgotten,
//! and it is said.

use devnet::app::TxResult;
use devnet::app::event::Event;
use devnet::node::{Fault, Injection, Rewrite};
use lightship_tests::bed::Channels;

use super::play;

/// Nobody has sent these.
const INVENTED: std::ops::Range<u64> = 1_000..1_003;

#[test]
fn what_both_nodes_left_out_is_found_once_they_tell_it() {
    play("left_out", |stage| {
        stage.inject([lie(Rewrite::without_ibc()), lie(Rewrite::without_ibc())]);
        stage.send()?;
        stage.is_said("packets stand in no block that the nodes keep and tell")?;
        stage.heal();
        stage.settle()
    });
}

#[test]
fn acknowledgements_that_are_never_told_are_brought_back_all_the_same() {
    play("acks_left_out", |stage| {
        let deaf = || lie(Rewrite::without(|event| matches!(&*event.kind, "recv_packet" | "write_acknowledgement")));
        stage.inject([deaf(), deaf()]);
        stage.send()?;
        stage.settle()
    });
}

#[test]
fn false_acknowledgements_are_refuted_and_the_true_ones_relayed() {
    play("false_acks", |stage| {
        let forge = || lie(each(|event| set(event, "write_acknowledgement", "packet_ack_hex", "6c6965")));
        stage.inject([forge(), forge()]);
        stage.send()?;
        stage.is_said("a node's event was refuted")?;
        stage.settle()
    });
}

#[test]
fn acknowledgements_of_packets_that_were_not_received_cost_nothing() {
    play("early_acks", |stage| {
        let (a, b) = (ends(&stage.channels, false), ends(&stage.channels, true));
        // Each chain's node tells of acknowledgements for what the other has not even sent.
        let invented = |ends: &Ends| (1..30).map(|sequence| acknowledgement(ends, sequence)).collect();
        stage.inject([lie(Rewrite::adding(invented(&b))), lie(Rewrite::adding(invented(&a)))]);
        stage.pass(5)?;
        stage.send()?;
        stage.pass(10)?;
        stage.heal();
        stage.settle()
    });
}

#[test]
fn invented_ends_make_nothing_forgotten() {
    play("invented_ends", |stage| {
        let (a, b) = (ends(&stage.channels, false), ends(&stage.channels, true));
        let invented = |ends: &Ends| {
            let kind = |sequence: u64| if sequence.is_multiple_of(2) { "acknowledge_packet" } else { "timeout_packet" };
            (1..30).map(|sequence| packet(kind(sequence), ends, sequence)).collect()
        };
        stage.inject([lie(Rewrite::adding(invented(&a))), lie(Rewrite::adding(invented(&b)))]);
        stage.send()?;
        stage.pass(30)?;
        stage.is_said("a node's event was refuted")?;
        stage.heal();
        stage.settle()
    });
}

#[test]
fn invented_sends_are_paid_for_by_nobody_and_delay_nothing() {
    play("invented_sends", |stage| {
        let (a, b) = (ends(&stage.channels, false), ends(&stage.channels, true));
        let invented = |ends: &Ends| INVENTED.map(|sequence| packet("send_packet", ends, sequence)).collect();
        stage.inject([lie(Rewrite::adding(invented(&a))), lie(Rewrite::adding(invented(&b)))]);
        stage.send()?;
        stage.settle()
    });
}

#[test]
fn false_bytes_of_true_sends_are_refuted_and_the_true_ones_found_once_they_are_told() {
    play("false_sends", |stage| {
        let forge = || lie(each(|event| set(event, "send_packet", "packet_data_hex", "6c6965")));
        stage.inject([forge(), forge()]);
        stage.send()?;
        stage.is_said("a node's event was refuted")?;
        stage.is_said("packets stand in no block that the nodes keep and tell")?;
        stage.heal();
        stage.settle()
    });
}

#[test]
fn invented_timeouts_of_a_packet_send_nothing_back() {
    play("false_timeouts", |stage| {
        // By these events, every packet timed out long ago.
        let forge = || {
            lie(each(|event| {
                set(event, "send_packet", "packet_timeout_height", "0-1");
                set(event, "send_packet", "packet_timeout_timestamp", "1");
            }))
        };
        stage.inject([forge(), forge()]);
        stage.send()?;
        stage.is_said("a node's event was refuted")?;
        stage.heal();
        stage.settle()
    });
}

pub(super) fn lie(rewrite: Rewrite) -> Injection {
    Fault::Events(rewrite).into()
}

/// Changes each event.
fn each(change: impl Fn(&mut Event) + Send + Sync + 'static) -> Rewrite {
    Rewrite::new(move |_, txs: &mut Vec<TxResult>, events: &mut Vec<Event>| {
        events.iter_mut().chain(txs.iter_mut().flat_map(|tx| &mut tx.events)).for_each(&change);
    })
}

/// Gives an attribute another value, in events of a kind.
fn set(event: &mut Event, kind: &str, key: &str, value: &str) {
    if event.kind == kind {
        event.attributes.iter_mut().filter(|attribute| attribute.key == key).for_each(|attribute| {
            value.clone_into(&mut attribute.value);
        });
    }
}

/// Source and destination of a direction.
pub(super) type Ends = [String; 2];

/// From A to B, or back.
pub(super) fn ends(channels: &Channels, is_back: bool) -> Ends {
    let [a, b] = [channels.a.clone(), channels.b.clone()];
    if is_back { [b, a] } else { [a, b] }
}

/// An event about a packet, as ibc-go emits it.
pub(super) fn packet(kind: &str, [source, destination]: &Ends, sequence: u64) -> Event {
    Event::new(kind)
        .with("packet_data_hex", "6c6965")
        .with("packet_timeout_height", "0-0")
        .with("packet_timeout_timestamp", "4102444800000000000")
        .with("packet_sequence", sequence)
        .with("packet_src_port", "transfer")
        .with("packet_src_channel", source)
        .with("packet_dst_port", "transfer")
        .with("packet_dst_channel", destination)
        .with("packet_channel_ordering", "ORDER_UNORDERED")
}

fn acknowledgement(ends: &Ends, sequence: u64) -> Event {
    packet("write_acknowledgement", ends, sequence).with("packet_ack_hex", "6c6965")
}
