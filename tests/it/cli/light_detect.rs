//! `lightship light detect` and `trust-root`: a node compared with others, by a user who has their addresses alone.

use std::time::Duration;

use devnet::chain::{Attack, Conspiracy};
use devnet::network::RunningChain;
use devnet::node::Fault;
use lightship_tests::chain_under_test::ChainUnderTest;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::json_rpc;
use lightship_tests::relayer::Ended;
use serde_json::{Value, json};

use super::{Home, WRONG_INPUT, assert_refused, closed_address};

const BLOCKS_WITHIN: Duration = Duration::from_secs(60);
/// The root of trust of all these tests.
const ROOT: u64 = 2;
/// The height that is lied about.
const LIE: u64 = 5;

/// A chain of several nodes that has come to a height.
pub(super) fn chain(nodes: usize, height: u64) -> DevnetChain {
    let options = PairOptions { nodes, ..PairOptions::new(Duration::from_millis(300)) };
    let [chain] = DevnetChain::several(["chain-a"], &options).unwrap();
    wait_for_height(&chain, height);
    chain
}

pub(super) fn wait_for_height(chain: &DevnetChain, height: u64) {
    let reached = || Ok((head(chain) >= height).then_some(()));
    wait_for("blocks", BLOCKS_WITHIN, reached).unwrap();
}

fn head(chain: &DevnetChain) -> u64 {
    chain.running().with(|chain| chain.height())
}

/// Lets a node of the chain tell a false block.
pub(super) fn lie(chain: &RunningChain, node: usize, attack: Attack, height: u64) {
    let fork = chain.with(|chain| chain.attack(attack, height, Conspiracy::default())).unwrap();
    chain.nodes()[node].follow(Some(fork));
}

/// The address of a node.
pub(super) fn url(chain: &DevnetChain, node: usize) -> String {
    format!("http://{}", chain.running().nodes()[node].rpc())
}

/// The arguments that say that a block of the chain's first node is trusted.
pub(super) fn trust(chain: &DevnetChain, height: u64) -> [String; 4] {
    let commit = json_rpc::call(chain.rpc(), "commit", &json!({ "height": height.to_string() })).unwrap();
    let hash = commit["signed_header"]["commit"]["block_id"]["hash"].as_str().unwrap();
    ["--trust-height".to_owned(), height.to_string(), "--trust-hash".to_owned(), hash.to_owned()]
}

fn detect(chain: &DevnetChain, primary: &str, witnesses: &[&str], more: &[&str]) -> Ended {
    let trust = trust(chain, ROOT);
    let mut arguments = vec!["light", "detect", "--json", "--rpc", primary, "--lag", "1s", "--clock-drift", "1s"];
    arguments.extend(witnesses.iter().flat_map(|witness| ["--witness", witness]));
    arguments.extend(trust.iter().map(String::as_str));
    Home::new("").run(&[&arguments[..], more].concat())
}

#[track_caller]
fn witnesses(ended: &Ended) -> Vec<Value> {
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    answer["witnesses"].as_array().unwrap().clone()
}

