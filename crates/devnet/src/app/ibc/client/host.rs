//! Identifiers as ibc-go checks them (`24-host/validate.go`, `02-client/types/keys.go`). They stay text here: messages
//! may hold any, and a refusal names the rule that the text breaks.

use super::error::{host, unregistered};
use crate::app::error::{AppError, Result};

/// The client that stands for the chain itself, and its type.
pub const LOCALHOST: &str = "09-localhost";
/// The type of clients of CometBFT chains.
pub const TENDERMINT: &str = "07-tendermint";

/// `ClientIdentifierValidator`.
///
/// # Errors
/// Code 2 of codespace `host`.
pub fn check_client_id(id: &str) -> Result<()> {
    check_identifier(id, 4, 64)
}

/// `ConnectionIdentifierValidator`.
///
/// # Errors
/// Code 2 of codespace `host`.
pub fn check_connection_id(id: &str) -> Result<()> {
    check_identifier(id, 10, 64)
}

/// `ChannelIdentifierValidator`.
///
/// # Errors
/// Code 2 of codespace `host`.
pub fn check_channel_id(id: &str) -> Result<()> {
    check_identifier(id, 8, 64)
}

/// `PortIdentifierValidator`.
///
/// # Errors
/// Code 2 of codespace `host`.
pub fn check_port_id(id: &str) -> Result<()> {
    check_identifier(id, 2, 128)
}

/// `defaultIdentifierValidator`.
fn check_identifier(id: &str, min: usize, max: usize) -> Result<()> {
    if id.trim().is_empty() {
        return Err(host::INVALID_ID.wrap("identifier cannot be blank"));
    }
    if id.contains('/') {
        return Err(host::INVALID_ID.wrap(format!("identifier {id} cannot contain separator '/'")));
    }
    let length = id.len();
    if length < min || length > max {
        return Err(host::INVALID_ID
            .wrap(format!("identifier {id} has invalid length: {length}, must be between {min}-{max} characters")));
    }
    if !id.chars().all(|c| c.is_ascii_alphanumeric() || "._+-#[]<>".contains(c)) {
        return Err(host::INVALID_ID.wrap(format!(
            "identifier {id} must contain only alphanumeric or the following characters: '.', '_', '+', '-', '#', '[', \
             ']', '<', '>'"
        )));
    }
    Ok(())
}

/// `ParseClientIdentifier`: the type of a client, of an id `{type}-{number}`.
///
/// # Errors
/// Code 2 of codespace `host`.
pub fn client_type(id: &str) -> Result<&str> {
    if id == LOCALHOST {
        return Ok(id);
    }
    let refused =
        || host::INVALID_ID.wrap(format!("invalid client identifier {id} is not in format: `{{client-type}}-{{N}}`"));
    let (kind, number) = id.rsplit_once('-').ok_or_else(refused)?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_kind = kind.starts_with(is_word) && kind.ends_with(is_word) && kind.chars().all(|c| is_word(c) || c == '-');
    if !is_kind || !is_number(number) {
        return Err(refused());
    }
    check_sequence(number)?;
    Ok(kind)
}

/// `ParseConnectionSequence`: is it an id that a chain of ibc-go would give?
pub fn is_connection_id(id: &str) -> bool {
    id.strip_prefix("connection-").is_some_and(|number| is_number(number) && number.parse::<u64>().is_ok())
}

fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_sequence(number: &str) -> Result<(), AppError> {
    let range = |_| {
        let text = format!("strconv.ParseUint: parsing \"{number}\": value out of range");
        unregistered(text).wrap("failed to parse client identifier sequence")
    };
    number.parse::<u64>().map(drop).map_err(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_refused_by_the_rule_it_breaks() {
        let log = |id: &str| check_client_id(id).unwrap_err().log;
        assert_eq!(log(" "), "identifier cannot be blank: invalid identifier");
        assert_eq!(log("a/b"), "identifier a/b cannot contain separator '/': invalid identifier");
        assert_eq!(
            log("GAI"),
            "identifier GAI has invalid length: 3, must be between 4-64 characters: invalid identifier"
        );
        assert!(log("client id").contains("must contain only alphanumeric"));
        assert_eq!(check_client_id("07-tendermint-0"), Ok(()));
    }

    #[test]
    fn a_client_id_tells_its_type() {
        assert_eq!(client_type("07-tendermint-0"), Ok("07-tendermint"));
        assert_eq!(client_type("09-localhost"), Ok("09-localhost"));
        for id in ["07-tendermint", "-0", "07-tendermint--0", "tendermint-", "a-1x", "clientid"] {
            assert_eq!(client_type(id).unwrap_err().code, 2, "{id}");
        }
        let over = client_type("07-tendermint-99999999999999999999").unwrap_err();
        assert_eq!((over.codespace, over.code), ("undefined", 1));
    }

    #[test]
    fn a_connection_id_of_this_chain_is_a_numbered_one() {
        assert!(is_connection_id("connection-0"));
        for id in ["connection-localhost", "connection-", "connection-99999999999999999999", "channel-0"] {
            assert!(!is_connection_id(id), "{id}");
        }
    }
}
