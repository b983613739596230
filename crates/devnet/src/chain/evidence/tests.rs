//! Evidence of each attack, made as a light client would, and of what is no attack.

use light_client::LightBlock;

use super::*;
use crate::chain::tests::{at, grow, grown};
use crate::chain::vote::wire_time;
use crate::chain::{Attack, Conspiracy, vote};

const POWERS: [u64; 4] = [10, 20, 30, 40];

/// What a light client reports that knows a common height, and was shown another block.
fn report(chain: &Chain, fork: &Chain, common_height: u64, height: u64) -> raw::LightClientAttackEvidence {
    let LightBlock { signed_header, validators, .. } = fork.light_block(height).unwrap();
    let common = chain.block(common_height).unwrap();
    let trusted = chain.block(height).unwrap_or_else(|| chain.block(chain.height()).unwrap());
    let liars = check::byzantine(&signed_header, &validators, common, trusted);
    raw::LightClientAttackEvidence {
        conflicting_block: Some(raw::LightBlock {
            signed_header: Some(signed_header.into()),
            validator_set: Some(validators.into()),
        }),
        common_height: common_height.try_into().unwrap(),
        byzantine_validators: liars.into_iter().map(Into::into).collect(),
        total_voting_power: common.validators.total_power().try_into().unwrap(),
        timestamp: Some(common.header.time.into()),
    }
}

fn attack(told: raw::LightClientAttackEvidence) -> raw::Evidence {
    raw::Evidence { sum: Some(Sum::LightClientAttackEvidence(told)) }
}

/// The two votes of the first validator for two blocks of a height.
fn double_vote(chain: &Chain, fork: &Chain, height: u64) -> raw::DuplicateVoteEvidence {
    let vote = |chain: &Chain| {
        let block = chain.block(height).unwrap();
        let entry = raw::CommitSig::from(block.commit.signatures[0].clone());
        raw::Vote {
            r#type: raw::SignedMsgType::Precommit.into(),
            height: height.try_into().unwrap(),
            round: block.commit.round.into(),
            block_id: Some(block.id.into()),
            timestamp: entry.timestamp,
            validator_address: entry.validator_address,
            signature: entry.signature,
            ..Default::default()
        }
    };
    let mut votes = [vote(chain), vote(fork)];
    votes.sort_by_key(|vote| vote.block_id.clone().unwrap().hash);
    let [vote_a, vote_b] = votes;
    let block = chain.block(height).unwrap();
    raw::DuplicateVoteEvidence {
        vote_a: Some(vote_a),
        vote_b: Some(vote_b),
        total_voting_power: 100,
        validator_power: 40,
        timestamp: Some(block.header.time.into()),
    }
}

fn votes(told: raw::DuplicateVoteEvidence) -> raw::Evidence {
    raw::Evidence { sum: Some(Sum::DuplicateVoteEvidence(told)) }
}

fn equivocation() -> (Chain, Chain) {
    let chain = grown(&POWERS, 8);
    let fork = chain.attack(Attack::Equivocation, 6, Conspiracy::default()).unwrap();
    (chain, fork)
}

#[test]
fn evidence_of_each_attack_is_taken() {
    let chain = grown(&POWERS, 8);
    // The kind, the height, the common height, and how many are told by the evidence.
    let cases = [
        (Attack::Equivocation, 6, 6, 4),
        (Attack::Amnesia, 6, 6, 0),
        (Attack::Lunatic, 6, 5, 4),
        (Attack::Lunatic, 6, 2, 4),
        (Attack::ForwardLunatic, 12, 7, 4),
        (Attack::BftTime, 6, 6, 4),
    ];
    for (kind, height, common, told) in cases {
        let fork = chain.attack(kind, height, Conspiracy::default()).unwrap();
        let evidence = report(&chain, &fork, common, height);
        assert_eq!(evidence.byzantine_validators.len(), told, "{kind:?}");
        let outcome = chain.clone().submit_evidence(attack(evidence));
        assert!(outcome.is_ok(), "{kind:?}: {outcome:?}");
    }
    let fork = chain.attack(Attack::Lunatic, 6, Conspiracy::default().of([3])).unwrap();
    let evidence = report(&chain, &fork, 3, 6);
    assert_eq!(evidence.byzantine_validators.len(), 1);
    chain.clone().submit_evidence(attack(evidence)).unwrap();
}

#[test]
fn evidence_stands_in_the_next_block_once() {
    let (mut chain, fork) = equivocation();
    let evidence = [attack(report(&chain, &fork, 6, 6)), votes(double_vote(&chain, &fork, 6))];
    let hashes = evidence.clone().map(|evidence| chain.submit_evidence(evidence).unwrap());
    grow(&mut chain, 2);
    let block = chain.block(9).unwrap();
    assert_eq!(block.evidence.len(), 2);
    let expected = crate::chain::block::evidence_hash(&block.evidence);
    assert_eq!(block.header.evidence_hash, Some(Hash::Sha256(expected)));
    assert_eq!(chain.block(10).unwrap().evidence, []);
    // What is in a block is known, and not taken again, on a fork that has the block too.
    let mut chain = chain.fork(9).unwrap();
    assert_eq!(evidence.map(|evidence| chain.submit_evidence(evidence).unwrap()), hashes);
    assert_eq!(chain.make_block(at(10)), 10);
    assert_eq!(chain.block(10).unwrap().evidence, []);
}

#[test]
fn an_honest_block_is_no_attack() {
    let mut chain = grown(&POWERS, 8);
    let evidence = report(&chain, &chain, 5, 6);
    let hash = chain.block(6).unwrap().id.hash;
    assert_eq!(chain.submit_evidence(attack(evidence)), Err(EvidenceError::SameHeader(hash)));
}

