//! From a trusted block to a later one in as few headers as the validator sets allow (CometBFT `verifySkipping`).
//!
//! Sans-IO: [`Bisection::next_request`] says which block is wanted, [`Bisection::supply`] takes it. The target is
//! tried first; where trust does not reach, a block in the middle is asked for. Once that is verified, the target is
//! tried again, then the blocks that are already here, so that none is asked for twice.

use types::{BlockHeight, Timestamp};

use crate::{Invalid, LightBlock, Options, TrustedState, ValidatorSet, Verdict, verify};

/// A walk from a trusted state to a target height.
#[derive(Clone, Debug)]
pub struct Bisection {
    trusted: TrustedState,
    next_validators: ValidatorSet,
    target: BlockHeight,
    options: Options,
    /// Blocks that trust does not reach yet, heights descending, the target first.
    pending: Vec<LightBlock>,
    /// Blocks that were verified on the way, heights ascending.
    trace: Vec<LightBlock>,
    wanted: Option<BlockHeight>,
}

/// What a supplied block led to.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Go on with [`Bisection::next_request`].
    Progressed,
    /// The target is verified. The blocks that lead to it, heights ascending, the target last: each is verified by
    /// the one before it, and the first by the trusted state, so that a client can be updated with them in this order.
    Verified(Vec<LightBlock>),
    /// A block broke a rule and was dropped. [`Bisection::next_request`] asks again, best of another endpoint.
    Rejected(Invalid),
}

impl Bisection {
    /// Starts from a trusted state and its next validators.
    ///
    /// # Errors
    /// [`Invalid::TrustedValidators`] when the validators are not those of the state, [`Invalid::HeightNotAbove`]
    /// when the target is not above it.
    pub fn start(
        (trusted, next_validators): (TrustedState, ValidatorSet),
        target: BlockHeight,
        options: Options,
    ) -> Result<Self, Invalid> {
        crate::rules::trusted_validators_are_of_state(&trusted, &next_validators)?;
        let height = BlockHeight(trusted.height.revision_height);
        if target <= height {
            return Err(Invalid::HeightNotAbove { trusted: height, got: target });
        }
        let (pending, trace) = (Vec::new(), Vec::new());
        Ok(Self { trusted, next_validators, target, options, pending, trace, wanted: Some(target) })
    }

    /// The block that is wanted next; none once the target is verified.
    pub fn next_request(&self) -> Option<BlockHeight> {
        self.wanted
    }

    /// Takes the block that was asked for, and goes as far as it leads. `now` as in [`verify()`].
    pub fn supply(&mut self, block: LightBlock, now: Timestamp) -> Progress {
        let got = block.height();
        match self.wanted {
            None => return Progress::Rejected(Invalid::NothingRequested(got)),
            Some(expected) if expected != got => {
                return Progress::Rejected(Invalid::UnexpectedHeight { expected, got });
            }
            Some(_) => {}
        }
        self.pending.push(block);
        self.advance(now)
    }

    /// Tries the pending blocks from the new one on; after each success again from the target on.
    fn advance(&mut self, now: Timestamp) -> Progress {
        let mut depth = self.pending.len().saturating_sub(1);
        while depth < self.pending.len() {
            let block = &self.pending[depth];
            match verify(block, &self.trusted, &self.next_validators, &self.options, now) {
                Verdict::Success => {
                    if let Err(invalid) = self.trust(depth) {
                        return self.reject(depth, invalid);
                    }
                    if depth == 0 {
                        self.wanted = None;
                        return Progress::Verified(core::mem::take(&mut self.trace));
                    }
                    depth = 0;
                }
                Verdict::NotEnoughTrust(_) => depth += 1,
                Verdict::Invalid(invalid) => return self.reject(depth, invalid),
            }
        }
        self.wanted = Some(self.wanted_below());
        Progress::Progressed
    }

    /// Moves trust to the pending block at this depth; those below it are of no use any more.
    fn trust(&mut self, depth: usize) -> Result<(), Invalid> {
        let block = self.pending.swap_remove(depth);
        self.pending.truncate(depth);
        let state = TrustedState::of_verified(&block)?;
        match &block.next_validators {
            Some(next_validators) => self.next_validators = next_validators.clone(),
            // Nothing is verified by the target, so that its next validators may be unknown.
            None if depth == 0 => {}
            None => return Err(Invalid::NextValidatorsMissing),
        }
        self.trusted = state;
        self.trace.push(block);
        Ok(())
    }

    fn reject(&mut self, depth: usize, invalid: Invalid) -> Progress {
        self.pending.truncate(depth);
        self.wanted = Some(self.wanted_below());
        Progress::Rejected(invalid)
    }

    /// The target, or else the middle between the trusted block and the lowest that it does not reach. The two are
    /// never adjacent: an adjacent block is verified or invalid, and needs no trust in between.
    fn wanted_below(&self) -> BlockHeight {
        let Some(lowest) = self.pending.last() else { return self.target };
        let (low, high) = (self.trusted.height.revision_height, lowest.height().0);
        BlockHeight(low + high.saturating_sub(low) / 2)
    }
}

#[cfg(test)]
mod tests;
