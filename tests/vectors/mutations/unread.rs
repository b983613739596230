//! The list of what the rule does not look at (CometBFT `light.Verify` with its early stop).

use serde_json::Value;

use super::change::{Change, What};
use crate::light_client::number;

/// Which block is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Trusted,
    Untrusted,
}

const OUTSIDE: &str = "fields outside every hash: proposer, priorities, sums, provider, the commit's hash and bits";
const NEXT_MISSING: &str = "next validators may be missing, where the next step does not need them";
const VERSION_ZERO: &str = "an application's version of 0 may be left out";
const BEHIND: &str = "votes behind those that suffice";
const MADE_NIL: &str = "a vote made one for nil, where the others suffice";
const TRUSTED_COMMIT: &str = "the commit of the header that is trusted";
const TRUSTED_REST: &str = "what the trusted header says beside its chain and next validators";

/// Every reason why a success may stand.
pub(super) const REASONS: [&str; 7] =
    [OUTSIDE, NEXT_MISSING, VERSION_ZERO, BEHIND, MADE_NIL, TRUSTED_COMMIT, TRUSTED_REST];

/// Why a block may be verified after a change, if it may.
pub(super) fn unread(side: Side, block: &Value, change: &Change) -> Option<&'static str> {
    let at = change.at.as_str();
    let is_outside =
        |name: &str| ["proposer", "proposer_priority", "total_voting_power", "provider", "bit_array"].contains(&name);
    if at.split('/').any(is_outside) || at.starts_with("/signed_header/commit/hash") {
        return Some(OUTSIDE);
    }
    if at == "/next_validator_set" && change.what == What::Dropped {
        return Some(NEXT_MISSING);
    }
    match side {
        Side::Trusted => unread_of_trusted(at),
        Side::Untrusted if at == "/signed_header/header/version/app" && change.what == What::Dropped => {
            (number(&block["signed_header"]["header"]["version"]["app"]) == 0).then_some(VERSION_ZERO)
        }
        Side::Untrusted => unread_vote(block, change),
    }
}

/// Height and time are what is vouched for: another height or time is another trust, and may be as good.
fn unread_of_trusted(at: &str) -> Option<&'static str> {
    if at.starts_with("/signed_header/commit") {
        return Some(TRUSTED_COMMIT);
    }
    let field = at.strip_prefix("/signed_header/header/")?;
    (!["chain_id", "next_validators_hash"].contains(&field)).then_some(TRUSTED_REST)
}

fn unread_vote(block: &Value, change: &Change) -> Option<&'static str> {
    let mut rest = change.at.strip_prefix("/signed_header/commit/signatures/")?.split('/');
    let index: usize = rest.next()?.parse().ok()?;
    match (rest.next(), change.what) {
        // A commit has one entry for each validator, and an entry has all its fields, wherever it stands.
        (_, What::Dropped | What::Twice) => None,
        (Some("block_id_flag"), What::Flipped(0)) if index <= last_read(block) => Some(MADE_NIL),
        _ => (index > last_read(block)).then_some(BEHIND),
    }
}

/// The place of the vote by which the power exceeds two thirds.
fn last_read(block: &Value) -> usize {
    let validators = block["validator_set"]["validators"].as_array().unwrap();
    let power = |index: usize| number(&validators[index]["voting_power"]);
    let total: u64 = (0..validators.len()).map(power).sum();
    let signatures = block["signed_header"]["commit"]["signatures"].as_array().unwrap();
    let mut signed = 0;
    for (index, signature) in signatures.iter().enumerate() {
        signed += if signature["block_id_flag"] == 2 { power(index) } else { 0 };
        if signed > total * 2 / 3 {
            return index;
        }
    }
    panic!("too few votes");
}
