//! Two relayers on one path.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;

const ROUNDS: usize = 10;
const MESSAGES: usize = 50;
/// Of all packet messages that were paid for, in percent.
const REDUNDANT_MAX: usize = 5;

/// Two Lightships with wallets of their own relay one path: 1,000 packets end, and less than 5 % of what both paid for
/// was done already.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("rivals")?;
    let roles = [Role::Relayer, Role::Rival];
    let [mut one, mut other] = [
        bed.relayer("rivals-one", roles[0], &channels.toml, |_| ())?,
        bed.relayer("rivals-other", roles[1], &channels.toml, |_| ())?,
    ];
    let before = bed.flows(&channels)?;
    let from = bed.heights()?;
    one.start()?;
    other.start()?;
    for _ in 0..ROUNDS {
        bed.send_both_ways(&channels, 1, MESSAGES)?;
    }
    bed.settle(&channels, &mut one, Duration::from_secs(180))?;
    one.stop()?;
    other.stop()?;

    let sent = (ROUNDS * MESSAGES) as u128;
    before.ensure_moved(sent, sent, &bed.flows(&channels)?)?;
    let (mut paid, mut redundant) = (0, 0);
    for role in roles {
        for work in bed.work_since(role, from)? {
            paid += work.packet_messages;
            redundant += work.redundant();
        }
    }
    report(paid, redundant);
    ensure!(paid >= 4 * ROUNDS * MESSAGES, "only {paid} messages for {} packets", 2 * ROUNDS * MESSAGES);
    ensure!(redundant * 100 < paid * REDUNDANT_MAX, "{redundant} of {paid} messages were redundant");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figure is what the run is watched for")]
#[expect(clippy::cast_precision_loss, reason = "counts of a test are far below 2^52")]
fn report(paid: usize, redundant: usize) {
    let share = 100.0 * redundant as f64 / paid as f64;
    println!("two relayers: {redundant} of {paid} packet messages were redundant, {share:.2} %");
}
