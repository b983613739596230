//! `lightship light verify`: blocks of a node in files, a line for each header, an exit code.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use lightship_tests::chain_under_test::ChainUnderTest;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::json_rpc;
use lightship_tests::relayer::Ended;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Home, WRONG_INPUT, assert_refused};

/// A block as the answers of a node's RPC make it, the next validators left out.
fn block(rpc: &str, height: u64) -> Value {
    let at = json!({ "height": height.to_string() });
    let signed_header = json_rpc::call(rpc, "commit", &at).unwrap()["signed_header"].clone();
    let validators = json_rpc::call(rpc, "validators", &at).unwrap();
    json!({ "signed_header": signed_header, "validator_set": validators })
}

struct Files {
    home: Home,
    directory: TempDir,
}

impl Files {
    fn new() -> Self {
        Self { home: Home::new(""), directory: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let file = self.directory.path().join(name);
        fs::write(&file, content).unwrap();
        file
    }

    /// Verifies these blocks from that one.
    fn verify(&self, trusted: &Value, untrusted: &Value, more: &[&str]) -> Ended {
        let trusted = self.write("trusted.json", &trusted.to_string());
        let untrusted = self.write("untrusted.json", &untrusted.to_string());
        self.run(&trusted, &untrusted, more)
    }

    fn run(&self, trusted: &std::path::Path, untrusted: &std::path::Path, more: &[&str]) -> Ended {
        let (trusted, untrusted) = (trusted.to_str().unwrap(), untrusted.to_str().unwrap());
        let files = ["light", "verify", "--trusted", trusted, "--untrusted", untrusted];
        self.home.run(&[&files[..], more].concat())
    }
}

#[test]
fn headers_of_a_node_are_verified_one_by_the_other_and_each_has_its_line() {
    let [chain, _] = DevnetChain::pair(&PairOptions::new(Duration::from_millis(300))).unwrap();
    let rpc = chain.rpc();
    let sixth = json!({ "height": "6" });
    wait_for("six blocks", Duration::from_secs(30), || json_rpc::call(rpc, "commit", &sixth).map(Some)).unwrap();
    let files = Files::new();
    let mut trusted = block(rpc, 2);
    trusted["next_validator_set"] = block(rpc, 3)["validator_set"].clone();
    let blocks = json!([block(rpc, 3), block(rpc, 6)]);

    let lines = "{\"height\":3,\"verdict\":\"success\",\"reason\":null}\n\
                 {\"height\":6,\"verdict\":\"success\",\"reason\":null}\n";
    for more in [&[][..], &["--json"]] {
        let ended = files.verify(&trusted, &blocks, more);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), lines), "{}", ended.stderr);
    }

    let ended = files.verify(&trusted, &blocks, &["--sequential"]);
    let lines = "{\"height\":3,\"verdict\":\"success\",\"reason\":null}\n\
                 {\"height\":6,\"verdict\":\"invalid\",\"reason\":\"not_adjacent\"}\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), lines), "{}", ended.stderr);
    assert!(ended.stderr.contains("header of 6"), "{}", ended.stderr);

    let mut broken = block(rpc, 6);
    broken["signed_header"]["header"]["height"] = json!("x");
    let ended = files.verify(&trusted, &broken, &[]);
    let line = "{\"height\":null,\"verdict\":\"invalid\",\"reason\":\"malformed\"}\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), line), "{}", ended.stderr);

    let ended = files.verify(&trusted, &block(rpc, 6), &["--now", "2300-01-01T00:00:00Z"]);
    let line = "{\"height\":6,\"verdict\":\"invalid\",\"reason\":\"trust_expired\"}\n";
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), line), "{}", ended.stderr);
}

#[test]
fn files_that_hold_no_block_are_refused_by_name() {
    let files = Files::new();
    let block = files.write("block.json", "{}");
    let missing = files.directory.path().join("missing.json");
    let nonsense = files.write("nonsense.json", "{");
    let none = files.write("none.json", "[]");
    let two = files.write("two.json", "[{}, {}]");
    for (trusted, untrusted, word) in [
        (&missing, &block, "missing.json can't be read"),
        (&block, &missing, "missing.json can't be read"),
        (&block, &nonsense, "nonsense.json holds no JSON"),
        (&block, &none, "none.json holds no block"),
        (&two, &block, "two.json holds 2 blocks"),
    ] {
        assert_refused(&files.run(trusted, untrusted, &[]), WRONG_INPUT, &[word]);
    }
}
