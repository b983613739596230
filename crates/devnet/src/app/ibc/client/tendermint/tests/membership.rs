//! Proofs, and what must have passed before they count.

use types::{Height, Timestamp};

use super::super::super::error::{client, commitment, core_ibc, tendermint};
use super::super::super::test_chain::{Draft, World, height, trees};
use super::super::super::{Delay, verify_membership, verify_non_membership};
use crate::app::error::{Registered, Result};

const KEY: &[u8] = b"commitments/x";
const AT: u64 = 15;

/// A client that knows the app hash of a header at [`AT`].
fn knowing(app_hash: &[u8]) -> World {
    let mut world = World::new();
    world.update(&Draft { app_hash: app_hash.to_vec(), ..Draft::at(AT, 1_010) }.sign()).unwrap();
    world
}

fn exists(world: &mut World, at: Height, delay: Delay, proof: &[u8], value: &[u8]) -> Result<()> {
    let id = world.id.parse().unwrap();
    verify_membership(&mut world.ctx, &id, at, delay, proof, [b"ibc", KEY], value)
}

#[track_caller]
fn refused(result: Result<()>, code: Registered, text: &str) {
    let error = result.unwrap_err();
    assert!(error.is(code), "{error:?}");
    assert!(error.log.contains(text), "{error}");
}

#[test]
fn a_value_is_proven_by_the_root_of_a_known_height() {
    let proven = trees::one("ibc", KEY, b"value");
    let mut world = knowing(&proven.app_hash);
    let mut check = |value: &[u8]| exists(&mut world, height(AT), Delay::default(), &proven.proof, value);
    assert_eq!(check(b"value"), Ok(()));
    let text = "failed to verify membership proof at index 0: provided value doesn't match proof: invalid proof";
    refused(check(b"other"), commitment::INVALID_PROOF, text);
    refused(check(b""), commitment::INVALID_PROOF, "empty value in membership proof");
}

#[test]
fn absence_is_proven_by_the_root_of_a_known_height() {
    let proven = trees::absent("ibc", KEY, b"a");
    let mut world = knowing(&proven.app_hash);
    let id = world.id.parse().unwrap();
    let mut check = |proof: &[u8], key: &[u8]| {
        verify_non_membership(&mut world.ctx, &id, height(AT), Delay::default(), proof, [b"ibc", key])
    };
    assert_eq!(check(&proven.proof, KEY), Ok(()));
    refused(check(&proven.proof, b"a"), commitment::INVALID_PROOF, "failed to verify non-membership proof with key a");
    let existing = trees::one("ibc", KEY, b"value");
    let text = "commitment proof must be non-existence proof for verifying non-membership";
    refused(check(&existing.proof, KEY), commitment::INVALID_PROOF, text);
}

#[test]
fn a_proof_of_another_state_is_refused_by_its_root() {
    let mut world = knowing(&[4; 32]);
    let proven = trees::one("ibc", KEY, b"value");
    let result = exists(&mut world, height(AT), Delay::default(), &proven.proof, b"value");
    refused(result, commitment::INVALID_PROOF, "proof did not commit to expected root: 0404");
}

#[test]
fn a_proof_height_above_the_latest_is_refused() {
    let result = exists(&mut World::new(), height(11), Delay::default(), b"", b"value");
    let text = "client state height < proof height ({1 10} < {1 11}), please ensure the client has been updated";
    refused(result, core_ibc::INVALID_HEIGHT, text);
}

#[test]
fn a_height_that_the_client_does_not_know_is_refused() {
    let result = exists(&mut World::new(), height(9), Delay::default(), b"", b"value");
    let text = "please ensure the proof was constructed against a height that exists on the client: consensus state \
                not found";
    refused(result, client::CONSENSUS_STATE_NOT_FOUND, text);
}

#[test]
fn bytes_that_are_no_proof_are_refused() {
    let mut world = World::new();
    let mut check = |proof: &[u8]| exists(&mut world, height(10), Delay::default(), proof, b"value");
    refused(check(&[0xff]), commitment::INVALID_PROOF, "failed to unmarshal proof into ICS 23 commitment merkle proof");
    refused(check(&[]), commitment::INVALID_MERKLE_PROOF, "proof must not be empty");
}

#[test]
fn a_client_that_is_not_active_proves_nothing() {
    let proven = trees::one("ibc", KEY, b"value");
    let mut world = knowing(&proven.app_hash);
    super::super::update_state_on_misbehaviour(&mut world.ctx, "07-tendermint-0").unwrap();
    let result = exists(&mut world, height(AT), Delay::default(), &proven.proof, b"value");
    let text =
        "cannot call verify membership on client (07-tendermint-0) with status Frozen: client state is not active";
    refused(result, client::CLIENT_NOT_ACTIVE, text);
}

#[test]
fn a_proof_waits_until_the_delay_has_passed_and_not_longer() {
    let proven = trees::one("ibc", KEY, b"value");
    let mut world = knowing(&proven.app_hash);
    let (time, block) = (world.ctx.block.time.0, world.ctx.block.height);
    let mut check = |time: u64, block: u64, delay| {
        (world.ctx.block.time, world.ctx.block.height) = (Timestamp(time), block);
        exists(&mut world, height(AT), delay, &proven.proof, b"value")
    };
    let by_time = Delay { time: 5, blocks: 0 };
    let text = format!("cannot verify packet until time: {}, current time: {}", time + 5, time + 4);
    refused(check(time + 4, block, by_time), tendermint::DELAY_PERIOD_NOT_PASSED, &text);
    assert_eq!(check(time + 5, block, by_time), Ok(()));
    let by_blocks = Delay { time: 0, blocks: 2 };
    let text = "cannot verify packet until height: 1-52, current height: 1-51";
    refused(check(time, block + 1, by_blocks), tendermint::DELAY_PERIOD_NOT_PASSED, text);
    assert_eq!(check(time, block + 2, by_blocks), Ok(()));
}