/// What is told of an attack by a node that lies at a height, as the primary and as the witness.
fn attacks(attack: Attack) -> [Value; 2] {
    let chain = chain(2, LIE + 1);
    lie(chain.running(), 1, attack, LIE);
    let (honest, liar) = (url(&chain, 0), url(&chain, 1));
    [(&liar, &honest), (&honest, &liar)].map(|(primary, witness)| {
        let ended = detect(&chain, primary, &[witness], &["--height", &LIE.to_string()]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        let told = witnesses(&ended).remove(0);
        assert_eq!((&told["witness"], &told["verdict"]), (&json!(witness), &json!("attack")));
        told["attack"].clone()
    })
}

#[test]
fn an_attack_is_named_whoever_is_the_primary() {
    for (attack, kind, signers) in [
        (Attack::Equivocation, "equivocation", 4),
        (Attack::Amnesia, "amnesia", 0),
        (Attack::Lunatic, "lunatic", 4),
        // A block of the honest height, too: that is what two blocks of one round are.
        (Attack::BftTime, "equivocation", 4),
    ] {
        for told in attacks(attack) {
            assert_eq!(told["kind"], kind, "{told}");
            assert_eq!(told["common_height"], ROOT, "{told}");
            assert_eq!((&told["primary"]["height"], &told["witness"]["height"]), (&json!(LIE), &json!(LIE)));
            assert_ne!(told["primary"]["hash"], told["witness"]["hash"]);
            assert_eq!(told["byzantine"].as_array().unwrap().len(), signers, "{told}");
            assert_eq!(told["liar"], Value::Null, "two nodes alone don't tell who lies");
        }
    }
}

#[test]
fn what_was_detected_is_kept_as_evidence_that_proves_itself() {
    let chain = chain(2, LIE + 1);
    lie(chain.running(), 1, Attack::Lunatic, LIE);
    let directory = tempfile::tempdir().unwrap();
    let kept = directory.path().join("kept");
    let more = ["--height", &LIE.to_string(), "--evidence", kept.to_str().unwrap()];
    let ended = detect(&chain, &url(&chain, 0), &[&url(&chain, 1)], &more);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    let file = answer["evidence"][0].as_str().unwrap().to_owned();
    assert!(file.starts_with(kept.to_str().unwrap()), "{answer}");
    let verified = Home::new("").run(&["evidence", "verify", &file]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn a_block_above_every_head_is_a_forward_lunatic_attack_by_its_own_words() {
    let chain = chain(2, LIE);
    let height = head(&chain) + 200;
    lie(chain.running(), 1, Attack::ForwardLunatic, height);
    let ended = detect(&chain, &url(&chain, 1), &[&url(&chain, 0)], &[]);
    let told = witnesses(&ended)[0]["attack"].clone();
    assert_eq!((&told["kind"], &told["primary"]["height"]), (&json!("forward_lunatic"), &json!(height)), "{told}");
    assert_eq!((&told["liar"], &told["grounds"]), (&json!("primary"), &json!("own_words")), "{told}");
}

/// The honest node is one block behind, so that it has nothing of that height; its head is as late as the block.
#[test]
fn a_block_that_is_not_later_than_one_below_it_is_told_by_its_time() {
    let chain = chain(2, LIE + 1);
    lie(chain.running(), 1, Attack::BftTime, LIE);
    chain.running().nodes()[0].inject(Fault::StaleAt(LIE - 1));
    let ended = detect(&chain, &url(&chain, 1), &[&url(&chain, 0)], &["--height", &LIE.to_string()]);
    let told = witnesses(&ended)[0]["attack"].clone();
    assert_eq!((&told["primary"]["height"], &told["witness"]["height"]), (&json!(LIE), &json!(LIE - 1)), "{told}");
    assert_eq!(told["primary"]["time"], told["witness"]["time"]);
    assert_eq!(told["kind"], "time_violation", "{told}");
}

#[test]
fn of_three_nodes_the_one_that_stands_alone_is_held_for_the_liar() {
    let chain = chain(3, LIE + 1);
    lie(chain.running(), 1, Attack::Lunatic, LIE);
    let [one, liar, other] = [0, 1, 2].map(|node| url(&chain, node));
    for (primary, others, expected) in
        [(&liar, [&one, &other], ["primary", "primary"]), (&one, [&liar, &other], ["witness", ""])]
    {
        let ended = detect(&chain, primary, &others.map(String::as_str), &["--height", &LIE.to_string()]);
        let told = witnesses(&ended);
        let liars = [0, 1].map(|witness| told[witness]["attack"]["liar"].as_str().unwrap_or_default().to_owned());
        assert_eq!(liars, expected, "{told:?}");
        assert_eq!(told[0]["attack"]["grounds"], "majority");
    }
}

#[test]
fn a_witness_that_lags_hangs_errs_or_serves_another_chain_is_no_attack() {
    let options = PairOptions { nodes: 6, ..PairOptions::new(Duration::from_millis(300)) };
    let [chain, stranger] = DevnetChain::several(["chain-a", "chain-b"], &options).unwrap();
    wait_for_height(&chain, LIE);
    wait_for_height(&stranger, LIE);
    let nodes = chain.running().nodes();
    nodes[2].inject(Fault::StaleAt(3));
    nodes[3].inject(Fault::Stall);
    nodes[4].inject(Fault::Endless);
    nodes[5].inject(Fault::Http(200, "no JSON at all".to_owned()));
    let closed = format!("http://{}", closed_address());
    let [honest, lagging, hanging, endless, garbage] = [1, 2, 3, 4, 5].map(|node| url(&chain, node));
    let strange = url(&stranger, 0);
    let others = [&honest, &lagging, &hanging, &endless, &garbage, &strange, &closed].map(String::as_str);

    let ended = detect(&chain, &url(&chain, 0), &others, &["--height", &LIE.to_string()]);
    let told = witnesses(&ended);
    let verdicts: Vec<&str> = told.iter().map(|told| told["verdict"].as_str().unwrap()).collect();
    let expected = ["agrees", "behind", "silent", "silent", "silent", "other_chain", "silent"];
    assert_eq!((ended.code, verdicts.as_slice()), (Some(1), &expected[..]), "{told:?}");
    for silent in told.iter().filter(|told| told["verdict"] == "silent") {
        assert!(silent["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{silent}");
    }

    let ended = detect(&chain, &url(&chain, 0), &[&honest], &["--height", &LIE.to_string()]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_root_of_trust_is_printed_as_the_other_commands_take_it_with_what_others_have() {
    let chain = chain(3, LIE + 1);
    lie(chain.running(), 1, Attack::Lunatic, LIE);
    let [one, liar, other] = [0, 1, 2].map(|node| url(&chain, node));
    let home = Home::new("");
    let root = |more: &[&str]| home.run(&[&["light", "trust-root", "--rpc", &one, "--height", "5"][..], more].concat());

    let ended = root(&["--witness", &other]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let [_, height, _, hash] = trust(&chain, LIE);
    assert!(ended.stdout.contains(&format!("--trust-height {height} --trust-hash {hash}")), "{}", ended.stdout);
    assert!(ended.stdout.contains(&format!("trust = {{ height = 5, hash = \"{hash}\" }}")), "{}", ended.stdout);

    let ended = root(&["--json", "--witness", &liar, "--witness", &other]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&answer["hash"], &answer["chain"]), (&json!(hash), &json!("chain-a")));
    let verdicts: Vec<&Value> = answer["witnesses"].as_array().unwrap().iter().map(|told| &told["verdict"]).collect();
    assert_eq!(verdicts, ["differs", "agrees"]);

    let newest = home.run(&["light", "trust-root", "--rpc", &one, "--json"]);
    let newest: Value = serde_json::from_str(&newest.stdout).unwrap();
    assert!(newest["height"].as_u64().unwrap() > LIE, "{newest}");
}

#[test]
fn what_can_not_be_compared_is_refused_with_the_mend() {
    let home = Home::new("");
    let url = format!("http://{}", home.rpc);
    for (arguments, word) in [
        (&["light", "detect", "--rpc", &url][..], "--witness"),
        (&["light", "detect", "--rpc", &url, "--witness", &url], "named twice"),
        (&["light", "detect", "--rpc", &url, "--witness", "http://127.0.0.1:1"], "light trust-root"),
        (&["light", "trust-root", "--rpc", &url], &home.rpc),
    ] {
        assert_refused(&home.run(arguments), WRONG_INPUT, &[word]);
    }
}
