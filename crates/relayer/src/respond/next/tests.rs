//! What is done next, for clients that hold what.

use std::time::Duration;

use light_client::TrustThreshold;
use types::{ClientState, ConsensusState, Timestamp};

use super::*;
use crate::evidence::testing::{CHAIN, block, false_state, fork};

const HOUR: Duration = Duration::from_secs(3_600);

/// A client that holds the states of these blocks, at second 60.
fn holding(blocks: &[LightBlock]) -> Held {
    let state = |block: &LightBlock| {
        let state = TrustedState::of_verified(block).unwrap();
        let next_validators_hash = state.next_validators_hash.as_bytes().to_vec();
        (state.height, ConsensusState { timestamp: state.time, root: state.root.0, next_validators_hash })
    };
    let states: light_client::ConsensusStates = blocks.iter().map(state).collect();
    let state = ClientState {
        chain_id: CHAIN.parse().unwrap(),
        trust_level: TrustThreshold::ONE_THIRD,
        trusting_period: HOUR,
        unbonding_period: HOUR * 2,
        max_clock_drift: Duration::from_secs(10),
        frozen_height: None,
        latest_height: *states.keys().last().unwrap(),
        proof_specs: types::client::sdk_proof_specs(),
        upgrade_path: types::client::sdk_upgrade_path(),
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    };
    Held { client: "07-tendermint-0".parse().unwrap(), state, states, now: Timestamp::from_seconds(60) }
}

fn decided(case: &crate::evidence::Case, held: &Held) -> Next {
    next(&case.proof, held, &Known::default())
}

#[track_caller]
fn cant(next: Next) -> String {
    let Next::Cant(reason) = next else { panic!("{}", format!("{next:?}").chars().take(200).collect::<String>()) };
    reason
}

fn freezes_by_header(next: &Next) -> bool {
    matches!(next, Next::Freeze(freezing) if matches!(**freezing, Freezing::Header(_)))
}

#[test]
fn two_blocks_freeze_whoever_trusts_one_below_them() {
    for held in [holding(&[block(2, 2)]), holding(&[block(1, 1), block(40, 40)])] {
        let next = decided(&fork(10), &held);
        assert!(matches!(&next, Next::Freeze(by) if matches!(**by, Freezing::Misbehaviour(_))), "{next:?}");
    }
    cant(decided(&fork(10), &holding(&[block(12, 12)])));
}

#[test]
fn a_true_header_freezes_the_client_that_holds_another_state_of_its_height() {
    let next = decided(&false_state(9, 10), &holding(&[block(2, 2), block(9, 10)]));
    assert!(freezes_by_header(&next), "{next:?}");
}

#[test]
fn a_true_header_freezes_the_client_that_holds_a_higher_state_which_is_not_later() {
    let next = decided(&false_state(20, 9), &holding(&[block(2, 2), block(20, 9)]));
    assert!(freezes_by_header(&next), "{next:?}");
}

#[test]
fn a_client_that_holds_the_truth_is_sent_nothing() {
    for held in [holding(&[block(2, 2), block(9, 9)]), holding(&[block(2, 2)])] {
        assert!(cant(decided(&false_state(9, 10), &held)).contains("nothing that the true block contradicts"));
    }
}

#[test]
fn two_blocks_that_are_one_are_sent_to_nobody() {
    cant(decided(&fork(9), &holding(&[block(2, 2)])));
}

#[test]
fn a_state_whose_validators_nobody_has_is_passed_over() {
    let mut held = holding(&[block(2, 2), block(9, 10)]);
    let made_up =
        ConsensusState { timestamp: Timestamp::from_seconds(5), root: vec![1; 32], next_validators_hash: vec![7; 32] };
    held.states.insert(Height { revision_number: 1, revision_height: 5 }, made_up);
    assert!(freezes_by_header(&decided(&false_state(9, 10), &held)));
    // Where it is all that there is, its validators are asked for, and then it is left out.
    held.states.remove(&Height { revision_number: 1, revision_height: 2 });
    let next_step = decided(&false_state(9, 10), &held);
    assert!(matches!(next_step, Next::Validators { at: BlockHeight(6), .. }), "{next_step:?}");
    let known = Known { left_out: [Height { revision_number: 1, revision_height: 5 }].into(), ..Known::default() };
    cant(next(&false_state(9, 10).proof, &held, &known));
}

#[test]
fn a_frozen_client_is_where_it_shall_be_and_an_expired_one_takes_nothing() {
    for case in [fork(10), false_state(9, 10)] {
        let mut held = holding(&[block(2, 2), block(9, 10)]);
        held.now = Timestamp::from_seconds(10_000);
        assert_eq!(cant(decided(&case, &held)), "it is expired");
        held.state.frozen_height = Some(Height { revision_number: 0, revision_height: 1 });
        assert!(matches!(decided(&case, &held), Next::Frozen));
    }
}
