//! Evidence that a chain's own validators have put into its blocks: whoever lied to light clients may have been caught
//! by others first.
//!
//! A header tells by its `evidence_hash` whether its block holds any, so that only those blocks are read. Headers are
//! asked for by twenty, each bound to the one behind it by its hash, the last to a verified one: a node that leaves
//! evidence out is found out. Evidence itself is proven again here, whatever the chain made of it.

use std::sync::Arc;
use std::time::Duration;

use chain::endpoint::HEADERS_MAX;
use chain::{ChainError, Endpoint};
use light_client::{
    DuplicateVote, Evidence, LightClientAttack, commits_evidence, evidence_from_rpc_json, evidence_hash,
};
use store::StoreError;
use tendermint::block::Header;
use tracing::{debug, error, info, warn};
use types::BlockHeight;

use super::told;
use super::tracked::Tracked;
use crate::driver::Shell;
use crate::evidence::{Case, Found};
use crate::headers::{self, HeaderError};

/// Headers are read in batches: evidence is blocks old when it is committed.
const READ_EVERY: Duration = Duration::from_secs(4);
/// Blocks of before the start that are read, at most: CometBFT's default age of evidence is 100,000 blocks, and whoever
/// was deceived so long ago holds a state that differs.
const LOOK_BACK_MAX: u64 = 10_000;
/// Blocks that a single look reads whether they were read before or not.
const READ_AGAIN: u64 = 100;
/// How long a failed read is left alone, at first and at most.
const RETRY_MIN: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(60);
/// How the document is called that says which block comes next.
const DOCUMENT: &str = "committed_evidence";

/// Why blocks can't be read.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the headers {from} to {to} of {endpoint} do not follow one another up to the verified one")]
    NoChain { endpoint: String, from: BlockHeight, to: BlockHeight },
    #[error("{endpoint} tells of other evidence in block {height} than its header commits to")]
    Lie { endpoint: String, height: BlockHeight },
    #[error("evidence in block {height} can't be compared: no endpoint has block {wanted}")]
    NotComparable { height: BlockHeight, wanted: BlockHeight },
}

/// Reads the evidence in a chain's blocks, for ever.
pub(super) async fn watch(shell: Arc<Shell>, tracked: Arc<Tracked>) {
    let chain = &tracked.chain;
    let head = chain.head_at_least(BlockHeight(1)).await;
    let mut next = begin(&shell, &tracked, head);
    let mut failures = 0_u32;
    loop {
        let head = chain.head_at_least(next).await;
        let to = head.min(next.forward(HEADERS_MAX - 1));
        match read(&shell, &tracked, next, to).await {
            Ok(()) => {
                (next, failures) = (to.next(), 0);
                if to == head {
                    tokio::time::sleep(READ_EVERY).await;
                }
            }
            Err(error) => {
                if failures == 0 {
                    warn!(chain = %chain.id, from = %next, %to, %error, "evidence in blocks can't be read now; it is tried again");
                } else {
                    debug!(chain = %chain.id, from = %next, %to, %error, "evidence in blocks still can't be read");
                }
                tokio::time::sleep(RETRY_MIN.saturating_mul(1 << failures.min(10)).min(RETRY_MAX)).await;
                failures = failures.saturating_add(1);
                // A range that no endpoint keeps is left behind with the time.
                next = next.max(BlockHeight(head.0.saturating_sub(LOOK_BACK_MAX).max(1)));
            }
        }
    }
}

/// Reads what an earlier run has not read, and the newest blocks, once.
pub(super) async fn once(shell: &Shell, tracked: &Tracked) {
    let chain = &tracked.chain;
    let head = chain.head_at_least(BlockHeight(1)).await;
    let mut next = begin(shell, tracked, head).min(head.back(READ_AGAIN).max(BlockHeight(1)));
    while next <= head {
        let to = head.min(next.forward(HEADERS_MAX - 1));
        if let Err(error) = read(shell, tracked, next, to).await {
            warn!(chain = %chain.id, from = %next, %to, %error, "evidence in blocks can't be read now");
            return;
        }
        next = to.next();
    }
}

/// Where an earlier run has ended, if that is not too long ago; else the head.
fn begin(shell: &Shell, tracked: &Tracked, head: BlockHeight) -> BlockHeight {
    let written = shell.store.document(DOCUMENT, tracked.chain.id.as_str());
    let written = written.unwrap_or_else(|error| {
        warn!(chain = %tracked.chain.id, %error, "which blocks were read for evidence is not known; reading begins at the head");
        None
    });
    let next = written.and_then(|json| json.as_u64()).map_or(head, BlockHeight);
    next.max(BlockHeight(head.0.saturating_sub(LOOK_BACK_MAX).max(1))).min(head)
}

