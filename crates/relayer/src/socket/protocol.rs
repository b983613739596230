//! What is asked and answered through the control socket.

use engine::PacketKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clear::{ClearProgress, ClearReport, ClearRequest};
use crate::explain::PacketFacts;
use crate::monitor::Coverage;

/// The version of this protocol. It stands in every line that asks.
const VERSION: u64 = 3;

/// What a command asks of the process that owns the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Clear, and tell of it until it is done.
    Clear(ClearRequest),
    /// What the relayer knows of a packet.
    Packet(PacketKey),
    /// What was checked of each light client, and what not.
    Coverage,
}

impl Request {
    /// The line that asks: `{"version":3,"request":{..}}`.
    pub(super) fn line(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&json!({ "version": VERSION, "request": self }))
    }

    /// What a line asks.
    ///
    /// # Errors
    /// What is wrong with it, and the mend.
    pub(super) fn read(line: &[u8]) -> Result<Self, String> {
        let unreadable = |error: serde_json::Error| format!("this is no request ({error}); send one line of JSON");
        let mut asked: Value = serde_json::from_slice(line).map_err(unreadable)?;
        match asked.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(other) => {
                let mend = "restart the relayer with the version that asks";
                return Err(format!("the request is of version {other}, the running relayer speaks {VERSION}; {mend}"));
            }
            None => return Err(format!("the request names no version; this relayer speaks {VERSION}")),
        }
        let request = asked.get_mut("request").map(Value::take).unwrap_or_default();
        serde_json::from_value(request)
            .map_err(|error| format!("the running relayer knows no such request ({error}); restart it after an update"))
    }
}

/// What the process answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// How far a clearing is; not final.
    Progress(ClearProgress),
    /// A clearing ended.
    Cleared(ClearReport),
    /// What the relayer knows of a packet.
    Packet(Box<PacketFacts>),
    /// What was checked of each light client.
    Coverage(Vec<Coverage>),
    /// The request can't be served.
    Failed {
        /// Why, and the mend.
        message: String,
    },
}
