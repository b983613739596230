//! Validators that change all together between two updates of a client.

use std::time::Duration;

use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use serde_json::Value;

const BLOCK_TIME: Duration = Duration::from_millis(300);
const WITHIN: Duration = Duration::from_secs(60);

/// A change told in block h is in force at h+2; some blocks more are left between two changes.
const BLOCKS_BETWEEN: u64 = 5;

/// Of four validators none is left after four changes, and no client was updated meanwhile: one update's trust does not
/// reach so far, several do. Packets pass afterwards.
#[test]
fn a_complete_turnover_of_validators_is_bridged_by_bisection() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let chain = a.running().clone();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    let channels = bed.create_path("turnover").unwrap();

    for old in 0..4 {
        chain.with(|chain| chain.update_validators(&[(old, 0), (old + 4, 10)])).unwrap();
        let until = bed.a.height().unwrap() + BLOCKS_BETWEEN;
        let passed = || Ok((bed.a.height()? >= until).then_some(()));
        lightship_tests::deadline::wait_for("some blocks", WITHIN, passed).unwrap();
    }

    let mut relayer = bed.relayer("turnover", Role::Relayer, &channels.toml, |_| ()).unwrap();
    let target = bed.a.height().unwrap();
    let arguments =
        ["--json", "update", "client", "--host-chain", bed.b.id(), "--client", "07-tendermint-0"].map(str::to_owned);
    let arguments = arguments.into_iter().chain(["--height".to_owned(), target.to_string()]);
    let answer = relayer.run(arguments).unwrap().success().unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert!(answer["headers"].as_u64().unwrap() > 1, "one header was enough: {answer}");
    assert_eq!(answer["after"]["revision_height"], target, "{answer}");

    relayer.start().unwrap();
    bed.send_both_ways(&channels, 1, 2).unwrap();
    if let Err(error) = bed.settle(&channels, &mut relayer, WITHIN) {
        panic!("{error:#}\n{}", bed.logs("turnover"));
    }
    relayer.stop().unwrap();
}

/// The same, but nobody helps by hand: the daemon's own updates take the steps.
#[test]
fn the_daemon_bridges_a_complete_turnover_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let chain = a.running().clone();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    let channels = bed.create_path("turnover_alone").unwrap();
    for old in 0..4 {
        chain.with(|chain| chain.update_validators(&[(old, 0), (old + 4, 10)])).unwrap();
        let until = bed.a.height().unwrap() + BLOCKS_BETWEEN;
        let passed = || Ok((bed.a.height()? >= until).then_some(()));
        lightship_tests::deadline::wait_for("some blocks", WITHIN, passed).unwrap();
    }
    let mut relayer = bed.relayer("turnover_alone", Role::Relayer, &channels.toml, |_| ()).unwrap();
    relayer.start().unwrap();
    bed.send_both_ways(&channels, 1, 2).unwrap();
    if let Err(error) = bed.settle(&channels, &mut relayer, WITHIN) {
        panic!("{error:#}\n{}", bed.logs("turnover_alone"));
    }
    relayer.stop().unwrap();
}
