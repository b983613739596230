//! Light-client vectors: the model-based single steps of tendermint-rs, and the bisections of cometbft-rs.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use light_client::{
    Answer, Bisection, Detector, Finding, LightBlock, Options, Outcome, Progress, Request, Side, TrustThreshold,
    TrustedState, ValidatorSet, ValidatorSetError, Verdict, verify,
};
use proto::tendermint_proto::types as raw;
use serde_json::Value;
use tendermint::{Hash, Time, block::signed_header::SignedHeader};
use types::{BlockHeight, Timestamp};

use crate::{json_files, vectors};

/// Whether the loader puts a set into CometBFT's order. The library never does.
#[derive(Clone, Copy)]
enum Order {
    AsWritten,
    Sorted,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

fn number(value: &Value) -> u64 {
    text(value).parse().unwrap()
}

fn timestamp(value: &Value) -> Timestamp {
    let time: Time = text(value).parse().unwrap();
    Timestamp(time.unix_timestamp_nanos().try_into().unwrap())
}

fn signed_header(value: &Value) -> SignedHeader {
    serde_json::from_value(value.clone()).unwrap()
}

fn validator_set(value: &Value, order: Order) -> Result<ValidatorSet, ValidatorSetError> {
    let mut value = value.clone();
    let members = value["validators"].as_array_mut().unwrap();
    members.iter_mut().for_each(spell_key_as_cometbft_does);
    if let Some(proposer) = value.get_mut("proposer") {
        spell_key_as_cometbft_does(proposer);
    }
    let mut raw: raw::ValidatorSet = serde_json::from_value(value).unwrap();
    // A few files of the model name a proposer that is a stranger to the set. No rule of a header looks at it.
    raw.proposer =
        raw.proposer.filter(|proposer| raw.validators.iter().any(|member| member.address == proposer.address));
    if let Order::Sorted = order {
        raw.validators.sort_by_key(|validator| (Reverse(validator.voting_power), validator.address.clone()));
    }
    ValidatorSet::try_from(raw)
}

/// cometbft-rs writes `pub_key_type` and `pub_key_bytes` where a node writes `pub_key`.
fn spell_key_as_cometbft_does(validator: &mut Value) {
    let Some(validator) = validator.as_object_mut() else { return };
    if let (Some(kind), Some(value)) = (validator.remove("pub_key_type"), validator.remove("pub_key_bytes")) {
        validator.insert("pub_key".to_owned(), serde_json::json!({ "type": kind, "value": value }));
    }
}

/// A block; refused where its validators are none, as CometBFT's `LightBlock.ValidateBasic` does.
fn light_block(value: &Value, order: Order) -> Result<LightBlock, ValidatorSetError> {
    // The model leaves the next validators of a few blocks empty. They are not part of a client update.
    let next_validators = match validator_set(&value["next_validator_set"], order) {
        Err(ValidatorSetError::Empty) => None,
        next_validators => Some(next_validators?),
    };
    Ok(LightBlock {
        signed_header: signed_header(&value["signed_header"]),
        validators: validator_set(&value["validator_set"], order)?,
        next_validators,
    })
}

/// The state of a header that a vector declares trusted.
fn declared_trusted(signed_header: SignedHeader, next_validators: &ValidatorSet) -> TrustedState {
    TrustedState::of_verified(&LightBlock {
        signed_header,
        validators: next_validators.clone(),
        next_validators: Some(next_validators.clone()),
    })
    .unwrap()
}

fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Success => "SUCCESS",
        Verdict::NotEnoughTrust(_) => "NOT_ENOUGH_TRUST",
        Verdict::Invalid(_) => "INVALID",
    }
}

