//! One test for each rule of a header update; its name says the rule.

use std::time::Duration;

use tendermint::{Hash, block::CommitSig};
use types::Height;

use super::*;
use crate::test_chain::{TestChain, options, sign, time_of};

mod votes;

/// A chain, trusted at height 2, and the block that is to be verified.
struct Case {
    trusted: TrustedState,
    next_validators: ValidatorSet,
    block: LightBlock,
    options: Options,
    now: Timestamp,
}

impl Case {
    /// Four validators of the same power, the block at `height`, a second after its time.
    fn at(height: u64) -> Self {
        Self::of(TestChain::of(4), height)
    }

    fn of(mut chain: TestChain, height: u64) -> Self {
        let (trusted, next_validators) = chain.trusted(2);
        let now = Timestamp(time_of(height).0 + 1_000_000_000);
        Self { trusted, next_validators, block: chain.block(height), options: options(), now }
    }

    fn verdict(&self) -> Verdict {
        verify(&self.block, &self.trusted, &self.next_validators, &self.options, self.now)
    }

    #[track_caller]
    fn invalid(&self) -> Invalid {
        match self.verdict() {
            Verdict::Invalid(invalid) => invalid,
            verdict @ (Verdict::Success | Verdict::NotEnoughTrust(_)) => panic!("not invalid, but {verdict:?}"),
        }
    }

    /// Changes the header and lets all validators sign it again.
    fn resign(&mut self, change: impl FnOnce(&mut tendermint::block::Header)) {
        let mut header = self.block.signed_header.header.clone();
        change(&mut header);
        self.block = sign(header, self.block.validators.clone(), None);
    }

    fn signatures(&mut self) -> &mut Vec<CommitSig> {
        &mut self.block.signed_header.commit.signatures
    }
}

#[test]
fn an_adjacent_and_a_later_block_are_verified() {
    assert_eq!(Case::at(3).verdict(), Verdict::Success);
    assert_eq!(Case::at(9).verdict(), Verdict::Success);
}

#[test]
fn trusted_validators_must_be_those_of_the_trusted_state() {
    let mut case = Case::at(9);
    case.next_validators = TestChain::of(5).validators();
    assert!(matches!(case.invalid(), Invalid::TrustedValidators { .. }));
    // Adjacent headers don't need the set, but the rule can't be skipped.
    let mut case = Case::at(3);
    case.next_validators = TestChain::of(5).validators();
    assert!(matches!(case.invalid(), Invalid::TrustedValidators { .. }));
}

#[test]
fn trusted_validators_in_another_order_are_another_set() {
    let mut case = Case::at(9);
    let mut validators = case.next_validators.validators().to_vec();
    validators.reverse();
    case.next_validators = ValidatorSet::new(validators, None).unwrap();
    assert!(matches!(case.invalid(), Invalid::TrustedValidators { .. }));
}

#[test]
fn trust_expires_at_the_very_end_of_the_trusting_period() {
    let mut case = Case::at(9);
    case.options.trusting_period = Duration::from_nanos(case.now.0 - case.trusted.time.0);
    assert!(matches!(case.invalid(), Invalid::TrustExpired { .. }));
    case.options.trusting_period += Duration::from_nanos(1);
    assert_eq!(case.verdict(), Verdict::Success);
}

#[test]
fn a_trusting_period_beyond_all_times_is_refused() {
    let mut case = Case::at(9);
    case.options.trusting_period = Duration::MAX;
    assert!(matches!(case.invalid(), Invalid::TimeOutOfRange(_)));
    let mut case = Case::at(9);
    case.options.clock_drift = Duration::MAX;
    assert!(matches!(case.invalid(), Invalid::TimeOutOfRange(_)));
}

#[test]
fn a_header_of_another_chain_is_refused_whoever_signed_it() {
    let mut case = Case::at(9);
    case.resign(|header| header.chain_id = "other-1".parse().unwrap());
    assert_eq!(case.invalid(), Invalid::ChainId { expected: "chain-1".into(), got: "other-1".into() });
}

