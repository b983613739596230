//! Account addresses (cosmos-sdk `codec/address/bech32_codec.go`).

use core::fmt;

use bech32::primitives::decode::UncheckedHrpstring;
use bech32::{Bech32, Hrp};
use sha2::{Digest, Sha256};

use super::error::{AppError, Result, sdk};

const TEXT_LENGTH_MIN: usize = 8;
const TEXT_LENGTH_MAX: usize = 1023;
const ADDRESS_LENGTH_MAX: usize = 255;
const CHECKSUM_LENGTH: usize = 6;
const CHARSET: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The bytes of an account's address; 20 for keys and modules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub Vec<u8>);

impl Address {
    /// The account of a module (cosmos-sdk `x/auth/types.NewModuleAddress`): the first 20 bytes of the name's hash.
    pub fn of_module(name: &str) -> Self {
        Self(Sha256::digest(name.as_bytes())[..20].to_vec())
    }

    /// Reads an address of a chain whose addresses start with `prefix`.
    ///
    /// # Errors
    /// As cosmos-sdk `codec/address.Bech32Codec` refuses, with code 7 of the SDK behind the text.
    pub fn parse(text: &str, prefix: &str) -> Result<Self> {
        Self::read(text, prefix).map_err(|error| sdk::INVALID_ADDRESS.wrap(error))
    }

    /// Reads an address, and refuses with the bare error of `Bech32Codec.StringToBytes`.
    ///
    /// # Errors
    /// Mostly unregistered ones.
    pub fn read(text: &str, prefix: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Err(AppError::unregistered("empty address string is not allowed"));
        }
        let (hrp, bytes) =
            decode(text).map_err(|error| AppError::unregistered(format!("decoding bech32 failed: {error}")))?;
        if hrp != prefix {
            let mismatch = format!("hrp does not match bech32 prefix: expected '{prefix}' got '{hrp}'");
            return Err(sdk::LOGIC.wrap(mismatch));
        }
        match bytes.len() {
            0 => Err(sdk::UNKNOWN_ADDRESS.wrap("addresses cannot be empty")),
            length if length > ADDRESS_LENGTH_MAX => {
                Err(sdk::UNKNOWN_ADDRESS.wrap(format!("address max length is {ADDRESS_LENGTH_MAX}, got {length}")))
            }
            _ => Ok(Self(bytes)),
        }
    }

    /// The address as text.
    pub fn to_text(&self, prefix: &str) -> String {
        let Ok(hrp) = Hrp::parse(prefix) else { return format!("{self:?}") };
        bech32::encode::<Bech32>(hrp, &self.0).unwrap_or_else(|_| format!("{self:?}"))
    }
}

impl fmt::Display for Address {
    /// Upper-case hex, as CometBFT writes addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

/// `bech32.DecodeAndConvert` of the SDK, over btcutil's decoder and with its texts.
fn decode(text: &str) -> Result<(String, Vec<u8>), String> {
    if !(TEXT_LENGTH_MIN..=TEXT_LENGTH_MAX).contains(&text.len()) {
        return Err(format!("invalid bech32 string length {}", text.len()));
    }
    if let Some(byte) = text.bytes().find(|byte| !(33..=126).contains(byte)) {
        return Err(format!("invalid character in string: '{}'", char::from(byte)));
    }
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) && text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("string not all lowercase or all uppercase".to_owned());
    }
    let text = text.to_ascii_lowercase();
    let separator = text.rfind('1').filter(|one| *one >= 1 && one + 1 + CHECKSUM_LENGTH <= text.len());
    let Some(separator) = separator else {
        let at = text.rfind('1').map_or(-1, |one| i64::try_from(one).unwrap_or(i64::MAX));
        return Err(format!("invalid separator index {at}"));
    };
    let (hrp, data) = (&text[..separator], &text[separator + 1..]);
    if let Some(byte) = data.bytes().find(|byte| !CHARSET.contains(char::from(*byte))) {
        return Err(format!("invalid character not part of charset: {byte}"));
    }
    let unchecked = UncheckedHrpstring::new(&text).map_err(|error| error.to_string())?;
    if unchecked.validate_checksum::<Bech32>().is_err() {
        let (data, actual) = data.split_at(data.len() - CHECKSUM_LENGTH);
        return Err(format!("invalid checksum (expected {} got {actual})", checksum(hrp, data)));
    }
    let values: Vec<u8> = data[..data.len() - CHECKSUM_LENGTH].bytes().map(value_of).collect();
    Ok((hrp.to_owned(), to_bytes(&values)?))
}

