//! The model of the store: what is durable, record by record.

use std::collections::BTreeMap;

use engine::{CursorRecord, OutboxRecord, Outcome, PacketKey, PacketRecord, Record, RequestId, TxId};
use types::{Acknowledgement, ChainId, Packet};

#[derive(Default)]
pub(crate) struct Durable {
    pub(crate) cursors: BTreeMap<ChainId, CursorRecord>,
    pub(crate) packets: BTreeMap<PacketKey, PacketRecord>,
    pub(crate) bytes: BTreeMap<PacketKey, Packet>,
    pub(crate) acknowledgements: BTreeMap<PacketKey, Acknowledgement>,
    pub(crate) outbox: BTreeMap<TxId, OutboxRecord>,
    pub(crate) concluded: BTreeMap<RequestId, Outcome>,
    /// Every number that was ever in the outbox.
    numbers: std::collections::BTreeSet<TxId>,
}

impl Durable {
    pub(crate) fn apply(&mut self, record: Record) {
        match record {
            Record::Cursor { chain, cursor } => {
                self.cursors.insert(chain, cursor);
            }
            Record::Packet { packet } => {
                self.packets.insert(packet.key(), packet);
            }
            Record::PacketBytes { key, packet } => {
                self.bytes.insert(key, packet);
            }
            Record::AcknowledgementBytes { key, acknowledgement } => {
                self.acknowledgements.insert(key, acknowledgement);
            }
            Record::PacketForgotten { key } => {
                self.packets.remove(&key);
                self.bytes.remove(&key);
                self.acknowledgements.remove(&key);
            }
            Record::Outbox { tx } => {
                assert!(self.numbers.insert(tx.tx), "transaction number {:?} was used twice", tx.tx);
                self.outbox.insert(tx.tx, tx);
            }
            Record::OutboxCleared { tx } => {
                self.outbox.remove(&tx);
            }
            Record::Concluded { request, outcome } => {
                self.concluded.insert(request, outcome);
            }
            Record::ConcludedForgotten { request } => {
                self.concluded.remove(&request);
            }
        }
    }

    /// What a restart finds, in the order of the trees.
    pub(crate) fn records(&self) -> Vec<Record> {
        let cursors =
            self.cursors.iter().map(|(chain, cursor)| Record::Cursor { chain: chain.clone(), cursor: cursor.clone() });
        let packets = self.packets.values().map(|packet| Record::Packet { packet: packet.clone() });
        let outbox = self.outbox.values().map(|tx| Record::Outbox { tx: tx.clone() });
        let concluded = self
            .concluded
            .iter()
            .map(|(request, outcome)| Record::Concluded { request: request.clone(), outcome: outcome.clone() });
        cursors.chain(outbox).chain(packets).chain(concluded).collect()
    }
}
