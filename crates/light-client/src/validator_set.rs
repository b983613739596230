//! A validator set as it came over the wire: in that order, checked once, with its hash.
//!
//! The rules are those of CometBFT's `ValidatorSetFromProto` and `ValidateBasic`. A set that a chain made itself keeps two
//! more: no validator twice, none without power. One that was made up need not, a client on a chain takes it all the
//! same, and so must whoever shall see the attack. The order is never changed.

use std::collections::BTreeMap;

use proto::tendermint_proto::types as raw;
use serde::{Deserialize, Serialize};
use tendermint::{
    Hash, account,
    crypto::default::Sha256,
    merkle::simple_hash_from_byte_vectors,
    validator::{Info, ProposerPriority},
};

/// Validators in wire order, with their proposer; see the module for what holds of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "raw::ValidatorSet", into = "raw::ValidatorSet")]
pub struct ValidatorSet {
    validators: Vec<Info>,
    index_by_address: BTreeMap<account::Id, usize>,
    proposer: usize,
    total_power: u64,
    hash: Hash,
}

/// Why validators are not a validator set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// There is no validator.
    #[error("validator set is empty")]
    Empty,
    /// There are more than [`ValidatorSet::LEN_MAX`] validators.
    #[error("validator set has {0} validators, more than {max}", max = ValidatorSet::LEN_MAX)]
    TooMany(usize),
    /// A key of a kind that is not known here: neither ed25519 nor secp256k1, or malformed.
    #[error("validator {index} has an unsupported validator key: {reason}")]
    UnsupportedKey {
        /// The place of the validator in the set.
        index: usize,
        /// What the decoder says.
        reason: String,
    },
    /// The address is not that of the key.
    #[error("validator {index} has an address that is not the address of its key")]
    Address {
        /// The place of the validator in the set.
        index: usize,
    },
    /// The voting power is negative.
    #[error("validator {index} has voting power {power}, below 0")]
    Power {
        /// The place of the validator in the set.
        index: usize,
        /// Its voting power.
        power: i64,
    },
    /// The voting powers sum up to more than [`ValidatorSet::TOTAL_POWER_MAX`].
    #[error("total voting power exceeds {max}", max = ValidatorSet::TOTAL_POWER_MAX)]
    TotalPower,
    /// The proposer is not in the set, or differs from the validator of that address.
    #[error("proposer is not a validator of the set: {0}")]
    Proposer(String),
}

impl ValidatorSet {
    /// CometBFT `types.MaxTotalVotingPower`.
    pub const TOTAL_POWER_MAX: u64 = (i64::MAX / 8) as u64;
    /// CometBFT `types.MaxVotesCount`.
    pub const LEN_MAX: usize = 10_000;

    /// A set of `validators` in this order. Without a given proposer it is the one that CometBFT's `findProposer`
    /// chooses: highest proposer priority, then lowest address.
    ///
    /// # Errors
    /// When a rule of the module is broken.
    pub fn new(validators: Vec<Info>, proposer: Option<account::Id>) -> Result<Self, ValidatorSetError> {
        if validators.len() > Self::LEN_MAX {
            return Err(ValidatorSetError::TooMany(validators.len()));
        }
        let mut index_by_address = BTreeMap::new();
        let mut total_power: u64 = 0;
        for (index, validator) in validators.iter().enumerate() {
            check_validator(index, validator)?;
            index_by_address.entry(validator.address).or_insert(index);
            total_power = total_power
                .checked_add(validator.power())
                .filter(|sum| *sum <= Self::TOTAL_POWER_MAX)
                .ok_or(ValidatorSetError::TotalPower)?;
        }
        let proposer = match proposer {
            Some(address) => index_by_address.get(&address).copied().ok_or_else(|| not_a_member(&address))?,
            None => find_proposer(&validators).ok_or(ValidatorSetError::Empty)?,
        };
        let hash = hash(&validators);
        Ok(Self { validators, index_by_address, proposer, total_power, hash })
    }

    /// The validators in wire order.
    pub fn validators(&self) -> &[Info] {
        &self.validators
    }

    /// How many validators there are, at least one.
    #[expect(clippy::len_without_is_empty, reason = "a set is never empty")]
    pub fn len(&self) -> usize {
        self.validators.len()
    }

    /// The proposer, a member of the set.
    pub fn proposer(&self) -> &Info {
        &self.validators[self.proposer]
    }

