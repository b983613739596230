//! The comparison with ibc-go: headers and misbehaviours, good ones and such as differ from good ones in few places,
//! are judged by `light-client`, by the devnet, and by ibc-go's own 07-tendermint, and all say the same of each.
//!
//! `LIGHTSHIP_ORACLE_CASES` says how many, `LIGHTSHIP_ORACLE_SEED` which. Where they disagree, what was changed is
//! made less as long as they still do, and the rest is told.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what can't be made or read is a failed test")]

mod attempt;
mod case;
mod devnet;
mod ibc_go;
mod known;
mod mutation;
mod scenario;
mod seal;
mod validators;

use std::collections::BTreeMap;
use std::env;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::case::Case;
use crate::ibc_go::IbcGo;
use crate::mutation::Step;

/// How many disagreements are told one by one.
const TOLD: usize = 40;

fn number(variable: &str, default: u64) -> u64 {
    match env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text:?}")),
        Err(_) => default,
    }
}

/// The case of that number, without the steps that are left out.
fn case(random: &ChaCha8Rng, steps: &[Step]) -> Case {
    mutation::apply(scenario::any(&mut random.clone()), steps)
}

/// What is random about a case: the same for the same number.
fn randomness(seed: u64, index: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(index);
    random
}

fn plan(random: &ChaCha8Rng) -> Vec<Step> {
    let mut random = random.clone();
    random.set_word_pos(1 << 40);
    mutation::plan(&mut random)
}

/// Leaves steps out as long as the two still disagree.
fn shrink(ibc_go: &mut IbcGo, random: &ChaCha8Rng, mut steps: Vec<Step>) -> Vec<Step> {
    let mut place = 0;
    while place < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(place);
        let case = case(random, &fewer);
        let theirs = ibc_go.verdict(&case);
        if theirs == case.our_verdict() && theirs == devnet::verdict(&case) {
            place += 1;
        } else {
            steps = fewer;
        }
    }
    steps
}

/// A disagreement, as little of it as is needed; none, if both judge the same of what they read, and only read bytes
/// that nobody writes otherwise (`known.rs` has the ways).
fn tell(ibc_go: &mut IbcGo, seed: u64, index: u64) -> Option<String> {
    let random = randomness(seed, index);
    let steps = shrink(ibc_go, &random, plan(&random));
    let case = case(&random, &steps);
    let (theirs, ours, devnets) = (ibc_go.verdict(&case), case.our_verdict(), devnet::verdict(&case));
    let mut agree_when_written_again = || case.written_again().is_none_or(|again| ibc_go.verdict(&again) == ours);
    if ours == devnets && steps.iter().any(Step::is_of_bytes) && agree_when_written_again() {
        return None;
    }
    let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
    let said = format!("  ibc-go: {theirs:?}\n  here:   {ours:?}\n  devnet: {devnets:?}");
    Some(format!("seed {seed}, case {index}, {names:?}\n{said}\n  {}", case.to_json()))
}

#[test]
fn ibc_go_judges_each_mutant_as_we_do() {
    let (seed, cases) = (number("LIGHTSHIP_ORACLE_SEED", 1), number("LIGHTSHIP_ORACLE_CASES", 10_000));
    let Some(mut ibc_go) = IbcGo::start() else { return };
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut disagreements = Vec::new();
    let made = (0..cases).map(|index| {
        let random = randomness(seed, index);
        (index, case(&random, &plan(&random)))
    });
    ibc_go.verdicts(made, |index, case, theirs| {
        *counts.entry(theirs.kind()).or_default() += 1;
        if theirs != case.our_verdict() || theirs != devnet::verdict(&case) {
            disagreements.push(index);
        }
    });
    let told: Vec<String> = disagreements.iter().filter_map(|index| tell(&mut ibc_go, seed, *index)).collect();
    let shown = told.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(told.is_empty(), "{} of {cases} are judged otherwise:\n{shown}", told.len());
    let read_otherwise = disagreements.len() as u64;
    assert!(read_otherwise <= cases / 1000, "{read_otherwise} of {cases} are read otherwise");
    // Neither all good nor all bad: each kind of verdict is put to the test.
    for kind in ["refuses", "freezes", "updates", "nothing"] {
        let count = counts.get(kind).copied().unwrap_or_default();
        assert!(count >= cases / 50, "of {cases} only {count} end as {kind:?}: {counts:?}");
    }
}
