//! Transactions as bytes (cosmos-sdk `x/auth/tx/decoder.go`, `types/tx/types.go`).

mod interfaces;
pub(crate) mod wire;

use proto::Message;
use proto::cosmos::base::v1beta1::Coin as RawCoin;
use proto::cosmos::tx::v1beta1::mode_info::Sum;
use proto::cosmos::tx::v1beta1::{AuthInfo, Fee, SignDoc, SignerInfo, TxBody, TxRaw};
use proto::google::protobuf::Timestamp;

use super::address::Address;
use super::bank::coin;
use super::error::{AppError, Result, sdk};
use super::kind::MessageKind;
use super::modules;
use wire::{Kind, Shape};

/// The type URL of the keys that sign.
pub(super) const PUBLIC_KEY: &str = "/cosmos.crypto.secp256k1.PubKey";
/// Keys that the SDK knows, too. They can be named, but not used here.
const OTHER_PUBLIC_KEYS: [&str; 3] =
    ["/cosmos.crypto.ed25519.PubKey", "/cosmos.crypto.secp256r1.PubKey", "/cosmos.crypto.multisig.LegacyAminoPubKey"];
const GAS_LIMIT_MAX: u64 = i64::MAX as u64;

static RAW: Shape = Shape { go: "*tx.TxRaw", fields: &[(1, Kind::Bytes), (2, Kind::Bytes), (3, Kind::Bytes)] };
static BODY: Shape = Shape {
    go: "*tx.TxBody",
    fields: &[
        (1, Kind::Any),
        (2, Kind::Bytes),
        (3, Kind::Varint),
        (4, Kind::Varint),
        (5, Kind::Message(&TIMESTAMP)),
        (1023, Kind::Any),
        (2047, Kind::Any),
    ],
};
static TIMESTAMP: Shape = Shape { go: "*types.Timestamp", fields: &[(1, Kind::Varint), (2, Kind::Varint)] };
static AUTH: Shape = Shape {
    go: "*tx.AuthInfo",
    fields: &[(1, Kind::Message(&SIGNER)), (2, Kind::Message(&FEE)), (3, Kind::Message(&TIP))],
};
static SIGNER: Shape =
    Shape { go: "*tx.SignerInfo", fields: &[(1, Kind::Any), (2, Kind::Message(&MODE)), (3, Kind::Varint)] };
static MODE: Shape = Shape { go: "*tx.ModeInfo", fields: &[(1, Kind::Message(&SINGLE)), (2, Kind::Message(&MULTI))] };
static SINGLE: Shape = Shape { go: "*tx.ModeInfo_Single", fields: &[(1, Kind::Varint)] };
static MULTI: Shape =
    Shape { go: "*tx.ModeInfo_Multi", fields: &[(1, Kind::Message(&BITS)), (2, Kind::Message(&MODE))] };
static BITS: Shape = Shape { go: "*types.CompactBitArray", fields: &[(1, Kind::Varint), (2, Kind::Bytes)] };
static FEE: Shape = Shape {
    go: "*tx.Fee",
    fields: &[(1, Kind::Message(&COIN)), (2, Kind::Varint), (3, Kind::Bytes), (4, Kind::Bytes)],
};
static TIP: Shape = Shape { go: "*tx.Tip", fields: &[(1, Kind::Message(&COIN)), (2, Kind::Bytes)] };
static COIN: Shape = Shape { go: "*types.Coin", fields: &[(1, Kind::Bytes), (2, Kind::Bytes)] };

/// A transaction that could be read.
#[derive(Clone, Debug)]
pub(super) struct Tx {
    body_bytes: Vec<u8>,
    auth_info_bytes: Vec<u8>,
    pub(super) body: TxBody,
    pub(super) auth_info: AuthInfo,
    pub(super) signatures: Vec<Vec<u8>>,
    /// Without sequences, but with a time.
    pub(super) unordered: bool,
    /// The last block time that may include it.
    pub(super) timeout: Option<Timestamp>,
    /// What the messages are, in their order.
    pub(super) kinds: Vec<&'static MessageKind>,
}

