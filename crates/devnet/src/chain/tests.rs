//! Chains on a clock of their own, judged by the light client.

use std::time::Duration;

use light_client::{Bisection, Options, Progress, TrustThreshold, TrustedState, Verdict, verify};
use tendermint::{Hash, block::CommitSig};
use types::BlockHeight;

use super::*;

/// Seconds between two blocks.
const BLOCK_SECONDS: u64 = 5;

pub(super) fn start() -> Timestamp {
    Timestamp::from_seconds(1_700_000_000)
}

/// The time at which the validators vote for a height.
pub(super) fn at(height: u64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + height * BLOCK_SECONDS)
}

pub(super) fn chain(powers: &[u64]) -> Chain {
    let options = ChainOptions { powers: powers.to_vec(), seed: 1, genesis_time: start(), initial_height: 1 };
    Chain::new(Genesis::new("chain-1".parse().unwrap()), options)
}

/// A chain of so many blocks.
pub(super) fn grown(powers: &[u64], blocks: u64) -> Chain {
    let mut chain = chain(powers);
    grow(&mut chain, blocks);
    chain
}

pub(super) fn grow(chain: &mut Chain, blocks: u64) {
    for _ in 0..blocks {
        let height = chain.upcoming.height;
        assert_eq!(chain.try_make_block(at(height)), Ok(height));
    }
}

pub(super) fn trusted(chain: &Chain, height: u64) -> (TrustedState, ValidatorSet) {
    let block = chain.light_block(height).unwrap();
    TrustedState::anchor(&block, block.header_hash()).unwrap()
}

pub(super) fn options() -> Options {
    Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(14 * 24 * 3600),
        clock_drift: Duration::from_secs(10),
    }
}

/// What a light client that trusts a height of one chain says to a block of (maybe) another.
pub(super) fn verdict(trusting: &Chain, height: u64, untrusted: &Chain, target: u64) -> Verdict {
    let (state, next_validators) = trusted(trusting, height);
    verify(&untrusted.light_block(target).unwrap(), &state, &next_validators, &options(), at(10_000))
}

