//! A connection's delay (ICS-03): a consensus state proves packets only after it has rested at the host for a while,
//! counted from the update that brought it, in time and in blocks (ibc-go `07-tendermint/client_state.go`,
//! `verifyDelayPeriodPassed`). A connection without a delay costs nothing here.

use std::time::Duration;

use chain::{AbciQuery, ChainError};
use engine::{Head, Message};
use types::{BlockHeight, ClientId, CommitmentKey, Height, QueryHeight, Timestamp, host as keys};

use super::{ProofBase, ProofError, Proven, trusted_state, usable_client};
use crate::chain::Chain;

/// How long a consensus state must rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Delay {
    pub(crate) period: Duration,
    blocks: u64,
}

impl Delay {
    /// What almost every connection has.
    pub(crate) const NONE: Self = Self { period: Duration::ZERO, blocks: 0 };

    /// ICS-03: as many blocks as the period holds of the longest that a block may take, rounded up; none if the chain
    /// does not say how long (`03-connection/keeper/verify.go`, `getBlockDelay`).
    pub(crate) fn new(period: Duration, time_per_block_max: Duration) -> Self {
        Self { period, blocks: blocks_in(period, time_per_block_max) }
    }

    /// How many blocks the host must make before a state that was brought at `processed` has rested, as far as the
    /// host's `head` tells: none if it has. Both ends are inclusive.
    fn blocks_left(self, processed: Processed, head: Height, head_time: Timestamp, block_time: Duration) -> u64 {
        let period_ns = u64::try_from(self.period.as_nanos()).unwrap_or(u64::MAX);
        let time_left = processed.time.0.saturating_add(period_ns).saturating_sub(head_time.0);
        let by_time = blocks_in(Duration::from_nanos(time_left), block_time);
        // A host that was upgraded to another revision since is above any height of the last one.
        let is_above = head.revision_number > processed.height.revision_number;
        let due = processed.height.revision_height.saturating_add(self.blocks);
        let by_height = if is_above { 0 } else { due.saturating_sub(head.revision_height) };
        by_time.max(by_height)
    }

    /// How many blocks an update rests that is not sent yet.
    fn blocks_from_now(self, block_time: Duration) -> u64 {
        blocks_in(self.period, block_time).max(self.blocks).saturating_add(1)
    }
}

/// Rounded up; none where it is not known how long a block is.
fn blocks_in(period: Duration, block: Duration) -> u64 {
    let blocks = if block.is_zero() { 0 } else { period.as_nanos().div_ceil(block.as_nanos()) };
    u64::try_from(blocks).unwrap_or(u64::MAX)
}

/// When an update brought a consensus state, by the host's clock and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Processed {
    /// The host's clock then.
    pub(crate) time: Timestamp,
    /// The host's block.
    pub(crate) height: Height,
}

/// What proves now, and what has to rest first.
#[derive(Debug)]
pub(crate) struct Rested {
    /// The newest header that has rested; none if none has. Its state may be older than the fact.
    pub(crate) base: Option<ProofBase>,
    /// How many blocks of the host until the fact can be proven, if not now.
    pub(crate) blocks_left: Option<u64>,
    /// The update with which the rest begins, if it has not begun yet.
    pub(crate) updates: Vec<Message>,
    /// Is a header that the client gets in the same transaction as good as the base?
    is_renewable: bool,
}

impl Rested {
    /// What the base proves. The client may hold a header that is so old that the node keeps its state no more: a new
    /// one takes its place where that is as good.
    pub(crate) async fn prove(
        &mut self,
        host: &Chain,
        client: &ClientId,
        proving: &Chain,
        keys: &[CommitmentKey],
    ) -> Result<Vec<Proven>, ProofError> {
        let Some(base) = &self.base else { return Ok(Vec::new()) };
        match base.prove(proving, keys).await {
            Err(error) if self.is_renewable && error.is_pruned() => {}
            proven => return proven,
        }
        let mut base = ProofBase::newest(host, client, proving).await?;
        self.updates = std::mem::take(&mut base.updates);
        let proven = base.prove(proving, keys).await?;
        self.base = Some(base);
        Ok(proven)
    }
}

/// The newest rested header of the proving chain that the host's client holds, and what lacks for `fact_height`.
pub(crate) async fn find_rested(
    host: &Chain,
    client: &ClientId,
    proving: &Chain,
    fact_height: BlockHeight,
    delay: Delay,
) -> Result<Rested, ProofError> {
    if delay == Delay::NONE {
        let mut base = ProofBase::find(host, client, proving, fact_height).await?;
        let updates = std::mem::take(&mut base.updates);
        return Ok(Rested { base: Some(base), blocks_left: None, updates, is_renewable: true });
    }
    let needed = QueryHeight(fact_height).proof_height().0;
    let resting = Resting { host, client, delay, head: host.fresh_head().await? };
    let held = reachable(host, client, proving).await?;
    let rested = resting.count_rested(&held).await?;
    let base = match rested.checked_sub(1).and_then(|newest| held.get(newest)) {
        Some(height) => Some(held_base(host, client, proving, *height).await?),
        None => None,
    };
    if base.as_ref().is_some_and(|base| base.head.height >= needed) {
        return Ok(Rested { base, blocks_left: None, updates: Vec::new(), is_renewable: false });
    }
    let begun = held.iter().skip(rested).find(|height| height.revision_height >= needed.0);
    let (blocks_left, updates) = match begun {
        Some(height) => (resting.blocks_left(*height).await?, Vec::new()),
        None => {
            let updates = ProofBase::find(host, client, proving, fact_height).await?.updates;
            (delay.blocks_from_now(host.block_time()), updates)
        }
    };
    Ok(Rested { base, blocks_left: Some(blocks_left.max(1)), updates, is_renewable: false })
}

