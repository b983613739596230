//! Wrong input that needs no chain to be wrong: each with its message and its exit code.

mod devnet;
mod evidence;
mod light;
mod light_detect;
mod light_sync;
mod progress;
mod query;
mod same_answers;

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use lightship_tests::chain_under_test::Role;
use lightship_tests::relayer::{ChainEntry, Ended, Relayer};
use tempfile::TempDir;

/// BIP-39's own test vector: guards nothing.
const MNEMONIC: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const PATH: &str = r#"
[[paths]]
a = { chain = "chain-a", client = "07-tendermint-0", connection = "connection-0" }
b = { chain = "chain-b", client = "07-tendermint-0", connection = "connection-0" }
channels = [{ a = "transfer/channel-0", b = "transfer/channel-0" }]
"#;

const WRONG_INPUT: Option<i32> = Some(1);
const BAD_CONFIGURATION: Option<i32> = Some(64);

/// A relayer between two chains whose nodes are not there.
struct Home {
    relayer: Relayer,
    rpc: String,
    directory: TempDir,
}

impl Home {
    /// Without keys.
    fn new(paths: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let rpc = closed_address();
        let entry = |id: &str| ChainEntry {
            id: id.to_owned(),
            rpc: rpc.clone(),
            more_rpc: Vec::new(),
            key: "relayer".to_owned(),
            gas_price: "0.001stake".to_owned(),
            more: String::new(),
        };
        let relayer =
            Relayer::new(&directory.path().join("home"), &[entry("chain-a"), entry("chain-b")], paths).unwrap();
        Self { relayer, rpc, directory }
    }

    /// With the keys of both chains, in clear text.
    fn with_keys(paths: &str) -> Self {
        let home = Self::new(paths);
        for chain in ["chain-a", "chain-b"] {
            home.relayer
                .add_key_from(chain, Role::Relayer, MNEMONIC, &["--backend", "test", "--prefix", "cosmos"])
                .unwrap();
        }
        home
    }

    fn wait_for_word_about_the_endpoint(&mut self) {
        let has = |log: &str| log.contains(&self.rpc);
        self.relayer.wait_for_log("word about the endpoint", Duration::from_secs(30), has).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.relayer.run(arguments).unwrap()
    }

    fn passphrase_file(&self, passphrase: &str) -> PathBuf {
        let file = self.directory.path().join(passphrase);
        fs::write(&file, format!("{passphrase}\n")).unwrap();
        file
    }
}

/// An address of loopback that nobody listens at: it was free a moment ago.
fn closed_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[track_caller]
fn assert_refused(ended: &Ended, code: Option<i32>, words: &[&str]) {
    assert_eq!(ended.code, code, "{}", ended.stderr);
    assert_eq!(ended.stdout, "", "an error is no answer");
    for word in words {
        assert!(ended.stderr.contains(word), "no {word:?} in: {}", ended.stderr);
    }
    let errors: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "not one line of error: {}", ended.stderr);
}

#[test]
fn an_unknown_key_is_refused_with_its_place() {
    let home = Home::new(PATH);
    let text = fs::read_to_string(home.relayer.config()).unwrap();
    let text = text.replacen("gas_price", "  colour = \"red\"\ngas_price", 1);
    fs::write(home.relayer.config(), &text).unwrap();
    let line = 1 + text.lines().position(|line| line.contains("colour")).unwrap();

    let place = format!("config.toml:{line}:3");
    assert_refused(&home.run(&["start"]), BAD_CONFIGURATION, &[&place, "unknown field `colour`"]);
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let home = Home::new(PATH);
    fs::remove_file(home.relayer.config()).unwrap();
    let file = home.relayer.config().display().to_string();
    assert_refused(&home.run(&["start"]), BAD_CONFIGURATION, &[&file, "config.example.toml"]);
}

#[test]
fn start_without_a_path_is_refused_with_the_mend() {
    let home = Home::with_keys("");
    assert_refused(&home.run(&["start"]), BAD_CONFIGURATION, &["config.toml", "path", "lightship create path"]);
}

#[test]
fn a_chain_that_is_not_configured_is_refused_and_the_others_are_named() {
    let home = Home::with_keys(PATH);
    for arguments in [&["query", "clients", "--chain", "chain-x"][..], &["create", "path", "chain-a", "chain-x"]] {
        assert_refused(&home.run(arguments), WRONG_INPUT, &["chain-x", "chain-a, chain-b"]);
    }
}

#[test]
fn an_endpoint_that_is_not_there_ends_a_command_and_is_named() {
    let home = Home::with_keys(PATH);
    for arguments in
        [&["query", "clients", "--chain", "chain-a"][..], &["create", "path", "chain-a", "chain-b", "--no-save"]]
    {
        assert_refused(&home.run(arguments), WRONG_INPUT, &[&home.rpc]);
    }
}

