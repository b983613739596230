//! ibc-go `update_test.go`, `TestVerifyHeader`.

use super::super::super::error::{client, tendermint};
use super::super::super::test_chain::{ALT, Draft, FIRST_TIME, FOUR, TRUSTING_PERIOD, World, height};

#[track_caller]
fn refused(world: &mut World, draft: &Draft, text: &str) {
    let error = world.verify(draft.sign()).unwrap_err();
    assert!(error.log.contains(text), "{error}");
}

#[test]
fn success() {
    assert_eq!(World::new().verify(Draft::at(11, 1_010).sign()), Ok(()));
    assert_eq!(World::new().verify(Draft::at(15, 1_010).sign()), Ok(()));
}

#[test]
fn successful_verify_header_for_header_with_a_previous_height() {
    let mut world = World::new();
    world.update(&Draft::at(20, 1_050).sign()).unwrap();
    assert_eq!(world.verify(Draft::at(15, 1_010).sign()), Ok(()));
}

#[test]
fn successful_verify_header_with_future_height_and_different_validator_set() {
    let both = [FOUR, &[(5, 10)]].concat();
    assert_eq!(World::new().verify(Draft { members: both, ..Draft::at(15, 1_010) }.sign()), Ok(()));
}

#[test]
fn successful_verify_header_with_next_height_and_different_validator_set() {
    // The first header announced the next validators, so that these need no overlap.
    let next = vec![ALT];
    let first = Draft { next_members: next.clone(), ..Draft::at(12, 1_010) };
    let mut world = World::new();
    world.update(&first.sign()).unwrap();
    let draft = Draft { members: next.clone(), trusted: (height(12), next), ..Draft::at(13, 1_020) };
    assert_eq!(world.verify(draft.sign()), Ok(()));
}

#[test]
fn incorrect_trusted_validators_for_given_consensus_state() {
    let draft = Draft { trusted: (height(10), vec![ALT]), ..Draft::at(15, 1_010) };
    let error = World::new().verify(draft.sign()).unwrap_err();
    assert!(error.is(tendermint::INVALID_VALIDATOR_SET), "{error}");
}

#[test]
fn next_height_update_header_mismatches_next_val_set_hash() {
    let draft = Draft { members: vec![ALT], ..Draft::at(11, 1_010) };
    refused(&mut World::new(), &draft, "failed to verify header: expected old header next validators");
}

#[test]
fn future_height_too_much_change_in_validator_set() {
    let draft = Draft { members: vec![ALT], ..Draft::at(15, 1_010) };
    let text = "failed to verify header: cant trust new val set: invalid commit -- insufficient voting power: got 0, \
                needed more than 13";
    refused(&mut World::new(), &draft, text);
}

#[test]
fn header_height_revision_and_trusted_height_revision_mismatch() {
    let draft = Draft { chain_id: "chain-2".to_owned(), ..Draft::at(15, 1_010) };
    let mut world = World::new();
    refused(&mut world, &draft, "header height revision 2 does not match trusted header revision 1");
    assert!(world.verify(draft.sign()).unwrap_err().is(tendermint::INVALID_HEADER_HEIGHT));
}

#[test]
fn header_height_revision_mismatch_after_the_chain_was_upgraded() {
    let mut world = World::new();
    world.upgraded();
    let draft = Draft { chain_id: "chain-2".to_owned(), ..Draft::at(25, 1_010) };
    refused(&mut world, &draft, "header height revision 2 does not match trusted header revision 1");
}

#[test]
fn header_height_below_consensus_height() {
    let error = World::new().verify(Draft::at(9, 1_010).sign()).unwrap_err();
    assert!(error.is(client::INVALID_HEADER), "{error}");
    assert_eq!(error.log, "header height ≤ consensus state height (1-9 ≤ 1-10): invalid client header");
}

#[test]
fn header_basic_validation_failed() {
    let mut header = Draft::at(15, 1_010).sign();
    header.signed_header.as_mut().unwrap().commit.as_mut().unwrap().height = 14;
    let mut world = World::new();
    assert!(world.verify(header.clone()).is_err());
    let error = world.update(&header).unwrap_err();
    assert_eq!(error.log, "header failed basic validation: header and commit height mismatch: 15 vs 14");
    assert_eq!((error.codespace, error.code), ("undefined", 1));
}

#[test]
fn header_timestamp_is_not_past_last_client_timestamp() {
    let text = "failed to verify header: invalid header: expected new header time 1970-01-01 00:16:40 +0000 UTC to be \
                after old header time 1970-01-01 00:16:40 +0000 UTC";
    refused(&mut World::new(), &Draft::at(15, FIRST_TIME), text);
}

#[test]
fn header_with_incorrect_header_chain_id() {
    let draft = Draft { chain_id: "chain".to_owned(), ..Draft::at(15, 1_010) };
    refused(&mut World::new(), &draft, "header height revision 0 does not match trusted header revision 1");
    let draft = Draft { chain_id: "other-1".to_owned(), ..Draft::at(15, 1_010) };
    let text = "failed to verify header: invalid header: untrustedHeader.ValidateBasic failed: header belongs to \
                another chain \"other-1\", not \"chain-1\"";
    refused(&mut World::new(), &draft, text);
}

#[test]
fn trusting_period_has_passed_since_last_client_timestamp() {
    let mut world = World::new();
    world.at_time(FIRST_TIME + TRUSTING_PERIOD);
    refused(
        &mut world,
        &Draft::at(15, 1_010),
        "failed to verify header: old header has expired at 1970-01-01 03:03:20",
    );
    world.at_time(FIRST_TIME + TRUSTING_PERIOD - 1);
    assert_eq!(world.verify(Draft::at(15, 1_010).sign()), Ok(()));
}

#[test]
fn update_for_a_previous_revision() {
    let mut world = World::new();
    world.upgraded();
    refused(&mut world, &Draft::at(15, 1_010), "failed to verify header: invalid header: untrustedHeader");
}

#[test]
fn successful_update_with_identical_header_to_a_previous_update() {
    let mut world = World::new();
    let header = Draft::at(15, 1_010).sign();
    world.update(&header).unwrap();
    assert_eq!(world.verify(header), Ok(()));
}

#[test]
fn update_to_a_future_revision() {
    let draft = Draft { chain_id: "chain-1-1".to_owned(), ..Draft::at(15, 1_010) };
    refused(&mut World::new(), &draft, "failed to verify header");
}

#[test]
fn a_trusted_height_that_the_client_does_not_know_is_refused() {
    let draft = Draft { trusted: (height(11), FOUR.to_vec()), ..Draft::at(15, 1_010) };
    let error = World::new().verify(draft.sign()).unwrap_err();
    assert!(error.is(client::CONSENSUS_STATE_NOT_FOUND), "{error}");
}

#[test]
fn a_header_from_the_future_is_refused() {
    let mut world = World::new();
    let now = world.ctx.block.time.as_seconds();
    assert_eq!(world.verify(Draft::at(15, now + 9).sign()), Ok(()));
    refused(&mut world, &Draft::at(15, now + 10), "new header has a time from the future");
}

#[test]
fn a_header_that_two_thirds_of_its_own_validators_did_not_sign_is_refused() {
    let draft = Draft { absent: vec![0, 1], ..Draft::at(15, 1_010) };
    let text = "failed to verify header: invalid header: invalid commit -- insufficient voting power: got 20, needed \
                more than 26";
    refused(&mut World::new(), &draft, text);
}
