//! A real chain goes on twice from one block, its validator signing both: what becomes of the clients that track it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::{ChainUnderTest, Role, UserMessage};
use lightship_tests::deadline::wait_for;
use lightship_tests::json_rpc;
use lightship_tests::real_chain::RealChain;
use lightship_tests::relayer::Relayer;
use serde_json::{Value, json};

const APART_WITHIN: Duration = Duration::from_secs(30);
const FROZEN_WITHIN: Duration = Duration::from_secs(60);
/// Of half a second, from the lie to the end of the last client: one where nothing else runs on the machine.
const BLOCKS_MAX: u64 = 4;

/// Two chains hold clients of each other: those of a path, and those that somebody else made.
///
/// Chain B goes on twice. One client on A is updated by hand, from the copy, while a monitor watches that knows only the
/// honest B: it freezes every client of B on A, and leaves evidence that anybody can verify.
///
/// Then chain A goes on twice, and no client on B is told: a monitor that has the copy among its nodes of A sees that
/// two nodes contradict each other under the same signature, and freezes every client of A on B.
pub(crate) fn run([a, b]: [RealChain; 2], bed: &Bed) -> Result<()> {
    bed.create_path("fork")?;
    somebody_else_makes_clients(bed)?;
    a_client_is_told(bed, &a, &b)?;
    two_nodes_contradict_each_other(bed, &a, &b)
}

fn somebody_else_makes_clients(bed: &Bed) -> Result<()> {
    let rival = bed.relayer("fork-rival", Role::Rival, "", |_| ())?;
    for [host, tracked] in [[bed.a.id(), bed.b.id()], [bed.b.id(), bed.a.id()]] {
        rival.run(["create", "client", host, tracked])?.success()?;
        let clients = clients(&rival, host)?;
        ensure!(clients.len() == 2 && clients.values().all(|status| status == "active"), "{host}: {clients:?}");
    }
    Ok(())
}

fn a_client_is_told(bed: &Bed, host: &RealChain, attacked: &RealChain) -> Result<()> {
    let copy = fork(attacked)?;
    let mut monitor = bed.relayer("fork-told", Role::Relayer, "", |_| ())?;
    monitor.monitor()?;
    let liar = bed.relayer("fork-liar", Role::Rival, "", |chain| {
        if chain.id == attacked.id() {
            chain.rpc = copy.rpc().to_owned();
        }
    })?;
    let connection = bed.a.handshakes()?.connections.pop().context("no connection")?;
    let from = bed.a.height()? + 1;
    let height = (&copy as &dyn ChainUnderTest).height()?.to_string();
    let arguments = ["update", "client", "--host-chain", host.id(), "--client", &connection.client_id];
    liar.run(arguments.iter().chain(&["--height", &height]))?.success()?;

    all_are_frozen(&mut monitor, host.id())?;
    let told = first_block(host, from, "update_client", &connection.client_id)?;
    let blocks = report("an update by hand", host, told, &clients(&monitor, host.id())?)?;
    ensure!(blocks <= BLOCKS_MAX, "the last client was frozen {blocks} blocks after the lie");
    let clients = clients(&monitor, attacked.id())?;
    ensure!(clients.values().all(|status| status == "active"), "of the chain that told no lie: {clients:?}");
    evidence_proves(&monitor, attacked.id())?;
    monitor.stop()
}

fn two_nodes_contradict_each_other(bed: &Bed, attacked: &RealChain, host: &RealChain) -> Result<()> {
    let copy = fork(attacked)?;
    let mut monitor = bed.relayer("fork-witness", Role::Relayer, "", |chain| {
        if chain.id == attacked.id() {
            chain.more_rpc.push(copy.rpc().to_owned());
        }
    })?;
    let from = bed.b.height()?;
    monitor.monitor()?;
    all_are_frozen(&mut monitor, host.id())?;
    report("a second node", host, from, &clients(&monitor, host.id())?)?;
    evidence_proves(&monitor, attacked.id())?;
    monitor.stop()
}