#[test]
fn model_based_single_steps_end_in_the_verdicts_of_the_model() {
    let Some(folder) = vectors("light-client/model_based/single_step") else { return };
    let mut verdicts = BTreeMap::new();
    let files = json_files(&folder);
    for (file, vector) in &files {
        let initial = &vector["initial"];
        let mut next_validators = validator_set(&initial["next_validator_set"], Order::Sorted).unwrap();
        let mut trusted = declared_trusted(signed_header(&initial["signed_header"]), &next_validators);
        let options = Options {
            trust_threshold: TrustThreshold::ONE_THIRD,
            trusting_period: Duration::from_nanos(number(&initial["trusting_period"])),
            clock_drift: Duration::ZERO,
        };
        for (step, input) in vector["input"].as_array().unwrap().iter().enumerate() {
            let now = timestamp(&input["now"]);
            let block = light_block(&input["block"], Order::Sorted);
            let verdict = match &block {
                Ok(block) => name(&verify(block, &trusted, &next_validators, &options, now)),
                Err(ValidatorSetError::Empty) => "INVALID",
                Err(error) => panic!("{file}, step {step}: {error}"),
            };
            let expected = text(&input["verdict"]);
            assert_eq!(verdict, expected, "{file}, step {step}");
            *verdicts.entry(expected.to_owned()).or_insert(0) += 1;
            if expected == "SUCCESS" {
                let block = block.unwrap();
                trusted = TrustedState::of_verified(&block).unwrap();
                next_validators = block.next_validators.unwrap();
            }
        }
    }
    assert_eq!(files.len(), 41);
    let counted: Vec<(&str, i32)> = verdicts.iter().map(|(verdict, count)| (verdict.as_str(), *count)).collect();
    assert_eq!(counted, [("INVALID", 13), ("NOT_ENOUGH_TRUST", 42), ("SUCCESS", 44)]);
}

#[test]
fn sets_out_of_order_are_refused_where_nobody_sorts_them() {
    let Some(folder) = vectors("light-client/model_based/single_step") else { return };
    let mut refused = 0;
    for (file, vector) in json_files(&folder) {
        for input in vector["input"].as_array().unwrap() {
            let load = |order| light_block(&input["block"], order);
            let (Ok(block), Ok(sorted)) = (load(Order::AsWritten), load(Order::Sorted)) else { continue };
            if block.validators.validators() != sorted.validators.validators() {
                let named = block.signed_header.header.validators_hash;
                assert_ne!(block.validators.hash(), named, "{file}: the hash of a set out of order fits its header");
                refused += 1;
            }
        }
    }
    assert!(refused > 0);
}

/// A scenario's node: its blocks by height.
struct Peer<'a>(BTreeMap<u64, &'a Value>);

impl<'a> Peer<'a> {
    fn new(peer: &'a Value) -> Self {
        let height = |block: &Value| number(&block["signed_header"]["header"]["height"]);
        Self(peer["lite_blocks"].as_array().unwrap().iter().map(|block| (height(block), block)).collect())
    }

    fn block(&self, height: u64) -> Result<LightBlock, String> {
        let block = self.0.get(&height).ok_or_else(|| format!("no block {height}"))?;
        light_block(block, Order::AsWritten).map_err(|error| error.to_string())
    }

    fn answer(&self, height: Option<BlockHeight>) -> Answer {
        let height = height.map_or_else(|| *self.0.last_key_value().unwrap().0, |height| height.0);
        self.block(height).map_or(Answer::Nothing, |block| Answer::Block(Box::new(block)))
    }
}

fn options(trust: &Value) -> Options {
    let level = &trust["trust_level"];
    Options {
        trust_threshold: TrustThreshold::new(number(&level["numerator"]), number(&level["denominator"])).unwrap(),
        trusting_period: Duration::from_nanos(number(&trust["period"])),
        clock_drift: Duration::from_secs(10),
    }
}

