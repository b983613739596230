//! Blocks on a timer.

use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::RunningChain;

/// Makes a block every `period`, but not while the chain pauses. What was missed is not made up for: a machine that
/// slept wakes to one block, not to a burst.
pub(super) async fn make_blocks(chain: RunningChain, period: Duration, end: CancellationToken) {
    // A period of zero would never let others run.
    let mut ticks = tokio::time::interval(period.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is at once, and the first block is there already.
    ticks.tick().await;
    while end.run_until_cancelled(ticks.tick()).await.is_some() {
        if !chain.is_paused() {
            chain.make_block();
        }
    }
}
