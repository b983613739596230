//! Packet data that is obeyed on receipt (`tests/simd/probe/data.go`).

use base64::Engine as _;

use crate::app::ibc::channel::acknowledgement::BASE64;
use crate::app::ibc::channel::json::{self, Json};

/// What packet data can ask of the receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PacketOrder {
    pub(super) action: Action,
    pub(super) ack: Option<Vec<u8>>,
    pub(super) gas: u64,
    pub(super) refuse_ack: bool,
    pub(super) refuse_timeout: bool,
    /// Gas and refusals on receipt are a block's alone: a simulation knows nothing of them.
    pub(super) in_delivery: bool,
}

/// What to do with a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Action {
    /// Acknowledge it at once.
    #[default]
    Ack,
    /// Acknowledge it as a failure.
    Error,
    /// Acknowledge it later.
    Late,
    /// Fail the message that brings it.
    Refuse,
}

impl PacketOrder {
    /// Reads packet data; data that isn't ours is a plain "ack".
    pub(super) fn parse(data: &[u8]) -> Result<Self, String> {
        match json::parse(data) {
            Ok(order) if order.value("probe").is_some() => Self::from_json(order),
            Ok(_) | Err(_) => Ok(Self::default()),
        }
    }

    fn from_json(order: Json) -> Result<Self, String> {
        let mut read = Self::default();
        let mut action = String::new();
        for (key, value) in fields(order)? {
            match key.as_str() {
                "probe" => read_text(value, &mut action)?,
                "ack" => read.ack = optional(value, octets)?,
                "gas" => read.gas = number(&value)?,
                "refuse_ack" => read_bool(value, &mut read.refuse_ack)?,
                "refuse_timeout" => read_bool(value, &mut read.refuse_timeout)?,
                "in_delivery" => read_bool(value, &mut read.in_delivery)?,
                _ => {}
            }
        }
        read.action = match action.as_str() {
            "ack" => Action::Ack,
            "error" => Action::Error,
            "late" => Action::Late,
            "refuse" => Action::Refuse,
            other => return Err(format!("unknown packet order {}", json::quote(other))),
        };
        Ok(read)
    }
}

/// The fields of an object, in order, their names in lower case: Go finds them in any. `null` has none.
pub(super) fn fields(object: Json) -> Result<Vec<(String, Json)>, String> {
    match object {
        Json::Object(entries) => Ok(entries.into_iter().map(|(key, value)| (json::fold(&key), value)).collect()),
        Json::Null => Ok(Vec::new()),
        other => Err(mismatch(&other, "object")),
    }
}

/// `null` leaves a pointer empty.
pub(super) fn optional<T>(value: Json, read: impl FnOnce(Json) -> Result<T, String>) -> Result<Option<T>, String> {
    if value == Json::Null { Ok(None) } else { read(value).map(Some) }
}

/// `null` leaves a text as it is.
pub(super) fn read_text(value: Json, target: &mut String) -> Result<(), String> {
    match value {
        Json::Text(text) => *target = text,
        Json::Null => {}
        other => return Err(mismatch(&other, "string")),
    }
    Ok(())
}

fn read_bool(value: Json, target: &mut bool) -> Result<(), String> {
    if let Some(read) = optional(value, bool_value)? {
        *target = read;
    }
    Ok(())
}

pub(super) fn bool_value(value: Json) -> Result<bool, String> {
    match value {
        Json::Bool(value) => Ok(value),
        other => Err(mismatch(&other, "bool")),
    }
}

/// Bytes, written as `hex:..`, `base64:..`, `text:..` or bare text.
pub(super) fn octets(value: Json) -> Result<Vec<u8>, String> {
    let mut text = String::new();
    read_text(value, &mut text)?;
    let (scheme, rest) = text.split_once(':').unwrap_or((&text, ""));
    match scheme {
        "hex" => crate::go::decode_hex(rest),
        "base64" => {
            BASE64.decode(rest.replace(['\r', '\n'], "")).map_err(|error| format!("illegal base64 data: {error}"))
        }
        "text" => Ok(rest.as_bytes().to_vec()),
        _ => Ok(text.into_bytes()),
    }
}

/// A u64, written as a number or, since many readers of JSON round large ones, as a decimal text.
pub(super) fn number(value: &Json) -> Result<u64, String> {
    let text = match value {
        Json::Number(text) | Json::Text(text) => text.trim_matches('"'),
        other => other.kind(),
    };
    let refused = |why: &str| format!("strconv.ParseUint: parsing {}: {why}", json::quote(text));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused("invalid syntax"));
    }
    text.parse().map_err(|_| refused("value out of range"))
}

fn mismatch(value: &Json, wanted: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {wanted}", value.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(text: &str) -> PacketOrder {
        PacketOrder::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn data_that_is_not_ours_is_a_plain_ack() {
        for text in ["", "x", "[]", "{}", "null", r#"{"Probe":"late"}"#, "{\"probe\":\"late\"} trailing"] {
            assert_eq!(order(text), PacketOrder::default(), "{text}");
        }
    }

    #[test]
    fn an_order_is_read_with_all_that_it_may_hold() {
        let text = r#"{"probe":"error","ack":"hex:00ff","gas":"7","REFUSE_ACK":true,"refuse_timeout":null,
            "in_delivery":true,"pad":"x"}"#;
        let read = order(text);
        let expected = PacketOrder {
            action: Action::Error,
            ack: Some(vec![0, 255]),
            gas: 7,
            refuse_ack: true,
            refuse_timeout: false,
            in_delivery: true,
        };
        assert_eq!(read, expected);
        assert_eq!(order(r#"{"probe":"late","ack":null}"#).ack, None);
    }

    #[test]
    fn an_order_that_is_malformed_is_an_error() {
        for text in [
            r#"{"probe":"other"}"#,
            r#"{"probe":null}"#,
            r#"{"probe":1}"#,
            r#"{"probe":"ack","gas":-1}"#,
            r#"{"probe":"ack","gas":null}"#,
            r#"{"probe":"ack","gas":"+1"}"#,
            r#"{"probe":"ack","ack":"hex:0"}"#,
            r#"{"probe":"ack","ack":1}"#,
            r#"{"probe":"ack","refuse_ack":"true"}"#,
        ] {
            assert!(PacketOrder::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn bytes_are_written_in_four_ways() {
        let read = |text: &str| octets(Json::Text(text.to_owned())).unwrap();
        assert_eq!(read("hex:00ff"), [0, 255]);
        assert_eq!(read("base64:AP8="), [0, 255]);
        assert_eq!(read("text:hex:00"), b"hex:00");
        assert_eq!(read("hello: you"), b"hello: you");
        assert_eq!(read(""), b"");
        assert_eq!(octets(Json::Null).unwrap(), b"");
    }
}
