//! The rules of a store, whoever keeps the blocks.

use core::time::Duration;

use tendermint::block::Header;

use super::*;
use crate::test_chain::{CHAIN_ID, TestChain, options, time_of};

fn chain_id() -> ChainId {
    CHAIN_ID.parse().unwrap()
}

fn store(heights: impl IntoIterator<Item = u64>) -> MemoryTrustStore {
    let (mut chain, mut store) = (TestChain::of(3), MemoryTrustStore::default());
    for height in heights {
        store.put(chain.block(height)).unwrap();
    }
    store
}

fn heights(store: &MemoryTrustStore) -> Vec<u64> {
    store.heights(&chain_id()).unwrap().into_iter().map(|height| height.0).collect()
}

/// A trusting period of ten blocks.
fn ten_blocks() -> Options {
    Options { trusting_period: Duration::from_secs(50), ..options() }
}

#[test]
fn a_height_is_trusted_once() {
    let mut store = store([4]);
    let change = |header: &mut Header| header.app_hash = vec![9; 32].try_into().unwrap();
    let lie = TestChain::of(3).lying(4, 0, change).block(4);
    let truth = TestChain::of(3).block(4);
    let refused = store.put(lie.clone()).unwrap_err();
    let (height, kept, got) = (BlockHeight(4), truth.header_hash(), lie.header_hash());
    assert_eq!(refused, TrustStoreError::Conflict { chain: chain_id(), height, kept, got });
    assert_eq!(store.get(&chain_id(), height).unwrap(), Some(truth.clone()));
    store.put(truth).unwrap();
}

#[test]
fn the_highest_block_that_is_not_above_is_found() {
    let store = store([2, 5, 9]);
    let found = |height| store.at_or_below(&chain_id(), BlockHeight(height)).unwrap().map(|block| block.height().0);
    assert_eq!([1, 2, 4, 5, 8, 9, 100].map(found), [None, Some(2), Some(2), Some(5), Some(5), Some(9), Some(9)]);
    assert_eq!(store.latest(&chain_id()).unwrap().unwrap().height(), BlockHeight(9));
    assert_eq!(store.latest(&"chain-2".parse().unwrap()).unwrap(), None);
}

#[test]
fn trust_ends_a_trusting_period_after_the_block() {
    let store = store([2, 5]);
    let found = |now: u64| {
        let found = store.trusted_at_or_below(&chain_id(), BlockHeight(9), &ten_blocks(), time_of(now)).unwrap();
        found.map(|block| block.height().0)
    };
    assert_eq!((found(14), found(15), found(16)), (Some(5), None, None));
}

#[test]
fn what_expired_is_forgotten_but_for_the_highest() {
    let mut store = store([2, 3, 4, 5]);
    let keep = NonZeroUsize::MAX;
    assert_eq!(store.prune(&chain_id(), keep, &ten_blocks(), time_of(13)).unwrap(), 2);
    assert_eq!(heights(&store), [4, 5]);
    assert_eq!(store.prune(&chain_id(), keep, &ten_blocks(), time_of(99)).unwrap(), 1);
    assert_eq!(heights(&store), [5]);
}

#[test]
fn no_more_blocks_are_kept_than_are_wanted() {
    let mut store = store([2, 3, 4, 5]);
    let keep = NonZeroUsize::new(2).unwrap();
    assert_eq!(store.prune(&chain_id(), keep, &ten_blocks(), time_of(6)).unwrap(), 2);
    assert_eq!(heights(&store), [4, 5]);
    assert_eq!(store.prune(&chain_id(), keep, &ten_blocks(), time_of(6)).unwrap(), 0);
    assert_eq!(store.prune(&"chain-2".parse().unwrap(), keep, &ten_blocks(), time_of(6)).unwrap(), 0);
}

#[test]
fn what_is_forgotten_is_gone() {
    let mut store = store([2, 3]);
    store.remove(&chain_id(), BlockHeight(3)).unwrap();
    store.remove(&chain_id(), BlockHeight(3)).unwrap();
    assert_eq!(heights(&store), [2]);
}
