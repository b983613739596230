//! Light-client vectors: the model-based single steps of tendermint-rs, and the bisections of cometbft-rs.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use light_client::{
    Answer, Bisection, BlockJsonError, Detector, Finding, Follower, LightBlock, Options, Outcome, Progress, Request,
    Side, Steps, TrustThreshold, TrustedState, ValidatorSetError,
};
use serde_json::Value;
use tendermint::{Hash, Time};
use types::{BlockHeight, Timestamp};

use crate::{json_files, vectors};

/// Whether the loader puts a set into CometBFT's order. The library never does.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    AsWritten,
    Sorted,
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

pub(crate) fn number(value: &Value) -> u64 {
    text(value).parse().unwrap()
}

pub(crate) fn timestamp(value: &Value) -> Timestamp {
    let time: Time = text(value).parse().unwrap();
    Timestamp(time.unix_timestamp_nanos().try_into().unwrap())
}

/// The block with its validators in CometBFT's order, where the loader puts them into it.
pub(crate) fn ordered(block: &Value, order: Order) -> Value {
    let mut block = block.clone();
    if let Order::Sorted = order {
        for set in ["validator_set", "next_validator_set"] {
            let Some(members) = block[set]["validators"].as_array_mut() else { continue };
            members
                .sort_by_key(|member| (Reverse(number(&member["voting_power"])), text(&member["address"]).to_owned()));
        }
    }
    block
}

fn light_block(block: &Value, order: Order) -> Result<LightBlock, BlockJsonError> {
    LightBlock::from_rpc_json(&ordered(block, order).to_string())
}

/// What the clients of the model are set to.
pub(crate) fn model_options(initial: &Value) -> Options {
    Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_nanos(number(&initial["trusting_period"])),
        clock_drift: Duration::ZERO,
    }
}

#[test]
fn model_based_single_steps_end_in_the_verdicts_of_the_model() {
    let Some(folder) = vectors("light-client/model_based/single_step") else { return };
    let mut verdicts = BTreeMap::new();
    let files = json_files(&folder);
    for (file, vector) in &files {
        let initial = &vector["initial"];
        let trusted = ordered(initial, Order::Sorted).to_string();
        let (trusted, next_validators) = TrustedState::from_rpc_json(&trusted).unwrap();
        let mut follower = Follower::start(trusted, next_validators, model_options(initial), Steps::Skipping);
        for (step, input) in vector["input"].as_array().unwrap().iter().enumerate() {
            let verdict = match light_block(&input["block"], Order::Sorted) {
                Ok(block) => follower.follow(block, timestamp(&input["now"])).name(),
                Err(BlockJsonError::Validators("validator_set", ValidatorSetError::Empty)) => "invalid",
                Err(error) => panic!("{file}, step {step}: {error}"),
            };
            let expected = text(&input["verdict"]);
            assert_eq!(verdict, expected.to_lowercase(), "{file}, step {step}");
            *verdicts.entry(expected.to_owned()).or_insert(0) += 1;
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
            let mut block = input["block"].clone();
            block["next_validator_set"] = Value::Null;
            let load = |order| light_block(&block, order);
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

pub(crate) fn options(trust: &Value) -> Options {
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
