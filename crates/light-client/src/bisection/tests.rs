//! Bisection on its own, and against `tendermint_light_client::LightClient` as an oracle.

use std::time::Duration;

use tendermint_light_client::{
    components::{clock::FixedClock, io::AtHeight, scheduler},
    light_client::LightClient,
    state::State,
    store::{LightStore, memory::MemoryStore},
    verifier::{
        ProdVerifier,
        options::Options as OracleOptions,
        types::{LightBlock as OracleBlock, PeerId, Status, TrustThreshold as OracleThreshold},
    },
};

use super::*;
use crate::{
    rules,
    test_chain::{TestChain, options, time_of},
};

/// Drives a bisection over a chain; gives the trace and the heights that were asked for.
fn run(chain: &mut TestChain, from: u64, to: u64) -> (Vec<LightBlock>, Vec<u64>) {
    let mut bisection = Bisection::start(chain.trusted(from), BlockHeight(to), options()).unwrap();
    let mut asked = vec![];
    while let Some(height) = bisection.next_request() {
        asked.push(height.0);
        match bisection.supply(chain.block(height.0), time_of(to + 1)) {
            Progress::Progressed => {}
            Progress::Verified(trace) => {
                assert_eq!(bisection.next_request(), None);
                return (trace, asked);
            }
            Progress::Rejected(invalid) => panic!("{invalid}"),
        }
    }
    panic!("nothing was asked for, and nothing verified")
}

/// Ten validators, one of which is replaced every `blocks` heights.
fn rotating(blocks: u64) -> TestChain {
    TestChain::with(move |height| {
        let first = height / blocks;
        (first..first + 10).map(|seed| (u8::try_from(seed).unwrap(), 10 + seed % 3)).collect()
    })
}

fn oracle(chain: &mut TestChain, from: u64, to: u64) -> OracleBlock {
    let peer: PeerId = "BADFADAD0BEFEEDC0C0ADEADBEEFC0FFEEFACADE".parse().unwrap();
    let convert = move |block: LightBlock| {
        let set = |set: ValidatorSet| tendermint::validator::Set::new(set.validators().to_vec(), None);
        OracleBlock {
            signed_header: block.signed_header,
            validators: set(block.validators),
            next_validators: set(block.next_validators.unwrap()),
            provider: peer,
        }
    };
    let blocks: Vec<OracleBlock> = (1..=to).map(|height| convert(chain.block(height))).collect();
    let mut store = MemoryStore::new();
    store.insert(blocks[usize::try_from(from).unwrap() - 1].clone(), Status::Trusted);
    let io = move |at: AtHeight| match at {
        AtHeight::At(height) => Ok(blocks[usize::try_from(height.value()).unwrap() - 1].clone()),
        AtHeight::Highest => Ok(blocks.last().unwrap().clone()),
    };
    let options = OracleOptions {
        trust_threshold: OracleThreshold::ONE_THIRD,
        trusting_period: options().trusting_period,
        clock_drift: Duration::ZERO,
    };
    let clock = FixedClock::new(rules::time(time_of(to + 1)).unwrap());
    let client =
        LightClient::new(peer, options, clock, scheduler::basic_bisecting_schedule, ProdVerifier::default(), io);
    client.verify_to_target(u32::try_from(to).unwrap().into(), &mut State::new(store)).unwrap()
}

#[test]
fn one_header_is_enough_while_the_validators_stay() {
    let mut chain = TestChain::of(4);
    let (trace, asked) = run(&mut chain, 1, 60);
    assert_eq!((trace.len(), asked), (1, vec![60]));
}

#[test]
fn a_rotating_set_is_bridged_to_the_block_that_the_oracle_finds() {
    for (blocks, to) in [(1, 25), (2, 40), (3, 33), (5, 60)] {
        let mut chain = rotating(blocks);
        let (trace, asked) = run(&mut chain, 1, to);
        let target = trace.last().unwrap();
        let found = oracle(&mut chain, 1, to);
        assert_eq!(target.signed_header, found.signed_header, "every {blocks} blocks");
        assert!(trace.len() > 1, "every {blocks} blocks: the sets must have changed too much for one header");
        let mut distinct = asked.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), asked.len(), "no block is asked for twice: {asked:?}");
    }
}

#[test]
fn each_block_of_the_trace_is_verified_by_the_one_before() {
    let mut chain = rotating(2);
    let (trace, _) = run(&mut chain, 3, 40);
    let (mut state, mut next_validators) = chain.trusted(3);
    for block in &trace {
        assert!(block.height().0 > state.height.revision_height);
        assert_eq!(verify(block, &state, &next_validators, &options(), time_of(41)), Verdict::Success);
        state = TrustedState::of_verified(block).unwrap();
        next_validators = block.next_validators.clone().unwrap();
    }
    assert_eq!(state.height.revision_height, 40);
}

