//! What a check ends in. That trust does not reach far enough is an answer, not an error: try a block in between.

use core::fmt;
use std::time::Duration;

use tendermint::{Hash, Time, account};
use types::BlockHeight;

mod code;

/// The answer of [`crate::verify()`].
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The block is of that chain, and may be trusted from now on.
    Success,
    /// Too few of the trusted validators signed it to tell; a block in between may bridge the gap.
    NotEnoughTrust(Tally),
    /// The block is not of that chain, or can't be told by this trusted state.
    Invalid(Invalid),
}

/// A count of voting power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The power that signed.
    pub signed: u64,
    /// The power that must be exceeded.
    pub needed: u64,
    /// The power of the whole set.
    pub total: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} signed, more than {} needed", self.signed, self.total, self.needed)
    }
}

/// Why a block is refused; each variant is one rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are told by the message of their variant")]
pub enum Invalid {
    /// ICS-07: the validators that are taken as trusted are those that the trusted state names.
    #[error("trusted validators have the hash {got}, the trusted state has {expected}")]
    TrustedValidators { expected: Hash, got: Hash },
    /// A header that does not follow at once is told by the next validators of the trusted one.
    #[error("the trusted header came without its next validators, and nothing that came later brings them")]
    NoTrustedValidators,
    /// Step by step: a header is the next one (CometBFT `VerifyAdjacent`).
    #[error("header has height {got}, not the one after the trusted {trusted}")]
    NotAdjacent { trusted: BlockHeight, got: BlockHeight },
    /// ICS-07: trust ends when the trusting period has passed; at that very moment it has ended.
    #[error("trust expired at {expires_at}, it is {now}")]
    TrustExpired { expires_at: Time, now: Time },
    /// ICS-07: header and trusted state are of the same chain.
    #[error("header is of chain {got}, the trusted state is of {expected}")]
    ChainId { expected: String, got: String },
    /// A chain id that ICS-07 could not hold.
    #[error("header has a malformed chain id: {0}")]
    ChainIdMalformed(String),
    /// ICS-07: header and trusted height are of the same revision (ibc-go `verifyHeader`).
    #[error("header is of revision {got}, the trusted height is of {expected}")]
    Revision { expected: u64, got: u64 },
    /// CometBFT `Header.ValidateBasic`: the block protocol is 11.
    #[error("header has block protocol {0}, not 11")]
    BlockProtocol(u64),
    /// CometBFT `SignedHeader.ValidateBasic`: the commit is for the header's height.
    #[error("commit is for height {commit}, the header is of {header}")]
    CommitHeight { header: BlockHeight, commit: BlockHeight },
    /// CometBFT `SignedHeader.ValidateBasic`: the commit is for the header's hash.
    #[error("commit is for block {commit}, the header is {header}")]
    CommitHash { header: Hash, commit: Hash },
    /// CometBFT `Commit.ValidateBasic`: a commit has signatures.
    #[error("commit has no signatures")]
    NoSignatures,
    /// CometBFT `CommitSig.ValidateBasic`: a vote has a signature.
    #[error("vote {index} of the commit has no signature")]
    SignatureMissing { index: usize },
    /// ICS-07: a header is above the trusted height.
    #[error("header has height {got}, not above the trusted {trusted}")]
    HeightNotAbove { trusted: BlockHeight, got: BlockHeight },
    /// CometBFT counts heights in 63 bits.
    #[error("height {0} is over 63 bits")]
    HeightOutOfRange(u64),
    /// TMBC-TIME-PARAMS: header times increase with the height.
    #[error("header time {got} is not after the trusted {trusted}")]
    TimeNotAfter { trusted: Time, got: Time },
    /// ICS-07: a header's time is before now and the clock drift; at that very moment it is too late.
    #[error("header time {got} is not before {now} and a clock drift of {} s", clock_drift.as_secs_f64())]
    FromTheFuture { got: Time, now: Time, clock_drift: Duration },
    /// A time or a sum of times that can't be written down.
    #[error("time {0} is out of range")]
    TimeOutOfRange(String),
    /// TMBC-VAL-CONTAINS-CORR: the validators that come with a header are those that it names.
    #[error("header names validators {expected}, those that came have the hash {got}")]
    ValidatorsHash { expected: Hash, got: Hash },
    /// The next validators that come with a header are those that it names.
    #[error("header names next validators {expected}, those that came have the hash {got}")]
    NextValidatorsHash { expected: Hash, got: Hash },
    /// A block that trust is to go on from comes with its next validators.
    #[error("the next validators are missing")]
    NextValidatorsMissing,
    /// ICS-07, adjacent headers: the validators are those that the trusted header announced.
    #[error("header names validators {got}, the trusted state announced {expected}")]
    AdjacentValidators { expected: Hash, got: Hash },
    /// CometBFT `verifyBasicValsAndCommit`: a commit has one entry for each validator.
    #[error("commit has {got} entries for {expected} validators")]
    SignatureCount { expected: usize, got: usize },
    /// CometBFT `verifyCommitSingle`: an entry at an index is of the validator at that index.
    #[error("vote {index} of the commit is of {got}, not of validator {expected}")]
    AddressAtIndex { index: usize, expected: account::Id, got: account::Id },
    /// CometBFT `verifyCommitSingle`: a validator votes once in a commit.
    #[error("validator {address} votes twice in the commit, at {first} and {second}")]
    DoubleVote { address: account::Id, first: usize, second: usize },
    /// TMBC-VAL-COMMIT: the signature is over the vote, by the validator's key.
    #[error("vote {index} of the commit has a wrong signature of {address}")]
    WrongSignature { index: usize, address: account::Id },
    /// TMBC-VAL-COMMIT: more than two thirds of a header's validators sign it.
    #[error("too few validators of the header signed it: {0}")]
    NotEnoughPower(Tally),
    /// CometBFT `verifyCommitLightTrustingInternal`: the power needed is computed in 64 bits.
    #[error("trust threshold {threshold} of a power of {total} overflows")]
    PowerOverflow { threshold: String, total: u64 },
    /// A hash has 32 bytes.
    #[error("hash of the next validators has {0} bytes, not 32")]
    HashLength(usize),
    /// The block that trust starts from has the hash that was vouched for.
    #[error("block has the hash {got}, trust was given to {expected}")]
    AnchorHash { expected: Hash, got: Hash },
    /// Bisection: the block that was asked for is the one that comes.
    #[error("block {got} came where {expected} was asked for")]
    UnexpectedHeight { expected: BlockHeight, got: BlockHeight },
    /// Bisection: no block is asked for any more.
    #[error("block {0} came after the target was verified")]
    NothingRequested(BlockHeight),
    /// CometBFT `VerifyBackwards`: an older header's time is before the trusted one.
    #[error("older header has the time {got}, not before the trusted {trusted}")]
    TimeNotBefore { trusted: Time, got: Time },
    /// CometBFT `VerifyBackwards`: an older header is the last block of the trusted one.
    #[error("older header has the hash {got}, the trusted one follows {}", expected.map_or_else(|| "none".to_owned(), |hash| hash.to_string()))]
    LastBlock { expected: Option<Hash>, got: Hash },
}
