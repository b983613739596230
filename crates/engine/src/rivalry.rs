//! Another relayer on the same clients, and how we keep out of each other's way.
//!
//! Nothing tells relayers of each other but their transactions. Whoever loses a race steps back, whoever wins goes on,
//! so that two of them soon are a first and a second:
//!
//! - A level for each group says how far we stepped back. It rises when a fair share of our own work proved to be done by
//!   somebody else: legs that simulation or CheckTx called redundant, or whose event came from another's transaction
//!   while ours were proven, queued or in flight. What is queued unsigned is given back then.
//! - While it is raised, a live leg rests for a jittered part of so many destination blocks before it is proven. A rival
//!   that is at work has delivered it by then, which the block's events tell, and it never costs us anything. A backlog
//!   does not rest: it is taken from its other end.
//! - It falls when we deliver in a block and nobody contests it: the rival has gone, or is the second itself. It falls
//!   with quiet blocks too. A rival that delivers what we leave to it keeps it where it is.
//! - Who is alone never has a level, and never rests.
//!
//! Each leg is looked at once more before its transaction is signed, and by the simulation (`TxPartlyRedundant`). An
//! invented rival can delay us by as many blocks as there are levels, no more.

use core::time::Duration;

use types::BlockHeight;

use crate::Instant;
use crate::backoff::Backoff;

/// The highest level. At it, a leg rests long enough for a rival's transaction to be seen in a block.
const LEVEL_MAX: u32 = 3;

/// Destination blocks without a sign of a rival after which the level falls by one.
const QUIET_BLOCKS: u64 = 32;

/// As many of a hundred legs must be contested before we step back: a user who relays one of his own is no rival.
const CONTESTED_PERCENT: usize = 10;

/// How far we have stepped back in one group.
#[derive(Debug, Default)]
pub(crate) struct Rivalry {
    level: u32,
    /// The destination's block that last showed a rival.
    seen_at: BlockHeight,
    /// Until when the legs rest that became provable with this block of the proving chain.
    rest: Option<(BlockHeight, Instant)>,
}

impl Rivalry {
    /// Is a rival at work?
    pub(crate) fn is_raised(&self, head: BlockHeight) -> bool {
        self.level_at(head) > 0
    }

    /// So many of our legs were done by somebody else, and so many by us. Says whether we step back.
    pub(crate) fn judge(&mut self, contested: usize, won: usize, head: BlockHeight) -> bool {
        let level = self.level_at(head);
        let is_lost = contested > 0
            && contested.saturating_mul(100) >= contested.saturating_add(won).saturating_mul(CONTESTED_PERCENT);
        if is_lost {
            self.set(level.saturating_add(1).min(LEVEL_MAX), head);
        } else if contested == 0 && won > 0 {
            self.set(level.saturating_sub(1), head);
        }
        is_lost
    }

    /// A rival did what we left to it.
    pub(crate) fn saw_rival(&mut self, head: BlockHeight) {
        let level = self.level_at(head);
        self.set(level, head);
    }

    /// Until when a leg rests that is provable with this block of the proving chain; none if it need not.
    pub(crate) fn rest(
        &mut self,
        proving: BlockHeight,
        head: BlockHeight,
        block_time: Duration,
        now: Instant,
        backoff: &mut Backoff,
    ) -> Option<Instant> {
        let level = self.level_at(head);
        if level == 0 {
            self.rest = None;
            return None;
        }
        let until = match self.rest {
            // What became provable together is proven together.
            Some((height, until)) if height == proving => until,
            Some(_) | None => backoff.within(now, block_time.saturating_mul(level)),
        };
        self.rest = Some((proving, until));
        Some(until).filter(|until| *until > now)
    }

    fn level_at(&self, head: BlockHeight) -> u32 {
        let quiet = head.0.saturating_sub(self.seen_at.0) / QUIET_BLOCKS;
        self.level.saturating_sub(u32::try_from(quiet).unwrap_or(u32::MAX))
    }

    fn set(&mut self, level: u32, head: BlockHeight) {
        self.level = level;
        self.seen_at = self.seen_at.max(head);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::options;
    use types::Order;

    const BLOCK: Duration = Duration::from_secs(6);

    fn rest(rivalry: &mut Rivalry, proving: u64, seed: u64) -> Option<u64> {
        let mut backoff = Backoff::new(&options(Order::Unordered), seed);
        rivalry.rest(BlockHeight(proving), BlockHeight(10), BLOCK, Instant(0), &mut backoff).map(|until| until.0)
    }

    #[test]
    fn who_is_alone_never_rests() {
        let mut rivalry = Rivalry::default();
        for height in 1..100 {
            assert!(!rivalry.judge(0, 50, BlockHeight(height)));
        }
        assert_eq!(rest(&mut rivalry, 1, 1), None);
    }

    #[test]
    fn each_lost_race_makes_us_rest_longer_up_to_a_bound() {
        let mut rivalry = Rivalry::default();
        for level in [1, 2, 3, 3, 3] {
            assert!(rivalry.judge(5, 5, BlockHeight(10)));
            let until = rest(&mut rivalry, 100 + u64::from(level), 1).unwrap();
            assert!((level * 3_000..=level * 6_000).contains(&(until as u32)), "level {level}: {until}");
            rivalry.rest = None;
        }
    }

    #[test]
    fn legs_that_became_provable_together_rest_together_and_two_relayers_differ() {
        let mut rivalry = Rivalry::default();
        rivalry.judge(1, 0, BlockHeight(10));
        let first = rest(&mut rivalry, 20, 1);
        assert_eq!(rest(&mut rivalry, 20, 2), first);
        assert_ne!(rest(&mut rivalry, 21, 2), first);
    }

    #[test]
    fn what_we_deliver_unopposed_brings_us_back_and_what_a_rival_delivers_does_not() {
        let mut rivalry = Rivalry::default();
        rivalry.judge(1, 0, BlockHeight(10));
        rivalry.judge(1, 0, BlockHeight(10));
        rivalry.saw_rival(BlockHeight(40));
        assert!(rivalry.is_raised(BlockHeight(70)));
        rivalry.judge(0, 4, BlockHeight(71));
        assert!(rivalry.is_raised(BlockHeight(71)), "one level is left");
        rivalry.judge(0, 4, BlockHeight(72));
        assert!(!rivalry.is_raised(BlockHeight(72)));
    }

    #[test]
    fn quiet_blocks_end_it() {
        let mut rivalry = Rivalry::default();
        rivalry.judge(1, 0, BlockHeight(10));
        assert!(rivalry.is_raised(BlockHeight(10 + QUIET_BLOCKS - 1)));
        assert!(!rivalry.is_raised(BlockHeight(10 + QUIET_BLOCKS)));
    }

    #[test]
    fn a_user_who_relays_one_of_many_is_no_rival() {
        let mut rivalry = Rivalry::default();
        assert!(!rivalry.judge(1, 20, BlockHeight(10)));
        assert!(!rivalry.is_raised(BlockHeight(10)));
        assert!(rivalry.judge(1, 9, BlockHeight(10)));
    }
}