    /// The sum of the voting powers, at most [`Self::TOTAL_POWER_MAX`].
    pub fn total_power(&self) -> u64 {
        self.total_power
    }

    /// The Merkle root over the `SimpleValidator`s in wire order (CometBFT `ValidatorSet.Hash`).
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The first place of this address and the validator there (CometBFT `GetByAddress`).
    pub fn by_address(&self, address: &account::Id) -> Option<(usize, &Info)> {
        let index = *self.index_by_address.get(address)?;
        Some((index, self.validators.get(index)?))
    }
}

fn not_a_member(address: &account::Id) -> ValidatorSetError {
    ValidatorSetError::Proposer(address.to_string())
}

fn check_validator(index: usize, validator: &Info) -> Result<(), ValidatorSetError> {
    if account::Id::from(validator.pub_key) != validator.address {
        return Err(ValidatorSetError::Address { index });
    }
    Ok(())
}

/// CometBFT `findProposer` and `CompareProposerPriority`.
fn find_proposer(validators: &[Info]) -> Option<usize> {
    let rank = |validator: &Info| (core::cmp::Reverse(validator.proposer_priority), validator.address);
    validators.iter().enumerate().min_by_key(|(_, validator)| rank(validator)).map(|(index, _)| index)
}

pub(crate) fn hash(validators: &[Info]) -> Hash {
    let leaves: Vec<Vec<u8>> = validators.iter().map(Info::hash_bytes).collect();
    Hash::Sha256(simple_hash_from_byte_vectors::<Sha256>(&leaves))
}

impl TryFrom<raw::ValidatorSet> for ValidatorSet {
    type Error = ValidatorSetError;

    /// Reads a set in wire order. A given proposer must be a member with the key of that member, as ibc-go wants it;
    /// the total power of the message is not looked at, as in CometBFT, since anybody could have written it.
    fn try_from(raw: raw::ValidatorSet) -> Result<Self, ValidatorSetError> {
        if raw.validators.len() > Self::LEN_MAX {
            return Err(ValidatorSetError::TooMany(raw.validators.len()));
        }
        let read = |(index, validator)| validator_from_proto(index, validator);
        let validators = raw.validators.into_iter().enumerate().map(read).collect::<Result<Vec<Info>, _>>()?;
        let Some(proposer) = raw.proposer else { return Self::new(validators, None) };
        let foreign = |error: ValidatorSetError| ValidatorSetError::Proposer(error.to_string());
        let proposer = validator_from_proto(validators.len(), proposer).map_err(foreign)?;
        let set = Self::new(validators, Some(proposer.address))?;
        if set.proposer().pub_key != proposer.pub_key {
            return Err(not_a_member(&proposer.address));
        }
        Ok(set)
    }
}

/// A validator by its message. That its address is that of its key is for the set to check.
pub(crate) fn validator_from_proto(index: usize, raw: raw::Validator) -> Result<Info, ValidatorSetError> {
    let unsupported = |reason: String| ValidatorSetError::UnsupportedKey { index, reason };
    // A key of a kind that came after these messages decodes to no key at all.
    let key = raw.pub_key.ok_or_else(|| unsupported("the key is missing".to_owned()))?;
    if key.sum.is_none() {
        return Err(unsupported("the key is neither ed25519 nor secp256k1".to_owned()));
    }
    let pub_key = tendermint::PublicKey::try_from(key).map_err(|error| unsupported(error.to_string()))?;
    let address = account::Id::try_from(raw.address).map_err(|_| ValidatorSetError::Address { index })?;
    let out_of_range = |_| ValidatorSetError::Power { index, power: raw.voting_power };
    let power = tendermint::vote::Power::try_from(raw.voting_power).map_err(out_of_range)?;
    let proposer_priority = ProposerPriority::from(raw.proposer_priority);
    Ok(Info { address, pub_key, power, name: None, proposer_priority })
}

impl From<ValidatorSet> for raw::ValidatorSet {
    /// Writes the set in wire order with its proposer, and with total power 0 as CometBFT's `ToProto` does.
    fn from(set: ValidatorSet) -> Self {
        let proposer = set.proposer().clone();
        Self {
            validators: set.validators.into_iter().map(Into::into).collect(),
            proposer: Some(proposer.into()),
            total_voting_power: 0,
        }
    }
}

#[cfg(test)]
mod tests;
