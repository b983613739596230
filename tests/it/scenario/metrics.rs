//! What a daemon tells of itself: counts that agree with what was done, and whether it is ready.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::json_rpc::{HttpAnswer, exchange};
use lightship_tests::relayer::Relayer;

const MESSAGES: usize = 10;
/// A chain that makes no block for so long is missed; the packets are counted as soon as a sweep has confirmed them.
const CHAIN: &str = "block_time_max = \"5s\"\nsweep_interval_blocks = 10\n";
const WITHIN: Duration = Duration::from_secs(90);

/// Packets each way are counted as ended, with their latency; clients have an expiry. While chain B makes no blocks,
/// `/ready` names it, and it alone; when it is back, all is ready again.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("metrics")?;
    let adjust = |entry: &mut lightship_tests::relayer::ChainEntry| entry.more.push_str(CHAIN);
    let mut relayer = bed.relayer("metrics", Role::Relayer, &channels.toml, adjust)?;
    let config = fs::read_to_string(relayer.config())?;
    fs::write(relayer.config(), format!("metrics = \"127.0.0.1:0\"\n{config}"))?;

    relayer.start()?;
    let address = served_at(&mut relayer)?;
    wait_for_ready(&address, 200, "\"ready\":true")?;
    bed.send_both_ways(&channels, 1, MESSAGES)?;
    bed.settle(&channels, &mut relayer, WITHIN)?;
    for (chain, channel) in [(&*bed.a, &channels.a), (&*bed.b, &channels.b)] {
        counted(&address, chain, channel)?;
    }

    bed.b.stop()?;
    wait_for_ready(&address, 503, &format!("\"subject\":\"{}\"", bed.b.id()))?;
    let named = get(&address, "/ready")?;
    ensure!(!text(&named).contains(&format!("\"subject\":\"{}\"", bed.a.id())), "{}", text(&named));
    ensure!(get(&address, "/health")?.status == 200, "a chain's outage is no fault of ours");
    bed.b.start()?;
    wait_for_ready(&address, 200, "\"ready\":true")?;
    relayer.stop()
}

/// The packets that `chain` sent are counted as ended with their latency, and its client's expiry is told.
fn counted(address: &str, chain: &dyn ChainUnderTest, channel: &str) -> Result<()> {
    let of_channel = [format!("chain=\"{}\"", chain.id()), format!("channel=\"{channel}\"")];
    let of_chain = [format!("chain=\"{}\"", chain.id()), String::new()];
    let messages = MESSAGES as f64;
    wait_for("count of the ended packets", WITHIN, || {
        let page = text(&get(address, "/metrics")?);
        let acknowledged = sum(&page, "lightship_packets_ended_total", &of_channel, "how=\"acknowledged\"");
        ensure!(acknowledged == messages, "{acknowledged} packets of {} are counted:\n{page}", chain.id());
        let latency = sum(&page, "lightship_packet_latency_blocks_count", &of_channel, "");
        ensure!(latency == messages, "the latency of {latency} packets of {} is counted:\n{page}", chain.id());
        ensure!(sum(&page, "lightship_packets", &of_channel, "") == 0.0, "packets are left:\n{page}");
        ensure!(sum(&page, "lightship_client_expiry_seconds", &of_chain, "") > 0.0, "no client's expiry:\n{page}");
        ensure!(sum(&page, "lightship_client_status", &of_chain, "status=\"active\"") == 1.0, "no client:\n{page}");
        ensure!(sum(&page, "lightship_messages_total", &of_chain, "kind=\"recv\"") >= messages, "no recv:\n{page}");
        ensure!(sum(&page, "lightship_wallet_balance", &of_chain, "") > 0.0, "no balance:\n{page}");
        ensure!(sum(&page, "lightship_endpoint_up", &of_chain, "") == 1.0, "no endpoint:\n{page}");
        Ok(Some(()))
    })
}

/// The sum of a metric's series that have these labels.
pub(crate) fn sum(page: &str, name: &str, labels: &[String; 2], label: &str) -> f64 {
    let is_wanted = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'))
            && labels.iter().all(|label| line.contains(label.as_str()))
            && line.contains(label)
    };
    let value = |line: &str| line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
    page.lines().filter(is_wanted).filter_map(value).sum()
}

/// Where the daemon says that it serves.
pub(crate) fn served_at(relayer: &mut Relayer) -> Result<String> {
    let address = |log: &str| {
        let line = log.lines().find(|line| line.contains("metrics are served"))?;
        Some(line.split("address=").nth(1)?.split_whitespace().next()?.to_owned())
    };
    relayer.wait_for_log("address of the metrics", WITHIN, |log| address(log).is_some())?;
    address(&relayer.log()?).context("no address of the metrics")
}

fn wait_for_ready(address: &str, status: u16, holds: &str) -> Result<()> {
    wait_for(&format!("/ready with {status} and {holds}"), WITHIN, || {
        let answer = get(address, "/ready")?;
        ensure!(answer.status == status && text(&answer).contains(holds), "{}: {}", answer.status, text(&answer));
        Ok(Some(()))
    })
}

pub(crate) fn get(address: &str, path: &str) -> Result<HttpAnswer> {
    exchange(address, &format!("GET {path} "), "")
}

pub(crate) fn text(answer: &HttpAnswer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}
