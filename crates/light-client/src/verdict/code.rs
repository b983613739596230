//! A stable code for each reason, for programs to tell them apart by.

use crate::{Invalid, LightBlockError, ValidatorSetError, Verdict};

impl Verdict {
    /// What it is called: `success`, `not_enough_trust` or `invalid`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::NotEnoughTrust(_) => "not_enough_trust",
            Self::Invalid(_) => "invalid",
        }
    }

    /// The code of the reason; none for a success.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Success => None,
            Self::NotEnoughTrust(_) => Some("not_enough_trusted_power"),
            Self::Invalid(invalid) => Some(invalid.code()),
        }
    }
}

impl Invalid {
    /// The code of the rule that is broken.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TrustedValidators { .. } => "trusted_validators_hash",
            Self::NoTrustedValidators => "no_trusted_validators",
            Self::NotAdjacent { .. } => "not_adjacent",
            Self::TrustExpired { .. } => "trust_expired",
            Self::ChainId { .. } => "chain_id",
            Self::ChainIdMalformed(_) => "chain_id_malformed",
            Self::Revision { .. } => "revision",
            Self::BlockProtocol(_) => "block_protocol",
            Self::CommitHeight { .. } => "commit_height",
            Self::CommitHash { .. } => "commit_hash",
            Self::NoSignatures => "no_signatures",
            Self::SignatureMissing { .. } => "signature_missing",
            Self::HeightNotAbove { .. } => "height_not_above",
            Self::HeightOutOfRange(_) => "height_out_of_range",
            Self::TimeNotAfter { .. } => "time_not_after",
            Self::FromTheFuture { .. } => "from_the_future",
            Self::TimeOutOfRange(_) => "time_out_of_range",
            Self::ValidatorsHash { .. } => "validators_hash",
            Self::NextValidatorsHash { .. } => "next_validators_hash",
            Self::NextValidatorsMissing => "next_validators_missing",
            Self::AdjacentValidators { .. } => "adjacent_validators",
            Self::SignatureCount { .. } => "signature_count",
            Self::AddressAtIndex { .. } => "address_at_index",
            Self::DoubleVote { .. } => "double_vote",
            Self::WrongSignature { .. } => "wrong_signature",
            Self::NotEnoughPower(_) => "not_enough_power",
            Self::PowerOverflow { .. } => "power_overflow",
            Self::HashLength(_) => "hash_length",
            Self::AnchorHash { .. } => "anchor_hash",
            Self::UnexpectedHeight { .. } => "unexpected_height",
            Self::NothingRequested(_) => "nothing_requested",
            Self::TimeNotBefore { .. } => "time_not_before",
            Self::LastBlock { .. } => "last_block",
        }
    }
}

impl LightBlockError {
    /// The code of what is wrong.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManySignatures(_) => "too_many_signatures",
            Self::AbsentNotEmpty { .. } => "absent_not_empty",
            Self::Malformed(_) => "malformed",
        }
    }
}

impl ValidatorSetError {
    /// The code of the rule that is broken.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "no_validators",
            Self::TooMany(_) => "too_many_validators",
            Self::UnsupportedKey { .. } => "unsupported_key",
            Self::Address { .. } => "validator_address",
            Self::Power { .. } => "validator_power",
            Self::TotalPower => "total_power",
            Self::Proposer(_) => "proposer",
        }
    }
}
