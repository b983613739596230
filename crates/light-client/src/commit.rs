//! The rules about a commit, each for itself: what ICS-07 asks of the two headers of a misbehaviour, which need not
//! follow from a trusted state as the header of an update must (ibc-go `07-tendermint/misbehaviour.go` and
//! `misbehaviour_handle.go`).

use tendermint::{
    block::{Commit, signed_header::SignedHeader},
    chain,
};

use crate::{
    Invalid, TrustThreshold, ValidatorSet, Verdict, rules,
    voting_power::{self, Checked, Count, Votes},
};

/// CometBFT `SignedHeader.ValidateBasic`: are a header and its commit of each other, by themselves?
///
/// # Errors
/// The rule that is broken.
pub fn verify_signed_header(signed: &SignedHeader) -> Result<(), Invalid> {
    rules::signed_header_is_valid(signed)
}

/// CometBFT `VerifyCommitLight`: do more than two thirds of a header's own validators stand behind its commit?
///
/// # Errors
/// The rule that is broken.
pub fn verify_commit(chain_id: &chain::Id, commit: &Commit, validators: &ValidatorSet) -> Result<(), Invalid> {
    voting_power::check_two_thirds(chain_id, commit, validators, Votes::Enough, &mut Checked::default())
}

/// CometBFT `VerifyCommitLightTrusting`: does more than `threshold` of a trusted set stand behind the commit?
///
/// Nothing else is looked at: neither times, nor heights, nor whose validators signed.
pub fn verify_commit_trusting(
    chain_id: &chain::Id,
    commit: &Commit,
    trusted: &ValidatorSet,
    threshold: TrustThreshold,
) -> Verdict {
    match voting_power::count_trusted(chain_id, commit, trusted, threshold, Votes::Enough, &mut Checked::default()) {
        Ok(Count::Enough) => Verdict::Success,
        Ok(Count::NotEnough(tally)) => Verdict::NotEnoughTrust(tally),
        Err(invalid) => Verdict::Invalid(invalid),
    }
}

#[cfg(test)]
mod tests {
    use tendermint::block::CommitSig;

    use super::*;
    use crate::test_chain::{CHAIN_ID, TestChain};

    fn id() -> chain::Id {
        CHAIN_ID.parse().unwrap()
    }

    #[test]
    fn a_signed_header_must_be_of_its_commit() {
        let mut signed = TestChain::of(4).block(3).signed_header;
        assert_eq!(verify_signed_header(&signed), Ok(()));
        signed.header.app_hash = vec![9; 32].try_into().unwrap();
        assert!(matches!(verify_signed_header(&signed), Err(Invalid::CommitHash { .. })));
    }

    #[test]
    fn a_commit_needs_more_than_two_thirds_of_its_own_validators() {
        let mut block = TestChain::of(3).block(3);
        assert_eq!(verify_commit(&id(), &block.signed_header.commit, &block.validators), Ok(()));
        block.signed_header.commit.signatures[0] = CommitSig::BlockIdFlagAbsent;
        let refused = verify_commit(&id(), &block.signed_header.commit, &block.validators);
        assert!(matches!(refused, Err(Invalid::NotEnoughPower(_))), "{refused:?}");
    }

    #[test]
    fn a_commit_needs_more_than_the_threshold_of_a_trusted_set_and_nothing_else() {
        let commit = TestChain::of(3).block(3).signed_header.commit;
        let verdict =
            |trusted: &ValidatorSet| verify_commit_trusting(&id(), &commit, trusted, TrustThreshold::ONE_THIRD);
        // Two of six members signed, no more than a third.
        let third = TestChain::with(|_| (2..=7).map(|seed| (seed, 10)).collect()).validators();
        assert!(matches!(verdict(&third), Verdict::NotEnoughTrust(_)));
        let larger = TestChain::with(|_| (1..=7).map(|seed| (seed, 10)).collect()).validators();
        assert_eq!(verdict(&larger), Verdict::Success);
    }

    #[test]
    fn a_commit_counts_for_the_chain_it_was_signed_for() {
        let block = TestChain::of(3).block(3);
        let (commit, set) = (&block.signed_header.commit, &block.validators);
        let other: chain::Id = "chain-2".parse().unwrap();
        let verdict = verify_commit_trusting(&other, commit, set, TrustThreshold::ONE_THIRD);
        assert!(matches!(verdict, Verdict::Invalid(Invalid::WrongSignature { .. })));
        assert!(matches!(verify_commit(&other, commit, set), Err(Invalid::WrongSignature { .. })));
    }
}