/// The blocks that lead from the root of trust to the target, or why they don't.
fn bisect(peer: &Peer<'_>, trust: &Value, target: BlockHeight, now: Timestamp) -> Result<Vec<LightBlock>, String> {
    let hash: Hash = text(&trust["hash"]).parse().unwrap();
    let root = peer.block(number(&trust["height"]))?;
    let anchor = TrustedState::anchor(&root, hash).map_err(|error| error.to_string())?;
    let mut bisection = Bisection::start(anchor, target, options(trust)).map_err(|error| error.to_string())?;
    loop {
        let height = bisection.next_request().ok_or("nothing was asked for")?;
        match bisection.supply(peer.block(height.0)?, now) {
            Progress::Progressed => {}
            Progress::Verified(trace) => return Ok([vec![root], trace].concat()),
            Progress::Rejected(invalid) => return Err(invalid.to_string()),
        }
    }
}

/// What a detector finds between two peers.
fn detect(primary: &Peer<'_>, witness: &Peer<'_>, trace: Vec<LightBlock>, trust: &Value, now: Timestamp) -> Outcome {
    let mut detector = Detector::start(trace, options(trust), Duration::from_secs(10)).unwrap();
    loop {
        let Request { side, height } = detector.next_request().unwrap();
        let peer = if side == Side::Primary { primary } else { witness };
        if let Finding::Done(outcome) = detector.supply(peer.answer(height), now) {
            return outcome;
        }
    }
}

/// The outcome of a scenario: the primary's target, unless it can't be reached or a witness contradicts.
fn outcome(vector: &Value) -> Result<(), String> {
    let (trust, now) = (&vector["trust_options"], timestamp(&vector["now"]));
    let target = BlockHeight(number(&vector["height_to_verify"]));
    let primary = Peer::new(&vector["primary"]);
    let trace = bisect(&primary, trust, target, now).map_err(|why| format!("primary: {why}"))?;
    for witness in vector["witnesses"].as_array().into_iter().flatten() {
        match detect(&primary, &Peer::new(witness), trace.clone(), trust, now) {
            Outcome::Agrees => {}
            Outcome::Attack(attack) => return Err(format!("attack: {:?}", attack.against_primary.kind)),
            Outcome::Unproven(invalid) => return Err(format!("witness: {invalid}")),
            Outcome::Behind { .. } | Outcome::Silent | Outcome::OtherChain { .. } | Outcome::NoCommonBlock { .. } => {
                return Err("witness: does not tell".to_owned());
            }
        }
    }
    Ok(())
}

/// Why the scenarios that end in an error do; the vectors themselves tell it in words only.
const REASONS: [(&str, &str); 6] = [
    ("conflicting_headers", "attack"),
    ("conflicting_valid_commits_from_one_of_the_witnesses", "attack"),
    ("conflicting_valid_commits_from_the_only_witness", "attack"),
    ("header_out_of_trusting_period", "primary: trust expired at"),
    ("malicious_validator_set", "primary: header names validators"),
    ("not_enough_commits", "primary: too few validators of the header signed it"),
];

fn run_bisections(kind: &str) {
    let Some(folder) = vectors("light-client/bisection") else { return };
    let files = json_files(&folder.join(kind));
    assert_eq!(files.len(), 4);
    for (file, vector) in files {
        let outcome = outcome(&vector);
        match text(&vector["expected_output"]) {
            "no error" => assert_eq!(outcome, Ok(()), "{file}"),
            _ => {
                let why = outcome.expect_err(&file);
                let (_, reason) = REASONS.iter().find(|(name, _)| *name == file).unwrap();
                assert!(why.starts_with(reason), "{file}: {why}");
            }
        }
    }
}

#[test]
fn bisections_over_one_peer_end_as_told() {
    run_bisections("single_peer");
}

#[test]
fn bisections_over_several_peers_end_as_told() {
    run_bisections("multi_peer");
}

#[test]
fn a_bisection_from_another_hash_is_refused() {
    let Some(folder) = vectors("light-client/bisection/single_peer") else { return };
    for (file, mut vector) in json_files(&folder) {
        vector["trust_options"]["hash"] = Value::String("AB".repeat(32));
        let why = outcome(&vector).unwrap_err();
        assert!(why.contains("trust was given to"), "{file}: {why}");
    }
}
