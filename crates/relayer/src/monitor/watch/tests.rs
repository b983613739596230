use super::*;
use crate::evidence::testing::{block, false_state, fork};

/// Blocks 9 of seconds 9 and 10, the first or the second held for the lie, perhaps with the case against the other.
fn two_sides(lie: u64, truth: u64, is_reversed: bool) -> Case {
    let against = |lie, truth| Box::new(Divergence::new(block(2, 2), vec![block(9, truth)], block(9, lie)));
    let reverse = is_reversed.then(|| against(truth, lie));
    Case { proof: Proof::Blocks { case: against(lie, truth), reverse }, ..fork(lie) }
}

#[test]
fn one_attack_is_handed_on_once_whoever_is_held_for_the_liar() {
    let watch = Watch::default();
    assert!(watch.found(two_sides(10, 9, true)));
    for again in [two_sides(10, 9, true), two_sides(9, 10, true), two_sides(10, 9, false), two_sides(9, 10, false)] {
        assert!(!watch.found(again));
    }
    assert!(watch.found(two_sides(11, 9, false)), "another block is another lie");
}

#[test]
fn a_case_against_one_side_leaves_room_for_one_against_the_other() {
    let watch = Watch::default();
    assert!(watch.found(two_sides(10, 9, false)));
    assert!(watch.found(two_sides(9, 10, false)));
}

#[test]
fn the_block_of_either_side_is_known_once_both_are_accused() {
    let watch = Watch::default();
    watch.found(two_sides(10, 9, true));
    let state = |second| headers::state(&block(9, second)).unwrap();
    assert!(watch.knows_header_of(&state(9)) && watch.knows_header_of(&state(10)));
    assert!(!watch.knows_header_of(&state(11)));
}

#[test]
fn a_state_is_told_apart_from_blocks() {
    let watch = Watch::default();
    assert!(watch.found(fork(10)));
    assert!(watch.found(false_state(9, 10)) && !watch.found(false_state(9, 10)));
}
