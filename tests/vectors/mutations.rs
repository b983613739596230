//! Closure under mutation: no light-client vector that ends in a success ends in one after a change, except where the
//! rule does not look. Bits are flipped in every hash, address, key, signature, number, time and text; fields and
//! elements are dropped, written twice, and neighbours change places.
//!
//! Of a large block some changes are made, of each vector others; all of them with `LIGHTSHIP_MUTATIONS=all`.

mod change;
mod unread;

use std::collections::BTreeMap;

use light_client::{Follower, LightBlock, Options, Steps, TrustedState, Verdict};
use serde_json::{Value, json};
use types::Timestamp;

use self::{
    change::{Change, What, changes},
    unread::{REASONS, Side, unread},
};
use crate::{
    json_files,
    light_client::{Order, model_options, number, options, ordered, text, timestamp},
    vectors,
};

/// Flips of bits that are tried of one block, and as many of the other changes.
const CHANGES_MAX: usize = 150;

/// A step that succeeds.
struct Case {
    name: String,
    trusted: Value,
    block: Value,
    options: Options,
    now: Timestamp,
}

impl Case {
    /// What becomes of the step when these are read.
    fn outcome(&self, trusted: &str, block: &str) -> Result<Verdict, String> {
        let (trusted, next_validators) =
            TrustedState::from_rpc_json(trusted).map_err(|error| error.code().to_owned())?;
        let mut follower = Follower::start(trusted, next_validators, self.options, Steps::Skipping);
        let block = LightBlock::from_rpc_json(block).map_err(|error| error.code().to_owned())?;
        Ok(follower.follow(block, self.now))
    }

    fn is_success(&self) -> bool {
        self.outcome(&self.trusted.to_string(), &self.block.to_string()) == Ok(Verdict::Success)
    }

    fn is_success_after(&self, side: Side, change: &Change) -> bool {
        let (mut trusted, mut block) = (self.trusted.to_string(), self.block.to_string());
        let (changed, original) = match side {
            Side::Trusted => (&mut trusted, &self.trusted),
            Side::Untrusted => (&mut block, &self.block),
        };
        let Some(after) = change.apply(original) else { return false };
        *changed = after;
        self.outcome(&trusted, &block) == Ok(Verdict::Success)
    }
}

/// What of a block is taken as trusted.
fn trusted_part(block: &Value) -> Value {
    json!({ "signed_header": block["signed_header"], "next_validator_set": block["next_validator_set"] })
}

fn model_based_cases() -> Option<Vec<Case>> {
    let mut cases = Vec::new();
    for (file, vector) in json_files(&vectors("light-client/model_based/single_step")?) {
        let initial = &vector["initial"];
        let mut trusted = trusted_part(&ordered(initial, Order::Sorted));
        for (step, input) in vector["input"].as_array().unwrap().iter().enumerate() {
            if text(&input["verdict"]) == "SUCCESS" {
                let block = ordered(&input["block"], Order::Sorted);
                let after = trusted_part(&block);
                let (name, now) = (format!("{file}, step {step}"), timestamp(&input["now"]));
                cases.push(Case { name, trusted, block, options: model_options(initial), now });
                trusted = after;
            }
        }
    }
    Some(cases)
}

/// The blocks of each scenario's primary that can be reached from the root of trust, each from the one before.
fn bisection_cases() -> Option<Vec<Case>> {
    let folder = vectors("light-client/bisection")?;
    let mut cases = Vec::new();
    for (file, vector) in ["single_peer", "multi_peer"].iter().flat_map(|kind| json_files(&folder.join(kind))) {
        let trust = &vector["trust_options"];
        let blocks = vector["primary"]["lite_blocks"].as_array().unwrap();
        let height = |block: &Value| number(&block["signed_header"]["header"]["height"]);
        let mut trusted =
            blocks.iter().find(|block| height(block) == number(&trust["height"])).map(trusted_part).unwrap();
        for block in blocks {
            let (name, now) = (format!("{file}, height {}", height(block)), timestamp(&vector["now"]));
            let case = Case { name, trusted: trusted.clone(), block: block.clone(), options: options(trust), now };
            if case.is_success() {
                trusted = trusted_part(block);
                cases.push(case);
            }
        }
    }
    Some(cases)
}

/// The changes that are tried: of flags, of other bits, and of what stands where; all of them where they are few.
fn chosen(value: &Value, offset: usize) -> Vec<Change> {
    let is_all = std::env::var("LIGHTSHIP_MUTATIONS").is_ok_and(|value| value == "all");
    let some = |changes: Vec<Change>| {
        let stride = if is_all { 1 } else { changes.len().div_ceil(CHANGES_MAX).max(1) };
        changes.into_iter().skip(offset % stride).step_by(stride)
    };
    let is_flag = |change: &Change| change.at.ends_with("block_id_flag") && matches!(change.what, What::Flipped(0..3));
    let (flags, others): (Vec<_>, Vec<_>) = changes(value).into_iter().partition(is_flag);
    let (flips, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|change| matches!(change.what, What::Flipped(_)));
    some(flags).chain(some(flips)).chain(some(others)).collect()
}

/// Counts the successes that are left, by why.
fn run(cases: &[Case], kept: &mut BTreeMap<&'static str, usize>) {
    for (offset, case) in cases.iter().enumerate() {
        assert!(case.is_success(), "{}: no success without a change", case.name);
        for side in [Side::Trusted, Side::Untrusted] {
            let value = if side == Side::Trusted { &case.trusted } else { &case.block };
            for change in chosen(value, offset) {
                if case.is_success_after(side, &change) {
                    let why = unread(side, &case.block, &change);
                    let why = why.unwrap_or_else(|| panic!("{}: a success after {side:?} {change:?}", case.name));
                    *kept.entry(why).or_default() += 1;
                }
            }
        }
    }
}

#[test]
fn no_success_survives_a_change_except_where_the_rule_does_not_look() {
    let (Some(model_based), Some(bisections)) = (model_based_cases(), bisection_cases()) else { return };
    assert_eq!(model_based.len(), 44);
    assert!(bisections.len() > 30, "{}", bisections.len());
    let mut kept = BTreeMap::new();
    run(&model_based, &mut kept);
    run(&bisections, &mut kept);
    let seen: Vec<&str> = kept.keys().copied().collect();
    let mut reasons = REASONS.to_vec();
    reasons.sort_unstable();
    assert_eq!(seen, reasons, "a reason that nothing needs, or one that is not listed");
}
