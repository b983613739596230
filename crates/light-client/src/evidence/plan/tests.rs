//! From a case to a frozen client, step by step as a caller goes.

use std::time::Duration;

use tendermint::block::Header as Block;

use super::*;
use crate::{
    Answer, Conflict, Detector, Finding, Options, Outcome, Request, Side,
    test_chain::{TestChain, consensus_state, held, options, time_of},
};

const NOW: u64 = 61;

fn id() -> ClientId {
    "07-tendermint-0".parse().unwrap()
}

fn app_hash(header: &mut Block) {
    header.app_hash = vec![9; 32].try_into().unwrap();
}

/// Ten validators, one of which is replaced every two blocks.
fn rotating() -> TestChain {
    TestChain::with(|height| {
        let first = height / 2;
        (first..first + 10).map(|seed| (u8::try_from(seed).unwrap(), 10 + seed % 3)).collect()
    })
}

/// The lie of one block, after a common one.
fn case(honest: &mut TestChain, liar: &mut TestChain, [common, height]: [u64; 2]) -> Divergence {
    Divergence::new(honest.block(common), vec![honest.block(height)], liar.block(height))
}

/// Does what a plan says until the client can be frozen; gives the heights that were asked for and updated to.
fn carry_out(
    honest: &mut TestChain,
    (client, mut states): (ClientState, ConsensusStates),
    case: &Divergence,
) -> (Vec<u64>, Vec<u64>, Plan) {
    let (mut known, mut asked, mut updated) = (vec![], vec![], vec![]);
    for _ in 0..20 {
        let held = HeldClient { id: &id(), state: &client, states: &states };
        match plan_misbehaviour(held, case, &known, time_of(NOW)) {
            Plan::NeedsValidators { at, hash } => {
                known.push(honest.validators_at(at.0));
                assert_eq!(known.last().unwrap().hash(), hash);
                asked.push(at.0);
            }
            Plan::NeedsUpdate(block) | Plan::NeedsBranch(block) => {
                let height = block.height().0;
                assert_eq!(*block, honest.block(height), "an update to what only the liar has");
                states.extend([consensus_state(&block)]);
                updated.push(height);
            }
            plan @ (Plan::Submit(_) | Plan::NotActive(_) | Plan::OutOfReach(_) | Plan::Useless(_)) => {
                return (asked, updated, plan);
            }
        }
    }
    panic!("the plan does not end");
}

#[track_caller]
fn submitted(plan: Plan) -> Misbehaviour {
    let Plan::Submit(misbehaviour) = plan else {
        let told: String = format!("{plan:?}").chars().take(200).collect();
        panic!("not submitted: {told}");
    };
    *misbehaviour
}

#[test]
fn a_client_that_holds_the_common_block_is_frozen_at_once() {
    let (mut honest, mut liar) = (TestChain::of(4), TestChain::of(4).lying(5, 0, app_hash));
    let case = case(&mut honest, &mut liar, [4, 9]);
    let client = held(&mut honest, &[4]);
    let (asked, updated, plan) = carry_out(&mut honest, client.clone(), &case);
    assert_eq!((asked, updated), (vec![], vec![]));
    let judged = judge_misbehaviour(&client.0, &client.1, &submitted(plan), time_of(NOW));
    assert_eq!(judged, Ok(Effect::Freezes(Conflict::Fork)));
}

#[test]
fn both_cases_of_an_attack_freeze_a_client_alike() {
    let (mut honest, mut liar) = (TestChain::of(4), TestChain::of(4).lying(5, 0, app_hash));
    let trace = [2, 9].map(|height| liar.block(height)).to_vec();
    let mut detector = Detector::start(trace, options(), Duration::ZERO).unwrap();
    let outcome = loop {
        let Request { side, height } = detector.next_request().unwrap();
        let chain = if side == Side::Primary { &mut liar } else { &mut honest };
        let block = chain.block(height.unwrap().0);
        if let Finding::Done(outcome) = detector.supply(Answer::Block(Box::new(block)), time_of(NOW)) {
            break outcome;
        }
    };
    let Outcome::Attack(attack) = outcome else { panic!("no attack") };
    for case in [attack.against_primary, attack.against_witness.unwrap()] {
        let client = held(&mut honest, &[2]);
        submitted(carry_out(&mut honest, client, &case).2);
    }
}

#[test]
fn the_highest_state_below_the_header_is_taken_that_reaches() {
    let (mut honest, mut liar) = (TestChain::of(4), TestChain::of(4).lying(5, 0, app_hash));
    let case = case(&mut honest, &mut liar, [4, 9]);
    let client = held(&mut honest, &[2, 4, 8, 12]);
    let misbehaviour = submitted(carry_out(&mut honest, client, &case).2);
    for header in [misbehaviour.header_1, misbehaviour.header_2] {
        assert_eq!(header.trusted_height.revision_height, 8);
    }
}

#[test]
fn validators_of_a_state_that_are_not_known_are_asked_for() {
    let (mut honest, mut liar) = (rotating(), rotating().lying(23, 0, app_hash));
    let case = case(&mut honest, &mut liar, [22, 26]);
    // Those of height 17 share six of ten with those of height 26.
    let client = held(&mut honest, &[16]);
    let (asked, updated, plan) = carry_out(&mut honest, client, &case);
    assert_eq!((asked, updated), (vec![17], vec![]));
    submitted(plan);
}

