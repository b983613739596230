//! The rules of a validator set, and its hash against CometBFT's.

use super::*;
use crate::test_chain::{TestChain, info};

fn raw_set() -> raw::ValidatorSet {
    TestChain::of(3).validators().into()
}

#[test]
fn a_set_survives_its_protobuf_and_its_json_in_wire_order() {
    let mut validators = TestChain::of(5).validators().validators().to_vec();
    validators.rotate_left(2);
    let set = ValidatorSet::new(validators.clone(), Some(validators[3].address)).unwrap();
    let read = ValidatorSet::try_from(raw::ValidatorSet::from(set.clone())).unwrap();
    assert_eq!(read, set);
    assert_eq!(read.validators(), validators);
    let json = serde_json::to_string(&set).unwrap();
    assert_eq!(serde_json::from_str::<ValidatorSet>(&json).unwrap(), set);
}

#[test]
fn the_hash_depends_on_the_order_and_agrees_with_tendermint_in_its_order() {
    let set = TestChain::of(5).validators();
    assert_eq!(set.hash(), tendermint::validator::Set::new(set.validators().to_vec(), None).hash());
    let mut reversed = set.validators().to_vec();
    reversed.reverse();
    assert_ne!(ValidatorSet::new(reversed, None).unwrap().hash(), set.hash());
}

#[test]
fn an_empty_set_is_refused() {
    assert_eq!(ValidatorSet::new(vec![], None).unwrap_err(), ValidatorSetError::Empty);
}

#[test]
fn a_set_of_endless_validators_is_refused() {
    let mut raw = raw_set();
    raw.validators = vec![raw.validators[0].clone(); ValidatorSet::LEN_MAX + 1];
    assert_eq!(ValidatorSet::try_from(raw).unwrap_err(), ValidatorSetError::TooMany(ValidatorSet::LEN_MAX + 1));
}

#[test]
fn a_validator_with_negative_power_is_refused() {
    for power in [-1, i64::MIN] {
        let mut raw = raw_set();
        raw.validators[1].voting_power = power;
        assert_eq!(ValidatorSet::try_from(raw).unwrap_err(), ValidatorSetError::Power { index: 1, power });
    }
}

#[test]
fn a_validator_may_have_no_power_as_for_a_client_on_a_chain() {
    let mut raw = raw_set();
    raw.validators[1].voting_power = 0;
    let set = ValidatorSet::try_from(raw).unwrap();
    assert_eq!((set.len(), set.total_power()), (3, 20));
}

#[test]
fn a_total_power_over_the_limit_is_refused() {
    let mut raw = raw_set();
    raw.validators[0].voting_power = i64::MAX / 8 - 20;
    assert_eq!(ValidatorSet::try_from(raw.clone()).unwrap().total_power(), ValidatorSet::TOTAL_POWER_MAX);
    raw.validators[1].voting_power += 1;
    assert_eq!(ValidatorSet::try_from(raw.clone()).unwrap_err(), ValidatorSetError::TotalPower);
    for validator in &mut raw.validators {
        validator.voting_power = i64::MAX;
    }
    assert_eq!(ValidatorSet::try_from(raw).unwrap_err(), ValidatorSetError::TotalPower);
}

#[test]
fn the_total_power_of_a_message_is_not_believed() {
    let mut raw = raw_set();
    raw.total_voting_power = 1_000_000;
    assert_eq!(ValidatorSet::try_from(raw).unwrap().total_power(), 30);
}

#[test]
fn a_validator_may_stand_twice_as_for_a_client_on_a_chain_and_is_found_at_its_first_place() {
    let validators = vec![info(1, 10), info(2, 10), info(1, 5)];
    let set = ValidatorSet::new(validators.clone(), None).unwrap();
    assert_eq!(set.total_power(), 25);
    assert_eq!(set.by_address(&validators[2].address), Some((0, &validators[0])));
}

#[test]
fn an_address_that_is_not_of_its_key_is_refused() {
    let mut raw = raw_set();
    raw.validators[2].address = raw.validators[1].address.clone();
    assert_eq!(ValidatorSet::try_from(raw.clone()).unwrap_err(), ValidatorSetError::Address { index: 2 });
    raw.validators[2].address = vec![1; 19];
    assert_eq!(ValidatorSet::try_from(raw).unwrap_err(), ValidatorSetError::Address { index: 2 });
    let mut validator = info(1, 10);
    validator.address = info(2, 10).address;
    assert_eq!(ValidatorSet::new(vec![validator], None).unwrap_err(), ValidatorSetError::Address { index: 0 });
}

#[test]
fn a_key_of_an_unknown_kind_is_an_error_with_its_name() {
    let mut raw = raw_set();
    // How a key of a later kind (field 3 and up of the oneof) decodes.
    raw.validators[1].pub_key = Some(proto::tendermint_proto::crypto::PublicKey { sum: None });
    let error = ValidatorSet::try_from(raw.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "validator 1 has an unsupported validator key: the key is neither ed25519 nor secp256k1"
    );
    raw.validators[1].pub_key = None;
    assert!(matches!(ValidatorSet::try_from(raw).unwrap_err(), ValidatorSetError::UnsupportedKey { index: 1, .. }));
}

#[test]
fn without_a_given_proposer_the_highest_priority_and_then_the_lowest_address_proposes() {
    let mut validators = vec![info(1, 10), info(2, 10), info(3, 10)];
    let lowest = validators.iter().map(|info| info.address).min().unwrap();
    assert_eq!(ValidatorSet::new(validators.clone(), None).unwrap().proposer().address, lowest);
    let other = validators.iter_mut().find(|info| info.address != lowest).unwrap();
    other.proposer_priority = 7.into();
    let address = other.address;
    assert_eq!(ValidatorSet::new(validators, None).unwrap().proposer().address, address);
}

#[test]
fn a_given_proposer_is_kept_and_must_be_a_member_with_its_key() {
    let set = TestChain::of(3).validators();
    let last = set.validators()[2].address;
    assert_eq!(ValidatorSet::new(set.validators().to_vec(), Some(last)).unwrap().proposer().address, last);

    let stranger = info(9, 10);
    let error = ValidatorSet::new(set.validators().to_vec(), Some(stranger.address)).unwrap_err();
    assert_eq!(error, ValidatorSetError::Proposer(stranger.address.to_string()));
    let mut raw = raw_set();
    raw.proposer = Some(stranger.into());
    assert!(matches!(ValidatorSet::try_from(raw).unwrap_err(), ValidatorSetError::Proposer(_)));
}

#[test]
fn a_secp256k1_validator_is_known() {
    // The generator point of the curve, compressed.
    let key = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    let key = tendermint::PublicKey::from_raw_secp256k1(&hex::decode(key).unwrap()).unwrap();
    let set = ValidatorSet::new(vec![Info::new(key, 10u32.into())], None).unwrap();
    assert_eq!(ValidatorSet::try_from(raw::ValidatorSet::from(set.clone())).unwrap(), set);
}
