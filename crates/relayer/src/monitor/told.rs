//! A header that somebody was told, against what the endpoints of its chain have there.

use light_client::{Divergence, LightBlock, Options, TrustedState, Verdict, verify};
use tendermint::Hash;
use types::{BlockHeight, Timestamp};

use super::tracked::Tracked;
use super::witness::{Branch, Witness, Word};
use super::words::{Weight, gather};
use crate::evidence::Proof;
use crate::headers;

/// What the endpoints have at the height of a header; of several words the last in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    /// Nobody answers.
    Nothing,
    /// Whoever answers has this header.
    True,
    /// One at least has not come so far: it may have another one yet.
    Behind,
    /// One at least has another one.
    Other,
}

/// Do the endpoints have this header?
pub(super) async fn known(tracked: &Tracked, told: &LightBlock) -> Known {
    let hash = told.header_hash();
    let asked = tracked.witnesses.iter().map(|witness| asked(witness, told.height(), hash));
    let known = gather(asked, |answer| match answer {
        Known::True => Weight::Confirms,
        Known::Other => Weight::Contradicts,
        Known::Behind | Known::Nothing => Weight::None,
    });
    known.await.into_iter().max().unwrap_or(Known::Nothing)
}

async fn asked(witness: &Witness, height: BlockHeight, hash: Hash) -> Known {
    match witness.block(height).await {
        Ok(block) if block.header_hash() == hash => Known::True,
        Ok(_) => Known::Other,
        Err(error) if error.is_too_high() => Known::Behind,
        Err(_) => Known::Nothing,
    }
}

/// The proof against a header, if an endpoint has one that contradicts it: both verified, by these rules, from `base`, a
/// state of the chain below.
pub(super) async fn contradicted(
    tracked: &Tracked,
    base: &TrustedState,
    lie: &LightBlock,
    options: Options,
    now: Timestamp,
) -> Option<Proof> {
    let held = headers::state(lie).ok()?;
    let common = tracked.block_of(base).await?;
    if !leads_to(base, &common, lie, options, now) {
        return None;
    }
    let (mut truth, mut other) = (None, None);
    for word in tracked.words(&held, Some((base, &common)), options).await {
        match word {
            Word::Contradicts(branch) => truth = truth.or(Some(branch)),
            Word::Agrees(_, branch) => other = other.or(branch),
            Word::Unproven(_) | Word::Behind(_) | Word::Pruned | Word::Silent(_) => {}
        }
    }
    let truth: Box<Branch> = truth?;
    // An endpoint that has the lie as well: who of the two is on the false side can't be told.
    let reverse = other.zip(truth.blocks.last()).and_then(|(other, last)| {
        let is_provable = leads_to(base, &common, last, options, now);
        is_provable.then(|| Box::new(Divergence::new(other.common, other.blocks, last.clone())))
    });
    let case = Divergence::new(truth.common, truth.blocks, lie.clone());
    Some(Proof::Blocks { case: Box::new(case), reverse })
}

fn leads_to(base: &TrustedState, common: &LightBlock, block: &LightBlock, options: Options, now: Timestamp) -> bool {
    let Some(next) = &common.next_validators else { return false };
    matches!(verify(block, base, next, &options, now), Verdict::Success)
}

/// A true state of the chain, as the first endpoint that answers has it; a claim, until something is verified from it.
pub(super) async fn state_at(tracked: &Tracked, height: BlockHeight) -> Option<TrustedState> {
    for witness in &tracked.witnesses {
        if let Ok(block) = witness.block(height).await
            && let Ok(state) = headers::state(&block)
        {
            return Some(state);
        }
    }
    None
}
