//! Bytes that no event told in time: found in old blocks, whatever of the old states is kept.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use devnet::app::TxResult;
use devnet::app::event::Event;
use devnet::node::{Fault, Node, Rewrite};
use lightship_tests::bed::{Bed, send};
use lightship_tests::block::Tx;
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::probe::{self, Timeout};
use serde_json::Value;

use super::{BLOCK_TIME, SETTLED_WITHIN};

/// No constant that a relayer could know.
const ODD_ACKNOWLEDGEMENT: &str = r#"text:{"probe":"ack","ack":"hex:00ff"}"#;
/// Too few to hold what was sent before the relayer came.
const STATES_KEPT: u64 = 12;

#[test]
fn odd_acknowledgements_are_found_in_the_blocks_that_wrote_them() {
    odd_acknowledgements("odd_acks_kept", None);
}

#[test]
fn odd_acknowledgements_are_found_where_no_old_state_is_kept() {
    odd_acknowledgements("odd_acks_pruned", Some(STATES_KEPT));
}

#[test]
fn packets_of_old_are_found_where_no_old_state_is_kept() {
    with_bed("old_pruned", Some(STATES_KEPT), |bed, _| {
        let channels = bed.create_path("old_pruned")?;
        let mut relayer = bed.relayer("old_pruned", Role::Relayer, &channels.toml, |_| ())?;
        let before = bed.flows(&channels)?;
        bed.send_both_ways(&channels, 2, 10)?;
        pass(bed, 2 * STATES_KEPT)?;
        relayer.start()?;
        bed.settle(&channels, &mut relayer, SETTLED_WITHIN)?;
        relayer.stop()?;
        before.ensure_moved(20, 20, &bed.flows(&channels)?)
    });
}

#[test]
fn a_block_that_can_not_be_read_is_asked_for_again_and_no_other() {
    with_bed("unreadable", Some(STATES_KEPT), |bed, [node, _]| {
        let channels = bed.create_path("unreadable")?;
        let before = bed.flows(&channels)?;
        let sent_at = send_at_once(bed, &channels.a)?;
        pass(bed, 2 * STATES_KEPT)?;
        let reads = Reads::default();
        node.inject(reads.counted());
        node.inject(Fault::ResultsMissing(sent_at));
        let started_at = bed.a.height()?;
        let mut relayer = bed.relayer("unreadable", Role::Relayer, &channels.toml, |chain| {
            chain.more = "sweep_interval_blocks = 2".to_owned();
        })?;
        relayer.start()?;
        let held_up = format!("blocks={sent_at}");
        let is_said = |log: &str, times| log.matches(&held_up).count() >= times;
        relayer.wait_for_log("the block is named", SETTLED_WITHIN, |log| is_said(log, 1))?;
        // Every other block brings a sweep, and each sweep the same question.
        relayer.wait_for_log("the block is asked for again", SETTLED_WITHIN, |log| is_said(log, 2))?;
        node.heal();
        node.inject(reads.counted());
        bed.settle(&channels, &mut relayer, SETTLED_WITHIN)?;
        relayer.stop()?;
        let again = reads.more_than_once(1..started_at);
        ensure!(again.is_empty(), "blocks were read again: {again:?}");
        ensure!(reads.of(sent_at) == 1, "the block that was lost was read {} times", reads.of(sent_at));
        before.ensure_moved(10, 0, &bed.flows(&channels)?)
    });
}

#[test]
fn a_running_relayer_searches_no_block_below_the_bound_of_who_asks_it_to_clear() {
    with_bed("bounded", Some(STATES_KEPT), |bed, [node, _]| {
        let channels = bed.create_path("bounded")?;
        let sent_at = send_at_once(bed, &channels.a)?;
        pass(bed, 2 * STATES_KEPT)?;
        node.inject(Fault::Events(Rewrite::without_ibc()));
        let mut relayer = bed.relayer("bounded", Role::Relayer, &channels.toml, |_| ())?;
        relayer.start()?;
        relayer.wait_for_log("a search in vain", SETTLED_WITHIN, |log| log.contains("packets stand in no block"))?;
        let bound = sent_at + 1;
        let down_to = format!("down_to={bound}");
        ensure!(!relayer.log()?.contains(&down_to), "it is searched down to {bound} without being asked to");
        let asked = ["clear", "packets", "--json", "--chain", bed.a.id(), "--channel", &channels.a, "--from-height"];
        let ended = relayer.run(asked.iter().chain(&[bound.to_string().as_str()]))?;
        let told: Value = serde_json::from_str(&ended.stdout)?;
        let left = told["left"].as_array().cloned().unwrap_or_default();
        ensure!(left.len() == 10 && left.iter().all(|left| left["reason"] == "bytes_unknown"), "{told}");
        ensure!(relayer.log()?.contains(&down_to), "it was not searched down to {bound}: {}", relayer.log()?);
        // The next search of the relayer's own goes all the way again.
        node.heal();
        bed.settle(&channels, &mut relayer, SETTLED_WITHIN)?;
        relayer.stop()
    });
}

