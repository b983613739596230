//! A validator set, field by field.

use std::borrow::Cow;

use proto::tendermint_proto::{crypto::PublicKey, types as raw};
use serde::Deserialize;

use super::{
    fields::{Base64, Hex, Number},
    key::{self, KeyFields},
};
use crate::{ValidatorSet, ValidatorSetError};

/// The set of a block, or the answer of `/validators`. Who proposes is told by no rule of a light client.
#[derive(Deserialize)]
pub(super) struct ValidatorSetFields<'a> {
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    validators: Option<Vec<ValidatorFields<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct ValidatorFields<'a> {
    address: Hex,
    voting_power: Number<i64>,
    /// Left out where it is 0.
    #[serde(default)]
    proposer_priority: Number<i64>,
    #[serde(borrow)]
    pub_key: Option<KeyFields<'a>>,
    #[serde(borrow)]
    pub_key_type: Option<Cow<'a, str>>,
    pub_key_bytes: Option<Base64>,
}

impl ValidatorSetFields<'_> {
    /// The set in the order in which it is written.
    pub(super) fn into_set(self) -> Result<ValidatorSet, ValidatorSetError> {
        let fields = self.validators.unwrap_or_default();
        let validators: Result<Vec<raw::Validator>, _> =
            fields.into_iter().enumerate().map(|(index, fields)| fields.into_validator(index)).collect();
        ValidatorSet::try_from(raw::ValidatorSet { validators: validators?, proposer: None, total_voting_power: 0 })
    }
}

impl ValidatorFields<'_> {
    pub(super) fn into_validator(self, index: usize) -> Result<raw::Validator, ValidatorSetError> {
        let key = match (self.pub_key, self.pub_key_type, self.pub_key_bytes) {
            (Some(key), None, None) => key.into_key(),
            (None, Some(kind), Some(bytes)) => key::of_kind(&kind, || Ok(bytes.0)),
            (None, None, None) => Err("the key is missing".to_owned()),
            _ => Err("the key is written twice, or in part".to_owned()),
        };
        let pub_key: PublicKey = key.map_err(|reason| ValidatorSetError::UnsupportedKey { index, reason })?;
        Ok(raw::Validator {
            address: self.address.0,
            pub_key: Some(pub_key),
            voting_power: self.voting_power.0,
            proposer_priority: self.proposer_priority.0,
        })
    }
}
