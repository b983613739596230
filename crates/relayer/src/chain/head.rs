//! The newest head of a chain. A head is a claim: what was really seen is kept apart from what a node told.
//!
//! A step of a few blocks is believed at once, so that nothing waits for it: nothing is done by it that is not proven,
//! and it ends by itself as soon as the chain gets there. Whatever is further up, or of a time to come, is believed once
//! its header is there, verified where our trust reaches. What never comes is taken back, said, and another endpoint
//! preferred.

use std::time::Duration;

use chain::{ChainError, Endpoint, Failure, NodeError};
use engine::Head;
use tokio::time::timeout;
use tracing::{debug, warn};
use types::{BlockHeight, Timestamp};

use super::Chain;
use crate::headers::{self, HeaderError};

/// Blocks above what was really seen, up to which a head is believed at once.
const STEP_BLOCKS_MAX: u64 = 4;
/// How long a header that its node does not have yet is asked for, at most: behind a balancer another node may have it.
const HEADER_WAIT_MAX: Duration = Duration::from_secs(1);
/// Parts of that time after each of which it is asked for again.
const HEADER_WAIT_PARTS: u32 = 5;

/// What is known of a chain's head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownHead {
    /// The highest whose block was read, or whose header was seen.
    seen: Option<Head>,
    /// One above that a node told of.
    told: Option<Head>,
}

impl KnownHead {
    fn newest(&self) -> Option<Head> {
        self.told.or(self.seen)
    }

    /// May this head be believed before anything of it was seen?
    fn is_step(&self, head: Head, time_max: Timestamp) -> bool {
        self.seen.is_some_and(|seen| head.height <= seen.height.forward(STEP_BLOCKS_MAX)) && head.time <= time_max
    }

    /// Takes note of a head that a node told of; a lower one than before changes nothing.
    fn tell(&mut self, head: Head) -> bool {
        let is_newer = self.newest().is_none_or(|known| known.height < head.height);
        if is_newer {
            self.told = Some(head);
        }
        is_newer
    }

    /// Takes note of a head that is really there.
    fn see(&mut self, head: Head) -> bool {
        let is_newer = self.seen.is_none_or(|seen| seen.height < head.height);
        if is_newer {
            self.seen = Some(head);
            self.told = self.told.filter(|told| told.height > head.height);
        }
        is_newer
    }

    /// Back to what was really seen.
    fn take_back(&mut self) -> bool {
        self.told.take().is_some()
    }

    /// The lowest height from `wanted` on that is thought to be there: the newest that was seen, or else no more than
    /// what is wanted of what was told.
    fn at_least(&self, wanted: BlockHeight) -> Option<BlockHeight> {
        let newest = self.newest().filter(|newest| newest.height >= wanted)?;
        Some(self.seen.map_or(newest.height, |seen| seen.height.max(wanted)))
    }
}

impl Chain {
    /// The newest head known.
    pub(crate) fn head(&self) -> Option<Head> {
        self.head.borrow().newest()
    }

    /// A height that is thought to be there, once there is one from `wanted` on.
    pub(crate) async fn head_at_least(&self, wanted: BlockHeight) -> BlockHeight {
        let mut heads = self.head.subscribe();
        let reached = heads.wait_for(|head| head.at_least(wanted).is_some()).await;
        // The sender lives in `self`, so that waiting can't end without a head.
        reached.ok().and_then(|head| head.at_least(wanted)).unwrap_or(wanted)
    }

    /// The newest head that is really there, asked for now.
    ///
    /// # Errors
    /// When the endpoint does not answer, or has no block that it tells of, and none was seen before.
    pub async fn fresh_head(&self) -> Result<Head, ChainError> {
        self.head_of(self.endpoint()).await
    }

    /// The same at one of its endpoints.
    pub(super) async fn head_of(&self, endpoint: &Endpoint) -> Result<Head, ChainError> {
        let status = endpoint.status().await?;
        let seen = self.head.borrow().seen;
        match seen {
            // A node behind a balancer may answer with an older block than another did before.
            Some(seen) if status.height <= seen.height => Ok(seen),
            seen => match self.see(status.height, endpoint).await {
                Ok(head) => Ok(head),
                Err(error) => seen.ok_or_else(|| as_chain_error(endpoint, error)),
            },
        }
    }

    /// Takes a head that a node told of: at once where it is a small step, else once its header is there.
    pub(crate) async fn believe(&self, head: Head, told_by: &Endpoint) -> Result<Head, HeaderError> {
        let drift = u64::try_from(self.config.clock_drift.as_nanos()).unwrap_or(u64::MAX);
        let time_max = Timestamp(self.clock.timestamp().0.saturating_add(drift));
        let known = *self.head.borrow();
        if known.is_step(head, time_max) {
            self.head.send_if_modified(|known| known.tell(head));
            return Ok(head);
        }
        self.see(head.height, told_by).await
    }