#[test]
fn a_client_that_is_too_far_below_is_updated_to_the_common_block_first() {
    let (mut honest, mut liar) = (rotating(), rotating().lying(23, 0, app_hash));
    let case = case(&mut honest, &mut liar, [22, 30]);
    let client = held(&mut honest, &[2]);
    let (asked, updated, plan) = carry_out(&mut honest, client, &case);
    assert_eq!((asked, updated), (vec![3], vec![22]));
    submitted(plan);
}

#[test]
fn a_block_above_the_head_freezes_a_client_by_its_time() {
    let early = |header: &mut Block| {
        app_hash(header);
        header.time = tendermint::Time::from_unix_timestamp(45, 0).unwrap();
    };
    let (mut honest, mut liar) = (TestChain::of(4), TestChain::of(4).lying(15, 0, early));
    let case = Divergence::new(honest.block(4), vec![honest.block(12)], liar.block(15));
    let client = held(&mut honest, &[4]);
    let misbehaviour = submitted(carry_out(&mut honest, client.clone(), &case).2);
    assert_eq!(misbehaviour.header_1.signed_header.header.height.value(), 15);
    let judged = judge_misbehaviour(&client.0, &client.1, &misbehaviour, time_of(NOW));
    assert_eq!(judged, Ok(Effect::Freezes(Conflict::Time)));
}

#[test]
fn a_client_is_led_along_the_true_branch_where_the_common_block_does_not_reach() {
    let mut honest = rotating();
    // The lie keeps the old validators, so that it is verified by the common block in one step.
    let old = honest.block(22).next_validators.unwrap();
    let mut header = honest.block(40).signed_header.header;
    app_hash(&mut header);
    header.validators_hash = old.hash();
    let lie = crate::test_chain::sign(header, old, None);
    let branch = [30, 36, 40].map(|height| honest.block(height)).to_vec();
    let case = Divergence::new(honest.block(22), branch, lie);
    let client = held(&mut honest, &[22]);
    let needed = HeldClient { id: &id(), state: &client.0, states: &client.1 };
    let needed = plan_misbehaviour(needed, &case, &[], time_of(NOW));
    assert_eq!(needed, Plan::NeedsBranch(Box::new(honest.block(30))));
    let (asked, updated, plan) = carry_out(&mut honest, client, &case);
    assert_eq!((asked, updated), (vec![], vec![30]));
    submitted(plan);
}

#[test]
fn a_client_that_is_frozen_or_expired_is_left_alone() {
    let (mut honest, mut liar) = (TestChain::of(4), TestChain::of(4).lying(5, 0, app_hash));
    let case = case(&mut honest, &mut liar, [4, 9]);
    let (mut client, states) = held(&mut honest, &[4]);
    client.trusting_period = Duration::from_secs(1);
    let plan = carry_out(&mut honest, (client.clone(), states.clone()), &case).2;
    assert_eq!(plan, Plan::NotActive(Status::Expired));
    client.frozen_height = Some(Height { revision_number: 0, revision_height: 1 });
    assert_eq!(carry_out(&mut honest, (client, states), &case).2, Plan::NotActive(Status::Frozen));
}

#[test]
fn a_client_that_began_above_the_conflict_is_out_of_reach() {
    let (mut honest, mut liar) = (TestChain::of(4), TestChain::of(4).lying(5, 0, app_hash));
    let case = case(&mut honest, &mut liar, [4, 9]);
    let client = held(&mut honest, &[12]);
    let plan = carry_out(&mut honest, client, &case).2;
    assert_eq!(plan, Plan::OutOfReach(Height { revision_number: 1, revision_height: 4 }));
}

#[test]
fn whatever_a_client_holds_below_the_conflict_it_is_frozen() {
    let (mut honest, mut liar) = (rotating(), rotating().lying(23, 0, app_hash));
    let case = case(&mut honest, &mut liar, [22, 30]);
    let heights = [2, 10, 16, 22, 24, 28, 30, 35];
    for (index, low) in heights.into_iter().enumerate() {
        for high in &heights[index..] {
            let client = held(&mut honest, &[low, *high]);
            let plan = carry_out(&mut honest, client, &case).2;
            let is_frozen = matches!(plan, Plan::Submit(_));
            assert_eq!(is_frozen, low < 30, "{low} and {high}");
            assert!(is_frozen || matches!(plan, Plan::OutOfReach(_)), "{low} and {high}");
        }
    }
}

#[test]
fn a_state_that_has_expired_is_not_relied_on() {
    let (mut honest, mut liar) = (rotating(), rotating().lying(23, 0, app_hash));
    let case = case(&mut honest, &mut liar, [22, 26]);
    let (mut client, states) = held(&mut honest, &[22, 40]);
    // Height 22 is older than the period, height 40 is not.
    let Options { trusting_period, .. } = options();
    client.trusting_period = trusting_period.min(Duration::from_secs(150));
    let plan = carry_out(&mut honest, (client, states), &case).2;
    assert_eq!(plan, Plan::OutOfReach(Height { revision_number: 1, revision_height: 26 }));
}

#[test]
fn two_blocks_that_do_not_contradict_are_useless() {
    let mut honest = TestChain::of(4);
    let same = Divergence::new(honest.block(4), vec![honest.block(9)], honest.block(9));
    let client = held(&mut honest, &[4]);
    assert_eq!(carry_out(&mut honest, client, &same).2, Plan::Useless(None));
}
