//! Two nodes, each of which has a chain, and what a detector finds between them.

use tendermint::{
    Hash,
    block::{CommitSig, Header},
};

use super::*;
use crate::{
    Bisection, LightClientAttack, Progress,
    test_chain::{TestChain, options, sign, time_of, vote},
};

mod outcomes;

/// A node: its chain, and how far it has come.
struct Node {
    chain: TestChain,
    head: u64,
}

impl Node {
    fn at(chain: TestChain, head: u64) -> Self {
        Self { chain, head }
    }

    fn answer(&mut self, height: Option<BlockHeight>) -> Answer {
        let height = height.map_or(self.head, |height| height.0);
        if height > self.head {
            return Answer::TooHigh;
        }
        Answer::Block(Box::new(self.chain.block(height)))
    }

    /// The blocks that lead from one height to another, as a bisection verifies them.
    fn trace(&mut self, from: u64, to: u64) -> Vec<LightBlock> {
        let mut bisection = Bisection::start(self.chain.trusted(from), BlockHeight(to), options()).unwrap();
        loop {
            let height = bisection.next_request().unwrap();
            if let Progress::Verified(trace) = bisection.supply(self.chain.block(height.0), NOW) {
                return core::iter::once(self.chain.block(from)).chain(trace).collect();
            }
        }
    }
}

const NOW: Timestamp = Timestamp(1_000_000_000_000);
const LAG: Duration = Duration::from_secs(10);

/// Compares what a primary has at a height with a witness, from height 2 on.
fn compare(primary: &mut Node, witness: &mut Node, height: u64) -> Outcome {
    let trace = primary.trace(2, height);
    compare_trace(trace, primary, witness)
}

fn compare_trace(trace: Vec<LightBlock>, primary: &mut Node, witness: &mut Node) -> Outcome {
    let mut detector = Detector::start(trace, options(), LAG).unwrap();
    for _ in 0..200 {
        let Some(Request { side, height }) = detector.next_request() else { break };
        let node = match side {
            Side::Primary => &mut *primary,
            Side::Witness => &mut *witness,
        };
        match detector.supply(node.answer(height), NOW) {
            Finding::Progressed => {}
            Finding::Wait(_) => witness.head += 1,
            Finding::Done(outcome) => {
                assert_eq!(detector.next_request(), None);
                return outcome;
            }
        }
    }
    panic!("the comparison does not end");
}

#[track_caller]
fn attack_of(outcome: Outcome) -> Attack {
    let Outcome::Attack(attack) = outcome else { panic!("no attack, but {outcome:?}") };
    a_node_takes_the_evidence(&attack.against_primary);
    *attack
}

#[track_caller]
fn a_node_takes_the_evidence(case: &Divergence) {
    let attack = LightClientAttack::of(case);
    let common = if attack.common_height == case.trusted().height() { case.trusted() } else { &case.common };
    assert_eq!(attack.judge(common, case.trusted()), Ok(()));
}

fn app_hash(header: &mut Header) {
    header.app_hash = vec![9; 32].try_into().unwrap();
}

fn data_hash(header: &mut Header) {
    header.data_hash = Some(Hash::Sha256([9; 32]));
}

/// Four validators always; one lies from a height on.
fn pair(from: u64, round: u16, change: fn(&mut Header)) -> (Node, Node) {
    (Node::at(TestChain::of(4).lying(from, round, change), 20), Node::at(TestChain::of(4), 20))
}

/// Ten validators, one of which is replaced every two blocks, so that traces have many blocks.
fn rotating() -> TestChain {
    TestChain::with(|height| {
        let first = height / 2;
        (first..first + 10).map(|seed| (u8::try_from(seed).unwrap(), 10 + seed % 3)).collect()
    })
}

#[test]
fn a_made_up_state_is_a_lunatic_attack_of_those_who_signed_it() {
    let (mut primary, mut witness) = pair(5, 0, app_hash);
    let attack = attack_of(compare(&mut primary, &mut witness, 9));
    let case = &attack.against_primary;
    assert_eq!(case.kind, AttackKind::Lunatic);
    assert_eq!(
        made_up(&case.conflicting.signed_header.header, &case.trusted().signed_header.header),
        [MadeUp::AppHash]
    );
    assert_eq!((case.common.height(), case.conflicting.height()), (BlockHeight(2), BlockHeight(9)));
    assert_eq!(case.conflicting, primary.chain.block(9));
    assert_eq!(case.trusted(), &witness.chain.block(9));
    assert_eq!(case.byzantine.len(), 4);
}

