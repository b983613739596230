//! Evidence as CometBFT's light client makes it, writes it and takes it.

use lightship_light_client::{
    AttackKind, Divergence, DuplicateVote, Evidence, LightBlock, LightClientAttack, ValidatorSet, VotesError,
    VotesRefused, evidence_from_rpc_json, evidence_hash, signed_header_from_proto,
};
use proto::{Message, tendermint_proto::types as raw};
use serde_json::Value;

use crate::{bytes, list, text};

pub(crate) fn block(case: &Value, field: &str) -> LightBlock {
    let raw = raw::LightBlock::decode(bytes(case, field).as_slice()).unwrap();
    LightBlock {
        signed_header: signed_header_from_proto(raw.signed_header.unwrap()).unwrap(),
        validators: ValidatorSet::try_from(raw.validator_set.unwrap()).unwrap(),
        next_validators: None,
    }
}

#[track_caller]
fn is_written_as_go_writes_it(evidence: Evidence, case: &Value) {
    assert_eq!(serde_json::to_string(&evidence).unwrap(), text(case, "json"));
    assert_eq!(hex::encode(evidence.hash()), text(case, "hash"));
    assert_eq!(hex::encode(raw::Evidence::from(evidence).encode_to_vec()), text(case, "proto"));
}

#[test]
fn attacks_are_what_comet_bft_makes_of_them() {
    let expected = [
        ("lunatic", AttackKind::Lunatic),
        ("lunatic of other validators", AttackKind::Lunatic),
        ("equivocation", AttackKind::Equivocation),
        ("equivocation of some", AttackKind::Equivocation),
        ("amnesia", AttackKind::Amnesia),
        ("forward lunatic", AttackKind::ForwardLunatic),
        ("time violation", AttackKind::TimeViolation),
    ];
    let cases = list("attacks");
    assert_eq!(cases.iter().map(|case| text(case, "name")).collect::<Vec<_>>(), expected.map(|(name, _)| name));
    for (case, (name, kind)) in cases.iter().zip(expected) {
        let divergence =
            Divergence::new(block(case, "common"), vec![block(case, "trusted")], block(case, "conflicting"));
        assert_eq!(divergence.kind, kind, "{name}");
        let attack = LightClientAttack::of(&divergence);
        is_written_as_go_writes_it(Evidence::LightClientAttack(Box::new(attack)), case);
    }
}

#[test]
fn double_votes_are_what_comet_bft_makes_of_them() {
    let cases = list("duplicate_votes");
    let (trusted, conflicting) = (block(&cases[0], "trusted"), block(&cases[0], "conflicting"));
    let votes = DuplicateVote::of(&Divergence::new(trusted.clone(), vec![trusted], conflicting));
    assert_eq!(votes.len(), cases.len());
    for (votes, case) in votes.into_iter().zip(cases) {
        is_written_as_go_writes_it(Evidence::DuplicateVote(Box::new(votes)), case);
    }
}

#[test]
fn evidence_of_an_attack_is_judged_as_a_node_judges_it() {
    let expected = [
        ("lunatic", ""),
        ("equivocation", ""),
        ("amnesia", ""),
        ("forward lunatic", ""),
        ("forward lunatic that is later", "TimeIsMonotonic"),
        ("strangers", "NotEnoughTrust"),
        ("the node's own block", "SameBlock"),
        ("another time", "Time"),
        ("another total power", "TotalPower"),
        ("a common height of 0", "CommonHeight"),
        ("a common height above the block", "CommonHeight"),
        ("a lunatic at the common height", "NotDerived"),
        ("a culprit left out", "Byzantine"),
        ("culprits in another order", "Byzantine"),
        ("culprits of an amnesia", "Byzantine"),
        ("the key of an innocent", "Byzantine"),
        ("a vote that nobody cast", "Conflicting"),
        ("validators of another header", "Conflicting"),
    ];
    let cases = list("judged");
    assert_eq!(cases.iter().map(|case| text(case, "name")).collect::<Vec<_>>(), expected.map(|(name, _)| name));
    for (case, (name, expected)) in cases.iter().zip(expected) {
        let raw = raw::LightClientAttackEvidence::decode(bytes(case, "evidence").as_slice()).unwrap();
        let attack = LightClientAttack::try_from(raw.clone()).unwrap();
        assert_eq!(raw::LightClientAttackEvidence::from(attack.clone()), raw, "{name}");
        let judged = attack.judge(&block(case, "common"), &block(case, "trusted"));
        let refused = judged.err().map_or_else(String::new, |refused| format!("{refused:?}"));
        assert_eq!(refused.split([' ', '(']).next(), Some(expected), "{name}");
        assert_eq!(expected.is_empty(), text(case, "error").is_empty(), "{name}: CometBFT says otherwise");
    }
}

