//! The lives of packets, as the events of both chains' blocks tell them (ICS-04).

use std::collections::BTreeMap;
use std::fmt;

use devnet::app::event::Event;
use serde::Serialize;
use types::ChainId;

/// One of the two chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    A,
    B,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::A, Self::B];

    pub(super) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    pub(super) fn index(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }
}

/// Which packet: the side that sent it, and its sequence. There is one channel.
pub(super) type Key = (Side, u64);

/// How far a packet is: heights of the blocks that its events stand in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Life {
    pub(super) source: ChainId,
    pub(super) destination: ChainId,
    pub(super) sequence: u64,
    /// On the source.
    pub(super) sent: Option<u64>,
    /// On the destination.
    pub(super) received: Option<u64>,
    /// What the destination's application answered, if it refused.
    pub(super) refusal: Option<String>,
    /// On the source.
    pub(super) acknowledged: Option<u64>,
    /// On the source.
    pub(super) timed_out: Option<u64>,
    /// Nanoseconds since 1970: from a block of the destination of this time on it can't be received.
    #[serde(skip)]
    pub(super) timeout: u64,
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    /// Received, and well.
    Acknowledged,
    /// Received, and refused.
    Refused,
    /// Never received.
    TimedOut,
}

impl Life {
    fn new(source: ChainId, destination: ChainId, sequence: u64) -> Self {
        let (sent, received, refusal, acknowledged, timed_out) = (None, None, None, None, None);
        Self { source, destination, sequence, sent, received, refusal, acknowledged, timed_out, timeout: 0 }
    }

    /// How it ended, if it did.
    pub(super) fn end(&self) -> Option<End> {
        match (self.acknowledged, self.timed_out) {
            // Blocks are read one chain after the other: the end may be seen before the delivery.
            (Some(_), _) if self.received.is_none() => None,
            (Some(_), _) if self.refusal.is_some() => Some(End::Refused),
            (Some(_), _) => Some(End::Acknowledged),
            (None, Some(_)) => Some(End::TimedOut),
            (None, None) => None,
        }
    }

    /// Blocks of the source from the one that sent it to the one that acknowledged it.
    pub(super) fn blocks(&self) -> Option<u64> {
        self.acknowledged?.checked_sub(self.sent?)
    }
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, destination, sequence, .. } = self;
        // Which chain's packet it is says its first step: a line must not be longer than most terminals are wide.
        write!(f, "packet {sequence:<2}")?;
        let steps = [
            ("sent", source, self.sent),
            ("received", destination, self.received),
            ("acknowledged", source, self.acknowledged),
            ("timed out", source, self.timed_out),
        ];
        for (what, chain, height) in steps {
            let Some(height) = height else { continue };
            write!(f, "  {what} {chain}:{height}")?;
        }
        Ok(())
    }
}

/// All packets between two chains.
#[derive(Debug)]
pub(super) struct Journal {
    chains: [ChainId; 2],
    lives: BTreeMap<Key, Life>,
}

impl Journal {
    pub(super) fn new(chains: [ChainId; 2]) -> Self {
        Self { chains, lives: BTreeMap::new() }
    }

    /// Takes note of an event in a block of `side`; those that are no packet's are passed over.
    pub(super) fn read(&mut self, side: Side, height: u64, event: &Event) {
        let sender = match event.kind.as_str() {
            "send_packet" | "acknowledge_packet" | "timeout_packet" => side,
            "recv_packet" | "write_acknowledgement" => side.other(),
            _ => return,
        };
        let number = |key: &str| event.value(key).and_then(|value| value.parse::<u64>().ok());
        let Some(sequence) = number("packet_sequence") else { return };
        let [source, destination] = [sender, sender.other()].map(|side| self.chains[side.index()].clone());
        let new = || Life::new(source, destination, sequence);
        let life = self.lives.entry((sender, sequence)).or_insert_with(new);
        match event.kind.as_str() {
            "send_packet" => {
                life.sent = Some(height);
                life.timeout = number("packet_timeout_timestamp").unwrap_or(0);
            }
            "recv_packet" => life.received = Some(height),
            "write_acknowledgement" => life.refusal = event.value("packet_ack_hex").and_then(refusal),
            "acknowledge_packet" => life.acknowledged = Some(height),
            _ => life.timed_out = Some(height),
        }
    }

