//! The facts about a packet, in the order of its life. They are stable as JSON.

use std::fmt;

use engine::{PacketKey, PacketRecord, PathId, Refused};
use serde::Serialize;
use types::channel::ChannelState;
use types::client::Status;
use types::{BlockHeight, ChainId, ChannelId, ClientId, ConnectionId, Height, Order, PortId, Sequence, Timestamp};

use super::PacketFacts;

/// What was asked for, or why it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact<T> {
    /// It is known.
    Known(T),
    /// It is not, for this reason.
    Unknown(String),
}

impl<T> Fact<T> {
    /// What is known, if it is.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// A result as a fact.
    pub(super) fn from_result(result: Result<T, impl fmt::Display>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(error) => Self::Unknown(error.to_string()),
        }
    }
}

/// All that could be learned of a packet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Facts {
    /// The packet.
    pub packet: PacketKey,
    /// The configured path that relays its channel.
    pub path: Option<PathId>,
    /// The end that it is sent from.
    pub source: EndFacts,
    /// The end that it is sent to.
    pub destination: Fact<EndFacts>,
    /// Was it ever sent?
    pub sent: Fact<bool>,
    /// Where.
    pub sent_at: Fact<Place>,
    /// Does its commitment stand on the source still? It does until the packet is over.
    pub committed: Fact<bool>,
    /// The size of its data in bytes, which says that its bytes are known.
    pub data_size: Fact<usize>,
    /// When it times out.
    pub timeout: Fact<TimeoutFacts>,
    /// Did the destination receive it?
    pub received: Fact<bool>,
    /// Where, if it did.
    pub received_at: Option<Fact<Place>>,
    /// On an ordered channel: the packet that the destination receives next.
    pub next_received: Option<Fact<Sequence>>,
    /// On an ordered channel: the packet that the source takes the acknowledgement of next.
    pub next_acknowledged: Option<Fact<Sequence>>,
    /// What the destination answered; nothing if it has not yet.
    pub acknowledgement: Fact<Option<AcknowledgementFacts>>,
    /// Why the path's policy as configured refuses it, as far as its bytes are known.
    pub refused: Option<Refused>,
    /// What the relayer says.
    pub relayer: RelayerFacts,
}

/// One end of the packet's channel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EndFacts {
    /// The chain.
    pub chain: ChainId,
    /// Its port.
    pub port: PortId,
    /// Its channel.
    pub channel: ChannelId,
    /// Whose word all facts about this chain are: a node's address, without credentials. None if none answers.
    pub word_of: Option<String>,
    /// All configured nodes.
    pub endpoints: Vec<EndpointFacts>,
    /// Is there a node that answers, and serves this chain?
    pub head: Fact<Place>,
    /// The channel's end; nothing where there is none.
    pub end: Fact<Option<ChannelFacts>>,
    /// The client here that tracks the other chain.
    pub client: Fact<ClientFacts>,
    /// The wallet that pays here.
    pub wallet: Fact<WalletFacts>,
}

/// A configured node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndpointFacts {
    /// Its address, without credentials.
    pub endpoint: String,
    /// Its newest block, if it answers.
    pub height: Fact<BlockHeight>,
    /// How many blocks it is behind the highest of them.
    pub behind: u64,
}

/// A channel's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelFacts {
    /// Its state.
    pub state: ChannelState,
    /// How it delivers.
    pub ordering: Order,
    /// The connection that packets travel on.
    pub connection: Option<ConnectionId>,
    /// The port of the other end.
    pub counterparty_port: PortId,
    /// The channel of the other end; none before that is known.
    pub counterparty_channel: Option<ChannelId>,
}

/// A client that tracks the other end's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientFacts {
    /// The client.
    pub client: ClientId,
    /// The chain that it tracks.
    pub tracks: ChainId,
    /// What its chain says of it.
    pub status: Status,
    /// The newest height that it knows.
    pub latest_height: Height,
    /// The host chain's block time from which on it is expired, unless it is updated.
    pub expires_at: Option<Timestamp>,
}

/// A wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WalletFacts {
    /// Its address.
    pub address: String,
    /// What fees are paid in.
    pub denom: String,
    /// How much of it the wallet has.
    #[serde(serialize_with = "as_text")]
    pub amount: u128,
    /// Are fees asked for at all?
    pub is_needed: bool,
}

/// A block, and who did something in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The block.
    pub height: BlockHeight,
    /// Its header's time, where it was asked for.
    pub time: Option<Fact<Timestamp>>,
    /// Who signed the transaction that did it.
    pub signer: Option<String>,
}

/// When a packet times out, against the destination's newest block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeoutFacts {
    /// By height; zero for never.
    pub height: Height,
    /// By block time; zero for never.
    pub timestamp: Timestamp,
    /// Has it passed? Not known where the destination does not answer.
    pub is_past: Fact<bool>,
    /// Is it so near that the packet is not delivered any more?
    pub is_near: bool,
}

/// What the destination answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AcknowledgementFacts {
    /// Its hash, which is all that stands in the chain's state.
    pub hash: String,
    /// Where it was written.
    pub written_at: Fact<Place>,
    /// What it says.
    pub outcome: Fact<Outcome>,
}

/// What an acknowledgement says, as ICS-04 recommends to write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The application took the packet.
    Success,
    /// The application refused the packet, with these words.
    Error(String),
    /// Something else; the application's own.
    Other(String),
}

/// What the relayer of this configuration says.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayerFacts {
    /// It runs, and knows this.
    Runs(Box<PacketFacts>),
    /// It seems to run, and does not answer.
    Silent(String),
    /// None runs. What the last one kept of the packet.
    None {
        /// Its record.
        record: Option<PacketRecord>,
    },
    /// None runs, and what the last one kept can't be read.
    Unreadable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {}", self.height)?;
        match &self.time {
            Some(Fact::Known(time)) => write!(f, " ({})", utc(*time))?,
            Some(Fact::Unknown(why)) => write!(f, " (time unknown: {why})")?,
            None => {}
        }
        match &self.signer {
            Some(signer) => write!(f, " by {signer}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("success"),
            Self::Error(text) => write!(f, "error: {text}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// A time as people write it, to the second.
pub fn utc(time: Timestamp) -> String {
    use ::time::OffsetDateTime;
    use ::time::format_description::well_known::Rfc3339;
    let seconds = i64::try_from(time.as_seconds()).ok();
    let text = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(&Rfc3339).ok());
    text.unwrap_or_else(|| time.to_string())
}

/// JSON's numbers end where a balance may go on.
fn as_text<S: serde::Serializer>(amount: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_with_all_that_is_known_of_it() {
        let mut place = Place { height: BlockHeight(7), time: None, signer: None };
        assert_eq!(place.to_string(), "block 7");
        place.time = Some(Fact::Known(Timestamp::from_seconds(1_700_000_000)));
        place.signer = Some("cosmos1me".to_owned());
        assert_eq!(place.to_string(), "block 7 (2023-11-14T22:13:20Z) by cosmos1me");
        place.time = Some(Fact::Unknown("refused".to_owned()));
        assert_eq!(place.to_string(), "block 7 (time unknown: refused) by cosmos1me");
        assert_eq!(utc(Timestamp(u64::MAX)), "2554-07-21T23:34:33Z");
    }
}
