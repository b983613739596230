//! `block_results`: the events of a block, read as a stream. One event is in memory at a time; what is neither of IBC
//! nor of a transaction's signer is gone before the next is read.
//!
//! CometBFT 0.38 and later: `finalize_block_events`; before: `begin_block_events` and `end_block_events`. 0.34 writes
//! keys and values of attributes in base64, later versions in plain text.

mod attributes;

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use types::BlockHeight;
use types::event::{
    IbcEvent, ObservedBlock, ObservedTx, SignerFact, decode as decode_ibc, decode_signers, is_ibc_event,
};

use self::attributes::plain;
use super::lenient::{Number, Text};
use super::read;
use crate::error::Failure;
use crate::node_errors::clean;

/// Reasons that are kept; more unreadable events are only counted.
const DROPPED_KEPT_MAX: usize = 8;

/// A block's events, and what of them could not be read.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// What could be read.
    pub block: ObservedBlock,
    /// Why events named like IBC's were left out, for the first few.
    pub dropped: Vec<String>,
    /// How many were left out.
    pub dropped_count: u64,
}

/// Reads the result of `block_results`.
///
/// # Errors
/// When it is none. An unreadable event does not fail its block.
pub fn decode(result: &str) -> Result<Decoded, Failure> {
    let raw: Raw = read(result)?;
    let height = raw.height.unsigned().ok_or_else(|| Failure::Malformed("a height is negative".to_owned()))?;
    let mut dropped = Dropped::default();
    let mut block_events = Vec::new();
    for events in [raw.begin_block_events, raw.end_block_events, raw.finalize_block_events] {
        block_events.extend(events.ibc);
        dropped.add(events.dropped);
    }
    dropped.add(raw.txs_results.dropped);
    let block = ObservedBlock { height: BlockHeight(height), block_events, transactions: raw.txs_results.kept };
    Ok(Decoded { block, dropped: dropped.reasons, dropped_count: dropped.count })
}

#[derive(serde::Deserialize)]
struct Raw {
    height: Number,
    #[serde(default)]
    txs_results: Txs,
    #[serde(default)]
    begin_block_events: Events,
    #[serde(default)]
    end_block_events: Events,
    #[serde(default)]
    finalize_block_events: Events,
}

#[derive(Debug, Default)]
struct Dropped {
    reasons: Vec<String>,
    count: u64,
}

impl Dropped {
    fn note(&mut self, reason: &impl fmt::Display) {
        self.count += 1;
        if self.reasons.len() < DROPPED_KEPT_MAX {
            self.reasons.push(clean(&reason.to_string()));
        }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        let room = DROPPED_KEPT_MAX - self.reasons.len();
        self.reasons.extend(other.reasons.into_iter().take(room));
    }
}

/// The transactions that have IBC events or a signer.
#[derive(Default)]
struct Txs {
    kept: Vec<ObservedTx>,
    dropped: Dropped,
}

#[derive(serde::Deserialize)]
struct RawTx<'a> {
    #[serde(default)]
    code: Number,
    #[serde(borrow, default)]
    codespace: Text<'a>,
    #[serde(borrow, default)]
    log: Text<'a>,
    #[serde(default)]
    gas_wanted: Number,
    #[serde(default)]
    gas_used: Number,
    #[serde(default)]
    events: Events,
}

impl Txs {
    fn keep(&mut self, index: u32, raw: RawTx<'_>) {
        self.dropped.add(raw.events.dropped);
        // A code that is no u32 is no success either.
        let code = u32::try_from(raw.code.0).unwrap_or(u32::MAX);
        let events = if code == 0 { raw.events.ibc } else { Vec::new() };
        let (mut signers, mut signatures) = (Vec::new(), Vec::new());
        for fact in raw.events.signers {
            match fact {
                SignerFact::Sequence { address, sequence } => signers.push((address, sequence)),
                SignerFact::Signature(bytes) => signatures.push(bytes),
            }
        }
        if events.is_empty() && signers.is_empty() && signatures.is_empty() {
            return;
        }
        self.kept.push(ObservedTx {
            index,
            signers,
            signatures,
            code,
            codespace: clean(&raw.codespace.0),
            // The log of a success repeats its events.
            log: if code == 0 { String::new() } else { clean(&raw.log.0) },
            gas_wanted: raw.gas_wanted.unsigned().unwrap_or_default(),
            gas_used: raw.gas_used.unsigned().unwrap_or_default(),
            events,
        });
    }
}

impl<'de> Deserialize<'de> for Txs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TxsVisitor;
        impl<'de> Visitor<'de> for TxsVisitor {
            type Value = Txs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of transactions' results or null")
            }
            fn visit_unit<E: serde::de::Error>(self) -> Result<Txs, E> {
                Ok(Txs::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Txs, A::Error> {
                let mut txs = Txs::default();
                let mut index = 0u32;
                while let Some(raw) = list.next_element::<RawTx<'de>>()? {
                    txs.keep(index, raw);
                    index = index.saturating_add(1);
                }
                Ok(txs)
            }
        }
        deserializer.deserialize_any(TxsVisitor)
    }
}

/// The events of one list that are of IBC or of a signer.
#[derive(Default)]
pub(super) struct Events {
    pub(super) ibc: Vec<IbcEvent>,
    signers: Vec<SignerFact>,
    dropped: Dropped,
}

/// One event; its type may stand before or behind its attributes.
#[derive(serde::Deserialize)]
struct RawEvent<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    attributes: Option<Vec<RawAttribute<'a>>>,
}

#[derive(Default, serde::Deserialize)]
struct RawAttribute<'a> {
    #[serde(borrow, default)]
    key: Text<'a>,
    #[serde(borrow, default)]
    value: Text<'a>,
}

impl Events {
    fn keep(&mut self, raw: RawEvent<'_>) {
        let kind = raw.kind.0.as_ref();
        let is_tx = kind == "tx";
        if !is_tx && !is_ibc_event(kind) {
            return;
        }
        let pairs =
            raw.attributes.unwrap_or_default().into_iter().map(|attribute| (attribute.key.0, attribute.value.0));
        let attributes = plain(pairs.collect());
        let attributes = attributes.iter().map(|(key, value)| (key.as_ref(), value.as_ref()));
        if is_tx {
            match decode_signers(kind, attributes) {
                Ok(facts) => self.signers.extend(facts),
                Err(reason) => self.dropped.note(&reason),
            }
        } else {
            match decode_ibc(kind, attributes) {
                Ok(event) => self.ibc.extend(event),
                Err(reason) => self.dropped.note(&reason),
            }
        }
    }
}

impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EventsVisitor;
        impl<'de> Visitor<'de> for EventsVisitor {
            type Value = Events;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of events or null")
            }
            fn visit_unit<E: serde::de::Error>(self) -> Result<Events, E> {
                Ok(Events::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Events, A::Error> {
                let mut events = Events::default();
                while let Some(raw) = list.next_element::<RawEvent<'de>>()? {
                    events.keep(raw);
                }
                Ok(events)
            }
        }
        deserializer.deserialize_any(EventsVisitor)
    }
}

#[cfg(test)]
mod tests;
