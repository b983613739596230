//! A public key in the spellings that are in use, by their authors:
//!
//! - `{"type": "tendermint/PubKeyEd25519", "value": ".."}`: RPC of CometBFT
//! - `{"Sum": {"type": "tendermint.crypto.PublicKey_Ed25519", "value": {"ed25519": ".."}}}`: protobuf in RPC
//! - `{"ed25519": ".."}`: protobuf's own JSON
//! - `"pub_key_type": "ed25519", "pub_key_bytes": ".."` in the validator, the type in RPC's spelling as well: CometBFT
//!   1.0, cometbft-rs

use std::borrow::Cow;

use proto::tendermint_proto::crypto::{PublicKey, public_key::Sum};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::fields::Base64;

#[derive(Deserialize)]
pub(super) struct KeyFields<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    /// Of another form where the key is of another kind.
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(rename = "Sum", borrow)]
    sum: Option<SumFields<'a>>,
    ed25519: Option<Base64>,
    secp256k1: Option<Base64>,
}

#[derive(Deserialize)]
struct SumFields<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

#[derive(Deserialize)]
struct SumValue {
    ed25519: Option<Base64>,
    secp256k1: Option<Base64>,
}

impl KeyFields<'_> {
    /// The key; otherwise why it is none that is known here.
    pub(super) fn into_key(self) -> Result<PublicKey, String> {
        match (self.kind, self.value, self.sum, self.ed25519, self.secp256k1) {
            (Some(kind), Some(value), None, None, None) => of_kind(&kind, || bytes(value)),
            (None, None, Some(sum), None, None) => of_sum(&sum),
            (None, None, None, Some(key), None) => Ok(ed25519(key.0)),
            (None, None, None, None, Some(key)) => Ok(secp256k1(key.0)),
            _ => Err("the key is written in none of the known ways".to_owned()),
        }
    }
}

/// A key whose bytes are written for themselves.
pub(super) fn of_kind(kind: &str, bytes: impl FnOnce() -> Result<Vec<u8>, String>) -> Result<PublicKey, String> {
    match kind {
        "tendermint/PubKeyEd25519" | "ed25519" => Ok(ed25519(bytes()?)),
        "tendermint/PubKeySecp256k1" | "secp256k1" => Ok(secp256k1(bytes()?)),
        other => Err(format!("{other:?} is neither ed25519 nor secp256k1")),
    }
}

fn of_sum(sum: &SumFields<'_>) -> Result<PublicKey, String> {
    let value = || serde_json::from_str::<SumValue>(sum.value.get()).map_err(|error| error.to_string());
    let key = |key: Option<Base64>| key.map(|bytes| bytes.0).ok_or_else(|| format!("the key has no {}", sum.kind));
    match sum.kind.as_ref() {
        "tendermint.crypto.PublicKey_Ed25519" => Ok(ed25519(key(value()?.ed25519)?)),
        "tendermint.crypto.PublicKey_Secp256k1" => Ok(secp256k1(key(value()?.secp256k1)?)),
        other => Err(format!("{other:?} is neither ed25519 nor secp256k1")),
    }
}

fn bytes(value: &RawValue) -> Result<Vec<u8>, String> {
    serde_json::from_str::<Base64>(value.get()).map(|bytes| bytes.0).map_err(|error| error.to_string())
}

fn ed25519(bytes: Vec<u8>) -> PublicKey {
    PublicKey { sum: Some(Sum::Ed25519(bytes)) }
}

fn secp256k1(bytes: Vec<u8>) -> PublicKey {
    PublicKey { sum: Some(Sum::Secp256k1(bytes)) }
}
