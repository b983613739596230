use serde_json::json;

use super::*;

#[test]
fn what_go_refuses_is_told_as_go_tells_it() {
    // Made with encoding/json of Go 1.24.
    let cases = [
        ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        (" [1, ", "unexpected end of JSON input"),
        ("two", "invalid character 'w' in literal true (expecting 'r')"),
        ("nope", "invalid character 'o' in literal null (expecting 'u')"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ("[,]", "invalid character ',' looking for beginning of value"),
        ("{,}", "invalid character ',' looking for beginning of object key string"),
        (r#"{"a":1,}"#, "invalid character '}' looking for beginning of object key string"),
        (r#"{"a" 1}"#, "invalid character '1' after object key"),
        (r#"{"a":1 "b"}"#, r#"invalid character '"' after object key:value pair"#),
        ("[1 2]", "invalid character '2' after array element"),
        ("[1] ]", "invalid character ']' after top-level value"),
        ("01", "invalid character '1' after top-level value"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1e+'", r"invalid character '\'' in exponent of numeric literal"),
        ("\"a\nb\"", r"invalid character '\n' in string literal"),
        (r#""\x""#, "invalid character 'x' in string escape code"),
        (r#""\u00g0""#, r"invalid character 'g' in \u hexadecimal character escape"),
        ("é", "invalid character 'Ã' looking for beginning of value"),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text.as_bytes()).unwrap_err(), expected, "{text:?}");
    }
}

#[test]
fn a_message_that_ends_too_early_has_words_of_its_own() {
    assert_eq!(read_message(b" ").unwrap_err(), "EOF");
    assert_eq!(read_message(b"{").unwrap_err(), "unexpected EOF");
    assert_eq!(read_message(b"x").unwrap_err(), "invalid character 'x' looking for beginning of value");
    assert_eq!(read_message(b" 7 "), Ok(json!(7)));
}

#[test]
fn what_go_takes_is_read() {
    for text in ["null", " {} ", "[]", "[[],{\"a\":{\"b\":[1,-2.5e-3,true,false,null]}}]", "0", "\"\\u00e9\\n\""] {
        assert_eq!(read(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text:?}");
    }
}

#[test]
fn nesting_without_end_is_refused() {
    assert_eq!(read(&[b'['; 10_001]).unwrap_err(), "exceeded max depth");
    assert_eq!(read(&[b'['; 10_000]).unwrap_err(), "unexpected end of JSON input");
    let deep = ["[".repeat(9_000), "]".repeat(9_000)].concat();
    assert!(read(deep.as_bytes()).unwrap_err().contains("recursion limit"));
}

#[test]
fn values_are_printed_as_go_prints_them() {
    let value = json!({ "b": [1, "two", true, null], "a": {} });
    assert_eq!(print(&value), "map[a:map[] b:[1 two true <nil>]]");
}
