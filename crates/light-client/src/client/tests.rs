//! The thin way through: two blocks of one height, the message, the verdict.

use types::{ClientId, client::Status};

use super::*;
use crate::{
    Header, Misbehaviour,
    test_chain::{TestChain, held, sign, time_of},
};

fn id() -> ClientId {
    "07-tendermint-0".parse().unwrap()
}

/// A client that knows height 2, and two blocks at height 9.
fn fork() -> (ClientState, ConsensusStates, Misbehaviour) {
    let mut chain = TestChain::of(4);
    let (client, states) = held(&mut chain, &[2]);
    let block = chain.block(9);
    let mut header = block.signed_header.header.clone();
    header.app_hash = vec![7; 32].try_into().unwrap();
    let lie = sign(header, block.validators.clone(), block.next_validators.clone());
    let trusted = chain.block(2).next_validators.unwrap();
    let header = |block| Header::new(block, client.latest_height, trusted.clone());
    let misbehaviour = Misbehaviour::new(id(), header(lie), header(block));
    (client, states, misbehaviour)
}

#[test]
fn two_blocks_of_one_height_freeze_a_client() {
    let (client, states, misbehaviour) = fork();
    let judged = judge_misbehaviour(&client, &states, &misbehaviour, time_of(10));
    assert_eq!(judged, Ok(Effect::Freezes(Conflict::Fork)));
}

#[test]
fn a_client_that_is_not_active_takes_nothing() {
    let (mut client, states, misbehaviour) = fork();
    client.frozen_height = Some(Height { revision_number: 0, revision_height: 1 });
    let refused = judge_misbehaviour(&client, &states, &misbehaviour, time_of(10)).unwrap_err();
    assert_eq!(refused, MisbehaviourRefused::NotActive(Status::Frozen));
    let refused = judge_header(&client, &states, &misbehaviour.header_2, time_of(10)).unwrap_err();
    assert_eq!(refused, Refused::NotActive(Status::Frozen));
}

#[test]
fn the_true_header_freezes_a_client_that_believes_a_lie() {
    let (client, mut states, misbehaviour) = fork();
    let (lie, truth) = (misbehaviour.header_1, misbehaviour.header_2);
    assert_eq!(judge_header(&client, &states, &truth, time_of(10)), Ok(Effect::Updates(truth.height().unwrap())));
    let block = lie.signed_header.header;
    let held =
        |states: &ConsensusStates| state_differences(&states[&truth.height().unwrap()], &truth.signed_header.header);
    states.insert(
        truth.height().unwrap(),
        ConsensusState {
            timestamp: crate::rules::timestamp(block.time).unwrap(),
            root: block.app_hash.as_bytes().to_vec(),
            next_validators_hash: block.next_validators_hash.as_bytes().to_vec(),
        },
    );
    assert_eq!(held(&states), Ok(vec![StateField::Root]));
    assert_eq!(judge_header(&client, &states, &truth, time_of(10)), Ok(Effect::Freezes(Conflict::Fork)));
}
