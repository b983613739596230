//! What a block holds and what it did, from `/block` and `/block_results`: no index is needed.

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proto::Message;
use proto::cosmos::tx::v1beta1::{TxBody, TxRaw};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::json_rpc;

/// A committed block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its height.
    pub height: u64,
    /// The time of its header.
    pub time: OffsetDateTime,
    /// Its transactions, in order.
    pub txs: Vec<Tx>,
}

/// A committed transaction.
#[derive(Clone, Debug)]
pub struct Tx {
    /// Type URLs of its messages, in order.
    pub messages: Vec<String>,
    /// 0 is success.
    pub code: u64,
    /// Why it failed.
    pub log: String,
    /// What it emitted.
    pub events: Vec<Event>,
}

/// An event as the chain emitted it.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    /// Such as `send_packet`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Keys and values, in order.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
}

/// An attribute of an event.
#[derive(Clone, Debug, Deserialize)]
pub struct Attribute {
    /// Its name.
    pub key: String,
    /// Its text.
    #[serde(default)]
    pub value: String,
}

impl Event {
    /// The value of an attribute.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.key == key).map(|attribute| attribute.value.as_str())
    }
}

impl Tx {
    /// Was it signed by this account? `tx.acc_seq` is `address/sequence`, in failed deliveries too.
    pub fn is_signed_by(&self, address: &str) -> bool {
        self.events
            .iter()
            .filter(|event| event.kind == "tx")
            .filter_map(|event| event.value("acc_seq"))
            .any(|pair| pair.rsplit_once('/').is_some_and(|(signer, _)| signer == address))
    }

    /// How many events of this kind it emitted.
    pub fn count(&self, kind: &str) -> usize {
        self.events.iter().filter(|event| event.kind == kind).count()
    }
}

/// What one account did on one chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Its transactions.
    pub txs: usize,
    /// Logs of those that failed.
    pub failed: Vec<String>,
    /// Messages that carry a packet, an acknowledgement or a timeout.
    pub packet_messages: usize,
    /// Those of them that changed the chain.
    pub effective: usize,
    /// Client updates.
    pub client_updates: usize,
}

impl Work {
    /// Packet messages that were paid for and changed nothing.
    pub fn redundant(&self) -> usize {
        self.packet_messages.saturating_sub(self.effective)
    }

    /// Counts one more block.
    pub fn add(&mut self, block: &Block, address: &str) {
        for tx in block.txs.iter().filter(|tx| tx.is_signed_by(address)) {
            self.txs += 1;
            if tx.code != 0 {
                self.failed.push(format!("height {}: code {}: {}", block.height, tx.code, tx.log));
            }
            self.packet_messages += tx.messages.iter().filter(|url| is_packet_message(url)).count();
            self.client_updates += tx.messages.iter().filter(|url| url.ends_with(".MsgUpdateClient")).count();
            self.effective += ["recv_packet", "acknowledge_packet", "timeout_packet"]
                .map(|kind| tx.count(kind))
                .iter()
                .sum::<usize>();
        }
    }
}

fn is_packet_message(url: &str) -> bool {
    ["MsgRecvPacket", "MsgAcknowledgement", "MsgTimeout", "MsgTimeoutOnClose"]
        .iter()
        .any(|name| url.strip_prefix("/ibc.core.channel.v1.") == Some(name))
}

/// Reads one block whole.
pub fn read(rpc: &str, height: u64) -> Result<Block> {
    let at = json!({ "height": height.to_string() });
    let block = json_rpc::call(rpc, "block", &at)?;
    let results = json_rpc::call(rpc, "block_results", &at)?;
    let header_time = block["block"]["header"]["time"].as_str().context("block without time")?;
    let bytes = block["block"]["data"]["txs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let results = results["txs_results"].as_array().map(Vec::as_slice).unwrap_or_default();
    let txs = bytes.iter().zip(results).map(|(bytes, result)| decode(bytes, result)).collect::<Result<_>>()?;
    Ok(Block { height, time: OffsetDateTime::parse(header_time, &Rfc3339)?, txs })
}

fn decode(bytes: &Value, result: &Value) -> Result<Tx> {
    let raw = TxRaw::decode(BASE64_STANDARD.decode(bytes.as_str().context("tx")?)?.as_slice())?;
    let body = TxBody::decode(raw.body_bytes.as_slice())?;
    Ok(Tx {
        messages: body.messages.into_iter().map(|message| message.type_url).collect(),
        code: result["code"].as_u64().unwrap_or(0),
        log: result["log"].as_str().unwrap_or_default().to_owned(),
        events: serde_json::from_value(result["events"].clone())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tx(code: u64, messages: &[&str], events: &[(&str, &str, &str)]) -> Tx {
        let event = |&(kind, key, value): &(&str, &str, &str)| Event {
            kind: kind.to_owned(),
            attributes: vec![Attribute { key: key.to_owned(), value: value.to_owned() }],
        };
        Tx {
            messages: messages.iter().map(|name| format!("/ibc.core.channel.v1.{name}")).collect(),
            code,
            log: "log".to_owned(),
            events: events.iter().map(event).collect(),
        }
    }

    #[test]
    fn a_message_without_its_event_is_redundant_and_another_ones_is_not_ours() {
        let ours = ("tx", "acc_seq", "me/7");
        let block = Block {
            height: 5,
            time: OffsetDateTime::UNIX_EPOCH,
            txs: vec![
                tx(0, &["MsgRecvPacket", "MsgRecvPacket"], &[ours, ("recv_packet", "", "")]),
                tx(22, &["MsgAcknowledgement"], &[ours]),
                tx(0, &["MsgTimeout"], &[("tx", "acc_seq", "other/1"), ("timeout_packet", "", "")]),
            ],
        };
        let mut work = Work::default();
        work.add(&block, "me");
        assert_eq!((work.txs, work.packet_messages, work.effective, work.redundant()), (2, 3, 1, 2));
        assert_eq!(work.failed, ["height 5: code 22: log"]);
    }
}
