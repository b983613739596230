//! Two nodes of a chain contradict each other about what is pending on it: what is said to have ended has, and it is said
//! whose word that is.

use anyhow::{Result, ensure};
use devnet::node::{Fault, Node};
use lightship_tests::bed::{Bed, Channels, send};
use lightship_tests::chain_under_test::Role;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::Relayer;
use serde_json::Value;

use super::{BLOCK_TIME, use_all};

const PACKETS: usize = 3;

#[test]
fn a_second_node_that_lags_behind_is_contradicted_by_a_proof() {
    play("lagging", |stage| {
        stage.send()?;
        let [_, second] = &stage.nodes;
        second.inject(Fault::StaleAt(stage.bed.a.height()?));
        let told = stage.clear()?;
        ensure!(told["ended"] == PACKETS && told["left"] == Value::Array(Vec::new()), "{told}");
        ensure!(told["is_confirmed"] == true && told["word_of"].as_array().map(Vec::len) == Some(4), "{told}");
        Ok(())
    });
}

/// In its state, nothing was sent yet: that proves nothing of what was sent since.
#[test]
fn an_old_state_of_the_first_node_ends_no_packet() {
    play("outdated", |stage| {
        let before = stage.bed.a.height()?;
        stage.send()?;
        let [first, _] = &stage.nodes;
        first.inject(Fault::StaleAt(before));
        let told = stage.clear()?;
        first.heal();
        let pending = stage.bed.a.packet_commitments(&stage.channels.a)?;
        let left = told["left"].as_array().map(Vec::len);
        ensure!(left == Some(pending.len()) && told["ended"] == PACKETS - pending.len(), "{pending:?}: {told}");
        ensure!(pending.is_empty() || told["is_confirmed"] == false, "nobody confirmed it: {told}");
        let told = stage.clear()?;
        ensure!(told["is_clear"] == true && told["is_confirmed"] == true, "{told}");
        Ok(())
    });
}

#[test]
fn where_the_second_node_is_silent_the_first_ones_word_is_named_alone() {
    play("alone", |stage| {
        stage.send()?;
        let [_, second] = &stage.nodes;
        second.inject(Fault::DroppedBefore);
        let told = stage.clear()?;
        ensure!(told["ended"] == PACKETS && told["is_confirmed"] == false, "{told}");
        // The other chain's second node answers.
        ensure!(told["word_of"].as_array().map(Vec::len) == Some(3), "{told}");
        Ok(())
    });
}

/// Two chains of two nodes each, and a home that clears.
struct Stage {
    bed: Bed,
    /// Those of chain A.
    nodes: [Node; 2],
    channels: Channels,
    relayer: Relayer,
}

fn play(name: &str, act: impl FnOnce(&Stage) -> Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions { nodes: 2, ..PairOptions::new(BLOCK_TIME) }).unwrap();
    let addresses = [&a, &b].map(|chain| chain.running().nodes().iter().map(Node::rpc).collect());
    let nodes = [0, 1].map(|index| a.running().nodes()[index].clone());
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    let channels = bed.create_path(name).unwrap();
    let relayer = bed.relayer(name, Role::Relayer, &channels.toml, |_| ()).unwrap();
    use_all(&relayer, addresses).unwrap();
    let stage = Stage { bed, nodes, channels, relayer };
    if let Err(error) = act(&stage) {
        panic!("{error:#}");
    }
}

impl Stage {
    fn send(&self) -> Result<()> {
        send(&*self.bed.a, &*self.bed.b, &self.channels.a, 1, PACKETS)?;
        Ok(())
    }

    /// Clears all, and says how that ended.
    fn clear(&self) -> Result<Value> {
        let ended = self.relayer.run(["clear", "packets", "--json"])?;
        ensure!(matches!(ended.code, Some(0 | 1)), "exit code {:?}: {}", ended.code, ended.stderr);
        Ok(serde_json::from_str(&ended.stdout)?)
    }
}