#[test]
fn a_header_of_another_revision_is_refused() {
    let mut case = Case::at(9);
    case.resign(|header| header.chain_id = "chain-2".parse().unwrap());
    assert_eq!(case.invalid(), Invalid::Revision { expected: 1, got: 2 });
    let mut case = Case::at(9);
    case.trusted.height = Height { revision_number: 0, ..case.trusted.height };
    assert_eq!(case.invalid(), Invalid::Revision { expected: 0, got: 1 });
}

#[test]
fn a_chain_id_that_would_make_a_chain_panic_is_refused() {
    let mut case = Case::at(9);
    case.resign(|header| header.chain_id = "x-99999999999999999999".parse().unwrap());
    assert!(matches!(case.invalid(), Invalid::ChainIdMalformed(_)));
}

#[test]
fn a_header_of_another_block_protocol_is_refused() {
    let mut case = Case::at(9);
    case.resign(|header| header.version.block = 12);
    assert_eq!(case.invalid(), Invalid::BlockProtocol(12));
}

#[test]
fn a_commit_is_for_the_height_of_its_header() {
    let mut case = Case::at(9);
    case.block.signed_header.commit.height = 8u32.into();
    assert!(matches!(case.invalid(), Invalid::CommitHeight { .. }));
}

#[test]
fn a_commit_is_for_the_hash_of_its_header() {
    let mut case = Case::at(9);
    case.block.signed_header.header.app_hash = vec![9; 32].try_into().unwrap();
    assert!(matches!(case.invalid(), Invalid::CommitHash { .. }));
    let mut case = Case::at(9);
    case.block.signed_header.commit.block_id.hash = Hash::None;
    assert!(matches!(case.invalid(), Invalid::CommitHash { commit: Hash::None, .. }));
}

#[test]
fn a_header_is_above_the_trusted_height() {
    let mut case = Case::at(2);
    assert!(matches!(case.invalid(), Invalid::HeightNotAbove { .. }));
    case.block = TestChain::of(4).block(1);
    assert!(matches!(case.invalid(), Invalid::HeightNotAbove { .. }));
}

#[test]
fn a_trusted_height_over_63_bits_is_refused() {
    let mut case = Case::at(9);
    case.trusted.height.revision_height = u64::MAX;
    assert_eq!(case.invalid(), Invalid::HeightOutOfRange(u64::MAX));
}

#[test]
fn a_header_time_is_strictly_after_the_trusted_one() {
    let mut case = Case::at(9);
    let trusted = rules::time(case.trusted.time).unwrap();
    case.resign(|header| header.time = trusted);
    assert!(matches!(case.invalid(), Invalid::TimeNotAfter { .. }));
    case.resign(|header| header.time = (trusted + Duration::from_nanos(1)).unwrap());
    assert_eq!(case.verdict(), Verdict::Success);
}

#[test]
fn a_header_time_is_strictly_before_now_and_the_clock_drift() {
    let mut case = Case::at(9);
    case.now = time_of(9);
    assert!(matches!(case.invalid(), Invalid::FromTheFuture { .. }));
    case.options.clock_drift = Duration::from_nanos(1);
    assert_eq!(case.verdict(), Verdict::Success);
}

#[test]
fn validators_are_those_that_the_header_names() {
    let mut case = Case::at(9);
    case.block.validators = TestChain::of(3).validators();
    assert!(matches!(case.invalid(), Invalid::ValidatorsHash { .. }));
    let mut case = Case::at(9);
    let mut reversed = case.block.validators.validators().to_vec();
    reversed.reverse();
    case.block.validators = ValidatorSet::new(reversed, None).unwrap();
    assert!(matches!(case.invalid(), Invalid::ValidatorsHash { .. }));
}

#[test]
fn next_validators_that_come_are_those_that_the_header_names() {
    let mut case = Case::at(9);
    case.block.next_validators = Some(TestChain::of(3).validators());
    assert!(matches!(case.invalid(), Invalid::NextValidatorsHash { .. }));
    case.block.next_validators = None;
    assert_eq!(case.verdict(), Verdict::Success);
}

#[test]
fn an_adjacent_header_has_the_validators_that_were_announced() {
    let mut case = Case::at(3);
    let others = TestChain::of(3).validators();
    let mut header = case.block.signed_header.header.clone();
    header.validators_hash = others.hash();
    case.block = sign(header, others, None);
    assert!(matches!(case.invalid(), Invalid::AdjacentValidators { .. }));
}
