//! Attacks on light clients: blocks that conflict with the honest ones, under commits that the validators did sign.
//!
//! The kinds are those of CometBFT's evidence (`types/evidence.go`). What tells them apart are five hashes of the header
//! that a correct execution leaves no choice about: validators, next validators, consensus parameters, app, last results.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use light_client::{Tally, ValidatorSet};
use sha2::{Digest, Sha256};
use tendermint::Hash;
use types::Timestamp;

use super::production::{Proposal, Upcoming, comet_height};
use super::{Block, Chain, Stalled, Voting, block, rotation, vote};
use crate::app::context::Ctx;
use crate::app::error::{AppError, Result as AppResult};

/// The highest height of an attack: half of the way to what CometBFT can count.
const HEIGHT_MAX: u64 = 1 << 62;

/// A way to lie to light clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Another block at the same height and in the same round: other transactions, the five hashes equal. Whoever signed
    /// both commits is told by them. A light client that trusts a block before accepts either.
    Equivocation,
    /// The same, but committed in a later round: nobody can tell from the two commits alone who broke the rules.
    Amnesia,
    /// A block whose app hash is made up, or stands for a state that is ([`Conspiracy::forging`]). Where the liars have
    /// not more than two thirds they name themselves as its validators: then the block before does not vouch for it, but
    /// a client that trusts an older one accepts it, if they have more than a third of the validators that it knows.
    Lunatic,
    /// The same above the head, at a height that no honest node has. Its time is the head's, or another
    /// ([`Conspiracy::dated`]): an honest block of that height will be later, and so would have to be this one.
    ForwardLunatic,
    /// A block that is right but for its time, which is that of the block before. Two heights without time between
    /// them are a violation of BFT time; if the chain has the height, there are two blocks at it as well.
    BftTime,
}

/// Who takes part in an [`Attack`], and what is made up. By default all validators, and nothing that has substance.
#[derive(Default)]
pub struct Conspiracy<'a> {
    byzantine: Option<BTreeSet<usize>>,
    forge: Option<Forge<'a>>,
    txs: Option<Vec<Bytes>>,
    time: Option<Timestamp>,
}

type Forge<'a> = Box<dyn FnOnce(&mut Ctx) -> AppResult<()> + 'a>;

/// Why an attack can't be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttackError {
    /// The chain has no such block (or keeps it no more).
    #[error("there is no block {0}")]
    NoBlock(u64),
    /// The block would have to be above the head.
    #[error("height {0} is not above the head")]
    NotAboveHead(u64),
    /// The chain that went on from there would come to heights that CometBFT can't count.
    #[error("height {0} is higher than a chain can go on from")]
    TooHigh(u64),
    /// The application does not know that state (any more).
    #[error("there is no state of height {0}")]
    NoState(u64),
    /// Even a client that looks back would not believe the byzantine validators.
    #[error("too few validators of the chain are byzantine: {0}")]
    NotEnoughPower(Tally),
    /// Too few of the block's own validators are byzantine.
    #[error(transparent)]
    Stalled(#[from] Stalled),
    /// The block would be the honest one.
    #[error("nothing is forged: block {0} would be the honest one")]
    NothingForged(u64),
    /// The state was not to be changed so.
    #[error("state could not be forged: {0}")]
    State(#[from] AppError),
    /// The byzantine validators make no set.
    #[error(transparent)]
    Validators(#[from] rotation::ValidatorsError),
}

impl<'a> Conspiracy<'a> {
    /// Of these validators, by their numbers. The others do not vote for the false block.
    #[must_use]
    pub fn of(mut self, validators: impl IntoIterator<Item = usize>) -> Self {
        self.byzantine = Some(validators.into_iter().collect());
        self
    }

    /// With a state that was changed so: what is not true can be proven under the app hash of a lunatic block.
    #[must_use]
    pub fn forging(mut self, change: impl FnOnce(&mut Ctx) -> AppResult<()> + 'a) -> Self {
        self.forge = Some(Box::new(change));
        self
    }

    /// With these transactions in the false block; without, it holds one that no application can read in the place of the
    /// honest ones (equivocation, amnesia), or nothing.
    #[must_use]
    pub fn with_txs(mut self, txs: Vec<Bytes>) -> Self {
        self.txs = Some(txs);
        self
    }

    /// With this time in the header of a forward lunatic block, instead of the head's: it may lie in the future, where
    /// no honest header contradicts it yet.
    #[must_use]
    pub fn dated(mut self, time: Timestamp) -> Self {
        self.time = Some(time);
        self
    }
}

impl fmt::Debug for Conspiracy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conspiracy").field("byzantine", &self.byzantine).finish_non_exhaustive()
    }
}

