//! Where each record stands: tree, key and value. The only place that knows the engine's records by their insides.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use engine::{CursorRecord, OutboxRecord, Outcome, PacketKey, PacketRecord, Record, RequestId, TxId};
use types::{Acknowledgement, Packet};

use crate::envelope::{self, Payload, Untrusted};
use crate::key::{self, KeyBuilder, KeyReader};
use crate::{StoreError, trusted_block};

/// The trees of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tree {
    /// `chain -> CursorRecord`
    Cursor,
    /// `chain, port, channel, sequence -> PacketRecord`
    Packet,
    /// `chain, port, channel, sequence -> Packet`; its data in the tail.
    PacketBytes,
    /// `chain, port, channel, sequence ->` the acknowledgement's bytes, in the tail.
    Acknowledgement,
    /// `tx -> OutboxRecord`; the transaction's bytes in the tail.
    Outbox,
    /// `request -> Outcome`
    Concluded,
    /// `chain, height ->` a light block's bytes, in the tail.
    LightBlock,
    /// `kind, name -> JSON`
    Document,
    /// `chain, height -> LightBlock`, whole
    TrustedBlock,
}

impl Tree {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 9] = [
        Self::Cursor,
        Self::Packet,
        Self::PacketBytes,
        Self::Acknowledgement,
        Self::Outbox,
        Self::Concluded,
        Self::LightBlock,
        Self::Document,
        Self::TrustedBlock,
    ];

    /// Its name in the database and in an export. Never changed: it is part of each value's checksum.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cursor => "cursor",
            Self::Packet => "packet",
            Self::PacketBytes => "packet_bytes",
            Self::Acknowledgement => "acknowledgement",
            Self::Outbox => "outbox",
            Self::Concluded => "concluded",
            Self::LightBlock => "light_block",
            Self::Document => "document",
            Self::TrustedBlock => "trusted_block",
        }
    }

    /// A key of this tree in words.
    pub(crate) fn describe(self, key: &[u8]) -> String {
        match self {
            Self::Cursor | Self::Concluded => key::describe(key, 1, false),
            Self::Packet | Self::PacketBytes | Self::Acknowledgement => key::describe(key, 3, true),
            Self::Outbox => key::describe(key, 0, true),
            Self::LightBlock | Self::TrustedBlock => key::describe(key, 1, true),
            Self::Document => key::describe(key, 2, false),
        }
    }
}

/// One change of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) tree: Tree,
    pub(crate) key: Vec<u8>,
    /// What stands there afterwards, sealed; nothing for a deletion.
    pub(crate) value: Option<Vec<u8>>,
}

impl Change {
    /// Writes a value.
    pub(crate) fn put(tree: Tree, key: Vec<u8>, payload: &Payload) -> Result<Self, StoreError> {
        let sealed = envelope::seal(tree.name(), &key, payload).map_err(|e| unstorable(tree, &key, &e))?;
        Ok(Self { tree, key, value: Some(sealed) })
    }

    /// Deletes a value, if there is one.
    pub(crate) fn delete(tree: Tree, key: Vec<u8>) -> Self {
        Self { tree, key, value: None }
    }
}

/// The changes that make a record durable.
pub(crate) fn changes(record: &Record) -> Result<Vec<Change>, StoreError> {
    let one = |tree, key, payload: Payload| Ok(vec![Change::put(tree, key, &payload)?]);
    match record {
        Record::Cursor { chain, cursor } => {
            let key = KeyBuilder::default().text(chain.as_str()).build();
            one(Tree::Cursor, key, json("a cursor", cursor)?)
        }
        Record::Packet { packet } => one(Tree::Packet, key::packet(&packet.key()), json("a packet's record", packet)?),
        Record::PacketBytes { key, packet } => {
            let bare = Packet { data: Arc::from([]), ..packet.clone() };
            let payload = Payload { tail: packet.data.to_vec(), ..json("a packet", &bare)? };
            one(Tree::PacketBytes, key::packet(key), payload)
        }
        Record::AcknowledgementBytes { key, acknowledgement } => {
            let payload = Payload { head: Vec::new(), tail: acknowledgement.0.to_vec() };
            one(Tree::Acknowledgement, key::packet(key), payload)
        }
        Record::PacketForgotten { key } => {
            let trees = [Tree::Packet, Tree::PacketBytes, Tree::Acknowledgement];
            Ok(trees.map(|tree| Change::delete(tree, key::packet(key))).into())
        }
        Record::Outbox { tx } => {
            let bare = OutboxRecord { bytes: Arc::from([]), ..tx.clone() };
            let payload = Payload { tail: tx.bytes.to_vec(), ..json("a transaction", &bare)? };
            one(Tree::Outbox, outbox_key(tx.tx), payload)
        }
        Record::OutboxCleared { tx } => Ok(vec![Change::delete(Tree::Outbox, outbox_key(*tx))]),
        Record::Concluded { request, outcome } => {
            one(Tree::Concluded, request_key(request)?, json("an outcome", outcome)?)
        }
        Record::ConcludedForgotten { request } => Ok(vec![Change::delete(Tree::Concluded, request_key(request)?)]),
    }
}

