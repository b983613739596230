//! Bytes that no event told in time: found in old blocks, whatever of the old states is kept.

use std::time::Duration;

use anyhow::Result;
use devnet::node::{Fault, Node, Rewrite};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::probe::{self, Timeout};

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
        let end = bed.a.height()? + 2 * STATES_KEPT;
        wait_for("old states to go", Duration::from_secs(60), || Ok((bed.a.height()? >= end).then_some(())))?;
        relayer.start()?;
        bed.settle(&channels, &mut relayer, SETTLED_WITHIN)?;
        relayer.stop()?;
        before.ensure_moved(20, 20, &bed.flows(&channels)?)
    });
}

/// The node of the destination tells of no acknowledgement for a while.
fn odd_acknowledgements(name: &str, states_kept: Option<u64>) {
    with_bed(name, states_kept, |bed, node| {
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

fn with_bed(name: &str, states_kept: Option<u64>, act: impl FnOnce(&Bed, &Node) -> Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions { states_kept, ..PairOptions::new(BLOCK_TIME) }).unwrap();
    let node = b.running().nodes()[0].clone();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    if let Err(error) = act(&bed, &node) {
        panic!("{error:#}\n{}", bed.logs(name));
    }
}