impl Chain {
    /// A fork whose last block is a false one at this height; the byzantine validators may go on with it.
    ///
    /// # Errors
    /// When this chain can't be lied about so; see [`AttackError`].
    pub fn attack(&self, attack: Attack, height: u64, conspiracy: Conspiracy<'_>) -> Result<Self, AttackError> {
        match attack {
            Attack::Equivocation => self.equivocate(height, conspiracy, false),
            Attack::Amnesia => self.equivocate(height, conspiracy, true),
            Attack::Lunatic => self.lunatic(height, conspiracy),
            Attack::ForwardLunatic => self.forward_lunatic(height, conspiracy),
            Attack::BftTime => self.break_time(height, conspiracy),
        }
    }

    fn equivocate(&self, height: u64, conspiracy: Conspiracy<'_>, forgets: bool) -> Result<Self, AttackError> {
        let honest = self.block(height).ok_or(AttackError::NoBlock(height))?;
        let mut fork = self.fork_before(height)?;
        fork.take_over(&conspiracy);

        let unreadable = || vec![Bytes::from_static(b"equivocation")];
        let txs = conspiracy.txs.unwrap_or_else(unreadable);
        if txs == honest.txs {
            return Err(AttackError::NothingForged(height));
        }
        let mut header = honest.header.clone();
        header.data_hash = Some(Hash::Sha256(block::data_hash(&txs)));
        header.evidence_hash = Some(Hash::Sha256(block::evidence_hash(&[])));
        let mut round = u16::try_from(honest.commit.round.value()).unwrap_or(u16::MAX);
        if forgets {
            (round, header.proposer_address) = fork.proposer(round.saturating_add(1));
        }
        let last_commit = honest.last_commit.clone();
        fork.decide(Proposal { header, round, txs, evidence: Vec::new(), last_commit }, vote_time(honest))?;
        Ok(fork)
    }

    fn lunatic(&self, height: u64, mut conspiracy: Conspiracy<'_>) -> Result<Self, AttackError> {
        let honest = self.block(height).ok_or(AttackError::NoBlock(height))?;
        let mut fork = match conspiracy.forge.take() {
            Some(forge) => self.forged_before(height, forge)?,
            None => self.fork_before(height)?.with_made_up_state(),
        };
        if fork.upcoming.app_hash.as_slice() == honest.header.app_hash.as_bytes() {
            return Err(AttackError::NothingForged(height));
        }
        fork.usurp(&conspiracy)?;
        fork.make(conspiracy.txs.unwrap_or_default(), Vec::new(), vote_time(honest))?;
        Ok(fork)
    }

    fn forward_lunatic(&self, height: u64, mut conspiracy: Conspiracy<'_>) -> Result<Self, AttackError> {
        let head = self.block(self.height()).ok_or(AttackError::NoBlock(self.height()))?;
        if height <= self.height() {
            return Err(AttackError::NotAboveHead(height));
        }
        if height > HEIGHT_MAX {
            return Err(AttackError::TooHigh(height));
        }
        let mut fork = match conspiracy.forge.take() {
            Some(forge) if height == self.height() + 1 => self.forged_before(height, forge)?,
            Some(forge) => self.fork_before(self.height() + 1)?.forged_up_to(height - 1, forge)?,
            None => self.fork_before(self.height() + 1)?.with_made_up_state(),
        };
        fork.upcoming.height = height;
        fork.upcoming.time = conspiracy.time.unwrap_or_else(|| vote::timestamp(head.header.time));
        fork.usurp(&conspiracy)?;
        fork.make(conspiracy.txs.unwrap_or_default(), Vec::new(), fork.upcoming.time)?;
        Ok(fork)
    }