/// How a signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignMode {
    /// No mode was given.
    Missing,
    /// One key, by that number.
    Single(i32),
    /// A group of keys.
    Multi,
}

impl Tx {
    /// Reads a `TxRaw`.
    ///
    /// # Errors
    /// Code 2 of the SDK.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let refuse = |text: String| sdk::TX_DECODE.wrap(text);
        wire::check_adr_027(bytes).map_err(refuse)?;
        wire::reject_unknown(bytes, &RAW, false, &resolve).map_err(refuse)?;
        let raw = TxRaw::decode(bytes).map_err(|error| refuse(error.to_string()))?;
        wire::reject_unknown(&raw.body_bytes, &BODY, true, &resolve).map_err(refuse)?;
        let body = TxBody::decode(raw.body_bytes.as_slice()).map_err(|error| refuse(error.to_string()))?;
        if !body.extension_options.is_empty() || !body.non_critical_extension_options.is_empty() {
            return Err(refuse("no registered implementations of type tx.TxExtensionOptionI".to_owned()));
        }
        let kinds = message_kinds(&body)?;
        wire::reject_unknown(&raw.auth_info_bytes, &AUTH, false, &resolve).map_err(refuse)?;
        let auth_info = AuthInfo::decode(raw.auth_info_bytes.as_slice()).map_err(|error| refuse(error.to_string()))?;
        check_auth_info(&auth_info).map_err(refuse)?;
        let timeout = wire::last(&raw.body_bytes, 5).map(Timestamp::decode).transpose();
        Ok(Self {
            unordered: wire::last_varint(&raw.body_bytes, 4).is_some_and(|flag| flag != 0),
            timeout: timeout.map_err(|error| refuse(error.to_string()))?,
            body_bytes: raw.body_bytes,
            auth_info_bytes: raw.auth_info_bytes,
            body,
            auth_info,
            signatures: raw.signatures,
            kinds,
        })
    }

    /// The fee; Go reads through a nil pointer where there is none.
    ///
    /// # Errors
    /// The SDK's answer to a panic.
    pub(super) fn fee(&self) -> Result<&Fee> {
        self.auth_info.fee.as_ref().ok_or_else(nil_pointer)
    }

    /// Who must sign: the signers of all messages, each once, then the payer of the fee.
    ///
    /// # Errors
    /// When a message names none.
    pub(super) fn signers(&self, prefix: &str) -> Result<Vec<Address>> {
        let mut signers = Vec::new();
        for (kind, message) in self.kinds.iter().zip(&self.body.messages) {
            let signer = Address::read(&(kind.signer)(&message.value)?, prefix)?;
            if !signers.contains(&signer) {
                signers.push(signer);
            }
        }
        if let Some(payer) = self.auth_info.fee.as_ref().map(|fee| &fee.payer).filter(|payer| !payer.is_empty()) {
            let payer = Address::read(payer, prefix)?;
            if !signers.contains(&payer) {
                signers.push(payer);
            }
        }
        Ok(signers)
    }

    /// `Tx.ValidateBasic` and the count of signatures.
    ///
    /// # Errors
    /// Those of the SDK.
    pub(super) fn validate(&self, prefix: &str) -> Result<()> {
        let fee = self.fee()?;
        if fee.gas_limit > GAS_LIMIT_MAX {
            let text = format!("invalid gas supplied; {} > {GAS_LIMIT_MAX}", fee.gas_limit);
            return Err(sdk::INVALID_REQUEST.wrap(text));
        }
        if fee.amount.iter().any(|coin| coin.amount.is_empty()) {
            return Err(sdk::INSUFFICIENT_FEE.wrap("invalid fee provided: null"));
        }
        if fee.amount.iter().any(|coin| coin.amount.starts_with('-')) {
            return Err(sdk::INSUFFICIENT_FEE.wrap(format!("invalid fee provided: {}", coin::raw_text(&fee.amount))));
        }
        if !fee.payer.is_empty() {
            Address::read(&fee.payer, prefix)
                .map_err(|error| sdk::INVALID_ADDRESS.wrap(format!("Invalid fee payer address ({error})")))?;
        }
        if self.signatures.is_empty() {
            return Err(sdk::NO_SIGNATURES.plain());
        }
        let (expected, got) = (self.signers(prefix)?.len(), self.signatures.len());
        if expected != got {
            let text = format!("wrong number of signers; expected {expected}, got {got}");
            return Err(sdk::UNAUTHORIZED.wrap(text));
        }
        Ok(())
    }

    /// The bytes that a signer of `SIGN_MODE_DIRECT` signs.
    pub(super) fn sign_bytes(&self, chain_id: &str, account_number: u64) -> Vec<u8> {
        let document = SignDoc {
            body_bytes: self.body_bytes.clone(),
            auth_info_bytes: self.auth_info_bytes.clone(),
            chain_id: chain_id.to_owned(),
            account_number,
        };
        document.encode_to_vec()
    }
}

