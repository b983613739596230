//! Blocks in the JSON of CometBFT's RPC: `{"signed_header": .., "validator_set": .., "next_validator_set": ..}`, as the
//! answers of `/commit` and `/validators` are put together, and as other people's test vectors are written.
//!
//! Numbers are read from texts and from numbers, keys in the spellings of [`key`], hashes in capital or small letters;
//! what is absent may be null or empty. A field that a rule reads must be there, and once. What no rule reads is
//! passed over: proposers, priorities but for their form, sums of power, the hash and bits of a commit.
//! Validators and signatures keep the order in which they are written.

mod evidence;
mod fields;
mod key;
mod signed_header;
mod validators;

use proto::tendermint_proto::types as raw;
use serde::Deserialize;
use serde_json::value::RawValue;
use tendermint::{Hash, block::Header};
use types::BlockHeight;

use crate::{
    Invalid, LightBlock, LightBlockError, TrustedState, ValidatorSet, ValidatorSetError,
    light_block::signed_header_from_proto, validator_set,
};

pub use self::evidence::evidence_from_rpc_json;
use self::{
    fields::Number,
    signed_header::{HeaderFields, SignedHeaderFields},
    validators::ValidatorSetFields,
};

/// Why JSON is no block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockJsonError {
    /// A field is missing, there twice, or malformed.
    #[error("block is malformed: {0}")]
    Malformed(String),
    /// The header or its commit is malformed.
    #[error(transparent)]
    SignedHeader(#[from] LightBlockError),
    /// The validators of the header are missing.
    #[error("validator_set is missing")]
    ValidatorsMissing,
    /// A validator set is malformed.
    #[error("{0}: {1}")]
    Validators(&'static str, ValidatorSetError),
    /// A rule about the header alone is broken.
    #[error(transparent)]
    Rule(#[from] Invalid),
}

impl BlockJsonError {
    /// The code of what is wrong.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::SignedHeader(error) => error.code(),
            Self::ValidatorsMissing => "validators_missing",
            Self::Validators(_, error) => error.code(),
            Self::Rule(invalid) => invalid.code(),
        }
    }
}

#[derive(Deserialize)]
struct BlockFields<'a> {
    #[serde(borrow)]
    signed_header: SignedHeaderFields<'a>,
    validator_set: Option<ValidatorSetFields<'a>>,
    next_validator_set: Option<ValidatorSetFields<'a>>,
}

/// The parts of a block that later ones are verified by.
#[derive(Deserialize)]
struct TrustedFields<'a> {
    #[serde(borrow)]
    signed_header: TrustedSignedHeaderFields<'a>,
    next_validator_set: Option<ValidatorSetFields<'a>>,
}

#[derive(Deserialize)]
struct TrustedSignedHeaderFields<'a> {
    #[serde(borrow)]
    header: HeaderFields<'a>,
}

/// The texts of the blocks in a file: it holds one object, or an array of them. They are not read yet.
///
/// # Errors
/// When the text is no JSON.
pub fn block_texts(json: &str) -> Result<Vec<&str>, serde_json::Error> {
    let values: Vec<&RawValue> = match json.trim_ascii_start().starts_with('[') {
        true => serde_json::from_str(json)?,
        false => vec![serde_json::from_str(json)?],
    };
    Ok(values.into_iter().map(RawValue::get).collect())
}

/// The height that a block says it has, whatever else is wrong with it.
pub fn claimed_height(json: &str) -> Option<BlockHeight> {
    #[derive(Deserialize)]
    struct Block {
        signed_header: SignedHeader,
    }
    #[derive(Deserialize)]
    struct SignedHeader {
        header: Header,
    }
    #[derive(Deserialize)]
    struct Header {
        height: Number<u64>,
    }
    serde_json::from_str::<Block>(json).ok().map(|block| BlockHeight(block.signed_header.header.height.0))
}

impl LightBlock {
    /// Reads a block with the validators of its height. `next_validator_set` may be missing, null, or empty where the
    /// header says that nobody comes next.
    ///
    /// # Errors
    /// What of it is missing or malformed.
    pub fn from_rpc_json(json: &str) -> Result<Self, BlockJsonError> {
        let fields: BlockFields<'_> = parse(json)?;
        let signed_header = signed_header_from_proto(fields.signed_header.into())?;
        let validators = fields.validator_set.ok_or(BlockJsonError::ValidatorsMissing)?.into_set();
        let validators = validators.map_err(|error| BlockJsonError::Validators("validator_set", error))?;
        let next_validators = next_validators(signed_header.header.next_validators_hash, fields.next_validator_set)?;
        Ok(Self { signed_header, validators, next_validators })
    }
}

impl TrustedState {
    /// Reads a block that somebody vouches for: its state, and the next validators if they are there. Neither its
    /// commit nor its own validators are looked at.
    ///
    /// # Errors
    /// What of it is missing or malformed.
    pub fn from_rpc_json(json: &str) -> Result<(Self, Option<ValidatorSet>), BlockJsonError> {
        let fields: TrustedFields<'_> = parse(json)?;
        let header = raw::Header::from(fields.signed_header.header);
        let header = Header::try_from(header).map_err(|error| LightBlockError::Malformed(error.to_string()))?;
        let next_validators = next_validators(header.next_validators_hash, fields.next_validator_set)?;
        Ok((Self::of_header(&header)?, next_validators))
    }
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, BlockJsonError> {
    serde_json::from_str(json).map_err(|error| BlockJsonError::Malformed(error.to_string()))
}

/// Where a header says that nobody comes next, an empty set is no set: nothing can be verified by it.
fn next_validators(
    named: Hash,
    fields: Option<ValidatorSetFields<'_>>,
) -> Result<Option<ValidatorSet>, BlockJsonError> {
    match fields.map(ValidatorSetFields::into_set).transpose() {
        Err(ValidatorSetError::Empty) => {
            let got = validator_set::hash(&[]);
            if named == got { Ok(None) } else { Err(Invalid::NextValidatorsHash { expected: named, got }.into()) }
        }
        next_validators => next_validators.map_err(|error| BlockJsonError::Validators("next_validator_set", error)),
    }
}

#[cfg(test)]
mod tests;
