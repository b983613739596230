//! The rules of votes and their power.

use tendermint::{Signature, Time, block::CommitSig};

use super::*;
use crate::{
    TrustThreshold,
    test_chain::{info, vote},
};

#[test]
fn a_commit_has_signatures() {
    let mut case = Case::at(9);
    case.signatures().clear();
    assert_eq!(case.invalid(), Invalid::NoSignatures);
}

#[test]
fn a_vote_has_a_signature() {
    let mut case = Case::at(9);
    if let CommitSig::BlockIdFlagCommit { signature, .. } = &mut case.signatures()[3] {
        *signature = None;
    }
    assert_eq!(case.invalid(), Invalid::SignatureMissing { index: 3 });
}

#[test]
fn exactly_a_third_of_the_trusted_power_is_not_enough_trust() {
    // At height 3 three validators of power 10; later one of them and two others.
    let chain = || {
        TestChain::with(
            |height| if height < 5 { vec![(1, 10), (2, 10), (3, 10)] } else { vec![(1, 10), (8, 10), (9, 10)] },
        )
    };
    let verdict = Case::of(chain(), 9).verdict();
    assert_eq!(verdict, Verdict::NotEnoughTrust(Tally { signed: 10, needed: 10, total: 30 }));
    // One more is more than a third.
    let chain =
        TestChain::with(|height| if height < 5 { vec![(1, 10), (2, 10), (3, 9)] } else { vec![(1, 10), (8, 10)] });
    assert_eq!(Case::of(chain, 9).verdict(), Verdict::Success);
}

#[test]
fn a_higher_trust_threshold_asks_for_more_overlap() {
    let chain = TestChain::with(|height| if height < 5 { vec![(1, 10), (2, 10)] } else { vec![(1, 10), (8, 10)] });
    let mut case = Case::of(chain, 9);
    assert_eq!(case.verdict(), Verdict::Success);
    case.options.trust_threshold = TrustThreshold::new(1, 2).unwrap();
    assert_eq!(case.verdict(), Verdict::NotEnoughTrust(Tally { signed: 10, needed: 10, total: 20 }));
    case.options.trust_threshold = TrustThreshold::new(1, 1).unwrap();
    assert_eq!(case.verdict(), Verdict::NotEnoughTrust(Tally { signed: 10, needed: 20, total: 20 }));
}

#[test]
fn a_trust_threshold_that_overflows_is_refused() {
    let mut case = Case::at(9);
    case.options.trust_threshold = TrustThreshold::new(u64::MAX, u64::MAX).unwrap();
    assert!(matches!(case.invalid(), Invalid::PowerOverflow { total: 40, .. }));
}

#[test]
fn exactly_two_thirds_of_the_headers_validators_are_too_few() {
    let mut case = Case::of(TestChain::of(3), 3);
    case.signatures()[2] = CommitSig::BlockIdFlagAbsent;
    assert_eq!(case.invalid(), Invalid::NotEnoughPower(Tally { signed: 20, needed: 20, total: 30 }));
    let mut case = Case::at(3);
    case.signatures()[2] = CommitSig::BlockIdFlagAbsent;
    assert_eq!(case.verdict(), Verdict::Success);
}

#[test]
fn enough_trust_does_not_replace_two_thirds_of_the_headers_validators() {
    let mut case = Case::of(TestChain::of(3), 9);
    case.signatures()[2] = CommitSig::BlockIdFlagAbsent;
    assert_eq!(case.invalid(), Invalid::NotEnoughPower(Tally { signed: 20, needed: 20, total: 30 }));
}

#[test]
fn absent_votes_and_votes_for_nil_count_for_nothing() {
    let mut case = Case::at(3);
    for entry in case.signatures() {
        let CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } = entry.clone() else {
            unreachable!()
        };
        *entry = CommitSig::BlockIdFlagNil { validator_address, timestamp, signature };
    }
    assert_eq!(case.invalid(), Invalid::NotEnoughPower(Tally { signed: 0, needed: 26, total: 40 }));
    case.signatures().fill(CommitSig::BlockIdFlagAbsent);
    assert_eq!(case.invalid(), Invalid::NotEnoughPower(Tally { signed: 0, needed: 26, total: 40 }));
    let mut case = Case::at(9);
    case.signatures().fill(CommitSig::BlockIdFlagAbsent);
    assert_eq!(case.verdict(), Verdict::NotEnoughTrust(Tally { signed: 0, needed: 13, total: 40 }));
}

#[test]
fn a_commit_has_one_entry_for_each_validator() {
    let mut case = Case::at(9);
    case.signatures().push(CommitSig::BlockIdFlagAbsent);
    assert_eq!(case.invalid(), Invalid::SignatureCount { expected: 4, got: 5 });
    case.signatures().truncate(3);
    assert_eq!(case.invalid(), Invalid::SignatureCount { expected: 4, got: 3 });
}

