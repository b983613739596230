//! Two endpoints of one chain under the eyes of the monitor: what the one tells and the other does not.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use devnet::chain::Conspiracy;
use devnet::node::Fault;
use devnet::{Attack, Clock};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::{ChainEntry, Relayer, Running};
use serde_json::Value;

const BLOCK_TIME: Duration = Duration::from_millis(500);
const SETTLED_WITHIN: Duration = Duration::from_secs(90);

/// Chain A with two endpoints, chain B, which holds a client of it, and who watches.
struct Stage {
    a: DevnetChain,
    b: DevnetChain,
    relayer: Relayer,
    _directory: tempfile::TempDir,
}

impl Stage {
    fn set() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let [a, b] = DevnetChain::pair(&PairOptions { nodes: 2, ..PairOptions::new(BLOCK_TIME) })?;
        let mut entries = [&a, &b].map(|chain| ChainEntry::of(chain, Role::Relayer));
        entries[0].more_rpc.push(a.running().nodes()[1].rpc().to_string());
        let relayer = Relayer::new(&directory.path().join("watch"), &entries, "")?;
        for chain in [&a, &b] {
            relayer.add_key(chain, Role::Relayer)?;
        }
        relayer.run(["create", "client", b.id(), a.id()])?.success()?;
        Ok(Self { a, b, relayer, _directory: directory })
    }

    fn monitor(&mut self) -> Result<Running> {
        let monitor = self.relayer.spawn(["monitor"])?;
        wait_for_log(&monitor, "watching a client")?;
        // Both endpoints have a few blocks more, so that the last that both have is known.
        let head = self.head();
        wait_for("blocks", SETTLED_WITHIN, || Ok((self.head() > head + 8).then_some(())))?;
        Ok(monitor)
    }

    fn head(&self) -> u64 {
        self.a.running().with(|chain| chain.height())
    }

    fn status(&self) -> Result<Value> {
        let answer = self.relayer.run(["--json", "query", "clients", "--chain", self.b.id()])?.success()?;
        let clients: Value = serde_json::from_str(&answer)?;
        Ok(clients[0]["status"].clone())
    }

    /// What stands in the evidence, one text a file.
    fn evidence(&self) -> Result<Vec<String>> {
        let directory = self.relayer.store().join("evidence");
        if !directory.is_dir() {
            return Ok(Vec::new());
        }
        let files = fs::read_dir(directory)?.collect::<Result<Vec<_>, _>>()?;
        let files = files.into_iter().map(|file| file.path());
        let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
        Ok(files.map(fs::read_to_string).collect::<Result<_, _>>()?)
    }
}

fn wait_for_log(monitor: &Running, word: &str) -> Result<()> {
    wait_for(word, SETTLED_WITHIN, || Ok(monitor.log()?.contains(word).then_some(())))
}

