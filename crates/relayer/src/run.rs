//! Putting it together: an engine restored from the store, and the driver that runs it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::{ChainOptions, Engine, Options, Path, Record};
use store::{Store, StoreError};
use types::{BlockHeight, ChainId};

use crate::chain::Chain;
use crate::clock::Clock;
use crate::config::RelayOptions;
use crate::control::Handle;
use crate::discover;
use crate::driver::Driver;

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Relaying: every block since the last run is read.
    Relay,
    /// Clearing: blocks of an earlier run are read where they are few, else a sweep finds what stood in them.
    Clear,
    /// A procedure: blocks of an earlier run are read only where a transaction of it is still open.
    Procedure,
    /// Watching clients, and responding to attacks on them: blocks of an earlier run are read where they are few.
    Watch,
    /// Looking at what is to be done: nothing is proven, nothing is signed.
    Look,
}

/// A driver over what the store remembers.
///
/// # Errors
/// When the store can't be read.
pub fn driver(
    chains: &BTreeMap<ChainId, Arc<Chain>>,
    mut paths: Vec<Path>,
    store: &Store,
    clock: &Arc<Clock>,
    options: RelayOptions,
    purpose: Purpose,
) -> Result<(Driver, Handle), StoreError> {
    discover::recall(store, &mut paths, &options)?;
    let mut records = store.restore()?;
    match purpose {
        Purpose::Relay => {}
        Purpose::Procedure | Purpose::Look => forget_idle_cursors(&mut records, |_, _| true),
        Purpose::Clear | Purpose::Watch => forget_idle_cursors(&mut records, |chain, cursor| {
            chains.get(chain).is_some_and(|chain| chain.is_far_behind(cursor))
        }),
    }
    judge_anew(&mut records, &paths, store)?;
    let engine_options = engine_options(chains, paths.clone(), &options);
    // Jitter needs no more than to differ between two relayers that start together.
    let seed = clock.now().0 ^ u64::from(std::process::id()).rotate_left(32);
    let engine = Engine::restore(records, engine_options, seed);
    Ok(Driver::new(engine, store.clone(), clock.clone(), chains.clone(), paths, options, purpose))
}

/// A procedure begins at the head, unless a transaction of an earlier run may stand in a block since.
fn forget_idle_cursors(records: &mut Vec<Record>, is_forgotten: impl Fn(&ChainId, BlockHeight) -> bool) {
    let busy: BTreeSet<ChainId> = records
        .iter()
        .filter_map(|record| match record {
            Record::Outbox { tx } => Some(tx.lane.chain.clone()),
            Record::Cursor { .. }
            | Record::Packet { .. }
            | Record::PacketBytes { .. }
            | Record::AcknowledgementBytes { .. }
            | Record::PacketForgotten { .. }
            | Record::OutboxCleared { .. }
            | Record::Concluded { .. }
            | Record::ConcludedForgotten { .. } => None,
        })
        .collect();
    records.retain(|record| {
        let Record::Cursor { chain, cursor } = record else { return true };
        busy.contains(chain) || !is_forgotten(chain, cursor.cursor)
    });
}

/// A policy may have changed since a record was written: every packet gets today's verdict. The engine holds no bytes,
/// so that they are read here, one packet's at a time.
fn judge_anew(records: &mut [Record], paths: &[Path], store: &Store) -> Result<(), StoreError> {
    for record in records {
        let Record::Packet { packet: record } = record else { continue };
        let source = record.key().source;
        let here = (source.port.clone(), source.channel.clone());
        let found = paths.iter().find_map(|path| {
            let is_from_a = path.a.chain == source.chain && path.channels.iter().any(|pair| pair.a == here);
            let is_from_b = path.b.chain == source.chain && path.channels.iter().any(|pair| pair.b == here);
            let destination = if is_from_a { Some(&path.b.chain) } else { is_from_b.then_some(&path.a.chain) };
            destination.map(|destination| (path, destination))
        });
        // What no path relays is left alone by the engine.
        let Some((path, destination)) = found else { continue };
        let bytes = store.packet(&record.key())?;
        record.refused = engine::rejudge(&path.policy, destination, record, bytes.as_ref());
    }
    Ok(())
}

