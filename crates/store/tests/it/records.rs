//! Records to store.

use std::sync::Arc;

use engine::{
    ChannelKey, CursorRecord, Leg, OutboxRecord, Outcome, PacketKey, PacketRecord, Progress, Purpose, Record,
    RequestId, TxId,
};
use types::{AccountSequence, Acknowledgement, BlockHeight, ChainId, Height, Packet, Sequence, Timestamp};

pub(crate) fn chain() -> ChainId {
    "chain-a".parse().unwrap()
}

pub(crate) fn key(sequence: u64) -> PacketKey {
    let source =
        ChannelKey { chain: chain(), port: "transfer".parse().unwrap(), channel: "channel-0".parse().unwrap() };
    PacketKey { source, sequence: Sequence(sequence) }
}

pub(crate) fn cursor(height: u64) -> Record {
    Record::Cursor { chain: chain(), cursor: CursorRecord { cursor: BlockHeight(height), gaps: Vec::new() } }
}

pub(crate) fn packet(sequence: u64) -> Packet {
    Packet {
        sequence: Sequence(sequence),
        source_port: "transfer".parse().unwrap(),
        source_channel: "channel-0".parse().unwrap(),
        destination_port: "transfer".parse().unwrap(),
        destination_channel: "channel-1".parse().unwrap(),
        data: format!("{{\"amount\":\"{sequence}\"}}").into_bytes().into(),
        timeout_height: Height::ZERO,
        timeout_timestamp: Timestamp(sequence),
    }
}

pub(crate) fn packet_record(sequence: u64, progress: Progress) -> Record {
    let packet = packet(sequence);
    Record::Packet {
        packet: PacketRecord {
            id: packet.id(),
            source_chain: chain(),
            timeout_height: packet.timeout_height,
            timeout_timestamp: packet.timeout_timestamp,
            data_size: packet.data.len(),
            sent_at: BlockHeight(sequence),
            progress,
            progress_at: BlockHeight(sequence),
            refused: None,
        },
    }
}

pub(crate) fn packet_bytes(sequence: u64) -> Record {
    Record::PacketBytes { key: key(sequence), packet: packet(sequence) }
}

pub(crate) fn acknowledgement(sequence: u64) -> Acknowledgement {
    Acknowledgement(format!("ack {sequence}").into_bytes().into())
}

pub(crate) fn acknowledgement_bytes(sequence: u64) -> Record {
    Record::AcknowledgementBytes { key: key(sequence), acknowledgement: acknowledgement(sequence) }
}

pub(crate) fn outbox(tx: u64) -> Record {
    let lane = serde_json::json!({"chain": "chain-b", "address": "cosmos1relayer"});
    Record::Outbox {
        tx: OutboxRecord {
            tx: TxId(tx),
            lane: serde_json::from_value(lane).unwrap(),
            account_number: 1,
            account_sequence: AccountSequence(tx),
            signed_at: BlockHeight(tx),
            timeout_height: BlockHeight(tx + 30),
            signature: tx.to_be_bytes().to_vec(),
            gas_limit: 100_000,
            bytes: Arc::from(tx.to_be_bytes().repeat(20)),
            purpose: Purpose::Packets { updates: 1, legs: vec![(key(tx), Leg::Recv)] },
        },
    }
}

pub(crate) fn concluded(name: &str) -> Record {
    Record::Concluded { request: RequestId(name.into()), outcome: Outcome::Void }
}
