//! What only chains in this process do on command: their nodes lie, forge, lag and fall silent while packets are under
//! way, all their validators change, they upgrade.

mod bytes;
mod expiry;
mod explain;
mod frozen;
mod lies;
mod turnover;
mod two_nodes;
mod upgrade;
mod word;
mod wrong;

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use devnet::node::{Injection, Node};
use lightship_tests::bed::{Bed, Channels, Flows, Heights};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::Relayer;

const BLOCK_TIME: Duration = Duration::from_millis(300);
/// Packets each way.
const PACKETS: usize = 10;
/// Sweeps are what finds a lie out.
const SWEEP_BLOCKS: u64 = 10;
const SETTLED_WITHIN: Duration = Duration::from_secs(90);

/// A relayer between two chains whose last nodes, its primaries, do what they are told.
struct Stage {
    bed: Bed,
    /// The relayer's primaries.
    nodes: [Node; 2],
    channels: Channels,
    relayer: Relayer,
    before: Flows,
    from: Heights,
    sent: usize,
}

/// Plays a fault: what it must come to stands in `act`; what it must not cost is judged here.
fn play(name: &str, act: impl FnOnce(&mut Stage) -> Result<()>) {
    play_with(name, &PairOptions::new(BLOCK_TIME), act);
}

/// The same with two nodes a chain: the relayer's primary, and an honest one, which the users ask too.
fn play_on_two_nodes(name: &str, act: impl FnOnce(&mut Stage) -> Result<()>) {
    play_with(name, &PairOptions { nodes: 2, ..PairOptions::new(BLOCK_TIME) }, act);
}

fn play_with(name: &str, options: &PairOptions, act: impl FnOnce(&mut Stage) -> Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(options).unwrap();
    let addresses = [&a, &b].map(|chain| chain.running().nodes().iter().rev().map(Node::rpc).collect::<Vec<_>>());
    let nodes = [&a, &b].map(|chain| chain.running().nodes()[options.nodes - 1].clone());
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    let mut stage = Stage::set(bed, nodes, addresses, name).unwrap();
    let played = act(&mut stage).and_then(|()| stage.judge());
    if let Err(error) = played {
        panic!("{error:#}\n{}", stage.bed.logs(name));
    }
}

impl Stage {
    /// `addresses` are those of all nodes of each chain, of which `nodes` are the first; the last is the users'.
    fn set(bed: Bed, nodes: [Node; 2], addresses: [Vec<SocketAddr>; 2], name: &str) -> Result<Self> {
        let channels = bed.create_path(name)?;
        let mut relayer = bed.relayer(name, Role::Relayer, &channels.toml, |chain| {
            chain.more = format!("sweep_interval_blocks = {SWEEP_BLOCKS}");
        })?;
        use_all(&relayer, addresses)?;
        let (before, from) = (bed.flows(&channels)?, bed.heights()?);
        relayer.start()?;
        // It is there before the first lie is told: a packet each way has come to its end.
        bed.send_both_ways(&channels, 1, 1)?;
        bed.settle(&channels, &mut relayer, SETTLED_WITHIN)?;
        Ok(Self { bed, nodes, channels, relayer, before, from, sent: 1 })
    }

    /// Starts the relayer anew, after `change`, without anything that it knew.
    fn restart_fresh(&mut self, change: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.relayer.stop()?;
        fs::remove_dir_all(self.relayer.store())?;
        change(self)?;
        self.relayer.start()
    }

    /// Lets both of the relayer's primaries do something wrong.
    fn inject(&self, injections: [impl Into<Injection>; 2]) {
        for (node, injection) in self.nodes.iter().zip(injections) {
            node.inject(injection);
        }
    }

    fn heal(&self) {
        self.nodes.iter().for_each(Node::heal);
    }

    fn send(&mut self) -> Result<()> {
        self.bed.send_both_ways(&self.channels, 1, PACKETS)?;
        self.sent += PACKETS;
        Ok(())
    }

    fn is_said(&mut self, what: &str) -> Result<()> {
        self.relayer.wait_for_log(what, SETTLED_WITHIN, |log| log.contains(what))
    }

    /// Waits for so many blocks more of chain A.
    fn pass(&mut self, blocks: u64) -> Result<()> {
        let end = self.bed.a.height()? + blocks;
        wait_for("blocks", SETTLED_WITHIN, || Ok((self.bed.a.height()? >= end).then_some(())))?;
        ensure!(self.relayer.has_ended()?.is_none(), "the relayer ended by itself");
        Ok(())
    }

    fn settle(&mut self) -> Result<()> {
        self.bed.settle(&self.channels, &mut self.relayer, SETTLED_WITHIN)
    }

    /// Everything true has ended and is where it belongs; nothing failed, and nothing was paid for that did nothing.
    fn judge(&mut self) -> Result<()> {
        self.settle()?;
        self.heal();
        self.relayer.stop()?;
        let sent = self.sent as u128;
        self.before.ensure_moved(sent, sent, &self.bed.flows(&self.channels)?)?;
        for (chain, work) in self.bed.chains().iter().zip(self.bed.work_since(Role::Relayer, self.from)?) {
            ensure!(work.failed.is_empty(), "transactions failed on {}: {:?}", chain.id(), work.failed);
            let (effective, all) = (work.effective, work.packet_messages);
            ensure!((effective, all) == (2 * self.sent, 2 * self.sent), "{}: {effective} of {all}", chain.id());
        }
        Ok(())
    }
}

/// Has a relayer use all nodes of each chain, of which its configuration names one.
fn use_all(relayer: &Relayer, addresses: [Vec<SocketAddr>; 2]) -> Result<()> {
    let mut config = fs::read_to_string(relayer.config())?;
    for addresses in addresses {
        let all: Vec<String> = addresses.iter().map(|address| format!("http://{address}")).collect();
        let named = all.iter().map(|address| format!("{address:?}")).find(|address| config.contains(address));
        config = config.replace(&named.context("the configuration names no node")?, &format!("{all:?}"));
    }
    Ok(fs::write(relayer.config(), config)?)
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("channels", &self.channels).finish_non_exhaustive()
    }
}
