//! ICS-24 identifiers by ibc-go's rules and in its words (`24-host/validate.go`, `24-host/parse.go`,
//! `04-channel/types/keys.go`).

use super::errors::{INVALID_ID, INVALID_PATH};
use crate::app::error::{AppError, Result};

pub(crate) use crate::app::ibc::client::host::{
    check_channel_id as validate_channel, check_connection_id as validate_connection, check_port_id as validate_port,
};

const CHANNEL_PREFIX: &str = "channel-";

/// `ParseChannelSequence`: the number of a channel that an SDK chain made, `channel-N`.
pub(crate) fn parse_channel_sequence(id: &str) -> Result<u64> {
    let malformed = || INVALID_ID.wrap("channel identifier is not in the format: `channel-{N}`");
    let digits = id.strip_prefix(CHANNEL_PREFIX).ok_or_else(malformed)?;
    if digits.is_empty() || digits.len() > 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    digits.parse().map_err(|_| {
        let text = format!("strconv.ParseUint: parsing \"{digits}\": value out of range");
        AppError::unregistered(text).wrap("failed to parse identifier sequence").wrap("invalid channel identifier")
    })
}

/// `IsValidChannelID`.
pub(crate) fn is_channel_id(id: &str) -> bool {
    parse_channel_sequence(id).is_ok()
}

/// `FormatChannelIdentifier`.
pub(crate) fn format_channel(sequence: u64) -> String {
    format!("{CHANNEL_PREFIX}{sequence}")
}

/// `IsValidClientID` (`02-client/types/keys.go`): `{client-type}-{N}`.
pub(crate) fn is_client_id(id: &str) -> bool {
    let Some((kind, number)) = id.rsplit_once('-') else { return false };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_kind = kind.bytes().all(|byte| is_word(byte) || byte == b'-')
        && kind.bytes().next().is_some_and(is_word)
        && kind.bytes().last().is_some_and(is_word);
    is_kind && number.len() <= 20 && number.bytes().all(|byte| byte.is_ascii_digit()) && number.parse::<u64>().is_ok()
}

/// `ParseChannelPath`: port and channel of a key such as `channelEnds/ports/transfer/channels/channel-0`.
pub(crate) fn parse_channel_path(path: &str) -> Result<(&str, &str)> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [_, "ports", port, "channels", channel, ..] => Ok((port, channel)),
        _ => Err(INVALID_PATH.wrap(format!("cannot parse channel path {path}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_refused_in_the_words_of_ibc_go() {
        let log = |id: &str| validate_channel(id).unwrap_err().log;
        assert_eq!(log(" "), "identifier cannot be blank: invalid identifier");
        assert_eq!(log("a/b"), "identifier a/b cannot contain separator '/': invalid identifier");
        assert_eq!(
            log("chan"),
            "identifier chan has invalid length: 4, must be between 8-64 characters: invalid identifier"
        );
        assert!(log("channel 0").contains("must contain only alphanumeric"));
        assert!(validate_channel("channel-0").is_ok());
    }

    #[test]
    fn a_channel_of_an_sdk_chain_is_named_by_a_number() {
        assert_eq!(parse_channel_sequence("channel-7").unwrap(), 7);
        for id in ["channel-", "channel-x", "channel--1", "chan-1", "channel-+1", "channel-18446744073709551616"] {
            assert!(!is_channel_id(id), "{id}");
        }
    }

    #[test]
    fn a_client_id_has_a_kind_and_a_number() {
        for id in ["07-tendermint-0", "08-wasm-12", "a-1"] {
            assert!(is_client_id(id), "{id}");
        }
        for id in ["tendermint", "07-tendermint-", "-1", "a--x", "07-tendermint-99999999999999999999"] {
            assert!(!is_client_id(id), "{id}");
        }
    }

    #[test]
    fn a_path_names_port_and_channel() {
        assert_eq!(parse_channel_path("x/ports/p1/channels/channel-0").unwrap(), ("p1", "channel-0"));
        assert!(parse_channel_path("ports/p1/channels/channel-0").is_err());
    }
}
