//! `tx_search`: transactions by what they emitted, from nodes that index them.

use serde::Deserialize;
use types::BlockHeight;
use types::event::IbcEvent;

use super::block_results::Events;
use super::lenient::Number;
use super::read;
use crate::error::Failure;

/// A transaction that a search found, reduced to what IBC emitted in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTx {
    /// The block that holds it.
    pub height: BlockHeight,
    /// What it did for IBC, in order; unreadable events are left out.
    pub events: Vec<IbcEvent>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    txs: Option<Vec<RawTx>>,
}

#[derive(Deserialize)]
struct RawTx {
    height: Number,
    #[serde(default)]
    tx_result: RawResult,
}

#[derive(Default, Deserialize)]
struct RawResult {
    #[serde(default)]
    code: Number,
    #[serde(default)]
    events: Events,
}

/// Reads the result of `tx_search`; a transaction that failed did nothing and is left out.
///
/// # Errors
/// When it is none.
pub fn decode(result: &str) -> Result<Vec<FoundTx>, Failure> {
    let raw: Raw = read(result)?;
    let succeeded = raw.txs.unwrap_or_default().into_iter().filter(|tx| tx.tx_result.code.0 == 0);
    let found = |tx: RawTx| {
        let height = tx.height.unsigned().ok_or_else(|| Failure::Malformed("a height is negative".to_owned()))?;
        Ok(FoundTx { height: BlockHeight(height), events: tx.tx_result.events.ibc })
    };
    succeeded.map(found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: u32) -> String {
        let attribute = |(key, value): (&str, &str)| format!(r#"{{"key":"{key}","value":"{value}","index":true}}"#);
        let attributes = [
            ("packet_data_hex", "6869"),
            ("packet_timeout_height", "0-9"),
            ("packet_timeout_timestamp", "0"),
            ("packet_sequence", "7"),
            ("packet_src_port", "transfer"),
            ("packet_src_channel", "channel-0"),
            ("packet_dst_port", "transfer"),
            ("packet_dst_channel", "channel-1"),
        ];
        let attributes: Vec<_> = attributes.into_iter().map(attribute).collect();
        let event = format!(r#"{{"type":"send_packet","attributes":[{}]}}"#, attributes.join(","));
        let result = format!(r#"{{"code":{code},"gas_used":"5","events":[{event}]}}"#);
        format!(
            r#"{{"txs":[{{"hash":"AB","height":"12","index":0,"tx_result":{result},"tx":"AA=="}}],"total_count":"1"}}"#
        )
    }

    #[test]
    fn a_found_transaction_tells_its_block_and_its_packets() {
        let found = decode(&answer(0)).unwrap();
        assert_eq!((found.len(), found[0].height, found[0].events.len()), (1, BlockHeight(12), 1));
        let IbcEvent::SendPacket { packet } = &found[0].events[0] else { panic!("{:?}", found[0].events) };
        assert_eq!((packet.sequence.0, &packet.data[..]), (7, b"hi".as_slice()));
    }

    #[test]
    fn a_failed_transaction_and_an_empty_answer_find_nothing() {
        assert_eq!(decode(&answer(5)).unwrap(), []);
        assert_eq!(decode(r#"{"txs":[],"total_count":"0"}"#).unwrap(), []);
        assert_eq!(decode(r#"{"txs":null,"total_count":"0"}"#).unwrap(), []);
    }
}
