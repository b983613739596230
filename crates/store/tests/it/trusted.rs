//! Whole blocks that were verified: the rules of a trust store hold of both backends, and no damage passes for trust.

use std::num::NonZeroUsize;
use std::time::Duration;

use light_client::{LightBlock, Options, TrustStore, TrustStoreError, TrustThreshold, ValidatorSet};
use lightship_store::{Store, TrustedBlocks};
use tendermint_testgen::{Generator, LightBlock as Fixture};
use types::{BlockHeight, ChainId, Timestamp};

fn chain() -> ChainId {
    "chain-1".parse().unwrap()
}

/// A block of `chain-1`, a second a height.
pub(crate) fn block(height: u64) -> LightBlock {
    block_at(height, height)
}

fn block_at(height: u64, second: u64) -> LightBlock {
    let time = tendermint::Time::from_unix_timestamp(second.try_into().unwrap(), 0).unwrap();
    let id = chain().as_str().to_owned();
    let fixture = Fixture::new_default_with_time_and_chain_id(id, time, height).generate().unwrap();
    let set = |set: tendermint::validator::Set| ValidatorSet::new(set.validators, None).unwrap();
    LightBlock {
        signed_header: fixture.signed_header,
        validators: set(fixture.validators),
        next_validators: Some(set(fixture.next_validators)),
    }
}

fn heights(blocks: &TrustedBlocks) -> Vec<u64> {
    blocks.heights(&chain()).unwrap().into_iter().map(|height| height.0).collect()
}

/// Runs a claim against memory and against sled.
fn with_both(claim: fn(Store)) {
    claim(Store::in_memory());
    let dir = tempfile::tempdir().unwrap();
    claim(Store::open(dir.path()).unwrap().store);
}

#[test]
fn a_block_comes_back_whole() {
    with_both(|store| {
        let mut blocks = store.trusted_blocks();
        for height in [7, 300, 9] {
            blocks.put(block(height)).unwrap();
        }
        assert_eq!(heights(&blocks), [7, 9, 300]);
        assert_eq!(blocks.get(&chain(), BlockHeight(9)).unwrap(), Some(block(9)));
        assert_eq!(blocks.at_or_below(&chain(), BlockHeight(299)).unwrap(), Some(block(9)));
        assert_eq!(blocks.latest(&"chain-10".parse().unwrap()).unwrap(), None);
        blocks.remove(&chain(), BlockHeight(9)).unwrap();
        assert_eq!(heights(&store.trusted_blocks()), [7, 300]);
        // What headers keep for themselves is another thing.
        assert_eq!(store.light_blocks(&chain()).unwrap(), []);
    });
}

#[test]
fn no_other_block_takes_its_place() {
    with_both(|store| {
        let mut blocks = store.trusted_blocks();
        blocks.put(block(7)).unwrap();
        let refused = blocks.put(block_at(7, 8)).unwrap_err();
        assert!(matches!(refused, TrustStoreError::Conflict { height: BlockHeight(7), .. }), "{refused}");
        assert_eq!(blocks.latest(&chain()).unwrap(), Some(block(7)));
    });
}

#[test]
fn what_expired_or_is_too_much_is_forgotten() {
    with_both(|store| {
        let mut blocks = store.trusted_blocks();
        (2..=9).for_each(|height| blocks.put(block(height)).unwrap());
        let options = Options {
            trust_threshold: TrustThreshold::ONE_THIRD,
            trusting_period: Duration::from_secs(10),
            clock_drift: Duration::ZERO,
        };
        let mut prune = |keep: usize, second: u64| {
            blocks.prune(&chain(), NonZeroUsize::new(keep).unwrap(), &options, Timestamp::from_seconds(second)).unwrap()
        };
        assert_eq!((prune(6, 10), prune(6, 14), prune(6, 99)), (2, 1, 4));
        assert_eq!(heights(&blocks), [9]);
    });
}

/// The runtime's only thread blocks; the one that writes is another.
#[tokio::test(flavor = "current_thread")]
async fn it_may_be_called_on_a_runtime_of_one_thread() {
    let dir = tempfile::tempdir().unwrap();
    let mut blocks = Store::open(dir.path()).unwrap().store.trusted_blocks();
    blocks.put(block(7)).unwrap();
    assert_eq!(heights(&blocks), [7]);
}

#[test]
fn a_block_survives_its_process_and_an_export() {
    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path()).unwrap().store.trusted_blocks().put(block(7)).unwrap();
    let store = Store::open(dir.path()).unwrap().store;
    assert_eq!(store.trusted_blocks().latest(&chain()).unwrap(), Some(block(7)));
    let mut exported = Vec::new();
    assert_eq!(store.export(&mut exported).unwrap(), 1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let other = Store::in_memory();
    runtime.block_on(other.import(&mut exported.as_slice())).unwrap();
    assert_eq!(other.trusted_blocks().latest(&chain()).unwrap(), Some(block(7)));

    // Under another height it is no block, however well it is sealed.
    let moved = String::from_utf8(exported).unwrap().replace("0000000000000007\"", "0000000000000008\"");
    let refused = runtime.block_on(other.import(&mut moved.as_bytes())).unwrap_err();
    assert!(refused.to_string().contains("another block's key"), "{refused}");
}
