//! How far the answer to a case has come.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use types::{ChainId, ClientId};

/// How far the answer to a case has come. Losing it is harmless: what is frozen is found frozen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Is there nothing left to do?
    pub is_settled: bool,
    /// How it ended for each client, by [`client_key`].
    pub clients: BTreeMap<String, End>,
    /// What the attacked chain's nodes said to each piece of evidence, by their addresses without credentials.
    pub nodes: BTreeMap<String, Vec<String>>,
}

impl Progress {
    /// The same, with what was known before: a client that was frozen by us stays so, however it is found now.
    #[must_use]
    pub fn after(mut self, earlier: &Self) -> Self {
        self.is_settled |= earlier.is_settled;
        for (client, end) in &earlier.clients {
            let now = self.clients.entry(client.clone()).or_insert_with(|| end.clone());
            if now.is_frozen() && end.is_frozen() {
                *now = end.clone();
            }
        }
        for (node, answers) in &earlier.nodes {
            self.nodes.entry(node.clone()).or_insert_with(|| answers.clone());
        }
        self
    }
}

/// How the answer to a case ended for one client. Each is proven by the host's state (ICS-23), whatever a node says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// It is frozen.
    Frozen {
        /// By a transaction of this process; else by another's, or by one of ours before a restart.
        here: bool,
    },
    /// The case can't freeze it, by the rules of its chain.
    CantBeFrozen {
        /// Why.
        reason: String,
    },
}

impl End {
    /// Is the client where it shall be?
    pub fn is_frozen(&self) -> bool {
        match self {
            Self::Frozen { .. } => true,
            Self::CantBeFrozen { .. } => false,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frozen { here: true } => f.write_str("frozen by us"),
            Self::Frozen { here: false } => f.write_str("frozen"),
            Self::CantBeFrozen { reason } => write!(f, "can't be frozen: {reason}"),
        }
    }
}

/// How a client is named among those of all chains.
pub fn client_key(host: &ChainId, client: &ClientId) -> String {
    format!("{host}/{client}")
}

#[cfg(test)]
mod tests;