#[test]
fn a_case_survives_its_json() {
    let (mut primary, mut witness) = pair(5, 0, app_hash);
    let case = attack_of(compare(&mut primary, &mut witness, 9)).against_primary;
    let json = serde_json::to_string(&case).unwrap();
    assert_eq!(serde_json::from_str::<Divergence>(&json).unwrap(), case);
}

#[test]
fn two_blocks_in_one_round_are_an_equivocation_of_those_who_signed_both() {
    let (mut primary, mut witness) = pair(5, 0, data_hash);
    let attack = attack_of(compare(&mut primary, &mut witness, 9));
    assert_eq!(attack.against_primary.kind, AttackKind::Equivocation);
    assert_eq!(attack.against_primary.byzantine.len(), 4);
    assert_eq!(attack.against_witness.unwrap().byzantine, attack.against_primary.byzantine);
}

#[test]
fn two_blocks_in_two_rounds_are_amnesia_of_nobody_known() {
    let (mut primary, mut witness) = pair(5, 1, data_hash);
    let attack = attack_of(compare(&mut primary, &mut witness, 9));
    assert_eq!(attack.against_primary.kind, AttackKind::Amnesia);
    assert_eq!(attack.against_primary.byzantine, []);
}

#[test]
fn the_place_where_two_long_branches_part_is_found() {
    let mut primary = Node::at(rotating().lying(23, 0, app_hash), 60);
    let mut witness = Node::at(rotating(), 60);
    let attack = attack_of(compare(&mut primary, &mut witness, 50));
    let case = &attack.against_primary;
    assert!(case.common.height() < BlockHeight(23) && BlockHeight(23) <= case.conflicting.height());
    assert_eq!(case.common, witness.chain.block(case.common.height().0));
    assert!(!case.branch.is_empty());
    assert!(case.branch.iter().all(|block| *block == witness.chain.block(block.height().0)));
    let other = attack.against_witness.unwrap();
    assert!(other.common.height() < BlockHeight(23));
    assert_eq!(other.conflicting, witness.chain.block(other.conflicting.height().0));
    assert_eq!(other.trusted(), &primary.chain.block(other.conflicting.height().0));
}

#[test]
fn who_lies_is_the_same_whoever_is_primary() {
    let (mut liar, mut honest) = pair(5, 0, app_hash);
    let truth = honest.chain.block(9).header_hash();
    let attack = attack_of(compare(&mut liar, &mut honest, 9));
    assert_eq!((attack.liar(), attack.liar_by(truth)), (None, Some(Side::Primary)));
    let attack = attack_of(compare(&mut honest, &mut liar, 9));
    assert_eq!((attack.liar(), attack.liar_by(truth)), (None, Some(Side::Witness)));
    assert_eq!(attack.liar_by(Hash::Sha256([1; 32])), None);
}

#[test]
fn a_block_above_the_head_with_a_time_that_has_passed_is_a_forward_lunatic_attack() {
    let early = |header: &mut Header| {
        app_hash(header);
        header.time = (tendermint::Time::from_unix_timestamp(40, 0).unwrap() + Duration::from_secs(1)).unwrap();
    };
    // The liar makes one block, number 15, with a time between those of blocks 8 and 9.
    let mut primary = Node::at(TestChain::of(4).lying(15, 0, early), 15);
    let mut witness = Node::at(TestChain::of(4), 12);
    let attack = attack_of(compare(&mut primary, &mut witness, 15));
    let case = &attack.against_primary;
    assert_eq!(case.kind, AttackKind::ForwardLunatic);
    assert_eq!((case.trusted().height(), case.conflicting.height()), (BlockHeight(12), BlockHeight(15)));
    assert_eq!(case.byzantine.len(), 4);
    // It has the blocks of the witness, up to a head that is later than its own header: nobody else can have lied.
    assert_eq!((attack.against_witness.clone(), attack.liar()), (Err(Unanswered::Agrees), Some(Side::Primary)));
}

