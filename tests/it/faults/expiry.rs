//! A packet that expires while the transaction that delivers it waits in the mempool.

use anyhow::{Context, Result, ensure};
use devnet::clock::Clock;
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::life;
use lightship_tests::probe::{self, PORT, Timeout};
use serde_json::json;

use super::{BLOCK_TIME, SETTLED_WITHIN};

/// Packets without a timeout that is near.
const GOOD: usize = 5;
/// The packet that expires, sent after one that shows that the relayer is there.
const NEAR: u64 = 2;
/// It is taken by the next block, and not by the one after it.
const NEAR_BLOCKS: u64 = 2;
const LONG: Timeout = Timeout::Seconds(3_600);

#[test]
fn the_rest_of_a_batch_is_delivered_though_one_packet_expires_in_the_mempool() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let destination = b.twin();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    if let Err(error) = expire(&bed, &destination) {
        panic!("{error:#}\n{}", bed.logs("expiry"));
    }
}

fn expire(bed: &Bed, destination: &DevnetChain) -> Result<()> {
    let channels = bed.create_path_with("expiry", &["--a-port", PORT, "--b-port", PORT, "--version", "any"])?;
    let mut relayer = bed.relayer("expiry", Role::Relayer, &channels.toml, |chain| {
        chain.more = "timeout_margin_blocks = 0".to_owned();
    })?;
    relayer.start()?;
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:first", 1, LONG)?;
    ended(bed, &channels)?;

    destination.running().pause();
    let from = bed.heights()?;
    let send = |data: &str, count: usize| json!({ "channel": channels.a, "data": data, "count": count });
    let (mut near, mut good) = (send("text:near", 1), send("text:good", GOOD));
    near["timeout_height"] = json!(format!("0-{}", from.b + NEAR_BLOCKS));
    good["timeout_timestamp"] = json!(probe::timeout_timestamp(&*bed.b, 3_600)?);
    probe::command(&*bed.a, Role::User, &json!([{ "send": near }, { "send": good }]))?;
    wait_for("delivery in the mempool", SETTLED_WITHIN, || Ok((bed.b.unconfirmed()? > 0).then_some(())))?;
    // A proposer that leaves it out once: then the near one is too late.
    destination.running().with(|chain| chain.make_block_of(Vec::new(), Clock::System.now())).context("no block")?;
    destination.running().resume();
    ended(bed, &channels)?;
    relayer.stop()?;

    let [_, on_b] = bed.work_since(Role::Relayer, from)?;
    let is_expiry = |log: &String| log.contains("timeout elapsed");
    ensure!(on_b.failed.len() == 1 && on_b.failed.iter().all(is_expiry), "not one failure, by the near one: {on_b:?}");
    ensure!(on_b.effective == GOOD, "not each good one once: {on_b:?}");
    let lives = life::read(&*bed.a, PORT, &channels.a, from.a)?;
    for (sequence, life) in lives {
        let is_near = sequence == NEAR;
        let end = (life.acknowledged.is_some(), life.timed_out.is_some());
        ensure!(end == (!is_near, is_near), "packet {sequence} has another end than its own: {life:?}");
    }
    Ok(())
}

fn ended(bed: &Bed, channels: &Channels) -> Result<()> {
    wait_for("end of all packets", SETTLED_WITHIN, || Ok(bed.a.pending(PORT, &channels.a)?.is_empty().then_some(())))
}
