//! A case as both sides get it, and what each says of it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use light_client::{ConsensusStates, Effect, Header, Misbehaviour, TrustedState, judge_header, judge_misbehaviour};
use prost::Message;
use proto::ibc::lightclients::tendermint::v1 as raw;
use serde_json::{Value, json};
use types::{ClientState, ConsensusState, Height, Timestamp};

/// A client, the time of the chain that holds it, and an encoded message for it.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) client: raw::ClientState,
    pub(crate) states: BTreeMap<Height, raw::ConsensusState>,
    pub(crate) now: Timestamp,
    pub(crate) type_url: &'static str,
    pub(crate) message: Vec<u8>,
}

/// What becomes of the client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The message is refused, and why; two refusals are equal.
    Refuses(Why),
    Freezes,
    Updates {
        gained: (Height, raw::ConsensusState),
        latest: Height,
    },
    Nothing,
}

/// A reason in somebody's own words.
#[derive(Clone)]
pub(crate) struct Why(String);

impl core::fmt::Debug for Why {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Why {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Case {
    /// As the oracle reads it.
    pub(crate) fn to_json(&self) -> Value {
        let states: Vec<Value> = self.states.iter().map(|(height, state)| state_to_json(*height, state)).collect();
        json!({
            "client_state": base64(&self.client.encode_to_vec()),
            "consensus_states": states,
            "now": self.now.0.to_string(),
            "type_url": self.type_url,
            "message": base64(&self.message),
        })
    }

    /// What this library says: it reads the bytes, and judges what they say.
    pub(crate) fn our_verdict(&self) -> Verdict {
        self.judge().unwrap_or_else(Verdict::refuses)
    }

    /// The same message as this library reads it, written again; none, if it can't be read.
    pub(crate) fn written_again(&self) -> Option<Self> {
        let message = if self.type_url == Header::TYPE_URL {
            raw::Header::decode(self.message.as_slice()).ok()?.encode_to_vec()
        } else {
            raw::Misbehaviour::decode(self.message.as_slice()).ok()?.encode_to_vec()
        };
        Some(Self { message, ..self.clone() })
    }

    fn judge(&self) -> Result<Verdict, String> {
        let client = ClientState::try_from(self.client.clone()).map_err(text)?;
        let states = self.states.iter().map(|(height, state)| Ok((*height, state.clone().try_into().map_err(text)?)));
        let states = states.collect::<Result<ConsensusStates, String>>()?;
        let effect = if self.type_url == Header::TYPE_URL {
            let header = read_header(&self.message)?;
            let effect = judge_header(&client, &states, &header, self.now).map_err(text)?;
            if let Effect::Updates(height) = effect {
                return updates(&client, height, &header);
            }
            effect
        } else {
            let both = raw::Misbehaviour::decode(self.message.as_slice()).map_err(text)?;
            let both = Misbehaviour::try_from(both).map_err(text)?;
            judge_misbehaviour(&client, &states, &both, self.now).map_err(text)?
        };
        Ok(match effect {
            Effect::Freezes(_) => Verdict::Freezes,
            Effect::Updates(height) => return Err(format!("a misbehaviour updates the client to {height}")),
            Effect::Nothing => Verdict::Nothing,
        })
    }
}

fn read_header(bytes: &[u8]) -> Result<Header, String> {
    Header::try_from(raw::Header::decode(bytes).map_err(text)?).map_err(text)
}

fn updates(client: &ClientState, height: Height, header: &Header) -> Result<Verdict, String> {
    let TrustedState { time, root, next_validators_hash, .. } =
        TrustedState::of_verified(&header.light_block()).map_err(text)?;
    let next_validators_hash = next_validators_hash.as_bytes().to_vec();
    let state = ConsensusState { timestamp: time, root: root.0, next_validators_hash };
    Ok(Verdict::Updates { gained: (height, state.into()), latest: client.latest_height.max(height) })
}

impl Verdict {
    pub(crate) fn refuses(why: impl core::fmt::Display) -> Self {
        Self::Refuses(Why(why.to_string()))
    }

    /// Reads what the oracle says.
    pub(crate) fn of_ibc_go(answer: &Value) -> Self {
        match answer["effect"].as_str().unwrap() {
            "refuses" => Self::refuses(answer["error"].as_str().unwrap()),
            "freezes" => Self::Freezes,
            "nothing" => Self::Nothing,
            "updates" => Self::Updates {
                gained: state_from_json(&answer["gained"]),
                latest: answer["latest_height"].as_str().unwrap().parse().unwrap(),
            },
            other => panic!("the oracle says {other:?}"),
        }
    }

    /// The verdict's kind, to count it by.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Refuses(_) => "refuses",
            Self::Freezes => "freezes",
            Self::Updates { .. } => "updates",
            Self::Nothing => "nothing",
        }
    }
}

fn state_to_json(height: Height, state: &raw::ConsensusState) -> Value {
    json!({
        "revision_number": height.revision_number.to_string(),
        "revision_height": height.revision_height.to_string(),
        "state": base64(&state.encode_to_vec()),
    })
}

fn state_from_json(value: &Value) -> (Height, raw::ConsensusState) {
    let number = |field: &str| value[field].as_str().unwrap().parse().unwrap();
    let height = Height { revision_number: number("revision_number"), revision_height: number("revision_height") };
    let state = BASE64_STANDARD.decode(value["state"].as_str().unwrap()).unwrap();
    (height, raw::ConsensusState::decode(state.as_slice()).unwrap())
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn text(error: impl core::fmt::Display) -> String {
    error.to_string()
}
