//! The usual form of acknowledgements, `channeltypes.Acknowledgement` as JSON (`04-channel/types/acknowledgement.go`).
//! To core IBC an acknowledgement is any bytes; but one that reads as this form must be written as ibc-go writes it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::json::{self, Json};
use crate::app::error::AppError;

/// Go's `base64.StdEncoding`: padded, and lenient about the last bits.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// What an application answers to a packet: bytes, and whether they stand for success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// What the counterparty is told.
    pub bytes: Vec<u8>,
    /// Are the application's writes kept?
    pub success: bool,
}

impl Acknowledged {
    /// `NewResultAcknowledgement`.
    pub fn result(result: &[u8]) -> Self {
        Self { bytes: Form::Result(Some(result.to_vec())).to_json(), success: true }
    }

    /// `NewErrorAcknowledgement`: of an error, the counterparty is told the code only.
    pub fn error(error: &AppError) -> Self {
        Self::error_code(error.code)
    }

    /// The same for an error of which only the code is known; 1 is that of errors that nobody registered.
    pub fn error_code(code: u32) -> Self {
        let text = format!("ABCI code: {code}: error handling packet: see events for details");
        Self { bytes: Form::Error(text).to_json(), success: false }
    }
}

/// An acknowledgement of the usual form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Success, with the application's bytes; none for JSON's `null`.
    Result(Option<Vec<u8>>),
    /// Failure.
    Error(String),
    /// `{}`: neither.
    Empty,
}

impl Form {
    /// Reads as gogoproto's `jsonpb.Unmarshal` does: what follows the first value is not looked at.
    ///
    /// # Errors
    /// When the bytes are no such acknowledgement.
    pub(crate) fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let mut form = Self::Empty;
        let entries = match json::parse_first(bytes)? {
            Json::Object(entries) => entries,
            Json::Null => Vec::new(),
            other => {
                let kind = other.kind();
                return Err(format!("json: cannot unmarshal {kind} into Go value of type map[string]json.RawMessage"));
            }
        };
        for (key, value) in entries {
            form = match key.as_str() {
                "result" => Self::Result(octets(value)?),
                "error" => Self::Error(text(value)?),
                _ => return Err(format!("unknown field {} in types.Acknowledgement", json::quote(&key))),
            };
        }
        Ok(form)
    }

    /// Writes as `jsonpb.Marshaler` does.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        match self {
            Self::Result(Some(result)) => format!("{{\"result\":\"{}\"}}", BASE64.encode(result)),
            Self::Result(None) => "{\"result\":null}".to_owned(),
            Self::Error(error) => format!("{{\"error\":{}}}", json::quote(error)),
            Self::Empty => "{}".to_owned(),
        }
        .into_bytes()
    }

    /// gogoproto's `CompactTextString`, as events show it.
    pub(crate) fn to_compact_text(&self) -> String {
        match self {
            Self::Result(result) => format!("result:\"{}\" ", escaped(result.as_deref().unwrap_or_default())),
            Self::Error(error) => format!("error:\"{}\" ", escaped(error.as_bytes())),
            Self::Empty => String::new(),
        }
    }
}

fn octets(value: Json) -> Result<Option<Vec<u8>>, String> {
    let refused = |kind: &str| format!("json: cannot unmarshal {kind} into Go value of type []uint8");
    match value {
        Json::Null => Ok(None),
        // Go's decoder passes over line ends.
        Json::Text(text) => BASE64
            .decode(text.replace(['\r', '\n'], ""))
            .map(Some)
            .map_err(|error| format!("illegal base64 data: {error}")),
        Json::Array(elements) => {
            let octet = |element: &Json| match element {
                Json::Null => Ok(0),
                Json::Number(number) => number.parse::<u8>().map_err(|_| refused("number")),
                other => Err(refused(other.kind())),
            };
            elements.iter().map(octet).collect::<Result<_, _>>().map(Some)
        }
        other => Err(refused(other.kind())),
    }
}

fn text(value: Json) -> Result<String, String> {
    match value {
        Json::Null => Ok(String::new()),
        Json::Text(text) => Ok(text),
        other => Err(format!("json: cannot unmarshal {} into Go value of type string", other.kind())),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let escape = |byte: &u8| match byte {
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'"' => "\\\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0x20..=0x7e => char::from(*byte).to_string(),
        byte => format!("\\{byte:03o}"),
    };
    bytes.iter().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::error::sdk;

    fn is_read_and_written_alike(text: &str) -> Option<bool> {
        Form::from_json(text.as_bytes()).ok().map(|form| form.to_json() == text.as_bytes())
    }

    #[test]
    fn the_usual_acknowledgements_are_written_as_ibc_go_writes_them() {
        assert_eq!(Acknowledged::result(&[1]).bytes, b"{\"result\":\"AQ==\"}");
        assert_eq!(
            Acknowledged::error(&sdk::INSUFFICIENT_FUNDS.wrap("x")).bytes,
            b"{\"error\":\"ABCI code: 5: error handling packet: see events for details\"}"
        );
    }

    #[test]
    fn a_form_that_is_written_otherwise_than_it_was_read_is_told_apart() {
        for text in ["{\"result\":\"AQ==\"}", "{\"error\":\"a\"}", "{}", "{\"result\":\"\"}", "{\"result\":null}"] {
            assert_eq!(is_read_and_written_alike(text), Some(true), "{text}");
        }
        for text in [
            " {\"result\":\"AQ==\"}",
            "{\"result\":\"AQ==\"} trailing",
            "{\"result\":\"AR==\"}",
            "{\"result\":[1]}",
            "{\"error\":\"<\"}",
            "{\"error\":null}",
            "{\"result\":\"AQ==\",\"error\":\"a\"}",
            "null",
        ] {
            assert_eq!(is_read_and_written_alike(text), Some(false), "{text}");
        }
    }

    #[test]
    fn what_is_no_such_form_is_opaque() {
        for text in [
            "",
            "\u{1}",
            "[]",
            "\"a\"",
            "{\"result\":1}",
            "{\"result\":\"AQ\"}",
            "{\"other\":\"a\"}",
            "{\"Result\":\"AQ==\"}",
        ] {
            assert_eq!(is_read_and_written_alike(text), None, "{text}");
        }
    }

    #[test]
    fn events_show_the_compact_text() {
        assert_eq!(Form::Result(Some(vec![1])).to_compact_text(), "result:\"\\001\" ");
        assert_eq!(Form::Error("a \"b\"".to_owned()).to_compact_text(), "error:\"a \\\"b\\\"\" ");
    }
}
