//! A real chain that goes on under another id, by the vote of its validator: the client of it follows, and so do packets.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::{self, Bed};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::real_chain::RealChain;
use serde_json::{Value, json};

/// The account of x/gov, in whose name what was voted for is done: the same on every chain with prefix `cosmos`.
const GOVERNANCE: &str = "cosmos10d07y265gmmuvt4z0w9aw880jnsr700j6zn9kn";
/// Twice what the vote takes.
const BLOCKS_TO_UPGRADE: u64 = 24;
const HALTED_WITHIN: Duration = Duration::from_secs(120);
const PACKETS_WITHIN: Duration = Duration::from_secs(90);
/// Packets, each way.
const BEFORE: usize = 2;
const ACROSS: usize = 3;
const AFTER: usize = 4;

/// Chain B plans an IBC software upgrade and halts. `upgrade client` brings the client on A over it, from a node that
/// makes no more blocks. B goes on as the next revision; packets that were under way all the time end, and so do new
/// ones both ways, over the same clients, connection and channel.
pub(crate) fn run(chains: &Path, directory: &Path) -> Result<()> {
    let (a, b) = pair(chains)?;
    let (old_id, next_id) = (b.id().to_owned(), next_revision(b.id())?);
    let bed = Bed::new(Box::new(a.clone()), Box::new(b.clone()), directory);
    let channels = bed.create_path("chain_upgrade")?;
    let client = bed.a.handshakes()?.clients.pop().context("no client")?;
    let before = bed.flows(&channels)?;
    let mut relayer = bed.relayer("chain_upgrade", Role::Relayer, &channels.toml, |_| ())?;
    relayer.start()?;
    bed.send_both_ways(&channels, 1, BEFORE)?;
    bed.settle(&channels, &mut relayer, PACKETS_WITHIN)?;
    relayer.stop()?;

    let planned = bed.b.height()? + BLOCKS_TO_UPGRADE;
    b.submit_as_validator(&proposal(&b.validator_address()?, &a.client_state(&client)?, &next_id, planned)?)?;
    bed::send(&*bed.a, &*bed.b, &channels.a, 1, ACROSS)?;
    wait_for("halt for the upgrade", HALTED_WITHIN, || Ok((bed.b.height()? >= planned).then_some(())))?;
    let height = planned.to_string();
    let arguments = ["--host-chain", a.id(), "--client", &client, "--upgrade-height", &height];
    let answer = relayer.run(["--json", "upgrade", "client"].iter().chain(&arguments))?.success()?;
    let answer: Value = serde_json::from_str(&answer)?;
    ensure!(answer["tracked_before"] == old_id.as_str() && answer["tracks"] == next_id.as_str(), "{answer}");
    ensure!(bed.b.height()? == planned, "{old_id} did not halt");

    b.upgrade_to(&next_id)?;
    let (a, b) = pair(chains)?;
    let bed = Bed::new(Box::new(a), Box::new(b), &directory.join("after"));
    let toml = channels.toml.replace(&format!("{old_id:?}"), &format!("{next_id:?}"));
    let mut relayer = bed.relayer("chain_upgrade", Role::Relayer, &toml, |_| ())?;
    relayer.start()?;
    bed.send_both_ways(&channels, 1, AFTER)?;
    bed.settle(&channels, &mut relayer, PACKETS_WITHIN)?;
    relayer.stop()?;
    let sent = |more: usize| (BEFORE + AFTER + more) as u128;
    before.ensure_moved(sent(ACROSS), sent(0), &bed.flows(&channels)?)
}

fn pair(file: &Path) -> Result<(RealChain, RealChain)> {
    let mut chains = RealChain::read_all(file)?.into_iter();
    chains.next().zip(chains.next()).with_context(|| format!("{} names no two chains", file.display()))
}

/// `chain-b-2` after `chain-b-1`.
fn next_revision(id: &str) -> Result<String> {
    let (name, revision) = id.rsplit_once('-').with_context(|| format!("{id} has no revision"))?;
    Ok(format!("{name}-{}", revision.parse::<u64>().with_context(|| format!("{id} has no revision"))? + 1))
}

/// The chain's first proposal, and the vote for it. Clients go on with what `client` is, but for the id and the height:
/// that of the last block before the next revision's first.
fn proposal(validator: &str, client: &Value, next_id: &str, planned: u64) -> Result<[Value; 2]> {
    let (_, revision) = next_id.rsplit_once('-').context("an id without revision")?;
    let mut upgraded = client.clone();
    upgraded["chain_id"] = next_id.into();
    upgraded["latest_height"] = json!({ "revision_number": revision, "revision_height": (planned - 1).to_string() });
    let upgrade = json!({
        "@type": "/ibc.core.client.v1.MsgIBCSoftwareUpgrade",
        "signer": GOVERNANCE,
        "upgraded_client_state": upgraded,
        "plan": {
            "name": next_id, "height": planned.to_string(), "info": "", "time": "0001-01-01T00:00:00Z",
            "upgraded_client_state": null,
        },
    });
    let proposal = json!({
        "@type": "/cosmos.gov.v1.MsgSubmitProposal",
        "messages": [upgrade], "initial_deposit": [{ "denom": "stake", "amount": "10000000" }],
        "proposer": validator, "metadata": "", "title": "next revision", "summary": "of this chain", "expedited": false,
    });
    let vote = json!({
        "@type": "/cosmos.gov.v1.MsgVote",
        "proposal_id": "1", "voter": validator, "option": "VOTE_OPTION_YES", "metadata": "",
    });
    Ok([proposal, vote])
}