/// The trees that the engine is restored from, in the order that it reads them.
pub(crate) const RESTORED: [Tree; 4] = [Tree::Cursor, Tree::Packet, Tree::Outbox, Tree::Concluded];

/// The record that a value holds; nothing for a value that is no record of the engine's.
pub(crate) fn record(tree: Tree, key: &[u8], payload: Payload) -> Result<Option<Record>, Untrusted> {
    let record = match tree {
        Tree::Cursor => {
            let chain = sole_text(key)?.parse().map_err(|e| Untrusted::Content(format!("{e}")))?;
            Record::Cursor { chain, cursor: parse::<CursorRecord>(&payload)? }
        }
        Tree::Packet => Record::Packet { packet: parse::<PacketRecord>(&payload)? },
        Tree::PacketBytes => Record::PacketBytes { key: packet_key(key)?, packet: packet(payload)? },
        Tree::Acknowledgement => {
            Record::AcknowledgementBytes { key: packet_key(key)?, acknowledgement: acknowledgement(payload) }
        }
        Tree::Outbox => {
            let bare = parse::<OutboxRecord>(&payload)?;
            Record::Outbox { tx: OutboxRecord { bytes: payload.tail.into(), ..bare } }
        }
        Tree::Concluded => {
            let request = RequestId(sole_text(key)?.to_owned());
            Record::Concluded { request, outcome: parse::<Outcome>(&payload)? }
        }
        Tree::LightBlock => {
            key::parse_light_block(key).ok_or_else(|| Untrusted::Content("its key names no height".into()))?;
            return Ok(None);
        }
        Tree::Document => {
            parse::<serde_json::Value>(&payload)?;
            return Ok(None);
        }
        Tree::TrustedBlock => {
            trusted_block::read(key, &payload)?;
            return Ok(None);
        }
    };
    // An imported value may be sealed well and yet stand under a key that is not its own.
    let is_at_home = changes(&record).is_ok_and(|changes| changes.iter().all(|change| change.key == key));
    if is_at_home { Ok(Some(record)) } else { Err(Untrusted::Content("it stands under another's key".into())) }
}

/// The packet that a value of [`Tree::PacketBytes`] holds.
pub(crate) fn packet(payload: Payload) -> Result<Packet, Untrusted> {
    let bare = parse::<Packet>(&payload)?;
    Ok(Packet { data: payload.tail.into(), ..bare })
}

/// The acknowledgement that a value of [`Tree::Acknowledgement`] holds.
pub(crate) fn acknowledgement(payload: Payload) -> Acknowledgement {
    Acknowledgement(payload.tail.into())
}

/// A payload of JSON alone.
pub(crate) fn json(what: &str, value: &impl serde::Serialize) -> Result<Payload, StoreError> {
    let head = serde_json::to_vec(value)
        .map_err(|e| StoreError::Unstorable { what: what.to_owned(), reason: e.to_string() })?;
    Ok(Payload { head, tail: Vec::new() })
}

/// What a payload's JSON says.
pub(crate) fn parse<T: DeserializeOwned>(payload: &Payload) -> Result<T, Untrusted> {
    serde_json::from_slice(&payload.head).map_err(|e| Untrusted::Content(e.to_string()))
}

fn outbox_key(tx: TxId) -> Vec<u8> {
    KeyBuilder::default().number(tx.0).build()
}

fn request_key(request: &RequestId) -> Result<Vec<u8>, StoreError> {
    if !key::is_key_text(&request.0) {
        let reason = "its name holds a zero byte".to_owned();
        return Err(StoreError::Unstorable { what: format!("request {:?}", request.0), reason });
    }
    Ok(KeyBuilder::default().text(&request.0).build())
}

fn packet_key(key: &[u8]) -> Result<PacketKey, Untrusted> {
    key::parse_packet(key).ok_or_else(|| Untrusted::Content("its key names no packet".into()))
}

fn sole_text(key: &[u8]) -> Result<&str, Untrusted> {
    let mut reader = KeyReader(key);
    let text = reader.text().filter(|_| reader.is_empty());
    text.ok_or_else(|| Untrusted::Content("its key is not one text".into()))
}

fn unstorable(tree: Tree, key: &[u8], reason: &Untrusted) -> StoreError {
    StoreError::Unstorable { what: format!("{} {}", tree.name(), tree.describe(key)), reason: reason.to_string() }
}

#[cfg(test)]
mod tests;
