//! JSON as Go's `encoding/json` reads and writes it. What ibc-go commits to depends on it: a text that Go reads but
//! would write otherwise is another acknowledgement. Go takes keys twice, in any case, and bytes that are no text.

use core::fmt::Write;

mod scanner;

pub(crate) use scanner::{parse, parse_first};

/// A value, with the keys of objects in the order in which they stand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// As it is written.
    Number(String),
    /// Without its quotes, unescaped.
    Text(String),
    /// `[..]`
    Array(Vec<Json>),
    /// `{..}`; a key may stand twice.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// What Go calls this kind of value in "cannot unmarshal ..".
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The value under a key of just this name; of several, the last.
    pub(crate) fn value(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// A key as Go compares it with the names of fields: in no case, and the long s is one too.
pub(crate) fn fold(key: &str) -> String {
    key.to_lowercase().replace('\u{17f}', "s")
}

/// A string, as `json.Marshal` writes it: safe in HTML.
pub(crate) fn quote(text: &str) -> String {
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
                // Writing to a string can't fail.
                write!(quoted, "\\u{:04x}", u32::from(character)).unwrap_or_default();
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

    #[test]
    fn a_string_is_written_safe_for_html() {
        assert_eq!(
            quote("a<b>&\u{2028}\u{1}\u{8}\"\\\u{7f}é"),
            "\"a\\u003cb\\u003e\\u0026\\u2028\\u0001\\b\\\"\\\\\u{7f}é\""
        );
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_counts() {
        let value = parse(br#"{"a":1,"A":2,"a":3}"#).unwrap();
        assert_eq!(value.value("a"), Some(&Json::Number("3".to_owned())));
        assert_eq!(value.value("b"), None);
    }
}
