//! Two chains, a channel between them, and what passes through it.

use core::time::Duration;

use types::event::{ObservedTx, PacketId};
use types::{AccountSequence, BlockHeight, ChainId, Class, Height, Order, Packet, Refusal, Sequence, Timestamp};

use crate::{ChainOptions, ChannelPath, LaneId, Message, Options, PacketRecord, Path, PathEnd, PathId, Progress};

pub(crate) fn chain(id: &str) -> ChainId {
    id.parse().unwrap()
}

pub(crate) fn packet_record(sequence: u64) -> PacketRecord {
    PacketRecord {
        id: PacketId {
            source_port: "transfer".parse().unwrap(),
            source_channel: "channel-0".parse().unwrap(),
            destination_port: "transfer".parse().unwrap(),
            destination_channel: "channel-1".parse().unwrap(),
            sequence: Sequence(sequence),
        },
        source_chain: chain("a"),
        timeout_height: Height::ZERO,
        timeout_timestamp: Timestamp::ZERO,
        data_size: 8,
        sent_at: BlockHeight(10),
        progress: Progress::Sent,
        progress_at: BlockHeight(10),
        refused: None,
    }
}

pub(crate) fn chain_options(id: &str) -> ChainOptions {
    ChainOptions {
        lane: LaneId { chain: chain(id), address: format!("wallet-{id}") },
        batch_msgs_max: 4,
        tx_bytes_max: 10_000,
        in_flight_max: 2,
        tx_lifetime_blocks: 10,
        sweep_interval_blocks: 100,
        timeout_margin_blocks: 1,
        block_time: Duration::from_secs(1),
    }
}

/// The packet of [`packet_record`], whole.
pub(crate) fn packet(sequence: u64) -> Packet {
    let id = packet_record(sequence).id;
    Packet {
        sequence: id.sequence,
        source_port: id.source_port,
        source_channel: id.source_channel,
        destination_port: id.destination_port,
        destination_channel: id.destination_channel,
        data: b"8 bytes!".as_slice().into(),
        timeout_height: Height::ZERO,
        timeout_timestamp: Timestamp::ZERO,
    }
}

/// Chains `a` and `b`, one channel between them.
pub(crate) fn options(order: Order) -> Options {
    let end = |id: &str, client: &str| PathEnd {
        chain: chain(id),
        client: client.parse().unwrap(),
        connection: "connection-0".parse().unwrap(),
    };
    let id = packet_record(1).id;
    Options {
        chains: ["a", "b"].map(|id| (chain(id), chain_options(id))).into(),
        paths: vec![Path {
            id: PathId("a-b".into()),
            a: end("a", "07-tendermint-0"),
            b: end("b", "07-tendermint-1"),
            channels: vec![ChannelPath {
                a: (id.source_port, id.source_channel),
                b: (id.destination_port, id.destination_channel),
                order,
            }],
            policy: Default::default(),
        }],
        backoff_min: Duration::from_millis(100),
        backoff_max: Duration::from_secs(10),
        leg_tries_max: 2,
        batch_legs_max: 10,
    }
}

pub(crate) fn message(type_url: &str) -> Message {
    Message { type_url: type_url.to_owned(), value: vec![0; 10].into() }
}

pub(crate) fn refusal(class: Class, codespace: &str, code: u32) -> Refusal {
    Refusal {
        class,
        codespace: codespace.to_owned(),
        code,
        message_index: None,
        expected_sequence: None,
        log: "refused".to_owned(),
    }
}

/// A transaction of `b`'s wallet.
pub(crate) fn observed(sequence: u64, signature: u8, code: u32) -> ObservedTx {
    ObservedTx {
        index: 0,
        signers: vec![("wallet-b".to_owned(), AccountSequence(sequence))],
        signatures: vec![vec![signature]],
        code,
        codespace: "channel".to_owned(),
        log: String::new(),
        gas_wanted: 100,
        gas_used: 80,
        events: Vec::new(),
    }
}