    fn break_time(&self, height: u64, conspiracy: Conspiracy<'_>) -> Result<Self, AttackError> {
        let before = height.checked_sub(1).and_then(|before| self.block(before)).ok_or(AttackError::NoBlock(height))?;
        let mut fork = self.fork_before(height)?;
        fork.take_over(&conspiracy);
        fork.upcoming.time = vote::timestamp(before.header.time);
        let honest_txs = || self.block(height).map(|honest| honest.txs.clone()).unwrap_or_default();
        fork.make(conspiracy.txs.unwrap_or_else(honest_txs), Vec::new(), vote_time(before))?;
        Ok(fork)
    }
}

/// What the attacks are made of.
impl Chain {
    fn fork_before(&self, height: u64) -> Result<Self, AttackError> {
        let last = height.saturating_sub(1);
        self.fork(last).ok_or(AttackError::NoState(last))
    }

    /// A fork of which the state that the header of `height` commits to was changed, in the block before.
    fn forged_before(&self, height: u64, forge: Forge<'_>) -> Result<Self, AttackError> {
        let mut fork = self.fork_before(height)?;
        let last = height.saturating_sub(1);
        let honest = self.block(last).ok_or(AttackError::NoBlock(last))?;
        let before = last.saturating_sub(1);
        fork.app = self.app.at(before).ok_or(AttackError::NoState(before))?;
        fork.app.edit(forge)?;
        let outcome = fork.app.finalize_block(fork.info(&honest.header), &honest.txs);
        let (results, events, app_hash) = (outcome.txs, outcome.events, fork.app.commit());
        let told = Arc::new(Block { results, events, app_hash, ..Block::clone(honest) });
        fork.history.push(told.clone());
        let Upcoming { validators, next_validators, .. } = fork.upcoming;
        fork.upcoming = Upcoming::of(told, validators, next_validators);
        // The state of the block before is another one already, though its header is the same.
        fork.common_height = Some(before);
        Ok(fork)
    }

    /// Goes on to a state of `height` without any blocks.
    fn forged_up_to(mut self, height: u64, forge: Forge<'_>) -> Result<Self, AttackError> {
        let head = self.upcoming.last.clone().ok_or(AttackError::NoBlock(height))?;
        self.app.edit(forge)?;
        let header = tendermint::block::Header { height: comet_height(height), ..head.header.clone() };
        self.app.finalize_block(self.info(&header), &[]);
        self.upcoming.app_hash = self.app.commit();
        Ok(self)
    }

    /// With an app hash that no state has.
    fn with_made_up_state(mut self) -> Self {
        self.upcoming.app_hash =
            Sha256::new_with_prefix(b"lunatic").chain_update(self.upcoming.app_hash).finalize().into();
        self
    }

    /// Lets the byzantine validators alone vote.
    fn take_over(&mut self, conspiracy: &Conspiracy<'_>) {
        self.voting.clear();
        let Some(byzantine) = &conspiracy.byzantine else { return };
        let members = self.upcoming.validators.validators().iter().chain(self.upcoming.next_validators.validators());
        let honest = members.filter_map(|info| self.keys.by_address(&info.address)).map(|key| key.validator);
        self.voting =
            honest.filter(|number| !byzantine.contains(number)).map(|number| (number, Voting::Absent)).collect();
    }

    /// Lets the byzantine validators alone vote, and be the only ones where they would be too few.
    fn usurp(&mut self, conspiracy: &Conspiracy<'_>) -> Result<(), AttackError> {
        self.take_over(conspiracy);
        let voters = self.voters();
        let byzantine = |set: &ValidatorSet| -> Vec<_> {
            let liars = set.validators().iter().filter(|info| !voters.is_absent(&info.address));
            liars.map(|info| (info.pub_key, info.power())).collect()
        };
        let liars = byzantine(&self.upcoming.validators);
        let signed: u64 = liars.iter().map(|(_, power)| power).sum();
        let total = self.upcoming.validators.total_power();
        if signed > total * 2 / 3 {
            return Ok(());
        }
        if signed <= total / 3 {
            return Err(AttackError::NotEnoughPower(Tally { signed, needed: total / 3, total }));
        }
        self.upcoming.validators = rotation::genesis(&liars)?;
        self.upcoming.next_validators = rotation::next(&self.upcoming.validators);
        Ok(())
    }
}

/// When the honest validators voted for a block.
fn vote_time(honest: &Block) -> Timestamp {
    vote::median_time(&honest.commit, &honest.validators).unwrap_or_else(|| vote::timestamp(honest.header.time))
}

#[cfg(test)]
mod tests;
