//! The rules of ICS-07 about a header, one function each. Those about votes stand in `voting_power.rs`.
//!
//! Where tendermint-rs holds the same rule, it is the one that decides.

use tendermint::{
    Hash, Time,
    block::{CommitSig, Header, signed_header::SignedHeader},
};
use tendermint_light_client_verifier::predicates::{ProdPredicates, VerificationPredicates};
use types::{BlockHeight, ChainId, Height, Timestamp};

use crate::{Invalid, Options, TrustedState, ValidatorSet};

/// CometBFT `version.BlockProtocol`.
const BLOCK_PROTOCOL: u64 = 11;

/// ibc-go `checkTrustedHeader`: without it, whoever hands in the header chooses whom we trust.
pub(crate) fn trusted_validators_are_of_state(
    trusted: &TrustedState,
    validators: &ValidatorSet,
) -> Result<(), Invalid> {
    let (expected, got) = (trusted.next_validators_hash, validators.hash());
    if expected == got { Ok(()) } else { Err(Invalid::TrustedValidators { expected, got }) }
}

/// CometBFT `HeaderExpired`.
pub(crate) fn is_within_trusting_period(trusted_time: Time, options: &Options, now: Time) -> Result<(), Invalid> {
    let overflow = || Invalid::TimeOutOfRange(format!("{trusted_time} and {:?}", options.trusting_period));
    let expires_at = trusted_time.checked_add(options.trusting_period).ok_or_else(overflow)?;
    ProdPredicates
        .is_within_trust_period(trusted_time, options.trusting_period, now)
        .map_err(|_| Invalid::TrustExpired { expires_at, now })
}

/// What CometBFT's `SignedHeader.ValidateBasic` asks of a header and its commit alone.
pub(crate) fn signed_header_is_valid(signed: &SignedHeader) -> Result<(), Invalid> {
    block_protocol_is_known(&signed.header)?;
    commit_has_signatures(signed)?;
    commit_is_for_height(signed)?;
    commit_is_for_header(signed)
}

pub(crate) fn block_protocol_is_known(header: &Header) -> Result<(), Invalid> {
    if header.version.block == BLOCK_PROTOCOL { Ok(()) } else { Err(Invalid::BlockProtocol(header.version.block)) }
}

fn commit_has_signatures(signed: &SignedHeader) -> Result<(), Invalid> {
    if signed.commit.signatures.is_empty() {
        return Err(Invalid::NoSignatures);
    }
    let lacks_signature = |vote: &CommitSig| match vote {
        CommitSig::BlockIdFlagAbsent => false,
        CommitSig::BlockIdFlagCommit { signature, .. } | CommitSig::BlockIdFlagNil { signature, .. } => {
            signature.is_none()
        }
    };
    match signed.commit.signatures.iter().position(lacks_signature) {
        Some(index) => Err(Invalid::SignatureMissing { index }),
        None => Ok(()),
    }
}

fn commit_is_for_height(signed: &SignedHeader) -> Result<(), Invalid> {
    let (header, commit) = (signed.header.height, signed.commit.height);
    let of = |height: tendermint::block::Height| BlockHeight(height.value());
    if header == commit { Ok(()) } else { Err(Invalid::CommitHeight { header: of(header), commit: of(commit) }) }
}

fn commit_is_for_header(signed: &SignedHeader) -> Result<(), Invalid> {
    let commit = signed.commit.block_id.hash;
    ProdPredicates
        .header_matches_commit(&signed.header, commit)
        .map_err(|_| Invalid::CommitHash { header: signed.header.hash(), commit })
}

/// The chain id as ICS-07 can hold it.
pub(crate) fn chain_id(header: &Header) -> Result<ChainId, Invalid> {
    header.chain_id.as_str().parse().map_err(|error| Invalid::ChainIdMalformed(format!("{error}")))
}

pub(crate) fn is_of_chain(header: &Header, chain: &tendermint::chain::Id) -> Result<(), Invalid> {
    ProdPredicates
        .is_matching_chain_id(&header.chain_id, chain)
        .map_err(|_| Invalid::ChainId { expected: chain.to_string(), got: header.chain_id.to_string() })
}