/// The mode of a signature.
///
/// # Errors
/// The SDK's answer to a panic, for a mode that is neither of one key nor of many.
pub(super) fn sign_mode(signer: &SignerInfo) -> Result<SignMode> {
    match &signer.mode_info {
        None => Ok(SignMode::Missing),
        Some(mode) => match &mode.sum {
            Some(Sum::Single(single)) => Ok(SignMode::Single(single.mode)),
            Some(Sum::Multi(_)) => Ok(SignMode::Multi),
            None => Err(sdk::PANIC.wrap("recovered: unexpected ModeInfo data type <nil>")),
        },
    }
}

/// What the SDK makes of a nil pointer that it reads through, without the stack.
pub(super) fn nil_pointer() -> AppError {
    sdk::PANIC.wrap("recovered: runtime error: invalid memory address or nil pointer dereference")
}

/// What the SDK makes of an index that is too large, without the stack.
pub(super) fn index_out_of_range(index: usize, length: usize) -> AppError {
    sdk::PANIC.wrap(format!("recovered: runtime error: index out of range [{index}] with length {length}"))
}

/// What is known by its type URL, and the fields of it that hold an `Any`.
fn resolve(url: &str) -> Option<&'static [u64]> {
    let is_known = modules::message(url).is_some() || is_public_key(url) || interfaces::is_held(url);
    is_known.then(|| interfaces::anys(url))
}

fn is_public_key(url: &str) -> bool {
    url == PUBLIC_KEY || OTHER_PUBLIC_KEYS.contains(&url)
}

/// The kinds of the messages, each of which can be read.
fn message_kinds(body: &TxBody) -> Result<Vec<&'static MessageKind>> {
    let kinds = body.messages.iter().map(|message| {
        let kind = modules::message(&message.type_url).ok_or_else(|| {
            let url = &message.type_url;
            sdk::TX_DECODE.wrap(format!("no concrete type registered for type URL {url} against interface *types.Msg"))
        })?;
        // A message that can't be read has no signer either; other faults of a signer are told later.
        match (kind.signer)(&message.value) {
            Err(error) if error.is(sdk::TX_DECODE) => return Err(error),
            Ok(_) | Err(_) => {}
        }
        interfaces::unpack(message).map_err(|text| sdk::TX_DECODE.wrap(text))?;
        Ok(kind)
    });
    kinds.collect()
}

fn check_auth_info(auth_info: &AuthInfo) -> Result<(), String> {
    for key in auth_info.signer_infos.iter().filter_map(|signer| signer.public_key.as_ref()) {
        if !is_public_key(&key.type_url) {
            let url = &key.type_url;
            return Err(format!("no concrete type registered for type URL {url} against interface *types.PubKey"));
        }
    }
    let mut coins = auth_info.fee.iter().flat_map(|fee| &fee.amount);
    coins.try_for_each(check_number)
}

/// Go's `big.Int` refuses what is no number when a message is read.
fn check_number(coin: &RawCoin) -> Result<(), String> {
    let digits = coin.amount.strip_prefix(['-', '+']).unwrap_or(&coin.amount);
    if coin.amount.is_empty() || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())) {
        return Ok(());
    }
    Err(format!("math/big: cannot unmarshal {:?} into a *big.Int", coin.amount))
}
