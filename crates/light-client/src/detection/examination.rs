//! Where two nodes part: the blocks of one are verified height by height along the trace of the other
//! (CometBFT `examineConflictingHeaderAgainstTrace`).

use tendermint::Hash;
use types::{BlockHeight, Timestamp};

use super::Divergence;
use crate::{Bisection, Invalid, LightBlock, Options, Progress, TrustedState};

/// A walk along a trace, with the blocks of the other node.
#[derive(Clone, Debug)]
pub(super) struct Examination {
    trace: Vec<LightBlock>,
    /// What the other node has, at a height of the trace or below its last: where the walk ends.
    target: LightBlock,
    options: Options,
    /// The block of the trace that is compared next.
    index: usize,
    /// The blocks that led to the last one that was verified; the first is one that both have.
    verified: Vec<LightBlock>,
    walk: Option<Walk>,
    wanted: BlockHeight,
}

/// From the last block that both have to a block of the other node.
#[derive(Clone, Debug)]
struct Walk {
    bisection: Bisection,
    block: LightBlock,
}

pub(super) enum Step {
    /// The block at [`Examination::wanted`] is wanted of the other node.
    Wanted,
    /// Here they part.
    Diverged(Box<Divergence>),
    /// The first block of the trace is another one already.
    NoCommonBlock { height: BlockHeight, got: Hash },
    /// They do not part.
    Agrees,
    /// The other node can't prove what it has.
    Unproven(Invalid),
}

impl Examination {
    pub(super) fn start(trace: Vec<LightBlock>, target: LightBlock, options: Options) -> Self {
        let wanted = trace.first().map_or(target.height(), LightBlock::height);
        Self { trace, target, options, index: 0, verified: Vec::new(), walk: None, wanted }
    }

    pub(super) fn wanted(&self) -> BlockHeight {
        self.wanted
    }

    pub(super) fn target_height(&self) -> BlockHeight {
        self.target.height()
    }

    /// Goes as far as the blocks lead that are known, and one more.
    pub(super) fn advance(&mut self, mut block: Option<LightBlock>, now: Timestamp) -> Step {
        loop {
            let step = match self.walk.take() {
                None => self.enter(&mut block),
                Some(walk) => self.go(walk, &mut block, now),
            };
            match step {
                Ok(()) => {}
                Err(step) => return step,
            }
        }
    }

    /// Turns to the next block of the trace.
    fn enter(&mut self, given: &mut Option<LightBlock>) -> Result<(), Step> {
        let Some(traced) = self.trace.get(self.index) else { return Err(Step::Agrees) };
        if traced.height() > self.target.height() {
            return self.pass_the_target();
        }
        let block = if traced.height() == self.target.height() {
            self.target.clone()
        } else {
            self.take(traced.height(), given)?
        };
        let Some(traced) = self.trace.get(self.index) else { return Err(Step::Agrees) };
        if self.index > 0 {
            return self.walk_to(block);
        }
        if block.header_hash() != traced.header_hash() {
            return Err(Step::NoCommonBlock { height: block.height(), got: block.header_hash() });
        }
        self.verified = vec![block];
        self.index = 1;
        Ok(())
    }

    /// The trace goes on above the last block of the other node, which is later nevertheless.
    fn pass_the_target(&mut self) -> Result<(), Step> {
        let Some(traced) = self.trace.get(self.index) else { return Err(Step::Agrees) };
        let (time, target_time) = (traced.signed_header.header.time, self.target.signed_header.header.time);
        if time > target_time {
            return Err(Step::Agrees);
        }
        match self.verified.last() {
            Some(last) if last.height() < self.target.height() => self.walk_to(self.target.clone()),
            // The last block that both have is what the trace is measured by.
            Some(last) => {
                self.verified = vec![last.clone()];
                Err(self.diverged())
            }
            None => {
                let (trusted, got) = (traced.height(), self.target.height());
                Err(Step::Unproven(Invalid::HeightNotAbove { trusted, got }))
            }
        }
    }

    fn walk_to(&mut self, block: LightBlock) -> Result<(), Step> {
        let bisection = self.bisection(block.height()).map_err(Step::Unproven)?;
        self.walk = Some(Walk { bisection, block });
        Ok(())
    }

    fn bisection(&self, height: BlockHeight) -> Result<Bisection, Invalid> {
        let last = self.verified.last().ok_or(Invalid::NothingRequested(height))?;
        let next_validators = last.next_validators.clone().ok_or(Invalid::NextValidatorsMissing)?;
        Bisection::start((TrustedState::of_verified(last)?, next_validators), height, self.options)
    }

    fn go(&mut self, mut walk: Walk, given: &mut Option<LightBlock>, now: Timestamp) -> Result<(), Step> {
        let height = walk.block.height();
        let block = match walk.bisection.next_request() {
            Some(wanted) if wanted != height => match self.take(wanted, given) {
                Ok(block) => block,
                Err(step) => {
                    self.walk = Some(walk);
                    return Err(step);
                }
            },
            Some(_) | None => walk.block.clone(),
        };
        match walk.bisection.supply(block, now) {
            Progress::Progressed => {
                self.walk = Some(walk);
                Ok(())
            }
            Progress::Rejected(invalid) => Err(Step::Unproven(invalid)),
            Progress::Verified(path) => self.arrive(walk.block, path),
        }
    }

    /// The other node has proven its block: is it the one of the trace?
    fn arrive(&mut self, block: LightBlock, path: Vec<LightBlock>) -> Result<(), Step> {
        self.verified = self.verified.pop().into_iter().chain(path).collect();
        let Some(traced) = self.trace.get(self.index) else { return Err(Step::Agrees) };
        if traced.height() != block.height() || traced.header_hash() != block.header_hash() {
            return Err(self.diverged());
        }
        self.index += 1;
        Ok(())
    }

    fn diverged(&self) -> Step {
        let Some(conflicting) = self.trace.get(self.index) else { return Step::Agrees };
        let Some((common, path)) = self.verified.split_first() else { return Step::Agrees };
        Step::Diverged(Box::new(Divergence::new(common.clone(), path.to_vec(), conflicting.clone())))
    }

    /// The block that was brought, if it is of this height; else it is asked for.
    fn take(&mut self, height: BlockHeight, given: &mut Option<LightBlock>) -> Result<LightBlock, Step> {
        self.wanted = height;
        match given.take() {
            None => Err(Step::Wanted),
            Some(block) if block.height() == height => Ok(block),
            Some(block) => Err(Step::Unproven(Invalid::UnexpectedHeight { expected: height, got: block.height() })),
        }
    }
}
