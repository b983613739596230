//! What Go says of text that is no JSON (`encoding/json/scanner.go`), and of JSON that is of another kind than wanted.

use serde_json::Value;

/// Objects and lists in one another, at most.
const DEPTH_MAX: usize = 10_000;
const END: &str = "unexpected end of JSON input";

/// Reads JSON.
///
/// # Errors
/// With Go's text where Go refuses the text, too.
pub(crate) fn read(text: &[u8]) -> Result<Value, String> {
    if let Some(fault) = fault(text) {
        return Err(fault);
    }
    // What Go takes and serde does not: deep nesting, and bytes that are no UTF-8.
    serde_json::from_slice(text).map_err(|error| error.to_string())
}

/// Reads JSON as `json.Decoder` does, which has other words for text that ends too early.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_message(text: &[u8]) -> Result<Value, String> {
    read(text).map_err(|fault| match fault.as_str() {
        END if text.trim_ascii().is_empty() => "EOF".to_owned(),
        END => "unexpected EOF".to_owned(),
        _ => fault,
    })
}

/// What a value is called in `cannot unmarshal .. into Go value of type ..`.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A value that Go can't put into a variable of a type.
pub(crate) fn mismatch(value: &Value, wanted: &str) -> String {
    format!("json: cannot unmarshal {} into Go value of type {wanted}", kind(value))
}

/// A value of JSON as Go prints one that it read into an `interface{}` (`%v`).
pub(crate) fn print(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", list.iter().map(print).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let fields: Vec<_> = map.iter().map(|(key, value)| format!("{key}:{}", print(value))).collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

/// Why Go's scanner refuses a text; none where it takes it.
fn fault(text: &[u8]) -> Option<String> {
    let mut scanner = Scanner { rest: text, open: Vec::new() };
    match scanner.scan() {
        Ok(()) => None,
        Err(Fault::Byte(byte, context)) => Some(format!("invalid character {} {context}", super::quote_byte(byte))),
        Err(Fault::End) => Some(END.to_owned()),
        Err(Fault::Depth) => Some("exceeded max depth".to_owned()),
    }
}

enum Fault {
    /// A byte that can't stand where it stands.
    Byte(u8, String),
    End,
    Depth,
}

#[derive(Clone, Copy)]
enum Open {
    Object,
    List,
}

struct Scanner<'a> {
    rest: &'a [u8],
    /// The objects and lists that are not closed yet.
    open: Vec<Open>,
}

const BEGINNING: &str = "looking for beginning of value";

impl Scanner<'_> {
    fn scan(&mut self) -> Result<(), Fault> {
        loop {
            // Here a value begins.
            match self.token()? {
                b'{' => {
                    self.enter(Open::Object)?;
                    match self.token()? {
                        b'}' => drop(self.open.pop()),
                        byte => {
                            self.key(byte)?;
                            continue;
                        }
                    }
                }
                b'[' => {
                    self.enter(Open::List)?;
                    if self.peek() != Some(b']') {
                        continue;
                    }
                    self.token()?;
                    self.open.pop();
                }
                byte => self.scalar(byte)?,
            }
            if self.after_value()? {
                return Ok(());
            }
        }
    }

    /// Closes what ends behind a value, up to the next value; is it the end of all?
    fn after_value(&mut self) -> Result<bool, Fault> {
        loop {
            match (self.open.last().copied(), self.peek()) {
                (None, None) => return Ok(true),
                (None, Some(byte)) => return Err(refused(byte, "after top-level value")),
                (Some(Open::Object), _) => match self.token()? {
                    b'}' => drop(self.open.pop()),
                    b',' => {
                        let byte = self.token()?;
                        self.key(byte)?;
                        return Ok(false);
                    }
                    byte => return Err(refused(byte, "after object key:value pair")),
                },
                (Some(Open::List), _) => match self.token()? {
                    b']' => drop(self.open.pop()),
                    b',' => return Ok(false),
                    byte => return Err(refused(byte, "after array element")),
                },
            }
        }
    }

    fn enter(&mut self, open: Open) -> Result<(), Fault> {
        self.open.push(open);
        if self.open.len() > DEPTH_MAX { Err(Fault::Depth) } else { Ok(()) }
    }

    /// A key and its colon.
    fn key(&mut self, first: u8) -> Result<(), Fault> {
        if first != b'"' {
            return Err(refused(first, "looking for beginning of object key string"));
        }
        self.string()?;
        match self.token()? {
            b':' => Ok(()),
            byte => Err(refused(byte, "after object key")),
        }
    }

    fn scalar(&mut self, first: u8) -> Result<(), Fault> {
        match first {
            b'"' => self.string(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            b'-' => match self.next()? {
                byte if byte.is_ascii_digit() => self.number(byte),
                byte => Err(refused(byte, "in numeric literal")),
            },
            byte if byte.is_ascii_digit() => self.number(byte),
            byte => Err(refused(byte, BEGINNING)),
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), Fault> {
        for expected in word.bytes().skip(1) {
            let byte = self.next()?;
            if byte != expected {
                let context = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(refused(byte, &context));
            }
        }
        Ok(())
    }

    fn number(&mut self, first: u8) -> Result<(), Fault> {
        // No digit follows a zero at the beginning.
        if first != b'0' {
            self.digits();
        }
        if self.rest.first() == Some(&b'.') {
            self.next()?;
            self.digit("after decimal point in numeric literal")?;
        }
        if matches!(self.rest.first(), Some(b'e' | b'E')) {
            self.next()?;
            if matches!(self.rest.first(), Some(b'+' | b'-')) {
                self.next()?;
            }
            self.digit("in exponent of numeric literal")?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digit(&mut self, context: &str) -> Result<(), Fault> {
        let byte = self.next()?;
        if !byte.is_ascii_digit() {
            return Err(refused(byte, context));
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = &self.rest[count..];
    }

    fn string(&mut self) -> Result<(), Fault> {
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => match self.next()? {
                    b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                    b'u' => {
                        for _ in 0..4 {
                            let byte = self.next()?;
                            if !byte.is_ascii_hexdigit() {
                                return Err(refused(byte, r"in \u hexadecimal character escape"));
                            }
                        }
                    }
                    byte => return Err(refused(byte, "in string escape code")),
                },
                byte if byte < 0x20 => return Err(refused(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<u8, Fault> {
        let (first, rest) = self.rest.split_first().ok_or(Fault::End)?;
        self.rest = rest;
        Ok(*first)
    }

    /// The next byte that is no space.
    fn token(&mut self) -> Result<u8, Fault> {
        self.peek();
        self.next()
    }

    fn peek(&mut self) -> Option<u8> {
        let spaces = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        self.rest = &self.rest[spaces..];
        self.rest.first().copied()
    }
}

fn refused(byte: u8, context: &str) -> Fault {
    Fault::Byte(byte, context.to_owned())
}

#[cfg(test)]
mod tests;
