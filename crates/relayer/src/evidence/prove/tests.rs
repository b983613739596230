//! What counts as proven, and what does not.

use super::*;
use crate::evidence::testing::{block, false_state, fork};

const HOUR: Duration = Duration::from_secs(3_600);

fn change(case: &mut Case, change: impl FnOnce(&mut Divergence)) {
    let Proof::Blocks { case, .. } = &mut case.proof else { panic!("another proof") };
    change(case);
}

#[test]
fn two_signed_blocks_of_one_height_are_proven_from_the_common_one() {
    let proven = prove(&fork(10), HOUR).unwrap();
    assert_eq!((proven.common, proven.conflict), (BlockHeight(2), Conflict::Fork));
    assert_eq!(proven.common_hash, block(2, 2).header_hash());
}

#[test]
fn a_state_is_told_by_what_differs_or_by_its_time() {
    let proven = prove(&false_state(9, 10), HOUR).unwrap();
    assert_eq!((proven.conflict, proven.differs), (Conflict::Fork, vec![StateField::Timestamp]));
    assert_eq!(prove(&false_state(20, 9), HOUR).unwrap().conflict, Conflict::Time);
    assert_eq!(prove(&false_state(20, 10), HOUR), Err(Unproven::NoConflict), "above and later is no contradiction");
    assert_eq!(prove(&false_state(9, 9), HOUR), Err(Unproven::NoConflict));
}

#[test]
fn what_does_not_contradict_is_not_signed_or_has_expired_is_not_proven() {
    assert_eq!(prove(&fork(9), HOUR), Err(Unproven::NoConflict));
    assert!(
        matches!(prove(&fork(10), Duration::from_secs(58)), Err(Unproven::Block(..))),
        "at second 60 it had expired"
    );
    let mut unsigned = fork(10);
    change(&mut unsigned, |case| case.conflicting.signed_header.header.app_hash = vec![9; 32].try_into().unwrap());
    assert!(matches!(prove(&unsigned, HOUR), Err(Unproven::Block(..))));
    let mut other_chain = fork(10);
    other_chain.chain = "chain-2".parse().unwrap();
    assert!(matches!(prove(&other_chain, HOUR), Err(Unproven::OtherChain { .. })));
}

#[test]
fn a_case_that_accuses_others_or_of_something_else_is_not_proven() {
    let mut renamed = fork(10);
    change(&mut renamed, |case| case.kind = AttackKind::Lunatic);
    assert!(matches!(prove(&renamed, HOUR), Err(Unproven::Otherwise { .. })));
    let mut slander = fork(10);
    change(&mut slander, |case| drop(case.byzantine.pop()));
    assert!(matches!(prove(&slander, HOUR), Err(Unproven::Otherwise { .. })));
}