fn garbage(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[test]
fn sets_of_any_size_make_blocks_that_a_light_client_accepts() {
    for size in 1..=100_u64 {
        let powers: Vec<u64> = (0..size).map(|number| 1 + number * 7 % 13).collect();
        let chain = grown(&powers, 3);
        assert_eq!(verdict(&chain, 1, &chain, 2), Verdict::Success, "{size} validators, adjacent");
        assert_eq!(verdict(&chain, 1, &chain, 3), Verdict::Success, "{size} validators, skipping");
    }
}

#[test]
fn headers_follow_one_another() {
    let mut chain = grown(&[10, 20, 30], 2);
    chain.make_block_of(vec![garbage("one"), garbage("two")], at(3)).unwrap();
    grow(&mut chain, 3);
    for height in 2..=6 {
        let (last, block) = (chain.block(height - 1).unwrap(), chain.block(height).unwrap());
        assert_eq!(block.header.last_block_id, Some(last.id));
        assert_eq!(block.id.hash, block.header.hash());
        assert_eq!(block.last_commit.as_ref(), Some(&last.commit));
        assert_eq!(block.header.validators_hash, last.header.next_validators_hash);
        assert_eq!(block.header.app_hash.as_bytes(), last.app_hash);
        let results = Hash::Sha256(block::results_hash(&last.results));
        assert_eq!(block.header.last_results_hash, Some(results));
        assert!(block.header.time > last.header.time);
    }
    let third = chain.block(3).unwrap();
    assert_eq!(third.txs, [garbage("one"), garbage("two")]);
    assert_eq!(third.results.len(), 2);
    assert_eq!(third.header.data_hash, Some(Hash::Sha256(block::data_hash(&third.txs))));
}

#[test]
fn the_first_block_has_the_time_of_the_genesis_and_nothing_before_it() {
    let chain = grown(&[1], 1);
    let first = chain.block(1).unwrap();
    assert_eq!(vote::timestamp(first.header.time), start());
    assert_eq!((first.header.last_block_id, &first.last_commit), (None, &None));
    assert_eq!(first.header.app_hash.as_bytes(), Sha256::digest([]).as_slice());
    assert_eq!((chain.height(), chain.earliest_height(), chain.initial_height()), (1, 1, 1));
}

#[test]
fn a_header_has_the_median_time_of_the_votes_before_weighted_by_power() {
    let mut chain = chain(&[10, 10, 10, 10]);
    chain.set_voting(0, Voting::ClockAhead(Duration::from_secs(60)));
    chain.set_voting(1, Voting::ClockBehind(Duration::from_secs(2)));
    grow(&mut chain, 2);
    // Of -2 s, 0, 0 and +60 s the median is 0.
    assert_eq!(vote::timestamp(chain.block(2).unwrap().header.time), at(1));

    let mut chain = grown(&[10, 10, 50], 0);
    chain.set_voting(2, Voting::ClockAhead(Duration::from_secs(3)));
    grow(&mut chain, 2);
    // The one with the most power decides alone.
    let expected = Timestamp(at(1).0 + 3_000_000_000);
    assert_eq!(vote::timestamp(chain.block(2).unwrap().header.time), expected);
}

#[test]
fn time_goes_on_where_the_clock_does_not() {
    let mut chain = chain(&[1, 1, 1]);
    for height in 1..=3 {
        assert_eq!(chain.make_block(Timestamp(0)), height);
    }
    let time = |height| vote::timestamp(chain.block(height).unwrap().header.time).0;
    assert_eq!((time(1), time(2), time(3)), (start().0, start().0 + 1_000_000, start().0 + 2_000_000));
}

#[test]
fn votes_stand_in_the_commit_as_they_were_given() {
    let mut chain = chain(&[10, 9, 8, 7, 6, 5]);
    chain.set_voting(4, Voting::Absent);
    chain.set_voting(5, Voting::Nil);
    grow(&mut chain, 2);
    let commit = &chain.block(2).unwrap().commit;
    assert!(commit.signatures[..4].iter().all(CommitSig::is_commit));
    assert!(commit.signatures[4].is_absent());
    assert!(commit.signatures[5].is_nil());
    assert_eq!(verdict(&chain, 1, &chain, 2), Verdict::Success);
}

#[test]
fn a_chain_without_two_thirds_makes_no_block_until_they_are_back() {
    let mut chain = grown(&[10, 10, 10], 3);
    chain.set_voting(0, Voting::Nil);
    let stalled = chain.try_make_block(at(4)).unwrap_err();
    assert_eq!(stalled.to_string(), "no block at height 4: 20 of 30 signed, more than 20 needed");
    assert_eq!(chain.make_block(at(4)), 3);
    chain.set_voting(0, Voting::Block);
    assert_eq!(chain.make_block(at(5)), 4);
    assert_eq!(verdict(&chain, 3, &chain, 4), Verdict::Success);
}

#[test]
fn what_forged_votes_commit_verifies_for_nobody() {
    for forged in [vec![0, 1, 2, 3], vec![2, 3]] {
        let honest = grown(&[10; 4], 5);
        let mut fork = honest.fork(4).unwrap();
        forged.iter().for_each(|validator| fork.set_voting(*validator, Voting::Forged));
        grow(&mut fork, 3);
        let block = fork.block(5).unwrap();
        assert_eq!(block.commit.signatures.iter().filter(|vote| vote.is_commit()).count(), 4);
        for height in [5, 6, 7] {
            let told = verdict(&honest, 3, &fork, height);
            assert!(matches!(told, Verdict::Invalid(_)), "{height}: {told:?}");
        }
    }
}

#[test]
fn where_the_proposer_is_absent_the_next_round_commits() {
    let mut chain = chain(&[10, 10, 10, 10]);
    chain.set_voting(2, Voting::Absent);
    grow(&mut chain, 12);
    let absent = account_of(&mut chain, 2);
    let rounds: Vec<u32> = (1..=12).map(|height| chain.block(height).unwrap().commit.round.value()).collect();
    assert!(rounds.contains(&1) && rounds.contains(&0), "{rounds:?}");
    for height in 1..=12 {
        let block = chain.block(height).unwrap();
        assert_ne!(block.header.proposer_address, absent);
        assert_eq!(block.commit.round.value() == 1, block.validators.proposer().address == absent);
    }
}

fn account_of(chain: &mut Chain, validator: usize) -> tendermint::account::Id {
    tendermint::account::Id::from(chain.keys.public(validator))
}

#[test]
fn a_change_of_validators_is_announced_one_block_later_and_in_force_two_blocks_later() {
    let mut chain = grown(&[10, 10, 10], 4);
    let newcomer = account_of(&mut chain, 7);
    chain.update_validators(&[(7, 30), (0, 0)]).unwrap();
    grow(&mut chain, 3);
    let has = |set: &ValidatorSet| set.by_address(&newcomer).is_some();
    let sets = |height| chain.block(height).map(|block| (has(&block.validators), has(&block.next_validators)));
    assert_eq!((sets(5), sets(6), sets(7)), (Some((false, false)), Some((false, true)), Some((true, true))));
    assert_eq!(chain.block(7).unwrap().validators.total_power(), 50);
    assert_eq!(chain.validators(8).map(ValidatorSet::total_power), Some(50));
    assert_eq!(verdict(&chain, 6, &chain, 7), Verdict::Success);
}

#[test]
fn a_change_of_validators_that_cometbft_refuses_changes_nothing() {
    let mut chain = grown(&[10, 10, 10], 2);
    chain.update_validators(&[(0, 0)]).unwrap();
    assert_eq!(chain.update_validators(&[(1, 0), (2, 0)]), Err(ValidatorsError::Empty));
    let too_much = ValidatorSet::TOTAL_POWER_MAX;
    assert_eq!(chain.update_validators(&[(1, too_much), (5, 1)]), Err(ValidatorsError::TotalPower));
    assert!(matches!(chain.update_validators(&[(9, 0)]), Err(ValidatorsError::NotThere(_))));
    grow(&mut chain, 3);
    assert_eq!(chain.validators(5).map(ValidatorSet::len), Some(2));
}

#[test]
fn bisection_follows_a_set_that_rotates() {
    let mut chain = grown(&[10; 10], 0);
    for height in 1..=60 {
        let replaced = usize::try_from(height).unwrap();
        chain.update_validators(&[(replaced - 1, 0), (replaced + 9, 10 + height % 3)]).unwrap();
        grow(&mut chain, 1);
    }
    let mut bisection = Bisection::start(trusted(&chain, 1), BlockHeight(60), options()).unwrap();
    let trace = loop {
        let height = bisection.next_request().unwrap();
        match bisection.supply(chain.light_block(height.0).unwrap(), at(70)) {
            Progress::Progressed => {}
            Progress::Verified(trace) => break trace,
            Progress::Rejected(invalid) => panic!("{invalid}"),
        }
    };
    assert!(trace.len() > 3, "one jump is not enough: {}", trace.len());
}

#[test]
fn the_same_seed_and_the_same_calls_make_the_same_blocks() {
    let run = || {
        let mut chain = grown(&[3, 2, 1], 2);
        chain.update_validators(&[(3, 5)]).unwrap();
        chain.set_voting(2, Voting::Nil);
        chain.make_block_of(vec![garbage("tx")], at(3)).unwrap();
        grow(&mut chain, 5);
        (1..=8).map(|height| chain.block(height).unwrap().id).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
    let options = ChainOptions { powers: vec![3, 2, 1], seed: 2, genesis_time: start(), initial_height: 1 };
    let mut other = Chain::new(Genesis::new("chain-1".parse().unwrap()), options);
    grow(&mut other, 1);
    assert_ne!(other.block(1).unwrap().id, run()[0], "another seed, other keys");
}

#[test]
fn a_fork_shares_the_past_and_has_a_future_of_its_own() {
    let mut chain = grown(&[10, 10, 10], 2);
    // The block that brings the change is the third.
    chain.update_validators(&[(3, 10)]).unwrap();
    grow(&mut chain, 6);
    assert_eq!(chain.common_height(), None);
    for height in 3..=8 {
        let mut fork = chain.fork(height).unwrap();
        assert_eq!((fork.height(), fork.common_height()), (height, Some(height)));
        if height < 8 {
            // With the same votes it becomes the same chain.
            grow(&mut fork, 8 - height);
            assert_eq!(fork.block(8).unwrap().id, chain.block(8).unwrap().id, "from {height}");
        }
        let mut other = chain.fork(height).unwrap();
        other.make_block_of(vec![garbage("other")], at(height + 1)).unwrap();
        assert_ne!(other.block(height + 1).map(|b| b.id), chain.block(height + 1).map(|b| b.id));
        assert_eq!(other.block(height).unwrap().id, chain.block(height).unwrap().id);
    }
    assert!(chain.fork(9).is_none());
    assert!(chain.fork(0).is_none());
    assert_eq!(chain.height(), 8);
}

#[test]
fn blocks_are_forgotten_when_the_chain_is_told_to() {
    let mut chain = grown(&[1, 1], 10);
    chain.retain_blocks(Some(4));
    assert_eq!((chain.earliest_height(), chain.height()), (7, 10));
    grow(&mut chain, 1);
    assert_eq!(chain.earliest_height(), 8);
    assert!(chain.block(7).is_none() && chain.fork(7).is_none());
}

#[test]
fn a_chain_may_start_above_height_one() {
    let options = ChainOptions { powers: vec![1, 1], seed: 1, genesis_time: start(), initial_height: 100 };
    let mut chain = Chain::new(Genesis::new("chain-2".parse().unwrap()), options);
    assert_eq!((chain.height(), chain.earliest_height()), (0, 100));
    grow(&mut chain, 3);
    assert_eq!((chain.height(), chain.earliest_height()), (102, 100));
    assert_eq!(verdict(&chain, 100, &chain, 102), Verdict::Success);
}

#[test]
fn the_next_revision_goes_on_with_state_and_validators_at_the_next_height() {
    let old = grown(&[10, 20, 30], 9);
    let mut new = old.next_revision("chain-2".parse().unwrap()).unwrap();
    assert_eq!((new.height(), new.initial_height(), new.id().revision_number()), (0, 10, 2));
    grow(&mut new, 2);
    let first = new.block(10).unwrap();
    assert_eq!(first.header.last_block_id, None);
    assert_eq!(first.header.app_hash.as_bytes(), old.block(9).unwrap().app_hash);
    assert_eq!(first.header.validators_hash, old.block(9).unwrap().header.next_validators_hash);
    assert!(first.header.time > old.block(9).unwrap().header.time);
    assert_eq!(verdict(&new, 10, &new, 11), Verdict::Success);
    let refused: ChainId = "chain/2".parse().unwrap();
    assert_eq!(old.next_revision(refused.clone()).unwrap_err(), refused);
}

#[test]
fn a_change_of_the_block_size_stands_in_the_next_header() {
    let mut chain = grown(&[1, 1], 2);
    chain.set_block_bytes_max(1_000_000);
    grow(&mut chain, 1);
    let hash = |height| chain.block(height).unwrap().header.consensus_hash;
    assert_eq!(hash(1), hash(2));
    assert_eq!(hash(3), Hash::Sha256(chain.params().hash()));
    assert_ne!(hash(2), hash(3));
    // A fork that leaves before knows nothing of it.
    let mut fork = chain.fork(1).unwrap();
    grow(&mut fork, 1);
    assert_eq!(fork.block(2).map(|block| block.id), chain.block(2).map(|block| block.id));
}

#[test]
fn a_chain_goes_on_at_the_ends_of_time_of_heights_and_of_power() {
    let (last, height) = (Timestamp(u64::MAX), u64::from(u32::MAX));
    let powers = vec![ValidatorSet::TOTAL_POWER_MAX - 1, 1];
    let options = ChainOptions { powers, seed: 1, genesis_time: last, initial_height: height };
    let mut chain = Chain::new(Genesis::new("chain-1".parse().unwrap()), options);
    chain.set_voting(1, Voting::ClockAhead(Duration::MAX));
    for more in 0..4 {
        assert_eq!(chain.try_make_block(last), Ok(height + more));
    }
    chain.set_voting(0, Voting::ClockBehind(Duration::MAX));
    assert_eq!(chain.try_make_block(Timestamp::ZERO), Ok(height + 4));
    assert!(chain.update_validators(&[(1, u64::MAX)]).is_err());
    assert_eq!(
        chain.next_revision("chain-18446744073709551615".parse().unwrap()).unwrap().make_block(last),
        height + 5
    );
}
