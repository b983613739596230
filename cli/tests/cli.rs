//! The binary as a user meets it: answers on standard output, errors on standard error in one line, exit codes.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// From `scripts/chains.sh`: money of no worth.
const MNEMONIC: &str = "arrange lazy ghost timber rate injury digital witness merge hero congress program cook human just \
                        possible wise join side excess body bar pizza pumpkin";

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs the binary with this home, without anything of ours in the environment.
fn lightship_with_input(home: &Path, args: &[&str], input: &str) -> Answer {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lightship"))
        .args(args)
        .env_remove("LIGHTSHIP_PASSPHRASE")
        .env_remove("LIGHTSHIP_LOG")
        .env("HOME", home)
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments ends without reading.
    child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
    let output = child.wait_with_output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn lightship(home: &Path, args: &str) -> Answer {
    lightship_with_input(home, &args.split_whitespace().collect::<Vec<_>>(), "")
}

/// One line, nothing on standard output, this code.
#[track_caller]
fn assert_refused(answer: &Answer, code: i32, message: &str) {
    assert_eq!(answer.code, code, "{}", answer.stderr);
    assert_eq!(answer.stdout, "");
    assert!(answer.stderr.starts_with("error: "), "{}", answer.stderr);
    assert!(answer.stderr.contains(message), "{}\nshould contain\n{message}", answer.stderr);
    assert_eq!(answer.stderr.lines().count(), 1, "{}", answer.stderr);
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

const CONFIG: &str = r#"
[[chains]]
id = "chain-a"
rpc = "http://user:hunter2@127.0.0.1:1"
key = "relayer"
gas_price = "0.025stake"
account_prefix = "osmo"
"#;

#[test]
fn help_and_version_are_answers() {
    let home = home();
    for args in ["--help", "--version", "keys add --help", "create path --help", "tx transfer --help"] {
        let answer = lightship(home.path(), args);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{args}");
        assert!(!answer.stdout.is_empty(), "{args}");
    }
}

#[test]
fn a_wrong_command_line_exits_1() {
    let home = home();
    for args in ["", "fly", "start --speed 7", "query clients", "create path chain-a", "keys show"] {
        let answer = lightship(home.path(), args);
        assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{args}: {}", answer.stderr);
        assert!(!answer.stderr.is_empty(), "{args}");
    }
}

#[test]
fn a_missing_configuration_is_said_with_the_mend() {
    let home = home();
    let answer = lightship(home.path(), "query clients --chain chain-a");
    assert_refused(&answer, 64, ".lightship/config.toml: there is no such configuration file; ");
    let answer = lightship(home.path(), "keys list --config other.toml");
    assert_refused(&answer, 64, "other.toml: there is no such configuration file; ");
}

#[test]
fn an_unknown_key_is_refused_with_its_place() {
    let home = home();
    std::fs::write(home.path().join("bad.toml"), CONFIG.replace("key =", "kay =")).unwrap();
    for args in ["config check", "start", "keys list", "query clients --chain chain-a"] {
        let answer = lightship(home.path(), &format!("{args} --config bad.toml"));
        assert_refused(&answer, 64, "bad.toml:5:1: chains[0].kay: unknown field `kay`, expected one of ");
    }
    assert_eq!(lightship(home.path(), "completions bash --config bad.toml").code, 0);
}

#[test]
fn a_good_configuration_is_summed_up() {
    let home = home();
    std::fs::write(home.path().join("good.toml"), CONFIG).unwrap();
    let answer = lightship(home.path(), "config check --config good.toml");
    assert_eq!((answer.code, answer.stdout.as_str()), (0, "good.toml: good; chains: chain-a; paths: none\n"));
    let answer = lightship(home.path(), "config check --config good.toml --json");
    let json: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "file": "good.toml", "chains": ["chain-a"], "paths": [],
            "all_channels": [], "handshakes": [], "policies": [], "metrics": null,
        })
    );
}

#[test]
fn an_unknown_chain_is_wrong_input_that_names_the_known_ones() {
    let home = home();
    std::fs::write(home.path().join("good.toml"), CONFIG).unwrap();
    let answer = lightship(home.path(), "query clients --chain chain-z --config good.toml");
    assert_refused(&answer, 1, "chain chain-z is not in good.toml; configured are: chain-a");
}

#[test]
fn an_unreachable_node_is_named_without_credentials() {
    let home = home();
    std::fs::write(home.path().join("good.toml"), CONFIG).unwrap();
    for form in ["--log-level trace", "--log-level trace --log-json"] {
        let answer = lightship(home.path(), &format!("query channels --chain chain-a --config good.toml {form}"));
        assert_eq!(answer.code, 1, "{}", answer.stderr);
        assert!(answer.stderr.contains("http://127.0.0.1:1"), "{}", answer.stderr);
        assert!(!answer.stderr.contains("hunter2"), "{}", answer.stderr);
    }
}