    /// Looks whether a block that a node told of is there, by its header. If it is not, the node is not believed.
    pub(crate) async fn see(&self, height: BlockHeight, told_by: &Endpoint) -> Result<Head, HeaderError> {
        let wait = self.block_time().min(HEADER_WAIT_MAX);
        let seeing = async {
            loop {
                match self.header_head(height, told_by).await {
                    Err(error) if is_ahead(&error) => {
                        debug!(chain = %self.id, %height, %error, "header is not there yet");
                        tokio::time::sleep(wait / HEADER_WAIT_PARTS).await;
                    }
                    looked => return looked,
                }
            }
        };
        let looked = match timeout(wait, seeing).await {
            Ok(looked) => looked,
            // Once more, so that its own words are what is told.
            Err(_) => self.header_head(height, told_by).await,
        };
        match &looked {
            Ok(head) => {
                self.head.send_if_modified(|known| known.see(*head));
            }
            Err(error) if is_lie(error) => self.disbelieve(height, told_by, error),
            Err(error) => debug!(chain = %self.id, %height, %error, "header can't be read now"),
        }
        looked
    }

    /// A block was read: if it is the head's, the head is really there.
    pub(crate) fn block_read(&self, height: BlockHeight) {
        self.head.send_if_modified(|known| {
            let told = known.told.filter(|told| told.height == height);
            told.is_some_and(|told| known.see(told))
        });
    }

    fn disbelieve(&self, height: BlockHeight, told_by: &Endpoint, error: &HeaderError) {
        let is_taken_back = self.head.send_if_modified(KnownHead::take_back);
        let is_news = self.endpoints().distrust(told_by);
        if is_taken_back || is_news {
            warn!(
                chain = %self.id, endpoint = %told_by, %height, %error,
                "a node tells of a head that is not there; it is left out, and other endpoints are preferred"
            );
        }
    }

    /// The head of this height by its header: a verified one where our trust reaches, else as it is told.
    async fn header_head(&self, height: BlockHeight, endpoint: &Endpoint) -> Result<Head, HeaderError> {
        let headers = match self.headers.get() {
            Some(headers) if headers.reaches(height).await => headers,
            Some(_) | None => return self.told_head(height, endpoint).await,
        };
        match headers.verified(endpoint, height, None).await {
            Ok(block) => Ok(Head { height, time: headers::state(&block)?.time }),
            Err(error @ (HeaderError::Chain(_) | HeaderError::Invalid { .. } | HeaderError::Validators { .. })) => {
                Err(error)
            }
            // What we trust in can't be gone on from: no fault of this header.
            Err(
                HeaderError::Anchor { .. }
                | HeaderError::Expired { .. }
                | HeaderError::Unusable(_)
                | HeaderError::Store(_),
            ) => self.told_head(height, endpoint).await,
        }
    }

    async fn told_head(&self, height: BlockHeight, endpoint: &Endpoint) -> Result<Head, HeaderError> {
        Ok(Head { height, time: endpoint.header_time(height).await? })
    }
}

/// Does the node itself say that it has no such block yet?
fn is_ahead(error: &HeaderError) -> bool {
    matches!(error, HeaderError::Chain(error) if error.node_error() == Some(NodeError::HeightAhead))
}

/// Does a node contradict itself, or the light client's rules?
fn is_lie(error: &HeaderError) -> bool {
    is_ahead(error) || matches!(error, HeaderError::Invalid { .. } | HeaderError::Validators { .. })
}

fn as_chain_error(endpoint: &Endpoint, error: HeaderError) -> ChainError {
    match error {
        HeaderError::Chain(error) => error,
        error => ChainError {
            endpoint: endpoint.name().to_owned(),
            method: "commit".to_owned(),
            failure: Failure::Malformed(error.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(height: u64) -> Head {
        Head { height: BlockHeight(height), time: Timestamp::from_seconds(height) }
    }

    fn seen(height: u64) -> KnownHead {
        KnownHead { seen: Some(head(height)), told: None }
    }

    #[test]
    fn a_small_step_is_believed_and_a_leap_or_a_time_to_come_is_not() {
        let time_max = Timestamp::from_seconds(1_000);
        assert!(seen(100).is_step(head(104), time_max));
        assert!(!seen(100).is_step(head(105), time_max));
        assert!(!seen(100).is_step(Head { time: Timestamp(time_max.0 + 1), ..head(101) }, time_max));
        assert!(!KnownHead::default().is_step(head(1), time_max), "the first one is a claim too");
    }

    #[test]
    fn what_was_told_is_taken_back_to_what_was_seen() {
        let mut known = seen(100);
        assert!(known.tell(head(104)) && !known.tell(head(103)));
        assert!(known.see(head(102)), "it stays told as long as nothing denies it");
        assert_eq!(known.newest(), Some(head(104)));
        assert!(known.take_back() && !known.take_back());
        assert_eq!(known.newest(), Some(head(102)));
        assert!(known.tell(head(103)) && known.see(head(103)));
        assert_eq!(known, seen(103));
    }

    #[test]
    fn no_more_is_taken_for_there_than_is_wanted_or_was_seen() {
        let known = KnownHead { told: Some(head(104)), ..seen(100) };
        let at_least = |wanted| known.at_least(BlockHeight(wanted)).map(|height| height.0);
        assert_eq!([98, 100, 101, 104, 105].map(at_least), [Some(100), Some(100), Some(101), Some(104), None]);
    }
}
