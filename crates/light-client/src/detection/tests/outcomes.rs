//! What is no attack, whatever it looks like; and that no answer makes a detector panic or never end.

use super::*;

#[test]
fn a_witness_with_the_same_header_agrees() {
    let (mut primary, mut witness) = (Node::at(TestChain::of(4), 20), Node::at(TestChain::of(4), 20));
    assert_eq!(compare(&mut primary, &mut witness, 9), Outcome::Agrees);
}

#[test]
fn a_witness_that_is_behind_is_waited_for_once_and_is_no_attack() {
    let (mut primary, mut witness) = (Node::at(TestChain::of(4), 20), Node::at(TestChain::of(4), 5));
    assert_eq!(compare(&mut primary, &mut witness, 9), Outcome::Behind { head: BlockHeight(6) });
    let mut detector = Detector::start(primary.trace(2, 9), options(), LAG).unwrap();
    assert_eq!(detector.supply(Answer::TooHigh, NOW), Finding::Progressed);
    assert_eq!(detector.next_request(), Some(Request { side: Side::Witness, height: None }));
    assert_eq!(detector.supply(witness.answer(None), NOW), Finding::Wait(LAG));
}

#[test]
fn a_witness_that_catches_up_is_compared() {
    let (mut primary, mut witness) = (Node::at(TestChain::of(4), 20), Node::at(TestChain::of(4), 8));
    assert_eq!(compare(&mut primary, &mut witness, 9), Outcome::Agrees);
    let (mut primary, _) = pair(5, 0, app_hash);
    let mut witness = Node::at(TestChain::of(4), 8);
    attack_of(compare(&mut primary, &mut witness, 9));
}

#[test]
fn a_witness_that_does_not_answer_is_no_attack() {
    let mut detector = Detector::start(Node::at(TestChain::of(4), 20).trace(2, 9), options(), LAG).unwrap();
    assert_eq!(detector.supply(Answer::Nothing, NOW), Finding::Done(Outcome::Silent));
}

#[test]
fn a_witness_that_is_not_at_one_with_itself_about_its_head_is_not_asked_for_ever() {
    let mut chain = TestChain::of(4);
    let mut detector = Detector::start(Node::at(TestChain::of(4), 20).trace(2, 9), options(), LAG).unwrap();
    assert_eq!(detector.supply(Answer::TooHigh, NOW), Finding::Progressed);
    assert_eq!(detector.supply(Answer::Block(Box::new(chain.block(12))), NOW), Finding::Progressed);
    assert_eq!(detector.supply(Answer::TooHigh, NOW), Finding::Done(Outcome::Silent));
}

#[test]
fn a_witness_of_another_revision_is_no_attack() {
    let upgraded = |header: &mut Header| header.chain_id = "chain-2".parse().unwrap();
    let (mut primary, mut witness) =
        (Node::at(TestChain::of(4), 20), Node::at(TestChain::of(4).lying(3, 0, upgraded), 20));
    let expected = Outcome::OtherChain { expected: "chain-1".into(), got: "chain-2".into() };
    assert_eq!(compare(&mut primary, &mut witness, 9), expected);
    witness.head = 5;
    assert_eq!(compare(&mut primary, &mut witness, 9), expected);
}

#[test]
fn a_witness_with_another_root_tells_nothing_about_the_primary() {
    let (mut primary, mut witness) =
        (Node::at(TestChain::of(4), 20), Node::at(TestChain::of(4).lying(1, 0, app_hash), 20));
    let got = witness.chain.block(2).header_hash();
    assert_eq!(compare(&mut primary, &mut witness, 9), Outcome::NoCommonBlock { height: BlockHeight(2), got });
}

#[test]
fn a_witness_that_cant_prove_its_header_is_no_attack() {
    let (mut primary, mut witness) = (Node::at(TestChain::of(4), 20), Node::at(TestChain::of(4), 20));
    let mut strangers = TestChain::with(|_| vec![(7, 10), (8, 10)]);
    let mut detector = Detector::start(primary.trace(2, 9), options(), LAG).unwrap();
    let outcome = loop {
        let Request { side, height } = detector.next_request().unwrap();
        assert_eq!(side, Side::Witness);
        let is_target = height == Some(BlockHeight(9));
        let answer = if is_target { Answer::Block(Box::new(strangers.block(9))) } else { witness.answer(height) };
        if let Finding::Done(outcome) = detector.supply(answer, NOW) {
            break outcome;
        }
    };
    // A bisection comes down to the first block that nobody announced.
    assert!(matches!(outcome, Outcome::Unproven(Invalid::AdjacentValidators { .. })));
}

