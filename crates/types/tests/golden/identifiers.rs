//! Identifiers and revisions.

use std::fmt::Display;
use std::str::FromStr;

use lightship_types::{ChainId, ChannelId, ClientId, ConnectionId};
use serde_json::Value;

use crate::{GOLDEN, entries, number, text};

/// ibc-go holds these further to its own way of numbering, ICS-24 does not: what it takes must be taken here.
fn all_valid_are_identifiers<I: FromStr<Err: Display> + Display>(list: &Value) {
    let valid: Vec<_> = entries(list).iter().filter(|entry| entry["valid"] == true).collect();
    assert!(!valid.is_empty());
    for entry in valid {
        let id = text(&entry["id"]);
        match id.parse::<I>() {
            Ok(parsed) => assert_eq!(parsed.to_string(), id),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn identifiers_that_ibc_go_makes_or_takes_are_identifiers() {
    all_valid_are_identifiers::<ClientId>(&GOLDEN["identifiers"]["clients"]);
    all_valid_are_identifiers::<ConnectionId>(&GOLDEN["identifiers"]["connections"]);
    all_valid_are_identifiers::<ChannelId>(&GOLDEN["identifiers"]["channels"]);
    for entry in entries(&GOLDEN["identifiers"]["made"]) {
        assert!(text(&entry["client"]).parse::<ClientId>().is_ok());
        assert!(text(&entry["connection"]).parse::<ConnectionId>().is_ok());
        assert!(text(&entry["channel"]).parse::<ChannelId>().is_ok());
    }
}

#[test]
fn revisions_are_read_from_chain_ids_as_in_ibc_go() {
    for entry in entries(&GOLDEN["identifiers"]["revisions"]) {
        let chain: ChainId = text(&entry["chain_id"]).parse().unwrap();
        assert_eq!(chain.revision_number(), number(&entry["revision"]), "{chain}");
    }
}