/// The heights at which the client holds consensus states that we can verify, ascending.
async fn reachable(host: &Chain, client: &ClientId, proving: &Chain) -> Result<Vec<Height>, ProofError> {
    let headers = proving.headers().await?;
    let mut reachable = Vec::new();
    for height in host.query().consensus_state_heights(client).await? {
        let is_reached = headers.reaches_held(BlockHeight(height.revision_height)).await;
        if is_reached && height.revision_number == proving.id.revision_number() {
            reachable.push(height);
        }
    }
    Ok(reachable)
}

async fn held_base(host: &Chain, client: &ClientId, proving: &Chain, height: Height) -> Result<ProofBase, ProofError> {
    let state = usable_client(host, client, proving).await?;
    let held = host.query().consensus_state(client, height).await?;
    ProofBase::held(host, client, proving, &trusted_state(&state, height, held)?).await
}

/// A client's consensus states at rest, as the host's head sees them: that is what a simulation judges by.
struct Resting<'a> {
    host: &'a Chain,
    client: &'a ClientId,
    delay: Delay,
    head: Head,
}

impl Resting<'_> {
    /// How many of `held`, from the lowest, have rested. A higher state came later than a lower one, but for updates
    /// that filled a gap: these wait a little longer than they must.
    async fn count_rested(&self, held: &[Height]) -> Result<usize, ChainError> {
        let (mut low, mut high) = (0, held.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let Some(height) = held.get(middle) else { break };
            if self.blocks_left(*height).await? == 0 {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    async fn blocks_left(&self, height: Height) -> Result<u64, ChainError> {
        let block_time = self.host.block_time();
        let Some(processed) = processed(self.host, self.client, height).await? else {
            return Ok(self.delay.blocks_from_now(block_time));
        };
        let head = self.host.height(self.head.height);
        Ok(self.delay.blocks_left(processed, head, self.head.time, block_time))
    }
}

/// What a client keeps beside each consensus state (`07-tendermint/store.go`): when, and in which block of its host, that
/// came. A node's word, which may make us wait, or be refused.
pub(crate) async fn processed(
    host: &Chain,
    client: &ClientId,
    height: Height,
) -> Result<Option<Processed>, ChainError> {
    let prefix = host.store_prefix().await?;
    let key = keys::consensus_state_key(client, height);
    let query = |suffix: &[u8]| AbciQuery {
        path: format!("/store/{}/key", String::from_utf8_lossy(&prefix.0)),
        data: [key.as_bytes(), suffix].concat(),
        at: None,
        prove: false,
    };
    let queries = [query(b"/processedTime"), query(b"/processedHeight")];
    let mut values = Vec::new();
    for answer in host.endpoint().abci_query_batch(&queries).await {
        values.push(answer?.value);
    }
    let [time, height] = values.as_slice() else { return Ok(None) };
    Ok(read_processed(time, height))
}

/// Time as eight bytes, height as text.
fn read_processed(time: &[u8], height: &[u8]) -> Option<Processed> {
    let time = Timestamp(u64::from_be_bytes(time.try_into().ok()?));
    Some(Processed { time, height: std::str::from_utf8(height).ok()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn left(delay: Delay, revision_number: u64, head: u64, head_secs: u64) -> u64 {
        let processed =
            Processed { time: Timestamp(100_000_000_000), height: Height { revision_number: 1, revision_height: 50 } };
        let head = Height { revision_number, revision_height: head };
        delay.blocks_left(processed, head, Timestamp(head_secs * 1_000_000_000), SECOND)
    }

    #[test]
    fn a_delay_in_blocks_is_the_period_by_the_longest_block_rounded_up() {
        let blocks = |secs, block_secs| Delay::new(SECOND * secs, SECOND * block_secs).blocks;
        assert_eq!((blocks(30, 30), blocks(31, 30), blocks(1, 30)), (1, 2, 1));
        assert_eq!((blocks(0, 30), blocks(9, 0)), (0, 0), "without a period, or without that parameter");
    }

    #[test]
    fn a_state_has_rested_when_both_time_and_blocks_have_passed() {
        let delay = Delay::new(SECOND * 10, SECOND * 5);
        assert_eq!(left(delay, 1, 52, 110), 0, "the first moment is late enough");
        assert_eq!(left(delay, 1, 51, 110), 1, "a block lacks");
        assert_eq!(left(delay, 1, 52, 107), 3, "time lacks");
        assert_eq!(left(delay, 1, 50, 100), 10);
        assert_eq!(left(delay, 2, 3, 110), 0, "another revision is above");
    }

    #[test]
    fn an_update_that_is_not_sent_rests_from_its_block_on() {
        assert_eq!(Delay::new(SECOND * 10, SECOND * 5).blocks_from_now(SECOND * 3), 5);
        assert_eq!(Delay::new(SECOND * 10, SECOND).blocks_from_now(SECOND * 3), 11);
    }

    #[test]
    fn when_a_state_came_is_read_as_ibc_go_writes_it() {
        let processed = read_processed(&7u64.to_be_bytes(), b"1-50").unwrap();
        assert_eq!(
            processed,
            Processed { time: Timestamp(7), height: Height { revision_number: 1, revision_height: 50 } }
        );
        assert_eq!(read_processed(b"", b""), None);
        assert_eq!(read_processed(&7u64.to_be_bytes(), b"50"), None);
    }
}
