//! The reader behind [`super::Json`], with the errors of Go's `encoding/json/scanner.go`.

use super::Json;

/// Go ends at 10,000; nothing that chains say is deeper than a few.
const DEPTH_MAX: usize = 128;
const END: &str = "unexpected end of JSON input";

/// Reads a text that is one value (`json.Unmarshal`).
pub(crate) fn parse(bytes: &[u8]) -> Result<Json, String> {
    let mut scanner = Scanner { bytes, at: 0 };
    let value = scanner.value(0)?;
    scanner.skip_blanks();
    match scanner.peek() {
        None => Ok(value),
        Some(byte) => Err(unexpected(byte, "after top-level value")),
    }
}

/// Reads the first value of a text, whatever follows (`json.Decoder`).
pub(crate) fn parse_first(bytes: &[u8]) -> Result<Json, String> {
    Scanner { bytes, at: 0 }.value(0)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

fn unexpected(byte: u8, place: &str) -> String {
    let shown = match byte {
        b'\'' => "\\'".to_owned(),
        b'"' => "\"".to_owned(),
        byte => char::from(byte).escape_debug().to_string(),
    };
    format!("invalid character '{shown}' {place}")
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, String> {
        let byte = self.peek().ok_or(END)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        if depth > DEPTH_MAX {
            return Err("exceeded max depth".to_owned());
        }
        self.skip_blanks();
        match self.next()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => self.text().map(Json::Text),
            b't' => self.literal("true", Json::Bool(true)),
            b'f' => self.literal("false", Json::Bool(false)),
            b'n' => self.literal("null", Json::Null),
            byte @ (b'-' | b'0'..=b'9') => self.number(byte),
            byte => Err(unexpected(byte, "looking for beginning of value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        let mut entries = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(entries));
        }
        loop {
            self.skip_blanks();
            match self.next()? {
                b'"' => {}
                byte => return Err(unexpected(byte, "looking for beginning of object key string")),
            }
            let key = self.text()?;
            self.skip_blanks();
            match self.next()? {
                b':' => {}
                byte => return Err(unexpected(byte, "after object key")),
            }
            entries.push((key, self.value(depth + 1)?));
            self.skip_blanks();
            match self.next()? {
                b',' => {}
                b'}' => return Ok(Json::Object(entries)),
                byte => return Err(unexpected(byte, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, String> {
        let mut elements = Vec::new();
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.skip_blanks();
            match self.next()? {
                b',' => {}
                b']' => return Ok(Json::Array(elements)),
                byte => return Err(unexpected(byte, "after array element")),
            }
        }
    }

    fn literal(&mut self, literal: &str, value: Json) -> Result<Json, String> {
        for expected in literal.bytes().skip(1) {
            let byte = self.next()?;
            if byte != expected {
                let place = format!("in literal {literal} (expecting '{}')", char::from(expected));
                return Err(unexpected(byte, &place));
            }
        }
        Ok(value)
    }

    fn number(&mut self, first: u8) -> Result<Json, String> {
        let start = self.at - 1;
        let leading = if first == b'-' { self.digit("in numeric literal")? } else { first };
        if leading != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digit("after decimal point in numeric literal")?;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit("in exponent of numeric literal")?;
            self.digits();
        }
        Ok(Json::Number(String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned()))
    }

    fn digit(&mut self, place: &str) -> Result<u8, String> {
        match self.next()? {
            byte @ b'0'..=b'9' => Ok(byte),
            byte => Err(unexpected(byte, place)),
        }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    /// The rest of a string, its first quote being read.
    fn text(&mut self) -> Result<String, String> {
        let mut raw = Vec::new();
        loop {
            match self.next()? {
                b'"' => return Ok(to_text(&raw)),
                b'\\' => self.escape(&mut raw)?,
                byte if byte < 0x20 => return Err(unexpected(byte, "in string literal")),
                byte => raw.push(byte),
            }
        }
    }

    fn escape(&mut self, raw: &mut Vec<u8>) -> Result<(), String> {
        let byte = match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let character = self.code_unit()?;
                let character = self.with_low_surrogate(character)?;
                raw.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            byte => return Err(unexpected(byte, "in string escape code")),
        };
        raw.push(byte);
        Ok(())
    }

    fn code_unit(&mut self) -> Result<u32, String> {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = self.next()?;
            let digit = char::from(byte).to_digit(16);
            unit = unit * 16 + digit.ok_or_else(|| unexpected(byte, "in \\u hexadecimal character escape"))?;
        }
        Ok(unit)
    }

    /// Half a character becomes U+FFFD.
    fn with_low_surrogate(&mut self, unit: u32) -> Result<char, String> {
        if let Some(character) = char::from_u32(unit) {
            return Ok(character);
        }
        let is_high = unit < 0xdc00;
        if is_high && self.bytes[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let low = self.code_unit()?;
            if (0xdc00..0xe000).contains(&low) {
                let joined = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = back;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }
}

/// Each byte that is no text becomes U+FFFD.
fn to_text(mut raw: &[u8]) -> String {
    let mut text = String::with_capacity(raw.len());
    loop {
        match std::str::from_utf8(raw) {
            Ok(rest) => {
                text.push_str(rest);
                return text;
            }
            Err(error) => {
                let (valid, rest) = raw.split_at(error.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                text.push(char::REPLACEMENT_CHARACTER);
                raw = &rest[1..];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_json_is_refused_in_the_words_of_go() {
        let refused = [
            ("", "unexpected end of JSON input"),
            ("{\"a\":", "unexpected end of JSON input"),
            ("mock", "invalid character 'm' looking for beginning of value"),
            ("{a", "invalid character 'a' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 2}", "invalid character '2' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("01", "invalid character '1' after top-level value"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("tru ", "invalid character ' ' in literal true (expecting 'e')"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"),
            ("\"\n\"", "invalid character '\\n' in string literal"),
        ];
        for (text, error) in refused {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn bytes_and_halves_that_are_no_text_are_replaced() {
        let text = |bytes: &[u8]| match parse(bytes).unwrap() {
            Json::Text(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(text(b"\"a\xff\xfe\""), "a\u{fffd}\u{fffd}");
        assert_eq!(text(b"\"\\ud800x\""), "\u{fffd}x");
        assert_eq!(text(b"\"\\ud83d\\ude00\""), "\u{1f600}");
        assert_eq!(text(b"\"\\ud800\\u0041\""), "\u{fffd}A");
    }

    #[test]
    fn the_first_value_may_be_followed_by_anything() {
        assert_eq!(parse_first(b" null x").unwrap(), Json::Null);
        assert!(parse(b" null x").is_err());
    }

    #[test]
    fn depth_has_an_end() {
        assert_eq!(parse("[".repeat(100_000).as_bytes()).unwrap_err(), "exceeded max depth");
    }

    proptest! {
        #[test]
        fn what_another_reader_takes_is_taken_and_nothing_else(text in r#"[\[\]{}":,01.\-\\ bnrt]{0,12}"#) {
            // Without exponents and without `\u`, of which serde_json has its own opinion.
            let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert_eq!(parse(text.as_bytes()).is_ok(), is_json, "{}", text);
        }

        #[test]
        fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            // Whatever reads as a whole reads as a first value too.
            prop_assert!(parse(&bytes).is_err() || parse_first(&bytes).is_ok());
        }

        #[test]
        fn what_serde_json_writes_is_read(text in ".*", number in any::<i64>()) {
            let written = serde_json::json!({ "text": text.clone(), "list": [number, null, true] });
            let read = parse(written.to_string().as_bytes()).unwrap();
            prop_assert_eq!(read.value("text"), Some(&Json::Text(text)));
            let list = Json::Array(vec![Json::Number(number.to_string()), Json::Null, Json::Bool(true)]);
            prop_assert_eq!(read.value("list"), Some(&list));
        }
    }
}