#[test]
fn a_log_level_that_is_none_is_wrong_input() {
    let home = home();
    assert_refused(&lightship(home.path(), "keys list --log-level loud"), 1, "\"loud\" is no log level; ");
}

#[test]
fn keys_live_through_add_list_show_and_delete() {
    let home = home();
    let add = ["keys", "add", "relayer", "--chain", "chain-a", "--backend", "test", "--mnemonic-file", "-"];
    let added = lightship_with_input(home.path(), &add, MNEMONIC);
    assert_eq!(added.code, 0, "{}", added.stderr);
    assert!(added.stderr.contains("clear text"), "{}", added.stderr);

    let listed = lightship(home.path(), "keys list");
    let lines: Vec<Vec<&str>> = listed.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["CHAIN", "NAME", "ADDRESS", "BACKEND"]);
    assert_eq!((lines.len(), lines[1][0], lines[1][1], lines[1][3]), (2, "chain-a", "relayer", "test"));
    assert!(lines[1][2].starts_with("cosmos1"));

    let shown = lightship(home.path(), "keys show relayer --chain chain-a --json");
    let json: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(json["address"], lines[1][2]);
    assert_eq!(json["hd_path"], "m/44'/118'/0'/0/0");
    assert!(!shown.stdout.contains("arrange") && !shown.stdout.contains("private"), "{}", shown.stdout);

    let again = lightship_with_input(home.path(), &add, MNEMONIC);
    assert_refused(&again, 1, "chain chain-a has a key \"relayer\" already; give --overwrite");
    let replaced =
        lightship_with_input(home.path(), &[&add[..], &["--overwrite", "--coin-type", "60"]].concat(), MNEMONIC);
    assert_eq!(replaced.code, 0, "{}", replaced.stderr);
    assert!(replaced.stdout.contains("m/44'/60'/0'/0/0"), "{}", replaced.stdout);

    let deleted = lightship(home.path(), "keys delete relayer --chain chain-a");
    assert_eq!((deleted.code, deleted.stdout.as_str()), (0, "deleted relayer of chain-a\n"));
    assert_refused(&lightship(home.path(), "keys show relayer --chain chain-a"), 1, "has no key \"relayer\"");
    assert_refused(&lightship(home.path(), "keys delete relayer --chain chain-a"), 1, "has no key \"relayer\"");
    assert_eq!(lightship(home.path(), "keys list --json").stdout, "[]\n");
}

#[test]
fn an_encrypted_key_needs_a_passphrase_and_a_prefix_comes_from_the_configuration() {
    let home = home();
    std::fs::write(home.path().join("good.toml"), CONFIG).unwrap();
    std::fs::write(home.path().join("mnemonic"), format!("{MNEMONIC}\n")).unwrap();
    std::fs::write(home.path().join("passphrase"), "correct horse\n").unwrap();
    std::fs::write(home.path().join("empty"), "\n").unwrap();
    let add = "keys add relayer --chain chain-a --mnemonic-file mnemonic --config good.toml --passphrase-file";

    assert_refused(
        &lightship(home.path(), &format!("{add} nowhere")),
        1,
        "the passphrase can't be read from nowhere: ",
    );
    assert_refused(&lightship(home.path(), &format!("{add} empty")), 1, "the passphrase is empty; ");
    let added = lightship(home.path(), &format!("{add} passphrase --json"));
    assert_eq!((added.code, added.stderr.as_str()), (0, ""));
    let json: serde_json::Value = serde_json::from_str(&added.stdout).unwrap();
    assert_eq!(json["backend"], "encrypted");
    assert!(json["address"].as_str().unwrap().starts_with("osmo1"), "{json}");

    // The directory of keys lies beside the configuration.
    let file = std::fs::read_to_string(home.path().join("keys/chain-a/relayer.json")).unwrap();
    assert!(!file.contains("arrange") && !file.contains("correct horse"), "{file}");
}

#[test]
fn no_message_repeats_a_word_of_a_bad_mnemonic() {
    let home = home();
    let add = ["keys", "add", "relayer", "--chain", "chain-a", "--backend", "test", "--mnemonic-file", "-"];
    let answer =
        lightship_with_input(home.path(), &[&add[..], &["--log-level", "trace"]].concat(), "pumpkin tulip lamp");
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{}", answer.stderr);
    assert!(answer.stderr.contains("mnemonic"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("pumpkin") && !answer.stderr.contains("tulip"), "{}", answer.stderr);
}