#[test]
fn a_primary_that_tells_two_tales_is_the_liar() {
    let (mut primary, mut witness) = pair(5, 0, app_hash);
    let mut detector = Detector::start(primary.trace(2, 9), options(), LAG).unwrap();
    let mut other = TestChain::of(4).lying(1, 0, data_hash);
    let outcome = loop {
        let Request { side, height } = detector.next_request().unwrap();
        let answer = match side {
            Side::Witness => witness.answer(height),
            Side::Primary => Answer::Block(Box::new(other.block(height.unwrap().0))),
        };
        if let Finding::Done(outcome) = detector.supply(answer, NOW) {
            break outcome;
        }
    };
    let attack = attack_of(outcome);
    assert!(matches!(attack.against_witness, Err(Unanswered::OtherTale { height: BlockHeight(2), .. })));
    assert_eq!(attack.liar(), Some(Side::Primary));
}

#[test]
fn a_primary_that_falls_silent_is_not_called_a_liar_for_it() {
    let (mut primary, mut witness) = pair(5, 0, app_hash);
    let mut detector = Detector::start(primary.trace(2, 9), options(), LAG).unwrap();
    let outcome = loop {
        let Request { side, height } = detector.next_request().unwrap();
        let answer = if side == Side::Witness { witness.answer(height) } else { Answer::Nothing };
        if let Finding::Done(outcome) = detector.supply(answer, NOW) {
            break outcome;
        }
    };
    let attack = attack_of(outcome);
    assert_eq!((attack.against_witness.clone(), attack.liar()), (Err(Unanswered::Silent), None));
}

#[test]
fn a_primary_whose_trust_expires_meanwhile_is_not_called_a_liar_for_it() {
    let (mut primary, mut witness) = pair(5, 0, app_hash);
    let mut detector = Detector::start(primary.trace(2, 9), options(), LAG).unwrap();
    let outcome = loop {
        let Request { side, height } = detector.next_request().unwrap();
        let (answer, now) = match side {
            Side::Witness => (witness.answer(height), NOW),
            Side::Primary => (primary.answer(height), time_of(100_000)),
        };
        if let Finding::Done(outcome) = detector.supply(answer, now) {
            break outcome;
        }
    };
    let attack = attack_of(outcome);
    assert!(matches!(attack.against_witness, Err(Unanswered::Unproven(Invalid::TrustExpired { .. }))));
    assert_eq!(attack.liar(), None);
}

#[test]
fn a_trace_has_a_root_and_ascends() {
    let trace = Node::at(rotating(), 60).trace(2, 50);
    assert!(Detector::start(vec![], options(), LAG).is_err());
    assert!(Detector::start(trace[..1].to_vec(), options(), LAG).is_err());
    let mut reversed = trace;
    reversed.reverse();
    assert!(matches!(Detector::start(reversed, options(), LAG), Err(Invalid::HeightNotAbove { .. })));
}

#[test]
fn no_answer_makes_a_detector_panic_or_ask_without_end() {
    let mut primary = Node::at(rotating().lying(23, 0, app_hash), 60);
    let mut witness = Node::at(rotating(), 60);
    let trace = primary.trace(2, 50);
    // Each answer is one of these, by a small generator of numbers.
    for seed in 1..60_u64 {
        let mut state = seed;
        let mut detector = Detector::start(trace.clone(), options(), LAG).unwrap();
        let mut asked = 0;
        while let Some(Request { side, height }) = detector.next_request() {
            asked += 1;
            assert!(asked < 500, "seed {seed}");
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let node = if side == Side::Witness { &mut witness } else { &mut primary };
            let answer = match (state >> 33) % 12 {
                0 => Answer::Nothing,
                1 => Answer::TooHigh,
                2 => node.answer(Some(BlockHeight(1 + (state >> 40) % 60))),
                3 => primary.answer(height),
                4 => {
                    let Answer::Block(mut block) = node.answer(height) else { continue };
                    block.next_validators = None;
                    Answer::Block(block)
                }
                _ => node.answer(height),
            };
            if let Finding::Done(_) = detector.supply(answer, time_of(61)) {
                break;
            }
        }
    }
}
