//! Header after header from one that is trusted: each that is verified is what the next is verified by (CometBFT
//! `light.Client`, `verifySequential` and the steps of `verifySkipping`, with the headers given).

use types::{BlockHeight, Timestamp};

use crate::{Invalid, LightBlock, Options, TrustedState, ValidatorSet, Verdict, verify::verify_from};

/// How far a step may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// As far as the trusted validators tell.
    Skipping,
    /// To the next height.
    Sequential,
}

/// What is trusted now, on the way along a chain.
#[derive(Clone, Debug)]
pub struct Follower {
    trusted: TrustedState,
    next_validators: Option<ValidatorSet>,
    options: Options,
    steps: Steps,
}

impl Follower {
    /// Starts from a state that is trusted. Without its next validators only an adjacent block can follow, or one that
    /// brings a set with the hash of `trusted.next_validators_hash`.
    pub fn start(trusted: TrustedState, next_validators: Option<ValidatorSet>, options: Options, steps: Steps) -> Self {
        Self { trusted, next_validators, options, steps }
    }

    /// What is trusted now.
    pub fn trusted(&self) -> &TrustedState {
        &self.trusted
    }

    /// Verifies a block at the time `now`. Trust moves to it on success alone.
    pub fn follow(&mut self, block: LightBlock, now: Timestamp) -> Verdict {
        let verdict = self.verify(&block, now);
        if verdict != Verdict::Success {
            return verdict;
        }
        match TrustedState::of_verified(&block) {
            Ok(trusted) => {
                (self.trusted, self.next_validators) = (trusted, block.next_validators);
                Verdict::Success
            }
            Err(invalid) => Verdict::Invalid(invalid),
        }
    }

    fn verify(&self, block: &LightBlock, now: Timestamp) -> Verdict {
        let (trusted, got) = (BlockHeight(self.trusted.height.revision_height), block.height());
        if self.steps == Steps::Sequential && trusted.0.checked_add(1) != Some(got.0) {
            return Verdict::Invalid(Invalid::NotAdjacent { trusted, got });
        }
        let next_validators = self.next_validators.as_ref().or_else(|| self.next_validators_in(block));
        verify_from(block, &self.trusted, next_validators, &self.options, now)
    }

    /// Whoever brings a set, its hash tells whether it is that of the next validators.
    fn next_validators_in<'a>(&self, block: &'a LightBlock) -> Option<&'a ValidatorSet> {
        let sets = [Some(&block.validators), block.next_validators.as_ref()];
        sets.into_iter().flatten().find(|set| set.hash() == self.trusted.next_validators_hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_chain::{TestChain, options, time_of};

    fn without_next(chain: &mut TestChain, height: u64) -> LightBlock {
        LightBlock { next_validators: None, ..chain.block(height) }
    }

    fn start(chain: &mut TestChain, steps: Steps) -> Follower {
        let (trusted, next_validators) = chain.trusted(1);
        Follower::start(trusted, Some(next_validators), options(), steps)
    }

    /// One validator of three is replaced at each height.
    fn changing() -> TestChain {
        TestChain::with(|height| (0..3).map(|n| (u8::try_from(height + n).unwrap(), 10)).collect())
    }

    #[test]
    fn trust_moves_with_each_success_and_with_nothing_else() {
        let mut chain = changing();
        let mut follower = start(&mut chain, Steps::Skipping);
        let now = time_of(100);
        assert_eq!(follower.follow(chain.block(3), now), Verdict::Success);
        assert_eq!(follower.follow(chain.block(4), now), Verdict::Success);
        assert!(matches!(follower.follow(chain.block(9), now), Verdict::NotEnoughTrust(_)));
        assert_eq!(follower.trusted().height.revision_height, 4);
        assert_eq!(follower.follow(chain.block(5), now), Verdict::Success);
        let again = follower.follow(chain.block(5), now);
        assert!(matches!(again, Verdict::Invalid(Invalid::HeightNotAbove { .. })), "{again:?}");
        assert_eq!(follower.trusted().height.revision_height, 5);
    }

    #[test]
    fn without_next_validators_only_an_adjacent_block_follows() {
        let mut chain = changing();
        let now = time_of(100);
        let mut follower = start(&mut chain, Steps::Skipping);
        assert_eq!(follower.follow(without_next(&mut chain, 2), now), Verdict::Success);
        assert_eq!(follower.follow(without_next(&mut chain, 4), now), Verdict::Invalid(Invalid::NoTrustedValidators));
        assert_eq!(follower.follow(without_next(&mut chain, 3), now), Verdict::Success);
    }

    #[test]
    fn a_later_block_may_bring_the_next_validators_of_the_trusted_one() {
        // From height 3 on nothing changes, so that the validators of 9 are those that 2 announced.
        let mut chain =
            TestChain::with(|height| if height < 3 { vec![(1, 10), (2, 10)] } else { vec![(2, 10), (3, 10)] });
        let now = time_of(100);
        let mut follower = start(&mut chain, Steps::Skipping);
        assert_eq!(follower.follow(without_next(&mut chain, 2), now), Verdict::Success);
        assert_eq!(follower.follow(without_next(&mut chain, 9), now), Verdict::Success);
    }

    #[test]
    fn next_validators_that_are_not_those_of_the_trusted_state_are_no_way_around_it() {
        let mut chain = changing();
        let (trusted, _) = chain.trusted(1);
        let strangers = Some(chain.validators_at(7));
        let mut follower = Follower::start(trusted, strangers, options(), Steps::Skipping);
        for height in [2, 3] {
            let verdict = follower.follow(chain.block(height), time_of(100));
            assert!(matches!(verdict, Verdict::Invalid(Invalid::TrustedValidators { .. })), "{height}: {verdict:?}");
        }
    }

    #[test]
    fn step_by_step_no_height_is_left_out() {
        let mut chain = TestChain::of(4);
        let now = time_of(100);
        let mut follower = start(&mut chain, Steps::Sequential);
        for height in [1, 3] {
            let (trusted, got) = (BlockHeight(1), BlockHeight(height));
            let expected = Verdict::Invalid(Invalid::NotAdjacent { trusted, got });
            assert_eq!(follower.follow(chain.block(height), now), expected);
        }
        for height in [2, 3] {
            assert_eq!(follower.follow(chain.block(height), now), Verdict::Success);
        }
    }
}
