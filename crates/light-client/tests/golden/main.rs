//! Held against what ibc-go and CometBFT said and wrote themselves: `tests/vectors/golden/evidence.json` of this
//! repository, made by the Go program in `tests/simd/cmd/evidence`. Bytes are hex there, 64-bit numbers are decimal text.
#![expect(clippy::unwrap_used, reason = "a golden value that can't be read is a failed test")]

mod clients;
mod detections;
mod evidence;
mod mutants;

use std::sync::LazyLock;

use lightship_light_client::{ConsensusStates, Header, Misbehaviour};
use proto::{Message, ibc::lightclients::tendermint::v1 as raw};
use serde_json::Value;
use types::{ClientState, ConsensusState, Height, Timestamp};

static GOLDEN: LazyLock<Value> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/golden/evidence.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
});

fn list(name: &str) -> &'static [Value] {
    GOLDEN[name].as_array().unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field}"))
}

fn number(value: &Value, field: &str) -> u64 {
    text(value, field).parse().unwrap()
}

fn bytes(value: &Value, field: &str) -> Vec<u8> {
    hex::decode(text(value, field)).unwrap()
}

/// What a chain holds of a client, and its time.
fn client(case: &Value) -> (ClientState, ConsensusStates, Timestamp) {
    let state = raw::ClientState::decode(bytes(case, "client_state").as_slice()).unwrap();
    let held = case["consensus_states"].as_array().unwrap().iter().map(|held| {
        let height = Height {
            revision_number: number(held, "revision_number"),
            revision_height: number(held, "revision_height"),
        };
        let state = raw::ConsensusState::decode(bytes(held, "state").as_slice()).unwrap();
        (height, ConsensusState::try_from(state).unwrap())
    });
    (state.try_into().unwrap(), held.collect(), Timestamp(number(case, "now")))
}

fn header(bytes: &[u8]) -> Result<Header, String> {
    let raw = raw::Header::decode(bytes).map_err(|error| error.to_string())?;
    Header::try_from(raw).map_err(|error| error.to_string())
}

fn misbehaviour(bytes: &[u8]) -> Result<Misbehaviour, String> {
    let raw = raw::Misbehaviour::decode(bytes).map_err(|error| error.to_string())?;
    Misbehaviour::try_from(raw).map_err(|error| error.to_string())
}