#[test]
fn what_evidence_tells_of_an_attack_must_be_true() {
    type Change = fn(&mut raw::LightClientAttackEvidence);
    type Expected = fn(&EvidenceError) -> bool;
    let (chain, fork) = equivocation();
    let lunatic = chain.attack(Attack::Lunatic, 6, Conspiracy::default()).unwrap();
    let changes: [(Change, Expected); 8] = [
        (|told| told.timestamp = Some(wire_time(at(1))), |error| matches!(error, EvidenceError::Time { .. })),
        (|told| told.common_height = 99, |error| matches!(error, EvidenceError::Malformed(_))),
        (|told| told.total_voting_power += 1, |error| matches!(error, EvidenceError::TotalPower { .. })),
        (|told| told.byzantine_validators.clear(), |error| matches!(error, EvidenceError::ByzantineCount { .. })),
        (|told| told.byzantine_validators.swap(0, 1), |error| *error == EvidenceError::Byzantine(0)),
        (|told| told.conflicting_block = None, |error| matches!(error, EvidenceError::Malformed(_))),
        (
            |told| commit(told).signatures[0].signature = vec![1; 64],
            |error| matches!(error, EvidenceError::Untrusted(_) | EvidenceError::Commit(_)),
        ),
        (
            |told| commit(told).round += 1,
            |error| matches!(error, EvidenceError::Untrusted(_) | EvidenceError::Commit(_)),
        ),
    ];
    for (index, (change, expected)) in changes.into_iter().enumerate() {
        for mut told in [report(&chain, &fork, 6, 6), report(&chain, &lunatic, 5, 6)] {
            change(&mut told);
            let error = chain.clone().submit_evidence(attack(told)).unwrap_err();
            assert!(expected(&error), "{index}: {error}");
        }
    }
    let told = report(&chain, &lunatic, 6, 6);
    assert_eq!(chain.clone().submit_evidence(attack(told)), Err(EvidenceError::NotDerived));
}

fn commit(told: &mut raw::LightClientAttackEvidence) -> &mut raw::Commit {
    told.conflicting_block.as_mut().unwrap().signed_header.as_mut().unwrap().commit.as_mut().unwrap()
}

#[test]
fn a_block_above_the_head_proves_nothing_while_it_may_yet_come() {
    let mut longer = grown(&POWERS, 12);
    let mut chain = longer.fork(8).unwrap();
    let told = report(&longer, &longer, 7, 12);
    let error = chain.submit_evidence(attack(told.clone())).unwrap_err();
    assert!(matches!(error, EvidenceError::NotYet { .. }), "{error}");
    assert!(matches!(longer.submit_evidence(attack(told)), Err(EvidenceError::SameHeader(_))));
}

#[test]
fn what_evidence_tells_of_two_votes_must_be_true() {
    type Change = fn(&mut raw::DuplicateVoteEvidence);
    type Expected = fn(&EvidenceError) -> bool;
    let (chain, fork) = equivocation();
    let changes: [(Change, Expected); 8] = [
        (|told| told.vote_b = None, |error| matches!(error, EvidenceError::Malformed(_))),
        (
            |told| std::mem::swap(&mut told.vote_a, &mut told.vote_b),
            |error| *error == EvidenceError::Malformed("duplicate votes in invalid order".to_owned()),
        ),
        (|told| told.validator_power = 100, |error| matches!(error, EvidenceError::ValidatorPower { got: 100, .. })),
        (|told| told.total_voting_power = 40, |error| matches!(error, EvidenceError::TotalPower { got: 40, .. })),
        (|told| told.timestamp = None, |error| matches!(error, EvidenceError::Time { .. })),
        (|told| b(told).round = 1, |error| *error == EvidenceError::OtherVote),
        (|told| b(told).validator_address = vec![1; 20], |error| matches!(error, EvidenceError::OtherValidator(..))),
        (|told| b(told).signature = vec![1; 64], |error| *error == EvidenceError::VoteSignature("VoteB")),
    ];
    chain.clone().submit_evidence(votes(double_vote(&chain, &fork, 6))).unwrap();
    for (index, (change, expected)) in changes.into_iter().enumerate() {
        let mut told = double_vote(&chain, &fork, 6);
        change(&mut told);
        let error = chain.clone().submit_evidence(votes(told)).unwrap_err();
        assert!(expected(&error), "{index}: {error}");
    }
    assert_eq!(chain.clone().submit_evidence(raw::Evidence { sum: None }), Err(EvidenceError::Missing));
}

fn b(told: &mut raw::DuplicateVoteEvidence) -> &mut raw::Vote {
    told.vote_b.as_mut().unwrap()
}

#[test]
fn evidence_is_too_old_when_years_and_blocks_have_passed() {
    let (mut chain, fork) = equivocation();
    let evidence = votes(double_vote(&chain, &fork, 6));
    chain.params.evidence_blocks_max = 1;
    assert!(chain.clone().submit_evidence(evidence.clone()).is_ok(), "it is not old in time");
    chain.params.evidence_age_max = std::time::Duration::from_secs(1);
    assert_eq!(chain.clone().submit_evidence(evidence.clone()), Err(EvidenceError::TooOld(6)));
    chain.params.evidence_blocks_max = 100;
    assert!(chain.submit_evidence(evidence).is_ok(), "it is not old in blocks");
    assert!(vote::timestamp(chain.block(6).unwrap().header.time) > at(0));
}
