use super::*;

const ROOMY: BlockSpace = BlockSpace { bytes_max: 1_000_000, gas_max: None };

fn tx(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn good(gas_wanted: i64) -> TxResult {
    TxResult { gas_wanted, ..TxResult::default() }
}

fn bad() -> TxResult {
    TxResult { code: 13, ..TxResult::default() }
}

fn offered(pool: &mut Mempool, text: &'static str) -> Result<TxResult, MempoolError> {
    pool.offer(tx(text), ROOMY, |_| good(10))
}

fn waiting(pool: &Mempool) -> Vec<Bytes> {
    pool.txs().cloned().collect()
}

#[test]
fn transactions_wait_in_the_order_in_which_they_came() {
    let mut pool = Mempool::default();
    for text in ["c", "a", "b"] {
        offered(&mut pool, text).unwrap();
    }
    assert_eq!(pool.reap(ROOMY), [tx("c"), tx("a"), tx("b")]);
    assert_eq!(waiting(&pool).len(), 3, "reaping takes nothing away");
}

#[test]
fn a_transaction_that_waits_is_not_taken_again() {
    let mut pool = Mempool::default();
    offered(&mut pool, "a").unwrap();
    let error = pool.offer(tx("a"), ROOMY, |_| panic!("it is not even checked")).unwrap_err();
    assert_eq!(error.to_string(), "tx already exists in cache");
}

#[test]
fn a_transaction_of_a_block_stays_in_the_cache_unless_it_failed_there() {
    let mut pool = Mempool::default();
    offered(&mut pool, "a").unwrap();
    offered(&mut pool, "b").unwrap();
    pool.update(&[tx("a"), tx("b"), tx("stranger")], &[good(1), bad(), good(1)], |_| panic!("nothing is left"));
    assert_eq!(waiting(&pool), Vec::<Bytes>::new());
    assert_eq!(offered(&mut pool, "a"), Err(MempoolError::InCache));
    assert_eq!(offered(&mut pool, "stranger"), Err(MempoolError::InCache));
    assert_eq!(offered(&mut pool, "b"), Ok(good(10)));
}

#[test]
fn a_transaction_that_fails_its_check_may_come_again() {
    let mut pool = Mempool::default();
    assert_eq!(pool.offer(tx("a"), ROOMY, |_| bad()), Ok(bad()));
    assert_eq!(waiting(&pool), Vec::<Bytes>::new());
    assert_eq!(offered(&mut pool, "a"), Ok(good(10)));
    assert_eq!(waiting(&pool), [tx("a")]);
}

#[test]
fn what_fails_its_recheck_leaves_and_may_come_again() {
    let mut pool = Mempool::default();
    for text in ["a", "b", "c"] {
        offered(&mut pool, text).unwrap();
    }
    let mut rechecked = vec![];
    pool.update(&[tx("a")], &[good(1)], |tx| {
        rechecked.push(tx.to_vec());
        if tx == b"b" { bad() } else { good(10) }
    });
    assert_eq!(rechecked, [b"b", b"c"], "in order");
    assert_eq!(waiting(&pool), [tx("c")]);
    assert_eq!(offered(&mut pool, "b"), Ok(good(10)));
}

#[test]
fn a_full_mempool_says_how_full_it_is() {
    let mut pool = Mempool::default();
    pool.set_limits(MempoolLimits { txs_max: 2, ..MempoolLimits::default() });
    offered(&mut pool, "aa").unwrap();
    offered(&mut pool, "bb").unwrap();
    let error = offered(&mut pool, "c").unwrap_err();
    let text = "mempool is full: number of txs 2 (max: 2), total txs bytes 4 (max: 1073741824)";
    assert_eq!(error.to_string(), text);

    let mut pool = Mempool::default();
    pool.set_limits(MempoolLimits { bytes_max: 3, ..MempoolLimits::default() });
    offered(&mut pool, "aa").unwrap();
    assert!(matches!(offered(&mut pool, "bb"), Err(MempoolError::Full { .. })));
    offered(&mut pool, "c").unwrap();
    pool.update(&[tx("aa")], &[good(1)], |_| good(1));
    offered(&mut pool, "bb").unwrap();
}

#[test]
fn a_transaction_over_the_limits_of_mempool_or_block_is_refused() {
    let mut pool = Mempool::default();
    pool.set_limits(MempoolLimits { tx_bytes_max: 4, ..MempoolLimits::default() });
    let error = offered(&mut pool, "aaaaa").unwrap_err();
    assert_eq!(error.to_string(), "Tx too large. Max size is 4, but got 5");
    let small = BlockSpace { bytes_max: 5, gas_max: None };
    let error = pool.offer(tx("aaaa"), small, |_| good(1)).unwrap_err();
    assert_eq!(error.to_string(), "tx pre check: tx size is too big: 6, max: 5");
}

#[test]
fn a_block_takes_as_many_as_fit_by_gas_and_by_bytes() {
    let mut pool = Mempool::default();
    for (text, gas) in [("a", 60), ("b", 50), ("c", 10)] {
        pool.offer(tx(text), ROOMY, |_| good(gas)).unwrap();
    }
    // The second does not fit, and ends the block: the third is not drawn forward.
    assert_eq!(pool.reap(BlockSpace { gas_max: Some(100), ..ROOMY }), [tx("a")]);
    assert_eq!(pool.reap(BlockSpace { gas_max: Some(110), ..ROOMY }), [tx("a"), tx("b")]);
    // Each takes its byte, a tag and a length.
    assert_eq!(pool.reap(BlockSpace { bytes_max: 6, gas_max: None }), [tx("a"), tx("b")]);
    assert_eq!(pool.reap(BlockSpace { bytes_max: 5, gas_max: None }), [tx("a")]);
}

#[test]
fn a_transaction_with_more_gas_than_a_block_has_is_checked_but_not_kept() {
    let mut pool = Mempool::default();
    let space = BlockSpace { gas_max: Some(9), ..ROOMY };
    assert_eq!(pool.offer(tx("a"), space, |_| good(10)), Ok(good(10)));
    assert_eq!(waiting(&pool), Vec::<Bytes>::new());
}

#[test]
fn the_cache_forgets_what_it_saw_first() {
    let mut pool = Mempool::default();
    pool.set_limits(MempoolLimits { cache_max: 2, ..MempoolLimits::default() });
    offered(&mut pool, "a").unwrap();
    offered(&mut pool, "b").unwrap();
    pool.update(&[tx("a"), tx("b")], &[good(1), good(1)], |_| good(1));
    assert_eq!(offered(&mut pool, "a"), Err(MempoolError::InCache));
    // Seeing it again has made it the younger one.
    offered(&mut pool, "c").unwrap();
    assert_eq!(offered(&mut pool, "a"), Err(MempoolError::InCache));
    offered(&mut pool, "b").unwrap();
}

#[test]
fn lengths_are_counted_as_protobuf_writes_them() {
    assert_eq!(proto_bytes(&[0; 300]), 303);
    assert_eq!(proto_bytes(&[0; 127]), 129);
}