/// Groups of five bits to bytes; what is left over must be fewer than five bits, all zero.
fn to_bytes(values: &[u8]) -> Result<Vec<u8>, String> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0_u32);
    for value in values {
        held = (held << 5 | u32::from(*value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).unwrap_or_default());
        }
    }
    if bits >= 5 || held & ((1 << bits) - 1) != 0 {
        return Err("invalid incomplete group".to_owned());
    }
    Ok(bytes)
}

fn value_of(byte: u8) -> u8 {
    CHARSET.bytes().position(|other| other == byte).and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}

/// The checksum that would fit (BIP-173).
fn checksum(hrp: &str, data: &str) -> String {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let expanded = hrp.bytes().map(|b| b >> 5).chain([0]).chain(hrp.bytes().map(|b| b & 31));
    let sum = expanded.chain(data.bytes().map(value_of)).chain([0; CHECKSUM_LENGTH]).fold(1_u32, |sum, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x1ff_ffff) << 5 ^ u32::from(value);
        (0..5).filter(|bit| top >> bit & 1 == 1).fold(shifted, |sum, bit| sum ^ GENERATORS[bit])
    }) ^ 1;
    (0..6).map(|at| char::from(CHARSET.as_bytes()[(sum >> (5 * (5 - at)) & 31) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "cosmos1s2rjnh9gff8cvfaalfyhsceskfgfxqyy8wke9m";

    fn refusal(text: &str) -> String {
        Address::read(text, "cosmos").unwrap_err().log
    }

    #[test]
    fn an_address_is_read_and_written_back() {
        let address = Address::read(TEXT, "cosmos").unwrap();
        assert_eq!((address.0.len(), address.to_text("cosmos").as_str()), (20, TEXT));
        assert_eq!(Address::read(&TEXT.to_uppercase(), "cosmos"), Ok(address));
    }

    #[test]
    fn malformed_addresses_are_refused_with_the_texts_of_the_sdk() {
        assert_eq!(refusal("  "), "empty address string is not allowed");
        assert_eq!(refusal("x"), "decoding bech32 failed: invalid bech32 string length 1");
        assert_eq!(refusal("cosmos1xyz"), "decoding bech32 failed: invalid separator index 6");
        assert_eq!(refusal("cosmosxyzabc"), "decoding bech32 failed: invalid separator index -1");
        assert_eq!(refusal("Cosmos1qqqqqqq"), "decoding bech32 failed: string not all lowercase or all uppercase");
        assert_eq!(refusal("cosmos1bqqqqqq"), "decoding bech32 failed: invalid character not part of charset: 98");
        assert_eq!(
            refusal("osmo1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnrujsuw"),
            "decoding bech32 failed: invalid checksum (expected tdz28t got rujsuw)"
        );
        let other = Address(vec![1; 20]).to_text("osmo");
        assert_eq!(
            refusal(&other),
            "hrp does not match bech32 prefix: expected 'cosmos' got 'osmo': internal logic error"
        );
        let parsed = Address::parse("x", "cosmos").unwrap_err();
        assert_eq!((parsed.codespace, parsed.code), ("sdk", 7));
        assert!(parsed.log.ends_with("string length 1: invalid address"), "{parsed}");
    }

    #[test]
    fn the_account_of_a_module_is_that_of_the_sdk() {
        let text = Address::of_module("fee_collector").to_text("cosmos");
        assert_eq!(text, "cosmos17xpfvakm2amg962yls6f84z3kell8c5lserqta");
    }
}