/// The evidence of a case, as a node shows it, reads as the bytes that Go wrote.
#[track_caller]
fn read(case: &Value) -> raw::Evidence {
    let expected = raw::Evidence::decode(bytes(case, "proto").as_slice()).unwrap();
    let read = evidence_from_rpc_json(text(case, "json")).unwrap();
    assert_eq!(read, expected);
    assert_eq!(hex::encode(read.encode_to_vec()), text(case, "proto"));
    read
}

#[test]
fn evidence_that_a_node_shows_is_read_to_the_byte() {
    let cases: Vec<&Value> = list("attacks").iter().chain(list("duplicate_votes")).collect();
    assert!(cases.len() > 8);
    for case in cases {
        let raw = read(case);
        let evidence = Evidence::try_from(raw.clone()).unwrap();
        assert_eq!(hex::encode(evidence.hash()), text(case, "hash"));
        assert_eq!(raw::Evidence::from(evidence.clone()), raw);
        assert_eq!(serde_json::to_string(&evidence).unwrap(), text(case, "json"));
    }
}

#[test]
fn null_and_empty_are_the_same_where_go_writes_either() {
    let absent = list("attacks").iter().find(|case| text(case, "json").contains(r#""signature":"""#)).unwrap();
    let null = text(absent, "json").replace(r#""signature":"""#, r#""signature":null"#);
    assert_eq!(evidence_from_rpc_json(&null).unwrap(), read(absent));
    let nobody = list("attacks").iter().find(|case| text(case, "name") == "amnesia").unwrap();
    let null = text(nobody, "json").replace(r#""ByzantineValidators":[]"#, r#""ByzantineValidators":null"#);
    assert_eq!(evidence_from_rpc_json(&null).unwrap(), read(nobody));
}

#[test]
fn evidence_is_bound_by_the_hash_over_its_own_bytes() {
    let votes = read(&list("duplicate_votes")[0]);
    let Some(raw::evidence::Sum::DuplicateVoteEvidence(own)) = votes.sum.clone() else { panic!("{votes:?}") };
    let leaf = [vec![0], own.encode_to_vec()].concat();
    let expected = <tendermint::crypto::default::Sha256 as tendermint::crypto::Sha256>::digest(leaf);
    assert_eq!(evidence_hash(std::slice::from_ref(&votes)).as_bytes(), expected);
    let attack = read(&list("attacks")[0]);
    assert_ne!(evidence_hash(&[votes.clone(), attack.clone()]), evidence_hash(&[attack, votes]));
}

fn votes() -> (raw::DuplicateVoteEvidence, LightBlock) {
    let case = &list("duplicate_votes")[0];
    let Some(raw::evidence::Sum::DuplicateVoteEvidence(votes)) = read(case).sum else { panic!("no votes") };
    (votes, block(case, "trusted"))
}

#[test]
fn two_votes_are_judged_as_a_node_judges_them() {
    for case in list("duplicate_votes") {
        let Evidence::DuplicateVote(votes) = Evidence::try_from(read(case)).unwrap() else { panic!("no votes") };
        assert_eq!(votes.judge(&block(case, "trusted")), Ok(()), "CometBFT takes it");
    }
    type Change = fn(&mut raw::DuplicateVoteEvidence);
    type Expected = fn(&VotesRefused) -> bool;
    let changes: [(Change, Expected); 9] = [
        (|all| both(all, |vote| vote.height += 1), |refused| matches!(refused, VotesRefused::Block { .. })),
        (|all| all.timestamp.as_mut().unwrap().seconds += 1, |refused| matches!(refused, VotesRefused::Time { .. })),
        (
            |all| both(all, |vote| vote.validator_address[0] ^= 1),
            |refused| matches!(refused, VotesRefused::NotAValidator { .. }),
        ),
        (|all| all.vote_b.as_mut().unwrap().round += 1, |refused| matches!(refused, VotesRefused::OtherVote)),
        (
            |all| all.vote_b.as_mut().unwrap().validator_address[0] ^= 1,
            |refused| matches!(refused, VotesRefused::OtherValidator),
        ),
        (|all| all.validator_power += 1, |refused| matches!(refused, VotesRefused::Power { .. })),
        (|all| all.total_voting_power += 1, |refused| matches!(refused, VotesRefused::TotalPower { .. })),
        (
            |all| all.vote_a.as_mut().unwrap().signature[9] ^= 1,
            |refused| matches!(refused, VotesRefused::Signature { vote: "vote_a", .. }),
        ),
        (
            |all| both(all, |vote| vote.r#type = raw::SignedMsgType::Prevote as i32),
            |refused| matches!(refused, VotesRefused::Signature { vote: "vote_a", .. }),
        ),
    ];
    for (index, (change, expected)) in changes.into_iter().enumerate() {
        let (mut raw, trusted) = votes();
        change(&mut raw);
        let refused = DuplicateVote::try_from(raw).unwrap().judge(&trusted).unwrap_err();
        assert!(expected(&refused), "change {index}: {refused:?}");
    }
}

fn both(evidence: &mut raw::DuplicateVoteEvidence, change: fn(&mut raw::Vote)) {
    [&mut evidence.vote_a, &mut evidence.vote_b].into_iter().flatten().for_each(change);
}

#[test]
fn votes_that_nobody_casts_are_none() {
    type Change = fn(&mut raw::Vote);
    let changes: [(Change, &str); 9] = [
        (|vote| vote.r#type = raw::SignedMsgType::Proposal as i32, "type"),
        (|vote| vote.height = 0, "height"),
        (|vote| vote.round = -1, "round"),
        (|vote| vote.timestamp = None, "timestamp"),
        (|vote| vote.block_id.as_mut().unwrap().hash.clear(), "block id"),
        (|vote| vote.validator_index = -1, "validator index"),
        (|vote| vote.signature.clear(), "signature"),
        (|vote| vote.extension = vec![1], "extension"),
        (|vote| vote.validator_address.truncate(19), "validator address"),
    ];
    for (change, part) in changes {
        let (mut raw, _) = votes();
        change(raw.vote_a.as_mut().unwrap());
        assert_eq!(DuplicateVote::try_from(raw).unwrap_err(), VotesError::Vote { vote: "vote_a", part });
    }
    let (mut raw, _) = votes();
    core::mem::swap(&mut raw.vote_a, &mut raw.vote_b);
    assert_eq!(DuplicateVote::try_from(raw).unwrap_err(), VotesError::Order);
}

/// Whatever a node writes into a block, nobody falls over it, and nothing else verifies.
#[test]
fn no_changed_byte_of_two_votes_makes_others_that_were_cast() {
    let (raw, trusted) = votes();
    let bytes = raw.encode_to_vec();
    let mut refused = 0;
    for index in 0..bytes.len() {
        for mask in [0x01, 0x80] {
            let mut bytes = bytes.clone();
            bytes[index] ^= mask;
            let Ok(raw) = raw::DuplicateVoteEvidence::decode(bytes.as_slice()) else { continue };
            let Ok(votes) = DuplicateVote::try_from(raw.clone()) else { continue };
            match votes.judge(&trusted) {
                // No signature covers the index of the validator, and no rule reads it.
                Ok(()) => assert!(without_index(raw) == without_index(self::votes().0), "byte {index}"),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 100, "too few changes got as far as the rules");
}

fn without_index(mut evidence: raw::DuplicateVoteEvidence) -> raw::DuplicateVoteEvidence {
    both(&mut evidence, |vote| {
        vote.validator_index = 0;
        vote.extension.clear();
        vote.extension_signature.clear();
    });
    evidence
}
