//! Two nodes a chain, the first of which lies: what the second tells is enough, and what it proves decides.

use devnet::app::TxResult;
use devnet::app::event::Event;
use devnet::node::{Fault, Rewrite};

use super::lies::{Ends, ends, lie, packet};
use super::play_on_two_nodes;

#[test]
fn what_the_first_node_leaves_out_is_had_from_the_second() {
    play_on_two_nodes("two_left_out", |stage| {
        stage.inject([lie(Rewrite::without_ibc()), lie(Rewrite::without_ibc())]);
        stage.send()?;
        stage.settle()
    });
}

#[test]
fn false_bytes_of_the_first_node_are_had_right_from_the_second() {
    play_on_two_nodes("two_false", |stage| {
        let forge = || {
            Fault::Events(Rewrite::new(|_, txs: &mut Vec<TxResult>, events: &mut Vec<Event>| {
                let attributes = events.iter_mut().chain(txs.iter_mut().flat_map(|tx| &mut tx.events));
                for attribute in attributes.flat_map(|event| &mut event.attributes) {
                    if matches!(&*attribute.key, "packet_data_hex" | "packet_ack_hex") {
                        "6c6965".clone_into(&mut attribute.value);
                    }
                }
            }))
        };
        stage.inject([forge(), forge()]);
        stage.send()?;
        stage.is_said("a node's event was refuted")?;
        stage.settle()
    });
}

/// As with one node, but the lie never ends.
#[test]
fn ends_that_the_first_node_invents_make_nothing_forgotten() {
    play_on_two_nodes("two_ends", |stage| {
        let (a, b) = (ends(&stage.channels, false), ends(&stage.channels, true));
        let invented =
            |ends: &Ends| (1..30).map(|sequence| packet("acknowledge_packet", ends, sequence)).collect::<Vec<_>>();
        stage.inject([lie(Rewrite::adding(invented(&a))), lie(Rewrite::adding(invented(&b)))]);
        stage.send()?;
        stage.settle()
    });
}

/// The commitments are gone, says the one, so that all would be over; the other says that they stand.
#[test]
fn commitments_that_one_node_denies_are_proven_and_nothing_is_forgotten() {
    a_denial_is_settled("two_commitments", "/ibc.core.channel.v1.Query/PacketCommitments");
}

/// Nothing is unreceived, says the one, so that nothing would be left to deliver; the other says that all is.
#[test]
fn receipts_that_one_node_invents_are_refuted_by_a_proof_and_nothing_is_forgotten() {
    a_denial_is_settled("two_receipts", "/ibc.core.channel.v1.Query/UnreceivedPackets");
}

/// The lie never ends.
fn a_denial_is_settled(name: &str, path: &'static str) {
    play_on_two_nodes(name, |stage| {
        stage.restart_fresh(|stage| {
            stage.send()?;
            stage.inject([Fault::Emptied(path), Fault::Emptied(path)]);
            Ok(())
        })?;
        stage.is_said("two nodes contradict each other, and a proof refutes this one")?;
        stage.settle()
    });
}