#[test]
fn a_head_that_stands_in_the_trace_is_the_common_block_itself() {
    let early = |header: &mut Header| {
        app_hash(header);
        header.time = tendermint::Time::from_unix_timestamp(60, 0).unwrap();
    };
    let mut primary = Node::at(TestChain::of(4).lying(15, 0, early), 15);
    let mut witness = Node::at(TestChain::of(4), 12);
    let trace = [2, 8, 12, 15].map(|height| primary.chain.block(height)).to_vec();
    let case = attack_of(compare_trace(trace, &mut primary, &mut witness)).against_primary;
    assert_eq!((case.kind, case.branch.len()), (AttackKind::ForwardLunatic, 0));
    assert_eq!((case.common.height(), case.trusted().height()), (BlockHeight(12), BlockHeight(12)));
}

#[test]
fn a_higher_block_that_is_not_later_violates_time_though_nothing_is_made_up() {
    let at_time = |header: &mut Header| header.time = tendermint::Time::from_unix_timestamp(60, 0).unwrap();
    let mut primary = Node::at(TestChain::of(4).lying(15, 0, at_time), 15);
    let mut witness = Node::at(TestChain::of(4), 12);
    let attack = attack_of(compare(&mut primary, &mut witness, 15));
    assert_eq!(attack.against_primary.kind, AttackKind::TimeViolation);
}

#[test]
fn a_vote_that_nobody_cast_names_no_innocent_validator() {
    let (mut primary, mut witness) = pair(5, 0, app_hash);
    let mut detector = Detector::start(primary.trace(2, 9), options(), LAG).unwrap();
    let mut trace = primary.trace(2, 9);
    let forged = &mut trace[1].signed_header.commit.signatures[3];
    let CommitSig::BlockIdFlagCommit { signature, .. } = forged else { panic!("no vote") };
    *signature = tendermint::Signature::new([5; 64]).unwrap();
    let innocent = trace[1].validators.validators()[3].address;
    detector.trace = trace;
    let Finding::Progressed = detector.supply(witness.answer(Some(BlockHeight(9))), NOW) else { panic!() };
    let root = witness.answer(Some(BlockHeight(2)));
    let Finding::Progressed = detector.supply(root, NOW) else { panic!() };
    let Finding::Done(outcome) = detector.supply(primary.answer(Some(BlockHeight(2))), NOW) else { panic!() };
    let case = attack_of(outcome).against_primary;
    assert_eq!(case.byzantine.len(), 3);
    assert!(case.byzantine.iter().all(|info| info.address != innocent));
    assert!(!case.conflicting.signed_header.commit.signatures[3].is_commit());
}

#[test]
fn only_those_who_signed_both_blocks_equivocated() {
    let (mut primary, mut witness) = pair(5, 0, data_hash);
    let (mut lie, truth) = (primary.chain.block(9), witness.chain.block(9));
    lie.signed_header.commit.signatures[1] = CommitSig::BlockIdFlagAbsent;
    let byzantine = byzantine_validators(&lie, &truth.signed_header, &truth.validators);
    let expected: Vec<_> = [0, 2, 3].map(|seat: usize| truth.validators.validators()[seat].address).into();
    assert_eq!(byzantine.iter().map(|info| info.address).collect::<Vec<_>>(), expected);
}

#[test]
fn culprits_stand_by_power_then_by_address() {
    let members = |_| vec![(1, 10), (2, 30), (3, 30), (4, 20)];
    let (mut one, mut other) = (TestChain::with(members), TestChain::with(members).lying(5, 0, app_hash));
    let mut lie = other.block(9);
    let header = lie.signed_header.header.clone();
    // The votes come in whatever order the made-up set has.
    let mut validators = lie.validators.validators().to_vec();
    validators.reverse();
    lie = sign(header, crate::ValidatorSet::new(validators, None).unwrap(), None);
    lie.signed_header.commit.signatures = lie
        .validators
        .validators()
        .iter()
        .map(|info| vote(&lie.signed_header.header, &lie.signed_header.commit, info))
        .collect();
    let truth = one.block(9);
    let byzantine = byzantine_validators(&lie, &truth.signed_header, &truth.validators);
    assert_eq!(byzantine.iter().map(|info| info.power()).collect::<Vec<_>>(), [30, 30, 20, 10]);
    assert!(byzantine[0].address < byzantine[1].address);
}
