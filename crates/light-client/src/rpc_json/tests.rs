//! What is read as the same, and what is refused.

use serde_json::{Value, json};

use super::*;
use crate::test_chain::TestChain;

fn block() -> LightBlock {
    let mut block = TestChain::of(3).block(4);
    block.signed_header.commit.signatures[1] = tendermint::block::CommitSig::BlockIdFlagAbsent;
    block
}

/// The block as a node writes it.
fn written() -> Value {
    let block = block();
    json!({
        "signed_header": block.signed_header,
        "validator_set": block.validators,
        "next_validator_set": block.next_validators,
    })
}

fn read(value: &Value) -> Result<LightBlock, BlockJsonError> {
    LightBlock::from_rpc_json(&value.to_string())
}

#[track_caller]
fn refused(pointer: &str, with: Value) -> &'static str {
    let mut value = written();
    *value.pointer_mut(pointer).unwrap() = with;
    read(&value).unwrap_err().code()
}

/// All texts at these names, changed.
fn change(value: &mut Value, names: &[&str], by: &dyn Fn(&str) -> Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str() {
                    Some(text) if names.contains(&name.as_str()) => *field = by(text),
                    Some(_) | None => change(field, names, by),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| change(value, names, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn a_block_is_read_as_a_node_writes_it() {
    assert_eq!(read(&written()).unwrap(), block());
    let (trusted, next_validators) = TrustedState::from_rpc_json(&written().to_string()).unwrap();
    assert_eq!((trusted, next_validators), (TrustedState::of_verified(&block()).unwrap(), block().next_validators));
}

#[test]
fn numbers_may_be_texts_or_numbers() {
    let mut value = written();
    let names = ["height", "block", "app", "round", "total", "voting_power", "block_id_flag", "proposer_priority"];
    change(&mut value, &names, &|text| json!(text.parse::<i64>().unwrap()));
    assert!(value["signed_header"]["header"]["height"].is_number());
    assert_eq!(read(&value).unwrap(), block());
    let commit = &mut value["signed_header"]["commit"];
    commit["round"] = json!("0");
    commit["block_id"]["parts"]["total"] = json!("1");
    for signature in commit["signatures"].as_array_mut().unwrap() {
        signature["block_id_flag"] = json!(signature["block_id_flag"].to_string());
    }
    assert_eq!(read(&value).unwrap(), block());
}

#[test]
fn a_number_that_is_none_is_refused() {
    for wrong in [json!("4x"), json!(""), json!(4.5), json!(null), json!("9223372036854775808"), json!(true)] {
        assert_eq!(refused("/signed_header/header/height", wrong), "malformed");
    }
    assert_eq!(refused("/signed_header/header/height", json!(-4)), "malformed");
    assert_eq!(refused("/signed_header/commit/round", json!("-1")), "malformed");
    assert_eq!(refused("/signed_header/commit/block_id/parts/total", json!("4294967296")), "malformed");
    assert_eq!(refused("/signed_header/commit/signatures/0/block_id_flag", json!(4)), "malformed");
}

#[test]
fn hashes_may_be_small_or_capital() {
    let mut value = written();
    let names = ["hash", "validators_hash", "next_validators_hash", "app_hash", "address", "validator_address"];
    change(&mut value, &names, &|text| json!(text.to_lowercase()));
    assert_eq!(read(&value).unwrap(), block());
    change(&mut value, &names, &|text| json!(text.to_uppercase()));
    assert_eq!(read(&value).unwrap(), block());
    assert_eq!(refused("/signed_header/header/validators_hash", json!("ABCD")), "malformed");
    assert_eq!(refused("/signed_header/header/validators_hash", json!("XY")), "malformed");
    assert_eq!(refused("/signed_header/header/proposer_address", json!("AB")), "malformed");
}

#[test]
fn parts_are_known_by_both_names_but_not_at_once() {
    let mut value = written();
    let id = value["signed_header"]["commit"]["block_id"].as_object_mut().unwrap();
    let parts = id.remove("parts").or_else(|| id.remove("part_set_header")).unwrap();
    for name in ["parts", "part_set_header"] {
        let mut value = value.clone();
        value["signed_header"]["commit"]["block_id"][name] = parts.clone();
        assert_eq!(read(&value).unwrap(), block(), "{name}");
    }
    value["signed_header"]["commit"]["block_id"]["parts"] = parts.clone();
    value["signed_header"]["commit"]["block_id"]["part_set_header"] = parts;
    assert_eq!(read(&value).unwrap_err().code(), "malformed");
}

#[test]
fn a_time_may_have_any_number_of_digits() {
    let mut value = written();
    let time = value["signed_header"]["header"]["time"].as_str().unwrap().trim_end_matches('Z').to_owned();
    for digits in [".0", ".000", ".000000000", ".0000000000000"] {
        value["signed_header"]["header"]["time"] = json!(format!("{time}{digits}Z"));
        assert_eq!(read(&value).unwrap(), block(), "{digits}");
    }
    value["signed_header"]["header"]["time"] = json!(format!("{time}.5Z"));
    assert_eq!(read(&value).unwrap().signed_header.header.time.to_rfc3339(), format!("{time}.5Z"));
    for wrong in [json!("yesterday"), json!(""), json!(null), json!(17)] {
        assert_eq!(refused("/signed_header/header/time", wrong), "malformed");
    }
}

#[test]
fn an_absent_vote_may_be_null_or_empty_and_nothing_else() {
    let absent = |fields: Value| {
        let mut value = written();
        let entry = &mut value["signed_header"]["commit"]["signatures"][1];
        entry.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        read(&value)
    };
    for same in [
        json!({ "signature": null, "validator_address": null, "timestamp": null }),
        json!({ "signature": "", "validator_address": "", "timestamp": "" }),
        json!({ "timestamp": "0001-01-01T00:00:00Z" }),
        json!({ "timestamp": "1970-01-01T00:00:00Z" }),
    ] {
        assert_eq!(absent(same.clone()).unwrap(), block(), "{same}");
    }
    let signature = "AAAA".repeat(21) + "AA==";
    for other in [
        json!({ "signature": signature }),
        json!({ "validator_address": "AB".repeat(20) }),
        json!({ "timestamp": "1970-01-01T00:00:01Z" }),
    ] {
        assert_eq!(absent(other.clone()).unwrap_err().code(), "absent_not_empty", "{other}");
    }
}

#[test]
fn a_key_is_read_in_every_spelling_that_is_in_use() {
    let mut value = written();
    let spell = |value: &mut Value, spelling: &dyn Fn(Value) -> Value| {
        for validator in value["validator_set"]["validators"].as_array_mut().unwrap() {
            let fields = validator.as_object_mut().unwrap();
            let key = fields.remove("pub_key").unwrap()["value"].clone();
            fields.extend(spelling(key).as_object().unwrap().clone());
        }
    };
    let spellings: [&dyn Fn(Value) -> Value; 5] = [
        &|key| json!({ "pub_key": { "type": "tendermint/PubKeyEd25519", "value": key } }),
        &|key| {
            let sum = json!({ "type": "tendermint.crypto.PublicKey_Ed25519", "value": { "ed25519": key } });
            json!({ "pub_key": { "Sum": sum } })
        },
        &|key| json!({ "pub_key": { "ed25519": key } }),
        &|key| json!({ "pub_key_type": "ed25519", "pub_key_bytes": key }),
        &|key| json!({ "pub_key_type": "tendermint/PubKeyEd25519", "pub_key_bytes": key }),
    ];
    for (index, spelling) in spellings.iter().enumerate() {
        let mut value = value.clone();
        spell(&mut value, *spelling);
        assert_eq!(read(&value).unwrap(), block(), "spelling {index}");
    }
    spell(
        &mut value,
        &|key| json!({ "pub_key": { "ed25519": key.clone() }, "pub_key_type": "ed25519", "pub_key_bytes": key }),
    );
    assert_eq!(read(&value).unwrap_err().code(), "unsupported_key");
}

#[test]
fn a_key_of_an_unknown_kind_is_told_by_its_kind() {
    for key in [
        json!({ "type": "tendermint/PubKeyBls12_381", "value": "AAAA" }),
        json!({ "type": "tendermint/PubKeyMultisigThreshold", "value": { "threshold": "1", "pubkeys": [] } }),
        json!({ "Sum": { "type": "tendermint.crypto.PublicKey_Bls12381", "value": { "bls12381": "AAAA" } } }),
        json!({ "bls12381": "AAAA" }),
        json!({ "type": "tendermint/PubKeyEd25519", "value": "AAAA" }),
        json!({ "type": "tendermint/PubKeyEd25519", "value": { "ed25519": "AAAA" } }),
        json!(null),
    ] {
        assert_eq!(refused("/validator_set/validators/0/pub_key", key), "unsupported_key");
    }
    let mut value = written();
    value["validator_set"]["validators"][0]["pub_key"] = json!({ "type": "tendermint/PubKeyBls12_381", "value": "" });
    let error = read(&value).unwrap_err().to_string();
    assert_eq!(
        error,
        "validator_set: validator 0 has an unsupported validator key: \"tendermint/PubKeyBls12_381\" is neither \
         ed25519 nor secp256k1"
    );
}

#[test]
fn a_set_that_is_none_is_told_by_its_rule() {
    assert_eq!(refused("/validator_set", json!(null)), "validators_missing");
    assert_eq!(refused("/validator_set/validators", json!([])), "no_validators");
    assert_eq!(refused("/validator_set/validators", json!(null)), "no_validators");
    assert_eq!(refused("/validator_set/validators/1/voting_power", json!("-1")), "validator_power");
    assert_eq!(refused("/validator_set/validators/1/voting_power", json!(i64::MAX)), "total_power");
    assert_eq!(refused("/validator_set/validators/1/address", json!("AB".repeat(20))), "validator_address");
}

#[test]
fn next_validators_may_be_missing_but_empty_only_where_the_header_says_so() {
    let mut value = written();
    value["next_validator_set"] = json!(null);
    assert_eq!(read(&value).unwrap().next_validators, None);
    value.as_object_mut().unwrap().remove("next_validator_set");
    assert_eq!(read(&value).unwrap().next_validators, None);
    assert_eq!(refused("/next_validator_set/validators", json!([])), "next_validators_hash");
    let mut value = written();
    let of_nobody = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
    value["signed_header"]["header"]["next_validators_hash"] = json!(of_nobody);
    value["next_validator_set"]["validators"] = json!([]);
    assert_eq!(read(&value).unwrap().next_validators, None);
}

#[test]
fn a_field_that_a_rule_reads_must_be_there_once() {
    let mut value = written();
    value.as_object_mut().unwrap().remove("next_validator_set");
    value["validator_set"].as_object_mut().unwrap().remove("proposer");
    let text = value.to_string();
    for name in ["height", "time", "last_block_id", "data_hash", "round", "signatures", "signature", "voting_power"] {
        let named = format!("\"{name}\":");
        assert!(text.contains(&named), "{name}");
        for broken in ["\"another\":".to_owned(), format!("{named}null,{named}")] {
            let error = LightBlock::from_rpc_json(&text.replacen(&named, &broken, 1)).expect_err(name);
            assert_eq!(error.code(), "malformed", "{name}: {error}");
        }
    }
}

#[test]
fn a_trusted_block_needs_neither_its_commit_nor_its_own_validators() {
    let mut value = written();
    value.as_object_mut().unwrap().remove("validator_set");
    value["signed_header"]["commit"] = json!(null);
    assert!(TrustedState::from_rpc_json(&value.to_string()).is_ok());
    value["signed_header"]["header"]["chain_id"] = json!("x-99999999999999999999");
    assert_eq!(TrustedState::from_rpc_json(&value.to_string()).unwrap_err().code(), "chain_id_malformed");
}

#[test]
fn a_file_holds_one_block_or_several() {
    assert_eq!(block_texts(" {\"a\": 1} ").unwrap(), ["{\"a\": 1}"]);
    assert_eq!(block_texts("\n[{\"a\": 1}, 2]").unwrap(), ["{\"a\": 1}", "2"]);
    assert!(block_texts("[]").unwrap().is_empty());
    for wrong in ["", "{", "[{}", "{} {}", "nonsense"] {
        assert!(block_texts(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_height_is_told_whatever_else_is_wrong() {
    let height = |json: Value| claimed_height(&json.to_string());
    assert_eq!(height(json!({ "signed_header": { "header": { "height": "7" } } })), Some(BlockHeight(7)));
    assert_eq!(height(json!({ "signed_header": { "header": { "height": 7, "time": 3 } } })), Some(BlockHeight(7)));
    for none in [json!(null), json!({}), json!({ "signed_header": { "header": { "height": "x" } } })] {
        assert_eq!(height(none), None);
    }
}

#[test]
fn json_that_goes_down_without_end_is_refused() {
    for (open, close) in [("[", "]"), ("{\"signed_header\":", "}")] {
        let deep = open.repeat(100_000) + &close.repeat(100_000);
        assert!(LightBlock::from_rpc_json(&deep).is_err());
        assert!(block_texts(&deep).is_err() || block_texts(&deep).is_ok_and(|texts| texts.len() == 1));
    }
}
