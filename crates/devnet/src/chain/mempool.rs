//! The mempool: transactions that passed CheckTx, first come, first served (CometBFT `mempool/clist_mempool.go`).

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::app::TxResult;

type TxHash = [u8; 32];

/// How much a node's mempool holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MempoolLimits {
    /// Transactions; 5000 in CometBFT.
    pub txs_max: usize,
    /// Their bytes.
    pub bytes_max: usize,
    /// Bytes of one.
    pub tx_bytes_max: usize,
    /// Hashes of transactions that are known, and not taken again; 10000 in CometBFT.
    pub cache_max: usize,
}

impl Default for MempoolLimits {
    fn default() -> Self {
        Self { txs_max: 20_000, bytes_max: 1 << 30, tx_bytes_max: 1 << 20, cache_max: 40_000 }
    }
}

/// Why the mempool does not take a transaction, beside what CheckTx says. The texts are CometBFT's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are told by the message of their variant")]
pub enum MempoolError {
    /// It is there, or was in a block lately.
    #[error("tx already exists in cache")]
    InCache,
    /// It takes no more.
    #[error("mempool is full: number of txs {count} (max: {max}), total txs bytes {bytes} (max: {bytes_max})")]
    Full { count: usize, max: usize, bytes: usize, bytes_max: usize },
    /// The transaction is too large for the mempool.
    #[error("Tx too large. Max size is {max}, but got {bytes}")]
    TooLarge { max: usize, bytes: usize },
    /// The transaction is too large for a block.
    #[error("tx pre check: tx size is too big: {bytes}, max: {max}")]
    TooLargeForBlock { max: u64, bytes: u64 },
}

/// What a block takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockSpace {
    pub(super) bytes_max: u64,
    pub(super) gas_max: Option<u64>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Mempool {
    limits: MempoolLimits,
    txs: VecDeque<Waiting>,
    bytes: usize,
    cache: Cache,
}

#[derive(Clone, Debug)]
struct Waiting {
    tx: Bytes,
    hash: TxHash,
    gas_wanted: i64,
}

impl Mempool {
    pub(super) fn set_limits(&mut self, limits: MempoolLimits) {
        self.limits = limits;
    }

    pub(super) fn limits(&self) -> MempoolLimits {
        self.limits
    }

    pub(super) fn txs(&self) -> impl Iterator<Item = &Bytes> {
        self.txs.iter().map(|waiting| &waiting.tx)
    }

    /// `CheckTx`: takes a transaction that `check` finds good. One that could be in no block for its gas is let through
    /// to the caller, as CometBFT does, and forgotten.
    pub(super) fn offer(
        &mut self,
        tx: Bytes,
        space: BlockSpace,
        check: impl FnOnce(&[u8]) -> TxResult,
    ) -> Result<TxResult, MempoolError> {
        self.refuse(&tx, space)?;
        let hash = hash(&tx);
        if !self.cache.push(hash, self.limits.cache_max) {
            return Err(MempoolError::InCache);
        }
        let result = check(&tx);
        let fits = space.gas_max.is_none_or(|max| u64::try_from(result.gas_wanted).is_ok_and(|gas| gas <= max));
        if result.code == 0 && fits {
            self.bytes += tx.len();
            self.txs.push_back(Waiting { tx, hash, gas_wanted: result.gas_wanted });
        } else {
            self.cache.remove(&hash);
        }
        Ok(result)
    }

    fn refuse(&self, tx: &[u8], space: BlockSpace) -> Result<(), MempoolError> {
        let MempoolLimits { txs_max, bytes_max, tx_bytes_max, .. } = self.limits;
        let (count, bytes) = (self.txs.len(), self.bytes);
        if count >= txs_max || bytes.saturating_add(tx.len()) > bytes_max {
            return Err(MempoolError::Full { count, max: txs_max, bytes, bytes_max });
        }
        if tx.len() > tx_bytes_max {
            return Err(MempoolError::TooLarge { max: tx_bytes_max, bytes: tx.len() });
        }
        let bytes = proto_bytes(tx);
        if bytes > space.bytes_max {
            return Err(MempoolError::TooLargeForBlock { max: space.bytes_max, bytes });
        }
        Ok(())
    }

    /// `ReapMaxBytesMaxGas`: the first that fit together into a block. One that does not fit ends it.
    pub(super) fn reap(&self, space: BlockSpace) -> Vec<Bytes> {
        let (mut bytes, mut gas) = (0, 0_u64);
        let fits = |waiting: &&Waiting| {
            bytes += proto_bytes(&waiting.tx);
            gas = gas.saturating_add(u64::try_from(waiting.gas_wanted).unwrap_or_default());
            bytes <= space.bytes_max && space.gas_max.is_none_or(|max| gas <= max)
        };
        self.txs.iter().take_while(fits).map(|waiting| waiting.tx.clone()).collect()
    }

    /// `Update`: those of the block leave; each of the rest is checked again, and leaves when it fails.
    pub(super) fn update(&mut self, txs: &[Bytes], results: &[TxResult], mut recheck: impl FnMut(&[u8]) -> TxResult) {
        let mut included = BTreeMap::new();
        for (tx, result) in txs.iter().zip(results) {
            let hash = hash(tx);
            included.insert(hash, ());
            if result.code == 0 {
                self.cache.push(hash, self.limits.cache_max);
            } else {
                // It may be good later.
                self.cache.remove(&hash);
            }
        }
        let waiting = std::mem::take(&mut self.txs);
        for waiting in waiting {
            if included.contains_key(&waiting.hash) {
                continue;
            }
            if recheck(&waiting.tx).code == 0 {
                self.txs.push_back(waiting);
            } else {
                self.cache.remove(&waiting.hash);
            }
        }
        self.bytes = self.txs.iter().map(|waiting| waiting.tx.len()).sum();
    }
}

/// The hashes that were seen last (`mempool/cache.go`).
#[derive(Clone, Debug, Default)]
struct Cache {
    seen_at: BTreeMap<TxHash, u64>,
    by_age: BTreeMap<u64, TxHash>,
    clock: u64,
}

impl Cache {
    /// Remembers a hash; was it new? One that was not counts as seen just now.
    fn push(&mut self, hash: TxHash, max: usize) -> bool {
        self.clock += 1;
        let before = self.seen_at.insert(hash, self.clock);
        if let Some(before) = before {
            self.by_age.remove(&before);
        }
        self.by_age.insert(self.clock, hash);
        while self.by_age.len() > max {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            self.seen_at.remove(&oldest);
        }
        before.is_none()
    }

    fn remove(&mut self, hash: &TxHash) {
        if let Some(seen_at) = self.seen_at.remove(hash) {
            self.by_age.remove(&seen_at);
        }
    }
}

fn hash(tx: &[u8]) -> TxHash {
    Sha256::digest(tx).into()
}

/// What a transaction adds to the bytes of a block (`ComputeProtoSizeForTxs`).
fn proto_bytes(tx: &[u8]) -> u64 {
    (1 + prost::length_delimiter_len(tx.len()) + tx.len()) as u64
}

#[cfg(test)]
mod tests;