    pub(super) fn life(&self, key: Key) -> Option<&Life> {
        self.lives.get(&key)
    }

    pub(super) fn lives(&self) -> impl Iterator<Item = (&Key, &Life)> {
        self.lives.iter()
    }
}

/// What an application wrote that refused a packet (ICS-04 `Acknowledgement`: `{"error": ..}`).
fn refusal(acknowledgement: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Written {
        error: String,
    }
    let bytes = hex::decode(acknowledgement).ok()?;
    Some(serde_json::from_slice::<Written>(&bytes).ok()?.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal {
        Journal::new(["chain-a", "chain-b"].map(|id| id.parse().unwrap()))
    }

    fn event(kind: &str, sequence: u64) -> Event {
        Event::new(kind).with("packet_sequence", sequence).with("packet_timeout_timestamp", 77)
    }

    fn acknowledgement(text: &str) -> Event {
        event("write_acknowledgement", 1).with("packet_ack_hex", hex::encode(text))
    }

    #[test]
    fn a_packet_lives_on_both_chains() {
        let mut journal = journal();
        // The destination's block may be read first.
        journal.read(Side::B, 9, &event("recv_packet", 1));
        journal.read(Side::B, 9, &acknowledgement(r#"{"result":"AQ=="}"#));
        journal.read(Side::A, 12, &event("send_packet", 1));
        journal.read(Side::A, 12, &Event::new("transfer"));
        assert_eq!(journal.life((Side::A, 1)).unwrap().end(), None);
        journal.read(Side::A, 14, &event("acknowledge_packet", 1));

        let life = journal.life((Side::A, 1)).unwrap();
        assert_eq!((life.end(), life.blocks(), life.timeout), (Some(End::Acknowledged), Some(2), 77));
        assert_eq!(life.to_string(), "packet 1   sent chain-a:12  received chain-b:9  acknowledged chain-a:14");
        assert_eq!(journal.lives().count(), 1);
    }

    #[test]
    fn packets_of_one_number_in_both_directions_are_two() {
        let mut journal = journal();
        journal.read(Side::A, 2, &event("send_packet", 1));
        journal.read(Side::B, 3, &event("send_packet", 1));
        assert_eq!(journal.life((Side::A, 1)).unwrap().sent, Some(2));
        assert_eq!(journal.life((Side::B, 1)).unwrap().sent, Some(3));
        assert_eq!(journal.life((Side::B, 1)).unwrap().source.as_str(), "chain-b");
    }

    #[test]
    fn an_error_acknowledgement_is_a_refusal() {
        let mut journal = journal();
        journal.read(Side::A, 2, &event("send_packet", 1));
        journal.read(Side::A, 5, &event("acknowledge_packet", 1));
        assert_eq!(journal.life((Side::A, 1)).unwrap().end(), None, "its delivery was not read yet");
        journal.read(Side::B, 3, &event("recv_packet", 1));
        journal.read(Side::B, 3, &acknowledgement(r#"{"error":"ABCI code: 7: no"}"#));
        let life = journal.life((Side::A, 1)).unwrap();
        assert_eq!((life.end(), life.refusal.as_deref()), (Some(End::Refused), Some("ABCI code: 7: no")));
    }

    #[test]
    fn a_packet_that_was_never_received_times_out() {
        let mut journal = journal();
        journal.read(Side::B, 4, &event("send_packet", 8));
        journal.read(Side::B, 11, &event("timeout_packet", 8));
        let life = journal.life((Side::B, 8)).unwrap();
        assert_eq!((life.end(), life.received, life.blocks()), (Some(End::TimedOut), None, None));
        assert_eq!(life.to_string(), "packet 8   sent chain-b:4  timed out chain-b:11");
    }
}
