//! ICS-04 acknowledgements: any bytes; but ibc-go looks whether they are the usual JSON, `channeltypes.Acknowledgement`
//! (`04-channel/types/acknowledgement.go`), and refuses for ever what reads as that and would be written otherwise.
//!
//! Read as Go does it: gogoproto's `jsonpb` over `encoding/json`. There the first value counts, whatever follows it; of
//! a key that stands twice the last counts; names have a case; bytes are base64, or a list of numbers.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize as _;
use serde_json::value::RawValue;

use crate::Acknowledgement;

/// Go's `base64.StdEncoding`: padded, and lenient about the last bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// What an acknowledgement's bytes are to ibc-go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The usual JSON, of success.
    Result,
    /// The usual JSON, of failure.
    Error,
    /// `{}`: the usual JSON, of neither.
    Neither,
    /// Reads as the usual JSON, but would be written otherwise.
    Twin,
    /// Not the usual JSON; to core IBC these are as good as any.
    Opaque,
}

/// Will ibc-go refuse to take this acknowledgement, for ever?
///
/// Core IBC refuses a twin (`04-channel/keeper/packet.go`, `AcknowledgePacket`). ICS-20 (`is_transfer`: that alone, no
/// middleware that wraps acknowledgements between it and the channel) refuses whatever is neither success nor failure
/// too (`transfer/ibc_module.go` and `transfer/keeper/relay.go`, `OnAcknowledgementPacket`).
pub fn is_refused_for_ever(acknowledgement: &Acknowledgement, is_transfer: bool) -> bool {
    match form(acknowledgement) {
        Form::Twin => true,
        Form::Neither | Form::Opaque => is_transfer,
        Form::Result | Form::Error => false,
    }
}

/// What an acknowledgement's bytes are to ibc-go.
pub fn form(acknowledgement: &Acknowledgement) -> Form {
    let bytes = &acknowledgement.0;
    let Some(response) = read(bytes) else { return Form::Opaque };
    if response.to_json().as_bytes() != &**bytes {
        return Form::Twin;
    }
    match response {
        Response::Result(_) => Form::Result,
        Response::Error(_) => Form::Error,
        Response::Neither => Form::Neither,
    }
}

/// `Acknowledgement.Response`.
enum Response {
    /// None for JSON's `null`.
    Result(Option<Vec<u8>>),
    Error(String),
    Neither,
}

/// As `jsonpb.Unmarshaler` reads it; nothing where that fails.
fn read(bytes: &[u8]) -> Option<Response> {
    // Go replaces what is no UTF-8, so that it reads; it is never written back so.
    let text = String::from_utf8_lossy(bytes);
    let mut json = serde_json::Deserializer::from_str(&text);
    let fields = Option::<BTreeMap<String, Box<RawValue>>>::deserialize(&mut json).ok()?.unwrap_or_default();
    let mut response = Response::Neither;
    // If both are there Go takes one of them; the other is not written back.
    for (name, value) in fields {
        response = match name.as_str() {
            "result" => Response::Result(octets(value.get())?),
            "error" => Response::Error(string(value.get())?),
            _ => return None,
        };
    }
    Some(response)
}

/// As Go reads a `[]byte`: no bytes where it is null; nothing where that fails.
fn octets(json: &str) -> Option<Option<Vec<u8>>> {
    if json == "null" {
        return Some(None);
    }
    if json.starts_with('[') {
        let numbers: Vec<Option<u8>> = serde_json::from_str(json).ok()?;
        return Some(Some(numbers.into_iter().map(Option::unwrap_or_default).collect()));
    }
    let text: String = serde_json::from_str(json).ok()?;
    // Go's decoder passes over line ends.
    BASE64.decode(text.replace(['\r', '\n'], "")).ok().map(Some)
}

/// As Go reads a `string`.
fn string(json: &str) -> Option<String> {
    if json == "null" {
        return Some(String::new());
    }
    if !json.starts_with('"') {
        return None;
    }
    // What our reader alone refuses is half a character, `\ud800`; Go reads U+FFFD, and never writes that escape.
    Some(serde_json::from_str(json).unwrap_or_default())
}

impl Response {
    /// As `jsonpb.Marshaler` writes it.
    fn to_json(&self) -> String {
        match self {
            Self::Result(Some(octets)) => format!("{{\"result\":\"{}\"}}", BASE64.encode(octets)),
            Self::Result(None) => "{\"result\":null}".to_owned(),
            Self::Error(error) => format!("{{\"error\":{}}}", quoted(error)),
            Self::Neither => "{}".to_owned(),
        }
    }
}

/// A string, as Go's `json.Marshal` writes it: safe in HTML.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form_of(text: &str) -> Form {
        form(&Acknowledgement(text.as_bytes().into()))
    }

    #[test]
    fn the_usual_acknowledgements_are_told_apart() {
        assert_eq!(form_of(r#"{"result":"AQ=="}"#), Form::Result);
        assert_eq!(form_of(r#"{"error":"ABCI code: 1: error handling packet: see events for details"}"#), Form::Error);
        assert_eq!(form_of("{}"), Form::Neither);
    }

    #[test]
    fn a_twin_reads_alike_and_is_written_otherwise() {
        for text in [
            r#"{"result": "AQ=="}"#,
            r#"{"result":"AQ=="} "#,
            r#"{"result":"AR=="}"#,
            r#"{"error":"<"}"#,
            r#"{"error":"\ud800"}"#,
            "null",
        ] {
            assert_eq!(form_of(text), Form::Twin, "{text}");
            assert!(is_refused_for_ever(&Acknowledgement(text.as_bytes().into()), false), "{text}");
        }
    }

    #[test]
    fn any_other_bytes_are_refused_by_transfers_alone() {
        for text in ["\u{1}", "", r#"{"result":1}"#, r#"{"Result":"AQ=="}"#, r#"{"app_acknowledgement":"e30="}"#] {
            let acknowledgement = Acknowledgement(text.as_bytes().into());
            assert_eq!(form(&acknowledgement), Form::Opaque, "{text}");
            assert!(!is_refused_for_ever(&acknowledgement, false), "{text}");
            assert!(is_refused_for_ever(&acknowledgement, true), "{text}");
        }
    }
}
