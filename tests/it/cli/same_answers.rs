//! `query`, `explain packet` and `clear packets` beside a running relayer and without one: the same answers.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use lightship_tests::bed::{self, Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::Relayer;
use serde_json::Value;

const BLOCK_TIME: Duration = Duration::from_millis(300);
const PACKETS: usize = 3;
const WITHIN: Duration = Duration::from_secs(60);
/// What the passing of time changes in an answer.
const TIMES: [&str; 2] = ["expires_in_seconds", "at"];

/// Packets wait on both ends for a wallet that can't pay: nothing moves any more, and every list has rows.
#[test]
fn every_query_explain_and_clear_answer_the_same_beside_a_daemon_and_without_one() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    let channels = bed.create_path("same_answers").unwrap();
    let poor_on_a = |entry: &mut lightship_tests::relayer::ChainEntry| {
        if entry.id == bed.a.id() {
            entry.key = Role::Pauper.name().to_owned();
        }
    };
    let mut relayer = bed.relayer("same_answers", Role::Relayer, &channels.toml, poor_on_a).unwrap();
    relayer.add_key(&*bed.a, Role::Pauper).unwrap();
    let config = fs::read_to_string(relayer.config()).unwrap();
    fs::write(relayer.config(), format!("monitor = true\n{config}")).unwrap();
    bed::send(&*bed.a, &*bed.b, &channels.a, 1, PACKETS).unwrap();
    bed::send(&*bed.b, &*bed.a, &channels.b, 1, PACKETS).unwrap();

    relayer.start().unwrap();
    relayer.wait_for_log("control socket", WITHIN, |log| log.contains("commands are answered")).unwrap();
    let acks = ["query", "packets", "acks", "--chain", bed.b.id(), "--channel", &channels.b];
    wait_for("acknowledgements on B", WITHIN, || {
        Ok((answered(&relayer, &acks, 0).as_array().map(Vec::len) == Some(PACKETS)).then_some(()))
    })
    .unwrap();
    wait_for("a look at every client", WITHIN, || {
        let rows = answered(&relayer, &["query", "coverage"], 0);
        let is_done = |row: &Value| row["is_complete"] == true && row["status"] == "active";
        Ok(rows.as_array().is_some_and(|rows| rows.len() == 2 && rows.iter().all(is_done)).then_some(()))
    })
    .unwrap();
    let beside = Answers::of(&relayer, &bed, &channels);
    assert_eq!(relayer.has_ended().unwrap(), None, "it was the daemon that was asked");
    relayer.stop().unwrap();
    let alone = Answers::of(&relayer, &bed, &channels);

    for (command, answer) in &beside.queries {
        assert_ne!(answer, &Value::Array(Vec::new()), "{command} shows nothing");
        assert_eq!(answer, &alone.queries[command], "{command}");
    }
    for (command, answer) in &beside.clears {
        assert!(answer["left"].as_array().is_some_and(|left| !left.is_empty()), "{command} shows nothing: {answer}");
        assert_eq!(answer["left"], alone.clears[command]["left"], "{command}");
    }
    let next: Vec<&Value> = beside.dry_run["planned"].as_array().unwrap().iter().map(|row| &row["next"]).collect();
    assert_eq!(next, [vec!["ack"; PACKETS], vec!["recv"; PACKETS]].concat(), "{}", beside.dry_run);
    assert_eq!(beside.dry_run["planned"], alone.dry_run["planned"]);
    for (beside, alone) in beside.explained.iter().zip(&alone.explained) {
        // The one difference there may be: without a relayer that is the reason, as cli/README.md says.
        assert_eq!((&beside["reason"], &alone["reason"]), (&"wallet_empty".into(), &"not_running".into()));
        for fact in ["packet", "path", "sent", "bytes", "received", "acknowledgement", "ended"] {
            assert_eq!(beside["facts"][fact], alone["facts"][fact], "{fact}");
        }
    }
}

/// What was answered, by command line.
struct Answers {
    queries: BTreeMap<String, Value>,
    explained: Vec<Value>,
    clears: BTreeMap<String, Value>,
    dry_run: Value,
}

impl Answers {
    fn of(relayer: &Relayer, bed: &Bed, channels: &Channels) -> Self {
        let path = format!("{}--{}", bed.a.id(), bed.b.id());
        let on_a = format!("--chain {} --channel {}", bed.a.id(), channels.a);
        let on_b = format!("--chain {} --channel {}", bed.b.id(), channels.b);
        let asked = |line: &str, code: i32| {
            let answer = answered(relayer, &line.split_whitespace().collect::<Vec<_>>(), code);
            (line.to_owned(), answer)
        };
        let mut queries = BTreeMap::new();
        for command in leaves(relayer, "query") {
            for arguments in arguments(&command, &path, &on_a, &on_b) {
                queries.extend([asked(&format!("{command} {arguments}"), 0)]);
            }
        }
        let explain = |sequence| asked(&format!("explain packet {on_b} --sequence {sequence}"), 0).1;
        let selections = [format!("--path {path}"), format!("{on_b} --sequences 1-2")];
        Self {
            queries,
            explained: (1..=PACKETS).map(explain).collect(),
            clears: selections.iter().map(|selection| asked(&format!("clear packets {selection}"), 1)).collect(),
            dry_run: asked("clear packets --dry-run", 0).1,
        }
    }
}

/// What each query is asked for; one that is not here fails the test.
fn arguments(command: &str, path: &str, on_a: &str, on_b: &str) -> Vec<String> {
    let path = format!("--path {path}");
    let chain = on_b.split(" --channel").next().unwrap().to_owned();
    match command {
        "query coverage" => vec![String::new(), chain.clone(), format!("{chain} --client 07-tendermint-0")],
        "query clients" | "query connections" | "query channels" => vec![chain],
        "query packets" | "query packets pending" | "query packets commitments" => vec![path, on_b.to_owned()],
        "query packets unreceived" => vec![path, on_a.to_owned()],
        "query packets acks" => vec![path, on_b.to_owned(), format!("{on_b} --all")],
        "query packets receipts" => [&path, on_b].map(|of| format!("{of} --sequences 1,2-4")).into(),
        other => panic!("lightship {other} is new: say here what it is asked for"),
    }
}

/// The commands below this one, and it itself if it can be run, as the binary's own help lists them.
fn leaves(relayer: &Relayer, command: &str) -> Vec<String> {
    let help = relayer.run(command.split(' ').chain(["--help"])).unwrap().success().unwrap();
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // A description that goes on in the next line is indented further.
    let names: Vec<&str> = lines
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let needs_one = help.lines().any(|line| line.trim() == format!("Usage: lightship {command} [OPTIONS] <COMMAND>"));
    let mut leaves: Vec<String> = (!needs_one).then(|| command.to_owned()).into_iter().collect();
    leaves.extend(names.iter().flat_map(|name| self::leaves(relayer, &format!("{command} {name}"))));
    leaves
}

/// The answer, without what the passing of time changes.
fn answered(relayer: &Relayer, arguments: &[&str], code: i32) -> Value {
    let ended = relayer.run([arguments, &["--json"]].concat()).unwrap();
    assert_eq!(ended.code, Some(code), "{arguments:?}: {}\n{}", ended.stdout, ended.stderr);
    let mut answer = serde_json::from_str(&ended.stdout).unwrap();
    forget_times(&mut answer);
    answer
}

fn forget_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !TIMES.contains(&name.as_str()));
            fields.values_mut().for_each(forget_times);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_times),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
