//! A connection with a delay (ICS-03): what a client's update proves counts only after it has rested.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::{Bed, send};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use time::OffsetDateTime;

const DELAY_SECONDS: u64 = 4;
const TRANSFERS: usize = 10;

/// Packets over a connection with a delay are delivered and acknowledged after it, each by one message, and none before.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path_with("delay", &["--delay-period", &DELAY_SECONDS.to_string()])?;
    let mut relayer = bed.relayer("delay", Role::Relayer, &channels.toml, |_| ())?;
    let before = bed.flows(&channels)?;
    let from = bed.heights()?;
    relayer.start()?;
    let sent = send(&*bed.a, &*bed.b, &channels.a, 1, TRANSFERS)?;
    let sent_at = bed.a.block(*sent.start())?.time;
    bed.settle(&channels, &mut relayer, Duration::from_secs(120))?;
    relayer.stop()?;

    before.ensure_moved(TRANSFERS as u128, 0, &bed.flows(&channels)?)?;
    let [on_a, on_b] = bed.work_since(Role::Relayer, from)?;
    for work in [on_a, on_b] {
        ensure!(work.failed.is_empty(), "too early: {:?}", work.failed);
        ensure!(work.packet_messages == TRANSFERS && work.redundant() == 0, "not each leg once: {work:?}");
    }
    let received_at = first(&*bed.b, from.b, "recv_packet")?;
    let acknowledged_at = first(&*bed.a, from.a, "acknowledge_packet")?;
    let delay = Duration::from_secs(DELAY_SECONDS);
    ensure!(received_at >= sent_at + delay, "received {} after it was sent", received_at - sent_at);
    ensure!(
        acknowledged_at >= received_at + delay,
        "acknowledged {} after it was received",
        acknowledged_at - received_at
    );
    Ok(())
}

/// The time of the first block above `from` with such an event.
fn first(chain: &dyn ChainUnderTest, from: u64, kind: &str) -> Result<OffsetDateTime> {
    for height in from + 1..=chain.height()? {
        let block = chain.block(height)?;
        if block.txs.iter().any(|tx| tx.count(kind) > 0) {
            return Ok(block.time);
        }
    }
    None.with_context(|| format!("no {kind} on {}", chain.id()))
}