fn engine_options(chains: &BTreeMap<ChainId, Arc<Chain>>, paths: Vec<Path>, options: &RelayOptions) -> Options {
    let chain_options = |chain: &Chain| {
        let limits = chain.config().limits;
        ChainOptions {
            lane: chain.lane(),
            batch_msgs_max: limits.batch_msgs_max,
            tx_bytes_max: limits.tx_bytes_max,
            in_flight_max: limits.in_flight_max,
            tx_lifetime_blocks: limits.tx_lifetime_blocks,
            sweep_interval_blocks: limits.sweep_interval_blocks,
            timeout_margin_blocks: limits.timeout_margin_blocks,
            block_time: chain.block_time(),
        }
    };
    Options {
        chains: chains.iter().map(|(id, chain)| (id.clone(), chain_options(chain))).collect(),
        paths,
        backoff_min: options.backoff_min,
        backoff_max: options.backoff_max,
        leg_tries_max: options.leg_tries_max,
        batch_legs_max: options.batch_legs_max,
    }
}

#[cfg(test)]
mod tests {
    use engine::{ChannelPath, PacketRecord, PathEnd, PathId, Policy, Refused};
    use types::event::PacketId;
    use types::{BlockHeight, Height, Order, Packet, Sequence, Timestamp};

    use super::*;

    fn path(policy: Policy) -> Path {
        let end = |chain: &str| PathEnd {
            chain: chain.parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            connection: "connection-0".parse().unwrap(),
        };
        let channel = || ("transfer".parse().unwrap(), "channel-0".parse().unwrap());
        let channels = vec![ChannelPath { a: channel(), b: channel(), order: Order::Unordered }];
        Path { id: PathId("a-b".into()), a: end("chain-a"), b: end("chain-b"), channels, policy: Arc::new(policy) }
    }

    fn record(packet: &Packet) -> PacketRecord {
        let id = PacketId {
            source_port: packet.source_port.clone(),
            source_channel: packet.source_channel.clone(),
            destination_port: packet.destination_port.clone(),
            destination_channel: packet.destination_channel.clone(),
            sequence: packet.sequence,
        };
        PacketRecord {
            id,
            source_chain: "chain-b".parse().unwrap(),
            timeout_height: packet.timeout_height,
            timeout_timestamp: packet.timeout_timestamp,
            data_size: packet.data.len(),
            sent_at: BlockHeight(7),
            progress: engine::Progress::Sent,
            progress_at: BlockHeight(7),
            refused: None,
        }
    }

    #[tokio::test]
    async fn a_restored_packet_gets_the_verdict_of_todays_policy_and_not_that_of_its_record() {
        let data = r#"{"amount":"1","denom":"stake","memo":"twelve bytes","receiver":"b","sender":"a"}"#;
        let packet = Packet {
            sequence: Sequence(1),
            source_port: "transfer".parse().unwrap(),
            source_channel: "channel-0".parse().unwrap(),
            destination_port: "transfer".parse().unwrap(),
            destination_channel: "channel-0".parse().unwrap(),
            data: data.as_bytes().into(),
            timeout_height: Height { revision_number: 0, revision_height: 0 },
            timeout_timestamp: Timestamp(1),
        };
        let (store, before) = (Store::in_memory(), record(&packet));
        store.apply(vec![Record::PacketBytes { key: before.key(), packet }]).await.unwrap();
        let mut records = vec![Record::Packet { packet: before.clone() }];
        let mut verdict = |policy| {
            judge_anew(&mut records, &[path(policy)], &store).unwrap();
            let [Record::Packet { packet }] = records.as_slice() else { panic!("{records:?}") };
            packet.refused.clone()
        };
        let strict = Policy { memo_bytes_max: 11, ..Policy::default() };
        assert_eq!(verdict(strict), Some(Refused::Memo { size: 12 }));
        assert_eq!(verdict(Policy::default()), None);
        let denied = Policy { deny: vec!["chain-a/*/*".parse().unwrap()], ..Policy::default() };
        assert_eq!(verdict(denied), Some(Refused::Channel), "either end is enough");
    }
}