#[test]
fn start_says_that_an_endpoint_is_not_there_and_goes_on_trying() {
    let mut home = Home::with_keys(PATH);
    home.relayer.start().unwrap();
    home.wait_for_word_about_the_endpoint();
    assert_eq!(home.relayer.has_ended().unwrap(), None, "{}", home.relayer.log().unwrap());
    home.relayer.stop().unwrap();
}

#[test]
fn a_key_that_is_not_there_is_refused_with_the_mend() {
    let home = Home::new(PATH);
    assert_refused(&home.run(&["start"]), WRONG_INPUT, &["\"relayer\"", "lightship keys add relayer --chain chain-a"]);
}

#[test]
fn a_corrupt_key_file_is_refused_by_name() {
    let home = Home::with_keys(PATH);
    let file = home.relayer.keys().join("chain-a").join("relayer.json");
    let text = fs::read_to_string(&file).unwrap();
    // One digit of the private key: the file is JSON still.
    let at = text.find("\"private_key\"").unwrap() + "\"private_key\": \"".len();
    let other = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
    fs::write(&file, format!("{}{other}{}", &text[..at], &text[at + 1..])).unwrap();

    let name = file.display().to_string();
    assert_refused(&home.run(&["start"]), WRONG_INPUT, &[&name, "corrupt"]);
    fs::write(&file, &text[..text.len() / 2]).unwrap();
    assert_refused(&home.run(&["start"]), WRONG_INPUT, &[&name, "corrupt"]);
}

#[test]
fn a_wrong_passphrase_is_refused_and_none_is_asked_for() {
    let home = Home::new(PATH);
    let right = home.passphrase_file("open-sesame");
    let right = ["--passphrase-file", right.to_str().unwrap(), "--prefix", "cosmos"];
    for chain in ["chain-a", "chain-b"] {
        home.relayer.add_key_from(chain, Role::Relayer, MNEMONIC, &right).unwrap();
    }
    let wrong = home.passphrase_file("open-barley");
    let ended = home.run(&["start", "--passphrase-file", wrong.to_str().unwrap()]);
    assert_refused(&ended, WRONG_INPUT, &["wrong passphrase", "chain-a"]);
    assert!(!ended.stderr.contains("open-barley"), "{}", ended.stderr);

    // Standard input is closed: nobody can be asked.
    assert_refused(&home.run(&["start"]), WRONG_INPUT, &["--passphrase-file", "LIGHTSHIP_PASSPHRASE"]);
}

#[test]
fn a_second_process_on_one_store_is_refused_and_the_first_is_named() {
    let mut home = Home::with_keys(PATH);
    home.relayer.start().unwrap();
    let pid = home.relayer.pid().unwrap().to_string();
    let store = home.relayer.store().display().to_string();
    // It has the store before it looks for a node.
    home.wait_for_word_about_the_endpoint();
    assert_refused(&home.run(&["start"]), WRONG_INPUT, &[&store, "in use", &pid]);
    assert_eq!(home.relayer.has_ended().unwrap(), None);
    home.relayer.stop().unwrap();
}

#[test]
fn a_secret_in_an_address_is_never_printed() {
    let mut home = Home::with_keys(PATH);
    let text = fs::read_to_string(home.relayer.config()).unwrap();
    let secret = text.replace("http://127", "http://me:hunter2@127");
    fs::write(home.relayer.config(), secret).unwrap();
    let ended = home.run(&["query", "clients", "--chain", "chain-a"]);
    assert_refused(&ended, WRONG_INPUT, &[&home.rpc]);
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);

    home.relayer.start().unwrap();
    home.wait_for_word_about_the_endpoint();
    home.relayer.stop().unwrap();
    assert!(!home.relayer.log().unwrap().contains("hunter2"), "{}", home.relayer.log().unwrap());
}

#[test]
fn clear_refuses_what_is_not_configured() {
    let home = Home::with_keys(PATH);
    assert_refused(
        &home.run(&["clear", "packets", "--path", "nowhere"]),
        WRONG_INPUT,
        &["nowhere", "chain-a--chain-b"],
    );
    let unknown = ["clear", "packets", "--chain", "chain-c", "--channel", "channel-0"];
    assert_refused(&home.run(&unknown), WRONG_INPUT, &["chain-c", "chain-a, chain-b"]);
    assert_refused(&Home::with_keys("").run(&["clear", "packets"]), BAD_CONFIGURATION, &["lightship create path"]);
}

#[test]
fn clear_says_that_no_chain_tells_what_is_pending() {
    let ended = Home::with_keys(PATH).run(&["clear", "packets"]);
    assert_eq!(ended.code, WRONG_INPUT, "{}", ended.stderr);
    for chain in ["chain-a", "chain-b"] {
        let said = format!("what is pending on transfer/channel-0 of {chain} is not known");
        assert!(ended.stdout.contains(&said), "{}", ended.stdout);
    }
}
