//! `query` on two chains of the devnet: every list, beside nothing but nodes.

use std::time::Duration;

use lightship_tests::bed::{self, Bed};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::Relayer;
use serde_json::{Value, json};

use super::{WRONG_INPUT, assert_refused};

const BLOCK_TIME: Duration = Duration::from_millis(300);
const PACKETS: usize = 3;

fn asked(relayer: &Relayer, arguments: &[&str]) -> Value {
    let answer = relayer.run(["query", "--json"].iter().chain(arguments)).unwrap().success().unwrap();
    serde_json::from_str(&answer).unwrap()
}

fn of_each<'a>(rows: &'a Value, key: &str) -> Vec<&'a Value> {
    rows.as_array().unwrap().iter().map(|row| &row[key]).collect()
}

#[test]
fn every_list_tells_what_stands_on_a_chain() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    let channels = bed.create_path("query").unwrap();
    // It can pay on B, so that packets are delivered, and not on A, so that no acknowledgement comes back.
    let adjust = |entry: &mut lightship_tests::relayer::ChainEntry| {
        if entry.id == bed.a.id() {
            entry.key = Role::Pauper.name().to_owned();
        }
    };
    let mut relayer = bed.relayer("query", Role::Relayer, &channels.toml, adjust).unwrap();
    relayer.add_key(&*bed.a, Role::Pauper).unwrap();
    handshakes(&relayer, &bed);

    let from_a = ["--chain", bed.a.id(), "--channel", &channels.a];
    let on_b = ["--chain", bed.b.id(), "--channel", &channels.b];
    let list = |what: &[&str], end: &[&str]| asked(&relayer, &[&["packets"], what, end].concat());
    assert_eq!(list(&[], &from_a), json!([]));
    bed::send(&*bed.a, &*bed.b, &channels.a, 1, PACKETS).unwrap();

    let pending = list(&[], &from_a);
    assert_eq!(pending, list(&["pending"], &from_a));
    assert_eq!(of_each(&pending, "sequence"), [&json!(1), &json!(2), &json!(3)]);
    assert_eq!(of_each(&pending, "at_destination"), [&json!("unreceived"); PACKETS]);
    let commitments = list(&["commitments"], &from_a);
    assert!(of_each(&commitments, "hash").iter().all(|hash| hash.as_str().unwrap().len() == 64), "{commitments}");
    assert_eq!(of_each(&list(&["unreceived"], &on_b), "sequence"), [&json!(1), &json!(2), &json!(3)]);
    let receipts = || list(&["receipts", "--sequences", "1,2-4"], &on_b);
    assert_eq!(of_each(&receipts(), "is_received"), [&json!(false); 4]);
    assert_eq!(list(&["acks"], &on_b), json!([]));
    // Both ends of all channels of the path.
    let name = format!("{}--{}", bed.a.id(), bed.b.id());
    assert_eq!(list(&[], &["--path", &name]), pending);

    relayer.start().unwrap();
    let list = |what: &[&str], end: &[&str]| asked(&relayer, &[&["packets"], what, end].concat());
    wait_for("acknowledgements on B", Duration::from_secs(60), || {
        let pending = list(&[], &from_a);
        let is_there = of_each(&pending, "at_destination").iter().all(|at| **at == "acknowledged");
        Ok((is_there && pending[PACKETS - 1].is_object()).then_some(()))
    })
    .unwrap();
    assert_eq!(of_each(&list(&["acks"], &on_b), "sequence"), [&json!(1), &json!(2), &json!(3)]);
    assert_eq!(list(&["acks", "--all"], &on_b), list(&["acks"], &on_b));
    assert_eq!(list(&["unreceived"], &on_b), json!([]));
    let receipts = list(&["receipts", "--sequences", "1,2-4"], &on_b);
    assert_eq!(of_each(&receipts, "is_received"), [&json!(true), &json!(true), &json!(true), &json!(false)]);
    relayer.stop().unwrap();
    refusals(&relayer, &name, bed.b.id());
}

fn handshakes(relayer: &Relayer, bed: &Bed) {
    for chain in bed.chains() {
        let there = chain.handshakes().unwrap();
        let clients = asked(relayer, &["clients", "--chain", chain.id()]);
        let active = clients.as_array().unwrap().iter().filter(|row| row["status"] == "active");
        let active: Vec<_> = active.filter_map(|row| row["client"].as_str()).collect();
        assert!(there.clients.iter().all(|client| active.contains(&client.as_str())), "{clients}");
        let connections = asked(relayer, &["connections", "--chain", chain.id()]);
        let is_there = |row: &Value| row["connection"] == there.connections[0].id && row["state"] == "open";
        assert!(connections.as_array().unwrap().iter().any(is_there), "{connections}");
        let channels = asked(relayer, &["channels", "--chain", chain.id()]);
        let is_there = |row: &Value| row["channel"] == there.channels[0].channel_id && row["state"] == "open";
        assert!(channels.as_array().unwrap().iter().any(is_there), "{channels}");
    }
}

fn refusals(relayer: &Relayer, name: &str, known: &str) {
    let refused = |arguments: &[&str], words: &[&str]| {
        let ended = relayer.run(["query", "packets"].iter().chain(arguments)).unwrap();
        assert_refused(&ended, WRONG_INPUT, words);
    };
    refused(&["--path", "nowhere"], &["nowhere", name]);
    refused(&["pending", "--chain", "chain-x", "--channel", "channel-0"], &["chain-x"]);
    refused(&["commitments", "--chain", known, "--channel", "channel-99"], &["channel-99", "query channels"]);
    let absent = |line: &str, mend: &str| {
        let ended = relayer.run(line.split_whitespace()).unwrap();
        assert_refused(&ended, WRONG_INPUT, &["is not there", mend]);
    };
    let channel = format!("--chain {known} --channel channel-99");
    let (clients_of, channels_of) = ("lightship query clients", "lightship query channels");
    absent(&format!("update client --chain {known} --client 07-tendermint-99"), clients_of);
    absent(&format!("tx packet-recv {channel}"), channels_of);
    absent(&format!("tx transfer {channel} --amount 1stake --receiver nobody"), channels_of);
    let unasked = relayer.run(["query", "packets", "receipts", "--path", name]).unwrap();
    assert!(unasked.code == WRONG_INPUT && unasked.stderr.contains("--sequences"), "{}", unasked.stderr);
    refused(&[], &["--chain", "--path"]);
}
