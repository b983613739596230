//! Texts of Go's standard library, where what a chain refuses is told in them.

pub(crate) mod json;

use base64::engine::general_purpose::{GeneralPurpose, PAD};
use base64::{DecodeError, Engine as _, alphabet};

/// Go does not look at the last bits of a text that are no whole byte.
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PAD.with_decode_allow_trailing_bits(true));

/// `hex.DecodeString`.
pub(crate) fn decode_hex(text: &str) -> Result<Vec<u8>, String> {
    // Pairs are read one after the other: a byte that is none is found before the length is looked at.
    if let Some(byte) = text.bytes().find(|byte| !byte.is_ascii_hexdigit()) {
        let is_shown = matches!(byte, 0x20..=0x7e | 0xa1..=0xac | 0xae..);
        let shown = if is_shown { format!(" '{}'", char::from(byte)) } else { String::new() };
        return Err(format!("encoding/hex: invalid byte: U+{byte:04X}{shown}"));
    }
    hex::decode(text).map_err(|_| "encoding/hex: odd length hex string".to_owned())
}

/// `base64.StdEncoding.DecodeString`.
pub(crate) fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    BASE64.decode(text).map_err(|error| {
        let at = match error {
            DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => at,
            DecodeError::InvalidLength(length) => length / 4 * 4,
            DecodeError::InvalidPadding => text.len() / 4 * 4,
        };
        format!("illegal base64 data at input byte {at}")
    })
}

/// A byte in an error of the JSON scanner (`quoteChar`).
fn quote_byte(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        b'\n' => r"'\n'".to_owned(),
        b'\r' => r"'\r'".to_owned(),
        b'\t' => r"'\t'".to_owned(),
        0x20..=0x7e => format!("'{}'", char::from(byte)),
        0xa1..=0xac | 0xae.. => format!("'{}'", char::from(byte)),
        0x80..=0xa0 | 0xad => format!("'\\u{byte:04x}'"),
        0x00..=0x1f | 0x7f => format!("'\\x{byte:02x}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_is_no_hex_is_told_before_an_odd_length() {
        assert_eq!(decode_hex("0aFF"), Ok(vec![10, 255]));
        assert_eq!(decode_hex("0aF").unwrap_err(), "encoding/hex: odd length hex string");
        assert_eq!(decode_hex("xyz").unwrap_err(), "encoding/hex: invalid byte: U+0078 'x'");
        assert_eq!(decode_hex("0\n").unwrap_err(), "encoding/hex: invalid byte: U+000A");
        assert_eq!(decode_hex("'0").unwrap_err(), "encoding/hex: invalid byte: U+0027 '''");
        assert_eq!(decode_hex("é").unwrap_err(), "encoding/hex: invalid byte: U+00C3 'Ã'");
    }

    #[test]
    fn base64_that_is_none_is_told_by_its_place() {
        assert_eq!(decode_base64("AAE="), Ok(vec![0, 1]));
        assert_eq!(decode_base64("AB=="), Ok(vec![0]));
        assert_eq!(decode_base64("AA!=").unwrap_err(), "illegal base64 data at input byte 2");
        assert_eq!(decode_base64("AAAAA").unwrap_err(), "illegal base64 data at input byte 4");
    }
}
