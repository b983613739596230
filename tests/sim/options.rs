//! What the engine is told of the two chains, drawn from the seed where an operator may choose.

use core::time::Duration;
use std::collections::BTreeMap;

use engine::{ChainOptions, ChannelPath, ChannelPattern, LaneId, Options, Path, PathEnd, PathId, Policy, Sequences};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::chain::Chain;

pub(crate) fn options(chains: &[Chain; 2], chance: &mut ChaCha8Rng) -> Options {
    let mut by_chain = BTreeMap::new();
    for chain in chains {
        let options = ChainOptions {
            lane: LaneId { chain: chain.id.clone(), address: chain.address.clone() },
            batch_msgs_max: chance.gen_range(1..=8),
            tx_bytes_max: if chance.gen_bool(0.2) { 1_500 } else { 100_000 },
            in_flight_max: chance.gen_range(1..=4),
            tx_lifetime_blocks: chance.gen_range(4..=30),
            sweep_interval_blocks: chance.gen_range(10..=30),
            timeout_margin_blocks: chance.gen_range(0..=2),
            block_time: Duration::from_secs(1),
        };
        by_chain.insert(chain.id.clone(), options);
    }
    // An operator refuses some packets of the first channel, which is unordered.
    let excluded = if chance.gen_bool(0.3) { vec![excluded()] } else { Vec::new() };
    let policy = Policy { excluded, ..Policy::default() };
    let ends = chains[0].state.ends.iter().zip(&chains[1].state.ends);
    let channels = ends.map(|(a, b)| ChannelPath {
        a: (a.port.clone(), a.channel.clone()),
        b: (b.port.clone(), b.channel.clone()),
        order: a.order,
    });
    Options {
        chains: by_chain,
        paths: vec![Path {
            id: PathId("alpha-beta".into()),
            a: end_of("alpha-1", "07-tendermint-1"),
            b: end_of("beta-2", "07-tendermint-2"),
            channels: channels.collect(),
            policy: policy.into(),
        }],
        backoff_min: Duration::from_millis(200),
        backoff_max: Duration::from_secs(20),
        leg_tries_max: 3,
        batch_legs_max: chance.gen_range(4..=30),
    }
}

fn end_of(id: &str, client: &str) -> PathEnd {
    PathEnd {
        chain: id.parse().expect("a chain id"),
        client: client.parse().expect("a client id"),
        connection: "connection-0".parse().expect("a connection id"),
    }
}

fn excluded() -> (ChannelPattern, Sequences) {
    ("*/channel-*0".parse().expect("a pattern"), "2,5-6".parse().expect("sequences"))
}
