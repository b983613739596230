//! Clients without traffic.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::relayer::Relayer;
use serde_json::Value;

/// Long enough to make a path in; a third of it is waited for, twice.
const TRUSTING_PERIOD: &str = "trusting_period = \"60s\"\n";
const REFRESHED_WITHIN: Duration = Duration::from_secs(60);

/// Two clients with a trusting period of a minute, and no packets at all: both are updated every twenty seconds, and
/// `query clients` says how long they have. `update client` moves one by hand.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let known: Vec<String> = bed.a.handshakes()?.channels.into_iter().map(|end| end.channel_id).collect();
    let maker = bed.relayer("refresh-path", Role::Relayer, "", |entry| entry.more = TRUSTING_PERIOD.to_owned())?;
    maker.run(["create", "path", bed.a.id(), bed.b.id()])?.success()?;
    let channels = bed.new_channel(&known, &maker)?;
    let mut relayer =
        bed.relayer("refresh", Role::Relayer, &channels.toml, |entry| entry.more = TRUSTING_PERIOD.to_owned())?;
    let clients = [newest(&relayer, bed.a.id())?, newest(&relayer, bed.b.id())?];

    relayer.start()?;
    let mut last = clients.clone();
    for _ in 0..2 {
        let chains = [bed.a.id(), bed.b.id()];
        let next = wait_for("update of both clients", REFRESHED_WITHIN, || {
            let now = [newest(&relayer, chains[0])?, newest(&relayer, chains[1])?];
            Ok(now.iter().zip(&last).all(|(now, last)| now.height > last.height).then_some(now))
        })?;
        for client in &next {
            ensure!(client.status == "active", "{client:?}");
            ensure!((30..=60).contains(&client.expires_in), "not refreshed in time: {client:?}");
        }
        last = next;
    }
    relayer.stop()?;

    let id = &clients[0].id;
    let target = bed.b.height()?;
    let height = target.to_string();
    let arguments = ["--json", "update", "client", "--host-chain", bed.a.id(), "--client", id, "--height", &height];
    let answer: Value = serde_json::from_str(&relayer.run(arguments)?.success()?)?;
    ensure!(answer["after"]["revision_height"] == target, "{answer}");
    ensure!(newest(&relayer, bed.a.id())?.height == target, "{answer}");
    // Again: nothing is left to do, and nothing is paid for.
    let sequence = bed.a.account_state(Role::Relayer)?.sequence;
    let answer: Value = serde_json::from_str(&relayer.run(arguments)?.success()?)?;
    ensure!(answer["headers"] == 0, "{answer}");
    ensure!(bed.a.account_state(Role::Relayer)?.sequence == sequence, "a second update was paid for");
    let above = (bed.b.height()? + 1_000).to_string();
    let arguments = ["update", "client", "--chain", bed.a.id(), "--client", id, "--height", &above];
    let ended = relayer.run(arguments)?;
    ensure!(ended.code == Some(1) && ended.stderr.contains("is not there yet"), "{ended:?}");
    Ok(())
}

#[derive(Clone, Debug)]
struct Client {
    id: String,
    status: String,
    height: u64,
    expires_in: u64,
}

/// The client that was made last.
fn newest(relayer: &Relayer, chain: &str) -> Result<Client> {
    let answer: Value =
        serde_json::from_str(&relayer.run(["--json", "query", "clients", "--chain", chain])?.success()?)?;
    let number = |row: &Value| {
        let id = row["client"].as_str()?;
        id.strip_prefix("07-tendermint-")?.parse::<u64>().ok()
    };
    let rows = answer.as_array().context("no list")?;
    let row = rows.iter().max_by_key(|row| number(row)).context("no client")?;
    Ok(Client {
        id: row["client"].as_str().context("no id")?.to_owned(),
        status: row["status"].as_str().context("no status")?.to_owned(),
        height: row["latest_height"]["revision_height"].as_u64().context("no height")?,
        expires_in: row["expires_in_seconds"].as_u64().context("no time left")?,
    })
}