/// How often a node told the results of each block.
#[derive(Clone, Debug, Default)]
struct Reads(Arc<Mutex<BTreeMap<u64, usize>>>);

impl Reads {
    fn counted(&self) -> Fault {
        let reads = self.clone();
        Fault::Events(Rewrite::new(move |height, _: &mut Vec<TxResult>, _: &mut Vec<Event>| {
            *reads.0.lock().unwrap().entry(height).or_default() += 1;
        }))
    }

    fn of(&self, height: u64) -> usize {
        self.0.lock().unwrap().get(&height).copied().unwrap_or_default()
    }

    fn more_than_once(&self, heights: Range<u64>) -> BTreeMap<u64, usize> {
        let reads = self.0.lock().unwrap();
        reads.range(heights).filter(|(_, count)| **count > 1).map(|(height, count)| (*height, *count)).collect()
    }
}

/// Sends some packets by one transaction; gives its block.
fn send_at_once(bed: &Bed, channel: &str) -> Result<u64> {
    for height in send(&*bed.a, &*bed.b, channel, 1, 10)? {
        if bed.a.block(height)?.txs.iter().any(|tx| tx.count("send_packet") > 0) {
            return Ok(height);
        }
    }
    bail!("no block sent a packet")
}

fn pass(bed: &Bed, blocks: u64) -> Result<()> {
    let end = bed.a.height()? + blocks;
    wait_for("old states to go", Duration::from_secs(60), || Ok((bed.a.height()? >= end).then_some(())))
}

/// A rival's update proves what was sent, but nobody serves the state behind it any more.
#[test]
fn a_header_that_the_client_holds_is_replaced_once_its_state_is_pruned() {
    with_bed("held_pruned", Some(STATES_KEPT), |bed, _| {
        let channels = bed.create_path("held_pruned")?;
        let before = bed.flows(&channels)?;
        bed.send_both_ways(&channels, 1, 5)?;
        let sent = bed.heights()?;
        let passed =
            |blocks| Ok((bed.a.height()? > sent.a + blocks && bed.b.height()? > sent.b + blocks).then_some(()));
        wait_for("headers above the sends", SETTLED_WITHIN, || passed(1))?;
        let rival = bed.relayer("held_pruned-rival", Role::Rival, "", |_| ())?;
        for chain in bed.chains() {
            let client = ["--host-chain", chain.id(), "--client", "07-tendermint-0"];
            rival.run(["update", "client"].iter().chain(&client))?.success()?;
        }
        wait_for("states of the held headers to go", SETTLED_WITHIN, || passed(4 * STATES_KEPT))?;
        let mut relayer = bed.relayer("held_pruned", Role::Relayer, &channels.toml, |_| ())?;
        relayer.start()?;
        bed.settle(&channels, &mut relayer, SETTLED_WITHIN)?;
        relayer.stop()?;
        before.ensure_moved(5, 5, &bed.flows(&channels)?)?;
        let renewed = |tx: &Tx| ["MsgUpdateClient", "MsgRecvPacket"].iter().all(|name| holds(tx, name));
        for (chain, from) in bed.chains().into_iter().zip([sent.a, sent.b]) {
            let mut blocks = (from..=chain.height()?).map(|height| chain.block(height));
            ensure!(blocks.any(|block| block.is_ok_and(|block| block.txs.iter().any(renewed))), "{}", chain.id());
        }
        Ok(())
    });
}

fn holds(tx: &Tx, message: &str) -> bool {
    tx.messages.iter().any(|url| url.ends_with(message))
}

/// The node of the destination tells of no acknowledgement for a while.
fn odd_acknowledgements(name: &str, states_kept: Option<u64>) {
    with_bed(name, states_kept, |bed, [_, node]| {
        let probes = ["--a-port", probe::PORT, "--b-port", probe::PORT, "--version", "any"];
        let channels = bed.create_path_with(name, &probes)?;
        let mut relayer = bed.relayer(name, Role::Relayer, &channels.toml, |chain| {
            chain.more = "sweep_interval_blocks = 10".to_owned();
        })?;
        relayer.start()?;
        node.inject(Fault::Events(Rewrite::without(|event| event.kind == "write_acknowledgement")));
        probe::send(&*bed.a, &*bed.b, &channels.a, ODD_ACKNOWLEDGEMENT, 3, Timeout::Seconds(3_600))?;
        relayer.wait_for_log("a search in vain", SETTLED_WITHIN, |log| log.contains("packets stand in no block"))?;
        node.heal();
        wait_for("end of all packets", SETTLED_WITHIN, || {
            Ok(bed.a.pending(probe::PORT, &channels.a)?.is_empty().then_some(()))
        })?;
        relayer.stop()
    });
}

fn with_bed(name: &str, states_kept: Option<u64>, act: impl FnOnce(&Bed, &[Node; 2]) -> Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions { states_kept, ..PairOptions::new(BLOCK_TIME) }).unwrap();
    let nodes = [&a, &b].map(|chain| chain.running().nodes()[0].clone());
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    if let Err(error) = act(&bed, &nodes) {
        panic!("{error:#}\n{}", bed.logs(name));
    }
}
