//! Evidence as CometBFT's light client makes it, writes it and takes it.

use lightship_light_client::{
    AttackKind, Divergence, DuplicateVote, Evidence, LightBlock, LightClientAttack, ValidatorSet,
    signed_header_from_proto,
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
