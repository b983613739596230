//! One endpoint beside another: the last block that both have, and what they have above it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chain::endpoint::HEADERS_MAX;
use chain::{ChainError, Endpoint, NodeError};
use light_client::{LightBlock, Options, Outcome, TrustedState};
use tendermint::Hash;
use tendermint::block::Header;
use types::{BlockHeight, ChainId};

use crate::clock::Clock;
use crate::light::{BlockError, Contradiction, SyncError, ValidatorSets, bisect, compare};

/// How long a node may be behind an honest one.
const LAG: Duration = Duration::from_secs(10);
/// Heights gone back for a block that both have, doubling each time.
const STEPS_BACK_MAX: u32 = 24;
/// Heights after which two that are apart are compared again, so that younger clients are shown a conflict above what
/// they trust.
const AGAIN_AFTER_BLOCKS: u64 = 100;

/// What a look at two endpoints found.
#[derive(Debug)]
pub(super) enum Compared {
    /// Both have the same headers up to the head, or as far as the endpoint is.
    Agrees,
    /// The endpoint has no further block yet.
    Behind,
    /// They are apart, and both prove it.
    Apart(Box<Contradiction>),
    /// As was found before.
    StillApart,
    /// They differ, and that proves nothing.
    Incomparable {
        /// In a word.
        why: &'static str,
        /// With what changes from time to time.
        detail: String,
    },
}

/// One endpoint beside the one in use.
#[derive(Debug)]
pub(super) struct Pair {
    chain: ChainId,
    endpoint: Endpoint,
    clock: Arc<Clock>,
    sets: ValidatorSets,
    /// The last block that both have, verified by the one before.
    common: Option<LightBlock>,
    /// Where they were found apart last.
    apart_at: Option<BlockHeight>,
    /// The last head above the other's that was looked at for its time.
    looked_at: Option<BlockHeight>,
}

impl Pair {
    pub(super) fn new(chain: ChainId, endpoint: Endpoint, clock: Arc<Clock>) -> Self {
        Self { chain, endpoint, clock, sets: ValidatorSets::default(), common: None, apart_at: None, looked_at: None }
    }

    /// Compares all heights above the last that both have, up to `head`, at most as many as a node tells of in one call.
    pub(super) async fn compare(
        &mut self,
        primary: &Endpoint,
        head: BlockHeight,
        options: Options,
    ) -> Result<Compared, SyncError> {
        if let Some(ahead) = self.ahead_of_its_time(primary, options).await? {
            return Ok(ahead);
        }
        let Some(common) = self.common.clone() else { return self.begin(primary, head, options).await };
        let theirs = self.endpoint.status().await.map_err(BlockError::from)?.height;
        let to = head.min(theirs);
        if to <= common.height() {
            return Ok(if theirs < head { Compared::Behind } else { Compared::Agrees });
        }
        // A gap that is longer than one call tells of is skipped: the branches of a fork stay apart.
        let span = HEADERS_MAX - 1;
        let from = common.height().next().max(to.back(span));
        match self.first_difference(primary, from, to).await? {
            None => self.agreed(primary, &common, to, options).await,
            Some(height) => {
                let is_known = self.apart_at.is_some_and(|apart| height < apart.forward(AGAIN_AFTER_BLOCKS));
                if is_known { Ok(Compared::StillApart) } else { self.differ(primary, common, height, options).await }
            }
        }
    }

    /// The first of these heights at which the two have different headers.
    async fn first_difference(
        &self,
        primary: &Endpoint,
        from: BlockHeight,
        to: BlockHeight,
    ) -> Result<Option<BlockHeight>, SyncError> {
        let of = |headers: Vec<Header>| -> BTreeMap<BlockHeight, Hash> {
            headers.iter().map(|header| (BlockHeight(header.height.value()), header.hash())).collect()
        };
        let (ours, theirs) = futures::join!(primary.headers(from, to), self.endpoint.headers(from, to));
        let (ours, theirs) = (of(ours.map_err(BlockError::from)?), of(theirs.map_err(BlockError::from)?));
        Ok(ours.iter().find(|(height, hash)| theirs.get(height).is_some_and(|other| other != *hash)).map(|(at, _)| *at))
    }

    /// Trust moves on with what both have.
    async fn agreed(
        &mut self,
        primary: &Endpoint,
        common: &LightBlock,
        to: BlockHeight,
        options: Options,
    ) -> Result<Compared, SyncError> {
        let way = bisect(&mut self.sets, primary, common, to, options, &self.clock).await?;
        if let Some(last) = way.last() {
            let theirs = self.endpoint.signed_header(to).await.map_err(BlockError::from)?.header.hash();
            if theirs == last.header_hash() {
                (self.common, self.apart_at) = (Some(last.clone()), None);
            }
        }
        Ok(Compared::Agrees)
    }

    /// Each side is asked to prove what it has, and then compared as CometBFT's detector does it.
    async fn differ(
        &mut self,
        primary: &Endpoint,
        common: LightBlock,
        height: BlockHeight,
        options: Options,
    ) -> Result<Compared, SyncError> {
        let endpoint = self.endpoint.clone();
        let ours = bisect(&mut self.sets, primary, &common, height, options, &self.clock).await;
        match ours {
            Ok(way) => self.detect(primary, &endpoint, common, way, options).await,
            // The one in use can't prove what it has; perhaps the other can.
            Err(SyncError::Invalid { .. }) => {
                let way = bisect(&mut self.sets, &endpoint, &common, height, options, &self.clock).await?;
                self.detect(&endpoint, primary, common, way, options).await
            }
            Err(error) => Err(error),
        }
    }

