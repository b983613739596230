//! What the model chains' transactions hold, encoded as JSON: opaque to the engine.

use engine::Message;
use serde::{Deserialize, Serialize};
use types::{Acknowledgement, Packet};

/// A message of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SimMessage {
    /// The client learns a header of the counterparty.
    Update {
        height: u64,
    },
    /// `proof_height` is the header whose root proves the state of the block before.
    Recv {
        packet: Packet,
        proof_height: u64,
    },
    Ack {
        packet: Packet,
        acknowledgement: Acknowledgement,
        proof_height: u64,
    },
    Timeout {
        packet: Packet,
        proof_height: u64,
    },
    TimeoutOnClose {
        packet: Packet,
        proof_height: u64,
    },
    /// Does something that is not idempotent.
    Once {
        tag: String,
    },
    /// Does nothing.
    Nothing,
}

impl SimMessage {
    pub(crate) fn encode(&self) -> Message {
        let value = serde_json::to_vec(self).expect("plain data");
        Message { type_url: "/sim".to_owned(), value: value.into() }
    }

    pub(crate) fn decode(message: &Message) -> Self {
        serde_json::from_slice(&message.value).expect("made by encode")
    }
}

/// A transaction of the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SimTx {
    pub(crate) address: String,
    pub(crate) sequence: u64,
    pub(crate) messages: Vec<SimMessage>,
    /// 0 for none.
    pub(crate) timeout_height: u64,
    pub(crate) signature: u64,
    pub(crate) gas_limit: u64,
    /// What it will burn.
    pub(crate) gas_used: u64,
    /// Did the engine have it signed?
    pub(crate) is_engines: bool,
}

impl SimTx {
    pub(crate) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).expect("made by encode")
    }
}
