//! Nodes that forge proofs and values, lag behind or fall silent: the relayer waits them out and goes on.

use std::fs;
use std::sync::Arc;

use anyhow::ensure;
use devnet::chain::{Chain, ChainOptions};
use devnet::node::{Fault, Injection, Method};

use super::{SWEEP_BLOCKS, play, play_on_two_nodes};

const MADE_UP: [Fault; 2] = [Fault::AheadBy(1_000_000_000), Fault::AheadBy(1_000_000_000)];
const NOT_THERE: &str = "a node tells of a head that is not there";

#[test]
fn forged_proofs_are_never_sent_and_true_ones_are_once_they_come() {
    play("forged_proofs", |stage| {
        stage.inject([Fault::ForgedProof, Fault::ForgedProof]);
        stage.send()?;
        stage.pass(15)?;
        stage.heal();
        stage.settle()
    });
}

#[test]
fn forged_values_are_never_sent_and_true_ones_are_once_they_come() {
    play("forged_values", |stage| {
        // What the node answers to the user's wallet is forged as well: it sends first.
        stage.send()?;
        stage.inject([Fault::ForgedValue, Fault::ForgedValue]);
        stage.pass(15)?;
        stage.heal();
        stage.settle()
    });
}

#[test]
fn nodes_that_lag_behind_delay_and_do_no_more() {
    play("lagging", |stage| {
        stage.send()?;
        stage.inject([Fault::StaleBy(8), Fault::StaleBy(8)]);
        stage.pass(10)?;
        stage.heal();
        stage.send()
    });
}

#[test]
fn a_head_that_is_made_up_is_not_believed() {
    play("made_up_head", |stage| {
        stage.send()?;
        stage.inject(MADE_UP);
        // The user's own wallet would believe it: what was sent before ends while the lie is told.
        stage.settle()?;
        stage.heal();
        stage.send()
    });
}

#[test]
fn a_first_head_that_is_made_up_is_not_believed_and_ends_with_the_lie() {
    play("first_head", |stage| {
        stage.restart_fresh(|stage| {
            stage.send()?;
            stage.inject(MADE_UP);
            Ok(())
        })?;
        stage.is_said(NOT_THERE)?;
        stage.heal();
        stage.settle()
    });
}

#[test]
fn a_first_head_that_one_node_makes_up_is_had_right_from_the_other() {
    play_on_two_nodes("first_head_of_two", |stage| {
        stage.restart_fresh(|stage| {
            stage.inject(MADE_UP);
            stage.send()
        })?;
        stage.settle()?;
        stage.is_said(NOT_THERE)
    });
}

/// All heads are lies here, since none come by WebSocket. If one were believed, it would take 500 blocks to come true.
#[test]
fn a_head_somewhat_above_the_chain_delays_packets_by_few_blocks() {
    play("somewhat_above", |stage| {
        stage.restart_fresh(|stage| {
            let config = fs::read_to_string(stage.relayer.config())?;
            let polled = format!("websocket = \"none\"\nsweep_interval_blocks = {SWEEP_BLOCKS}");
            fs::write(
                stage.relayer.config(),
                config.replace(&format!("sweep_interval_blocks = {SWEEP_BLOCKS}"), &polled),
            )?;
            Ok(())
        })?;
        stage.send()?;
        stage.settle()?;
        stage.send()?;
        let from = stage.bed.a.height()?;
        stage.inject([Fault::AheadBy(500), Fault::AheadBy(500)]);
        stage.settle()?;
        stage.is_said(NOT_THERE)?;
        stage.heal();
        let blocks = stage.bed.a.height()? - from;
        ensure!(blocks < 250, "packets took {blocks} blocks");
        Ok(())
    });
}

#[test]
fn a_subscription_that_is_silent_is_not_relied_on() {
    play("silent", |stage| {
        stage.inject([Fault::EventsNever, Fault::EventsNever]);
        stage.send()?;
        stage.settle()
    });
}

#[test]
fn blocks_of_another_chain_are_not_believed() {
    play("other_chain", |stage| {
        let other = |of: usize| {
            let running = stage.bed.chains()[of].id().to_owned();
            let genesis = devnet::Genesis::new(running.parse()?);
            let options =
                ChainOptions { powers: vec![10; 4], seed: 99, genesis_time: types::Timestamp(1), initial_height: 1 };
            anyhow::Ok(Arc::new(Chain::new(genesis, options)))
        };
        let lie = |chain| -> Injection { Fault::OtherChain(chain).only([Method::Commit, Method::Validators]) };
        stage.inject([lie(other(0)?), lie(other(1)?)]);
        stage.bed.send_both_ways(&stage.channels, 1, super::PACKETS)?;
        stage.sent += super::PACKETS;
        stage.pass(15)?;
        stage.heal();
        stage.settle()
    });
}