    async fn detect(
        &mut self,
        primary: &Endpoint,
        witness: &Endpoint,
        common: LightBlock,
        way: Vec<LightBlock>,
        options: Options,
    ) -> Result<Compared, SyncError> {
        let height = way.last().map_or(common.height(), LightBlock::height);
        let trace = core::iter::once(common).chain(way).collect();
        let comparison = compare(primary, witness, trace, options, LAG, &self.clock).await;
        let invalid = |reason| SyncError::Invalid { endpoint: primary.name().to_owned(), height, reason };
        let comparison = comparison.map_err(invalid)?;
        let incomparable = |why, detail: String| Ok(Compared::Incomparable { why, detail });
        match comparison.outcome {
            Outcome::Agrees => Ok(Compared::Agrees),
            Outcome::Behind { .. } => Ok(Compared::Behind),
            Outcome::Silent => {
                incomparable("silent", comparison.unable.map_or_else(String::new, |unable| unable.to_string()))
            }
            Outcome::OtherChain { got, .. } => incomparable("of another chain", got),
            Outcome::NoCommonBlock { height, got } => {
                // What both had one of them has no more.
                self.common = None;
                incomparable("without a common block", format!("{got} at height {height}"))
            }
            Outcome::Unproven(invalid) => incomparable("unable to prove what it has", invalid.to_string()),
            Outcome::Attack(attack) => {
                self.apart_at = Some(height);
                let (primary, witness) = (primary.name().to_owned(), witness.name().to_owned());
                Ok(Compared::Apart(Box::new(Contradiction { primary, witness, attack: *attack })))
            }
        }
    }

    /// An endpoint whose head is above the other's, and not later: no chain of the other's will ever get there so.
    async fn ahead_of_its_time(&mut self, primary: &Endpoint, options: Options) -> Result<Option<Compared>, SyncError> {
        let Some(common) = self.common.clone() else { return Ok(None) };
        let (ours, theirs) = futures::join!(primary.status(), self.endpoint.status());
        let (ours, theirs) = (ours.map_err(BlockError::from)?, theirs.map_err(BlockError::from)?);
        let endpoint = self.endpoint.clone();
        let (ahead, behind, height) = if theirs.height > ours.height && theirs.time <= ours.time {
            (&endpoint, primary, theirs.height)
        } else if ours.height > theirs.height && ours.time <= theirs.time {
            (primary, &endpoint, ours.height)
        } else {
            return Ok(None);
        };
        if height <= common.height() || self.looked_at == Some(height) {
            // It was told; what both have goes on to be compared.
            return Ok(None);
        }
        self.looked_at = Some(height);
        match bisect(&mut self.sets, ahead, &common, height, options, &self.clock).await {
            Ok(way) => {
                let apart_at = self.apart_at;
                let found = self.detect(ahead, behind, common, way, options).await;
                // Below it they may be one.
                self.apart_at = apart_at;
                found.map(Some)
            }
            Err(SyncError::Invalid { reason, .. }) => {
                let why = "unable to prove its head";
                Ok(Some(Compared::Incomparable { why, detail: reason.to_string() }))
            }
            Err(error) => Err(error),
        }
    }

    /// The highest block that both have, at or not far below the head.
    async fn begin(&mut self, primary: &Endpoint, head: BlockHeight, options: Options) -> Result<Compared, SyncError> {
        let theirs = self.endpoint.status().await.map_err(BlockError::from)?.height;
        let (top, mut height) = (head.min(theirs), head.min(theirs));
        for step in 0..STEPS_BACK_MAX {
            let hash = match self.endpoint.signed_header(height).await {
                Ok(signed) => signed.header.hash(),
                Err(error) if ChainError::node_error(&error) == Some(NodeError::HeightPruned) => break,
                Err(error) => return Err(BlockError::from(error).into()),
            };
            let block = self.sets.whole_block(primary, height).await?;
            if block.header_hash() == hash {
                return self.begin_from(primary, block, top, options).await;
            }
            if height <= BlockHeight(1) {
                break;
            }
            height = height.back(1 << step).max(BlockHeight(1));
        }
        Ok(Compared::Incomparable { why: "without a common block", detail: format!("from height {height} on") })
    }

    async fn begin_from(
        &mut self,
        primary: &Endpoint,
        block: LightBlock,
        top: BlockHeight,
        options: Options,
    ) -> Result<Compared, SyncError> {
        let height = block.height();
        let invalid = |reason| SyncError::Invalid { endpoint: primary.name().to_owned(), height, reason };
        let (state, _) = TrustedState::anchor(&block, block.header_hash()).map_err(invalid)?;
        if state.chain_id != self.chain {
            let detail = state.chain_id.to_string();
            return Ok(Compared::Incomparable { why: "of another chain", detail });
        }
        self.common = Some(block.clone());
        if height == top {
            return Ok(Compared::Agrees);
        }
        // They are apart already. Where exactly is for the detector to find.
        self.differ(primary, block, top, options).await
    }
}