/// Reads the evidence of these blocks, as the first endpoint that proves what it says has it.
async fn read(shell: &Shell, tracked: &Tracked, from: BlockHeight, to: BlockHeight) -> Result<(), Unread> {
    let mut failed = None;
    for endpoint in tracked.chain.all_endpoints() {
        match read_at(shell, tracked, endpoint, from, to).await {
            Ok(()) => {
                let next = serde_json::Value::from(to.next().0);
                shell.store.put_document(DOCUMENT, tracked.chain.id.as_str(), &next).await?;
                return Ok(());
            }
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(()), Err)
}

async fn read_at(
    shell: &Shell,
    tracked: &Tracked,
    endpoint: &Endpoint,
    from: BlockHeight,
    to: BlockHeight,
) -> Result<(), Unread> {
    let found = endpoint.headers(from, to).await?;
    let headers = tracked.chain.headers().await?;
    // Below what is trusted nothing is verified: there a node can hide evidence, not invent any.
    if headers.reaches(to).await {
        let verified = headers.verified(endpoint, to, None).await?;
        let is_top = found.last().is_some_and(|top| top.hash() == verified.header_hash());
        if !is_top || !follow_one_another(&found) {
            return Err(Unread::NoChain { endpoint: endpoint.name().to_owned(), from, to });
        }
    }
    for header in found.iter().filter(|header| commits_evidence(header)) {
        for evidence in evidence_in(endpoint, header).await? {
            judge(shell, tracked, evidence, BlockHeight(header.height.value())).await?;
        }
    }
    Ok(())
}

fn follow_one_another(headers: &[Header]) -> bool {
    headers.windows(2).all(|pair| pair[1].last_block_id.is_some_and(|id| id.hash == pair[0].hash()))
}

/// The evidence in the block of this header. What it commits to and can't be read is of a kind that came later.
async fn evidence_in(endpoint: &Endpoint, header: &Header) -> Result<Vec<Evidence>, Unread> {
    let height = BlockHeight(header.height.value());
    let contents = endpoint.block(height).await?;
    let lie = || Unread::Lie { endpoint: endpoint.name().to_owned(), height };
    let raw: Result<Vec<_>, _> = contents.evidence.iter().map(|json| evidence_from_rpc_json(json)).collect();
    let raw = raw.map_err(|error| {
        warn!(%endpoint, %height, %error, "evidence in a block can't be read");
        lie()
    })?;
    if Some(evidence_hash(&raw)) != header.evidence_hash {
        return Err(lie());
    }
    let read = raw.into_iter().filter_map(|raw| {
        let read = Evidence::try_from(raw);
        read.inspect_err(|error| warn!(%endpoint, %height, %error, "evidence in a block is malformed")).ok()
    });
    Ok(read.collect())
}

async fn judge(shell: &Shell, tracked: &Tracked, evidence: Evidence, height: BlockHeight) -> Result<(), Unread> {
    match evidence {
        Evidence::LightClientAttack(attack) => accuse(shell, tracked, &attack, height).await,
        Evidence::DuplicateVote(votes) => tell(shell, tracked, &votes, height).await,
    }
}

/// A block that light clients would have believed: proven again, for clients.
async fn accuse(
    shell: &Shell,
    tracked: &Tracked,
    attack: &LightClientAttack,
    height: BlockHeight,
) -> Result<(), Unread> {
    let chain = &tracked.chain;
    let conflicting = &attack.conflicting;
    // What we have answered, we have told the chain's nodes of as well, and meet again.
    if headers::state(conflicting).is_ok_and(|state| shell.watch.knows_header_of(&state)) {
        info!(chain = %chain.id, %height, conflicting = %conflicting.height(), "a chain has taken note of an attack that is answered");
        return Ok(());
    }
    // A node names the height of the block itself where it is not made up; clients need one below.
    let common = attack.common_height.min(BlockHeight(conflicting.height().0.saturating_sub(1)));
    let base = told::state_at(tracked, common).await.ok_or(Unread::NotComparable { height, wanted: common })?;
    let options = *chain.headers().await?.options();
    let now = shell.clock.timestamp();
    let Some(proof) = told::contradicted(tracked, &base, conflicting, options, now).await else {
        warn!(chain = %chain.id, %height, conflicting = %conflicting.height(), "a block holds evidence of an attack that no client could be shown: it is too old, or no endpoint has what contradicts it");
        return Ok(());
    };
    let case = Case { chain: chain.id.clone(), found: Found::Committed { block: height }, at: now, proof };
    if shell.watch.found(case) {
        error!(chain = %chain.id, %height, conflicting = %conflicting.height(), "a chain's own validators have proven an attack on light clients");
    }
    Ok(())
}

/// One validator that signed two blocks: no client is deceived by that alone.
async fn tell(shell: &Shell, tracked: &Tracked, votes: &DuplicateVote, height: BlockHeight) -> Result<(), Unread> {
    let chain = &tracked.chain.id;
    for witness in &tracked.witnesses {
        let Ok(block) = witness.block(votes.height).await else { continue };
        match votes.judge(&block) {
            Ok(()) => {
                shell.watch.voted_twice(chain);
                warn!(%chain, %height, validator = %votes.address, at = %votes.height, power = votes.power, total = votes.total_power, "a validator signed two blocks of one height; its chain knows");
            }
            Err(error) => {
                warn!(%chain, %height, validator = %votes.address, at = %votes.height, %error, "a block holds evidence of two votes that proves nothing");
            }
        }
        return Ok(());
    }
    Err(Unread::NotComparable { height, wanted: votes.height })
}