#[test]
fn a_set_that_changes_wholly_at_each_block_is_walked_block_by_block() {
    let mut chain = TestChain::with(|height| vec![(u8::try_from(height).unwrap(), 1)]);
    let (trace, _) = run(&mut chain, 1, 12);
    let heights: Vec<u64> = trace.iter().map(|block| block.height().0).collect();
    assert_eq!(heights, (2..=12).collect::<Vec<_>>());
}

#[test]
fn the_target_needs_no_next_validators_but_a_block_in_between_does() {
    let mut chain = rotating(1);
    let now = time_of(31);
    let mut bisection = Bisection::start(chain.trusted(1), BlockHeight(30), options()).unwrap();
    let mut refused = 0;
    let trace = loop {
        let height = bisection.next_request().unwrap();
        let mut block = chain.block(height.0);
        block.next_validators = None;
        match bisection.supply(block, now) {
            Progress::Progressed => {}
            Progress::Verified(trace) => break trace,
            Progress::Rejected(invalid) => {
                assert_eq!(invalid, Invalid::NextValidatorsMissing);
                refused += 1;
                let again = bisection.next_request().unwrap();
                if let Progress::Verified(trace) = bisection.supply(chain.block(again.0), now) {
                    break trace;
                }
            }
        }
    };
    assert!(refused > 0);
    assert_eq!(trace.last().unwrap().next_validators, None);
}

#[test]
fn a_block_that_breaks_a_rule_is_dropped_and_asked_for_again() {
    let mut chain = TestChain::of(4);
    let mut bisection = Bisection::start(chain.trusted(1), BlockHeight(9), options()).unwrap();
    let mut lie = chain.block(9);
    lie.signed_header.header.app_hash = vec![9; 32].try_into().unwrap();
    let progress = bisection.supply(lie, time_of(10));
    assert!(matches!(progress, Progress::Rejected(Invalid::CommitHash { .. })), "{progress:?}");
    assert_eq!(bisection.next_request(), Some(BlockHeight(9)));
    assert!(matches!(bisection.supply(chain.block(9), time_of(10)), Progress::Verified(_)));
}

#[test]
fn a_lie_at_the_target_that_only_later_trust_tells_is_asked_for_again() {
    let mut chain = rotating(1);
    let now = time_of(31);
    let mut bisection = Bisection::start(chain.trusted(1), BlockHeight(30), options()).unwrap();
    let mut lie = chain.block(30);
    // Hidden from the first check: a set of strangers comes with its own wrong signatures.
    for entry in &mut lie.signed_header.commit.signatures {
        if let tendermint::block::CommitSig::BlockIdFlagCommit { signature, .. } = entry {
            *signature = tendermint::Signature::new(vec![1; 64]).unwrap();
        }
    }
    assert_eq!(bisection.supply(lie, now), Progress::Progressed);
    let mut rejected = false;
    let trace = loop {
        let height = bisection.next_request().unwrap();
        match bisection.supply(chain.block(height.0), now) {
            Progress::Progressed => {}
            Progress::Verified(trace) => break trace,
            Progress::Rejected(invalid) => {
                assert!(matches!(invalid, Invalid::WrongSignature { .. }), "{invalid}");
                assert_eq!(bisection.next_request(), Some(BlockHeight(30)));
                rejected = true;
            }
        }
    };
    assert!(rejected);
    assert_eq!(trace.last(), Some(&chain.block(30)));
}

#[test]
fn a_block_that_was_not_asked_for_is_refused() {
    let mut chain = TestChain::of(4);
    let mut bisection = Bisection::start(chain.trusted(1), BlockHeight(9), options()).unwrap();
    let unexpected = Invalid::UnexpectedHeight { expected: BlockHeight(9), got: BlockHeight(8) };
    assert_eq!(bisection.supply(chain.block(8), time_of(10)), Progress::Rejected(unexpected));
    assert!(matches!(bisection.supply(chain.block(9), time_of(10)), Progress::Verified(_)));
    let late = bisection.supply(chain.block(9), time_of(10));
    assert_eq!(late, Progress::Rejected(Invalid::NothingRequested(BlockHeight(9))));
}

#[test]
fn a_target_that_is_not_above_the_trusted_height_is_refused() {
    let mut chain = TestChain::of(4);
    for target in [0, 4, 5] {
        let error = Bisection::start(chain.trusted(5), BlockHeight(target), options()).unwrap_err();
        assert_eq!(error, Invalid::HeightNotAbove { trusted: BlockHeight(5), got: BlockHeight(target) });
    }
}

#[test]
fn trusted_validators_of_another_state_are_refused_at_the_start() {
    let mut chain = TestChain::of(4);
    let (state, _) = chain.trusted(1);
    let error = Bisection::start((state, TestChain::of(5).validators()), BlockHeight(9), options()).unwrap_err();
    assert!(matches!(error, Invalid::TrustedValidators { .. }));
}