#[test]
fn a_vote_stands_at_the_index_of_its_validator() {
    // Both votes are true, each is at the other's place (CSA-2026-001).
    let mut case = Case::at(9);
    case.signatures().swap(0, 1);
    assert!(matches!(case.invalid(), Invalid::AddressAtIndex { index: 0, .. }));
}

#[test]
fn addresses_that_are_swapped_between_true_signatures_are_refused() {
    let mut case = Case::at(3);
    let addresses: Vec<_> = case.signatures().iter().map(|entry| entry.validator_address().unwrap()).collect();
    for (entry, address) in case.signatures().iter_mut().zip([addresses[1], addresses[0]]) {
        if let CommitSig::BlockIdFlagCommit { validator_address, .. } = entry {
            *validator_address = address;
        }
    }
    assert!(matches!(case.invalid(), Invalid::AddressAtIndex { index: 0, .. }));
}

#[test]
fn a_validator_votes_once() {
    let mut case = Case::of(TestChain::of(7), 9);
    let entry = case.signatures()[0].clone();
    case.signatures()[1] = entry;
    let address = case.block.validators.validators()[0].address;
    assert_eq!(case.invalid(), Invalid::DoubleVote { address, first: 0, second: 1 });
}

#[test]
fn a_vote_is_signed_by_its_validator() {
    let mut case = Case::at(9);
    let (address, header, commit) = {
        let signed = &case.block.signed_header;
        (case.block.validators.validators()[0].address, signed.header.clone(), signed.commit.clone())
    };
    // The signature of another validator, under the address of the first.
    let CommitSig::BlockIdFlagCommit { signature: foreign, .. } = vote(&header, &commit, &info(9, 10)) else {
        unreachable!()
    };
    if let CommitSig::BlockIdFlagCommit { signature, .. } = &mut case.signatures()[0] {
        *signature = foreign;
    }
    assert_eq!(case.invalid(), Invalid::WrongSignature { index: 0, address });
    if let CommitSig::BlockIdFlagCommit { signature, .. } = &mut case.signatures()[0] {
        *signature = Signature::new(vec![1; 64]).unwrap();
    }
    assert_eq!(case.invalid(), Invalid::WrongSignature { index: 0, address });
}

#[test]
fn a_signature_covers_the_time_of_its_vote_and_the_round() {
    let mut case = Case::at(9);
    if let CommitSig::BlockIdFlagCommit { timestamp, .. } = &mut case.signatures()[0] {
        *timestamp = Time::unix_epoch();
    }
    assert!(matches!(case.invalid(), Invalid::WrongSignature { index: 0, .. }));
    let mut case = Case::at(9);
    case.block.signed_header.commit.round = 1u16.into();
    assert!(matches!(case.invalid(), Invalid::WrongSignature { index: 0, .. }));
}

#[test]
fn what_stands_behind_the_threshold_is_not_looked_at_as_on_a_chain() {
    let mut case = Case::at(9);
    // 30 of 40 are enough, so that the fourth vote is never checked.
    if let CommitSig::BlockIdFlagCommit { signature, .. } = &mut case.signatures()[3] {
        *signature = Signature::new(vec![1; 64]).unwrap();
    }
    assert_eq!(case.verdict(), Verdict::Success);
}

#[test]
fn the_two_thirds_of_the_untrusted_set_are_counted_last() {
    // Too little trust and too few entries: trust is told first.
    let chain = TestChain::with(|height| if height < 5 { vec![(1, 10), (2, 10)] } else { vec![(8, 10), (9, 10)] });
    let mut case = Case::of(chain, 9);
    case.signatures().truncate(1);
    assert_eq!(case.verdict(), Verdict::NotEnoughTrust(Tally { signed: 0, needed: 6, total: 20 }));
}

/// The signature of the vote at an index, replaced by one of nobody.
fn forge(case: &mut Case, index: usize) {
    if let CommitSig::BlockIdFlagCommit { signature, .. } = &mut case.signatures()[index] {
        *signature = Signature::new(vec![1; 64]).unwrap();
    }
}

#[test]
fn a_batch_that_is_too_small_is_told_before_its_wrong_signatures_as_on_a_chain() {
    let chain = TestChain::with(|height| if height < 5 { vec![(1, 10), (2, 20)] } else { vec![(1, 10), (8, 10)] });
    let mut case = Case::of(chain, 9);
    forge(&mut case, 0);
    forge(&mut case, 1);
    assert_eq!(case.verdict(), Verdict::NotEnoughTrust(Tally { signed: 10, needed: 10, total: 30 }));
}

#[test]
fn a_signature_that_stands_alone_is_checked_before_its_power_is_weighed_as_on_a_chain() {
    let chain = || TestChain::with(|height| if height < 5 { vec![(1, 10), (2, 20)] } else { vec![(1, 10)] });
    let mut case = Case::of(chain(), 9);
    assert_eq!(case.verdict(), Verdict::NotEnoughTrust(Tally { signed: 10, needed: 10, total: 30 }));
    forge(&mut case, 0);
    assert!(matches!(case.invalid(), Invalid::WrongSignature { index: 0, .. }));
}