fn end(mut monitor: Running) {
    monitor.terminate().unwrap();
    let ended = wait_for("end of the monitor", SETTLED_WITHIN, || monitor.ended()).unwrap();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

/// Nobody has shown it to a client, and no client's state would tell it.
#[test]
fn an_attack_that_one_endpoint_alone_tells_freezes_the_clients() {
    let mut stage = Stage::set().unwrap();
    let monitor = stage.monitor().unwrap();
    let fork =
        stage.a.running().with(|chain| chain.attack(Attack::Equivocation, chain.height(), Conspiracy::default()));
    stage.a.running().nodes()[1].follow(Some(fork.unwrap()));
    let frozen = wait_for("frozen client", SETTLED_WITHIN, || Ok((stage.status()? == "frozen").then_some(())));
    assert!(frozen.is_ok(), "{}", monitor.log().unwrap());
    // The attacked chain's validators commit what its nodes were told: that is no second attack.
    wait_for_log(&monitor, "a chain has taken note of an attack that is answered").unwrap();
    let evidence = stage.evidence().unwrap();
    assert_eq!(evidence.len(), 1, "{}", monitor.log().unwrap());
    assert!(evidence[0].contains("\"nodes\"") && evidence[0].contains("\"equivocation\""), "{evidence:?}");
    end(monitor);
}

/// Younger clients are shown what comes later; once there is none that trusts the chain, more of the same is no news.
#[test]
fn a_fork_that_goes_on_is_told_of_once_where_all_is_frozen() {
    let mut stage = Stage::set().unwrap();
    let monitor = stage.monitor().unwrap();
    let chain = stage.a.running();
    chain.pause();
    let mut fork = chain.with(|chain| chain.fork(chain.height().saturating_sub(1))).unwrap();
    let mut go_on = |blocks: u32, beat| {
        for _ in 0..blocks {
            chain.make_block();
            fork.make_block(Clock::System.now());
            chain.nodes()[1].follow(Some(fork.clone()));
            thread::sleep(beat);
        }
    };
    go_on(2, Duration::ZERO);
    wait_for("frozen client", SETTLED_WITHIN, || Ok((stage.status()? == "frozen").then_some(()))).unwrap();
    wait_for_log(&monitor, "the attack is answered").unwrap();
    // More than the monitor leaves between two looks at the same fork, and slowly enough for some looks.
    go_on(110, Duration::ZERO);
    go_on(50, Duration::from_millis(100));
    assert_eq!(stage.evidence().unwrap().len(), 1, "{}", monitor.log().unwrap());
    chain.nodes()[1].follow(None);
    chain.resume();
    wait_for_log(&monitor, "endpoints agree again").unwrap();
    end(monitor);
}

/// The same by one look, which nobody watched before.
#[test]
fn one_look_compares_the_endpoints() {
    let stage = Stage::set().unwrap();
    let once = || stage.relayer.run(["--json", "monitor", "--once", "--no-submit"]).unwrap();
    let standing = |stdout: &str| serde_json::from_str::<Value>(stdout).unwrap()["endpoints"][0]["standing"].clone();
    let clean = once();
    assert_eq!((clean.code, standing(&clean.stdout)), (Some(0), "agrees".into()), "{}", clean.stderr);
    // The second node has another newest block, as long as no further one is made.
    stage.a.running().pause();
    let fork =
        stage.a.running().with(|chain| chain.attack(Attack::Equivocation, chain.height(), Conspiracy::default()));
    stage.a.running().nodes()[1].follow(Some(fork.unwrap()));
    let found = once();
    assert_eq!((found.code, standing(&found.stdout)), (Some(1), "contradicts".into()), "{}", found.stderr);
    assert_eq!(stage.evidence().unwrap().len(), 1);
    let (freezing, settled) = (stage.relayer.run(["monitor", "--once"]).unwrap(), stage.status().unwrap());
    assert_eq!((freezing.code, settled), (Some(1), "frozen".into()), "{}", freezing.stderr);
    assert_eq!(stage.evidence().unwrap().len(), 1, "it is the same attack");
}

#[test]
fn an_endpoint_that_errs_is_said_and_freezes_nothing() {
    let mut stage = Stage::set().unwrap();
    let monitor = stage.monitor().unwrap();
    let node = &stage.a.running().nodes()[1];
    for (round, fault) in
        [Fault::Http(200, "no JSON at all".to_owned()), Fault::StaleAt(3), Fault::Stall, Fault::Endless]
            .into_iter()
            .enumerate()
    {
        node.inject(fault);
        let count = |word: &str| monitor.log().map(|log| log.matches(word).count());
        let said = |word: &'static str| wait_for(word, SETTLED_WITHIN, || Ok((count(word)? > round).then_some(())));
        said("can't be compared with the one in use").unwrap();
        node.heal();
        said("endpoints agree again").unwrap();
    }
    assert_eq!(stage.status().unwrap(), "active");
    assert_eq!(stage.evidence().unwrap(), Vec::<String>::new());
    end(monitor);
}