/// ibc-go `verifyHeader`: an update never leaves the revision of the height it starts from.
pub(crate) fn is_of_revision(header: &Header, trusted: Height) -> Result<(), Invalid> {
    let (expected, got) = (trusted.revision_number, chain_id(header)?.revision_number());
    if expected == got { Ok(()) } else { Err(Invalid::Revision { expected, got }) }
}

pub(crate) fn height_is_above(header: &Header, trusted: tendermint::block::Height) -> Result<(), Invalid> {
    ProdPredicates.is_monotonic_height(header.height, trusted).map_err(|_| Invalid::HeightNotAbove {
        trusted: BlockHeight(trusted.value()),
        got: BlockHeight(header.height.value()),
    })
}

pub(crate) fn time_is_after(header: &Header, trusted: Time) -> Result<(), Invalid> {
    ProdPredicates
        .is_monotonic_bft_time(header.time, trusted)
        .map_err(|_| Invalid::TimeNotAfter { trusted, got: header.time })
}

pub(crate) fn is_not_from_the_future(header: &Header, options: &Options, now: Time) -> Result<(), Invalid> {
    let clock_drift = options.clock_drift;
    now.checked_add(clock_drift).ok_or_else(|| Invalid::TimeOutOfRange(format!("{now} and {clock_drift:?}")))?;
    ProdPredicates.is_header_from_past(header.time, clock_drift, now).map_err(|_| Invalid::FromTheFuture {
        got: header.time,
        now,
        clock_drift,
    })
}

/// ICS-07 holds times as unsigned Unix nanoseconds.
pub(crate) fn timestamp(time: Time) -> Result<Timestamp, Invalid> {
    let nanos = u64::try_from(time.unix_timestamp_nanos());
    nanos.map(Timestamp).map_err(|_| Invalid::TimeOutOfRange(time.to_string()))
}

/// A hash as a consensus state holds it.
pub(crate) fn sha256(bytes: &[u8]) -> Result<Hash, Invalid> {
    Ok(Hash::Sha256(bytes.try_into().map_err(|_| Invalid::HashLength(bytes.len()))?))
}

/// A time of ours as CometBFT's.
pub(crate) fn time(timestamp: Timestamp) -> Result<Time, Invalid> {
    const NANOS_PER_SECOND: u64 = 1_000_000_000;
    let out_of_range = || Invalid::TimeOutOfRange(timestamp.to_string());
    let seconds = i64::try_from(timestamp.0 / NANOS_PER_SECOND).map_err(|_| out_of_range())?;
    let nanos = u32::try_from(timestamp.0 % NANOS_PER_SECOND).map_err(|_| out_of_range())?;
    Time::from_unix_timestamp(seconds, nanos).map_err(|_| out_of_range())
}

pub(crate) fn validators_are_of_header(header: &Header, validators: &ValidatorSet) -> Result<(), Invalid> {
    let (expected, got) = (header.validators_hash, validators.hash());
    if expected == got { Ok(()) } else { Err(Invalid::ValidatorsHash { expected, got }) }
}

pub(crate) fn next_validators_are_of_header(header: &Header, next: &ValidatorSet) -> Result<(), Invalid> {
    let (expected, got) = (header.next_validators_hash, next.hash());
    if expected == got { Ok(()) } else { Err(Invalid::NextValidatorsHash { expected, got }) }
}

pub(crate) fn adjacent_validators_were_announced(header: &Header, announced: Hash) -> Result<(), Invalid> {
    ProdPredicates
        .valid_next_validator_set(header.validators_hash, announced)
        .map_err(|_| Invalid::AdjacentValidators { expected: announced, got: header.validators_hash })
}

pub(crate) fn header_is_the_anchor(header: &Header, expected: Hash) -> Result<(), Invalid> {
    let got = header.hash();
    if expected == got { Ok(()) } else { Err(Invalid::AnchorHash { expected, got }) }
}
