//! Blocks that two validators have signed, all by the same set.

use light_client::{Divergence, LightBlock, TrustedState, ValidatorSet};
use tendermint_testgen::{Generator, LightBlock as Fixture};
use types::{BlockHeight, Timestamp};

use super::{Case, FalseState, Found, Proof};

pub(crate) const CHAIN: &str = "chain-1";

/// A block of this height, made at this second.
pub(crate) fn block(height: u64, second: u64) -> LightBlock {
    let time = tendermint::Time::from_unix_timestamp(i64::try_from(second).unwrap(), 0).unwrap();
    let fixture = Fixture::new_default_with_time_and_chain_id(CHAIN.into(), time, height).generate().unwrap();
    let set = |set: tendermint::validator::Set| ValidatorSet::new(set.validators, None).unwrap();
    LightBlock {
        signed_header: fixture.signed_header,
        validators: set(fixture.validators),
        next_validators: Some(set(fixture.next_validators)),
    }
}

/// Block 2 is common, there are two blocks 9 of different times; found at second 60.
pub(crate) fn fork(lie_second: u64) -> Case {
    let case = Divergence::new(block(2, 2), vec![block(9, 9)], block(9, lie_second));
    of(Proof::Blocks { case: Box::new(case), reverse: None })
}

/// A client was made to believe that block `height` was made at this second, while block 9 was at second 9.
pub(crate) fn false_state(height: u64, second: u64) -> Case {
    let state = TrustedState { header_hash: None, ..TrustedState::of_verified(&block(height, second)).unwrap() };
    let (host, client) = ("chain-b".parse().unwrap(), "07-tendermint-0".parse().unwrap());
    let proof = FalseState { host, client, state, common: block(2, 2), branch: vec![block(9, 9)] };
    of(Proof::State(Box::new(proof)))
}

fn of(proof: Proof) -> Case {
    let found = Found::Committed { block: BlockHeight(12) };
    Case { chain: CHAIN.parse().unwrap(), found, at: Timestamp::from_seconds(60), proof }
}
