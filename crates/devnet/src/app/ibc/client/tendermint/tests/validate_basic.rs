//! ibc-go `misbehaviour_test.go`, `TestMisbehaviourValidateBasic`.

use proto::ibc::lightclients::tendermint::v1 as raw;

use super::super::super::error::{client, tendermint};
use super::super::super::test_chain::{ALT, Draft, FOUR, height};
use super::super::ClientMessage;
use super::misbehaviour;
use crate::app::error::{Registered, Result};

fn check(misbehaviour: raw::Misbehaviour) -> Result<()> {
    ClientMessage::from(misbehaviour).check()
}

fn fork() -> raw::Misbehaviour {
    misbehaviour(Draft::at(20, 1_010).sign(), Draft::at(20, 1_070).sign())
}

#[track_caller]
fn refused(misbehaviour: raw::Misbehaviour, code: Registered, text: &str) {
    let error = check(misbehaviour).unwrap_err();
    assert!(error.is(code), "{error:?}");
    assert!(error.log.contains(text), "{error}");
}

#[test]
fn valid_fork_misbehaviour_two_headers_at_same_height_have_different_time() {
    assert_eq!(check(fork()), Ok(()));
}

#[test]
fn valid_time_misbehaviour_both_headers_at_different_heights_are_at_same_time() {
    assert_eq!(check(misbehaviour(Draft::at(25, 1_010).sign(), Draft::at(20, 1_010).sign())), Ok(()));
}

#[test]
fn misbehaviour_header_1_is_nil() {
    let misbehaviour = raw::Misbehaviour { header_1: None, ..fork() };
    refused(misbehaviour, tendermint::INVALID_HEADER, "misbehaviour Header1 cannot be nil");
}

#[test]
fn misbehaviour_header_2_is_nil() {
    let misbehaviour = raw::Misbehaviour { header_2: None, ..fork() };
    refused(misbehaviour, tendermint::INVALID_HEADER, "misbehaviour Header2 cannot be nil");
}

#[test]
fn valid_misbehaviour_with_different_trusted_headers() {
    let other = Draft { trusted: (height(7), vec![ALT]), ..Draft::at(20, 1_070) };
    assert_eq!(check(misbehaviour(Draft::at(20, 1_010).sign(), other.sign())), Ok(()));
}

#[test]
fn trusted_height_is_0_in_header_1() {
    let mut misbehaviour = fork();
    misbehaviour.header_1.as_mut().unwrap().trusted_height = None;
    refused(misbehaviour, tendermint::INVALID_HEADER_HEIGHT, "misbehaviour Header1 cannot have zero revision height");
}

#[test]
fn trusted_height_is_0_in_header_2() {
    let mut misbehaviour = fork();
    misbehaviour.header_2.as_mut().unwrap().trusted_height = Some(height(0).into());
    refused(misbehaviour, tendermint::INVALID_HEADER_HEIGHT, "misbehaviour Header2 cannot have zero revision height");
}

#[test]
fn trusted_valset_is_nil_in_header_1() {
    let mut misbehaviour = fork();
    misbehaviour.header_1.as_mut().unwrap().trusted_validators = None;
    refused(misbehaviour, tendermint::INVALID_VALIDATOR_SET, "trusted validator set in Header1 cannot be empty");
}

#[test]
fn trusted_valset_is_nil_in_header_2() {
    let mut misbehaviour = fork();
    misbehaviour.header_2.as_mut().unwrap().trusted_validators = None;
    refused(misbehaviour, tendermint::INVALID_VALIDATOR_SET, "trusted validator set in Header2 cannot be empty");
}

#[test]
fn invalid_client_id() {
    #[expect(deprecated, reason = "ibc-go still checks the field")]
    let misbehaviour = raw::Misbehaviour { client_id: "GAI".to_owned(), ..fork() };
    let error = check(misbehaviour).unwrap_err();
    assert!(error.log.starts_with("misbehaviour client ID is invalid: identifier GAI has invalid length"), "{error}");
}

#[test]
fn chain_ids_do_not_match() {
    let other = Draft { chain_id: "ethermint".to_owned(), ..Draft::at(20, 1_070) };
    let misbehaviour = misbehaviour(Draft::at(20, 1_010).sign(), other.sign());
    refused(misbehaviour, client::INVALID_MISBEHAVIOUR, "headers must have identical chainIDs");
}

#[test]
fn header_2_height_is_greater() {
    let misbehaviour = misbehaviour(Draft::at(20, 1_010).sign(), Draft::at(21, 1_010).sign());
    let text = "Header1 height is less than Header2 height (1-20 < 1-21)";
    refused(misbehaviour, client::INVALID_MISBEHAVIOUR, text);
}

/// Five members, of which three alone sign.
fn without_majority() -> raw::Header {
    let members = [FOUR, &[(5, 10)]].concat();
    Draft { members, absent: vec![0, 1], ..Draft::at(20, 1_070) }.sign()
}

#[test]
fn header_1_does_not_have_two_thirds_majority() {
    let misbehaviour = misbehaviour(without_majority(), Draft::at(20, 1_010).sign());
    refused(misbehaviour, client::INVALID_MISBEHAVIOUR, "validator set did not commit to header");
}

#[test]
fn header_2_does_not_have_two_thirds_majority() {
    let misbehaviour = misbehaviour(Draft::at(20, 1_010).sign(), without_majority());
    refused(misbehaviour, client::INVALID_MISBEHAVIOUR, "validator set did not commit to header");
}

#[test]
fn validators_sign_off_on_wrong_commit() {
    let mut misbehaviour = fork();
    let signed = misbehaviour.header_2.as_mut().unwrap().signed_header.as_mut().unwrap();
    signed.commit.as_mut().unwrap().block_id.as_mut().unwrap().hash = vec![9; 32];
    refused(misbehaviour, client::INVALID_MISBEHAVIOUR, "header 2 failed validation: header failed basic validation");
}