/// Has a chain go on twice, with other transactions; returns the copy when their blocks of one height differ, and the
/// states that they tell of.
fn fork(chain: &RealChain) -> Result<RealChain> {
    let copy = chain.fork(&format!("{}-copy", chain.id()))?;
    for (branch, amount) in [(chain, 1), (&copy, 2)] {
        let to = branch.account(Role::Rival).address.clone();
        let payment = UserMessage::Pay { to, amount, denom: branch.fee_denom().to_owned() };
        (branch as &dyn ChainUnderTest).send(Role::User, &[vec![payment]])?;
    }
    let branches: [&dyn ChainUnderTest; 2] = [chain, &copy];
    wait_for("difference between the branches", APART_WITHIN, || {
        let height = branches[0].height()?.min(branches[1].height()?);
        let [one, other] = [app_hash(branches[0], height)?, app_hash(branches[1], height)?];
        Ok((one != other).then_some(()))
    })?;
    Ok(copy)
}

fn app_hash(chain: &dyn ChainUnderTest, height: u64) -> Result<String> {
    let commit = json_rpc::call(chain.rpc(), "commit", &json!({ "height": height.to_string() }))?;
    Ok(commit["signed_header"]["header"]["app_hash"].as_str().context("no app_hash")?.to_owned())
}

fn all_are_frozen(monitor: &mut Relayer, host: &str) -> Result<()> {
    wait_for("end of all clients", FROZEN_WITHIN, || {
        ensure!(monitor.has_ended()?.is_none(), "the monitor ended");
        let clients = clients(monitor, host)?;
        let left: Vec<_> = clients.iter().filter(|(_, status)| *status != "frozen").collect();
        ensure!(!clients.is_empty() && left.is_empty(), "not frozen on {host}: {left:?}");
        Ok(Some(()))
    })
}

/// The status of each client that a chain holds, as the chain tells it.
fn clients(relayer: &Relayer, host: &str) -> Result<BTreeMap<String, String>> {
    let answer = relayer.run(["--json", "query", "clients", "--chain", host])?.success()?;
    let rows: Vec<Value> = serde_json::from_str(&answer)?;
    let text = |row: &Value, key: &str| Some(row[key].as_str()?.to_owned());
    rows.iter().map(|row| text(row, "client").zip(text(row, "status")).with_context(|| row.to_string())).collect()
}

/// The files that were left prove an attack to somebody who asks no node, one at least an attack on this chain. A monitor
/// reads the last blocks before its start as well, and finds what was told there.
#[expect(clippy::print_stdout, reason = "what was proven is this test's result")]
fn evidence_proves(monitor: &Relayer, attacked: &str) -> Result<()> {
    let directory = monitor.store().join("evidence");
    let files = fs::read_dir(&directory).with_context(|| directory.display().to_string())?;
    let files: Vec<PathBuf> = files.map(|file| Ok(file?.path())).collect::<Result<_>>()?;
    // Beside each stands how far the answer to it is.
    let evidence: Vec<_> = files.iter().filter(|file| file.extension().is_some_and(|end| end == "json")).collect();
    let is_about = |file: &&PathBuf| {
        file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&format!("{attacked}-")))
    };
    ensure!(evidence.iter().any(is_about), "no evidence about {attacked} in {}", directory.display());
    for file in evidence {
        let file = file.to_str().context("path is no text")?;
        println!("{}", monitor.run(["evidence", "verify", file])?.success()?);
    }
    Ok(())
}

/// Prints after how many blocks each client was frozen; returns the most.
#[expect(clippy::print_stdout, reason = "the figures are what the run is watched for")]
fn report(lie: &str, host: &RealChain, told: u64, clients: &BTreeMap<String, String>) -> Result<u64> {
    let mut most = 0;
    for client in clients.keys() {
        let blocks = first_block(host, told, "client_misbehaviour", client)? - told;
        println!("{lie}: {client} on {} was frozen {blocks} blocks after it", host.id());
        most = most.max(blocks);
    }
    Ok(most)
}

/// The first block from a height on with an event of this kind about the client.
fn first_block(chain: &RealChain, from: u64, kind: &str, client: &str) -> Result<u64> {
    let chain: &dyn ChainUnderTest = chain;
    for height in from..=chain.height()? {
        let block = chain.block(height)?;
        let mut events = block.txs.iter().filter(|tx| tx.code == 0).flat_map(|tx| &tx.events);
        if events.any(|event| event.kind == kind && event.value("client_id") == Some(client)) {
            return Ok(height);
        }
    }
    bail!("no {kind} of {client} on {} since block {from}", chain.id())
}
