//! Protobuf read without its schema, so that one reader shows every answer of a chain: fields by number, in order of
//! their numbers, what may be a height or a time masked by its form.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::normal;

/// Unix seconds, and whatever is larger, are times; but for the largest number, which is no limit of gas.
const TIMES: Range<u64> = 1_000_000_000..u64::MAX;

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// A message as JSON: an object of field numbers; what is no message as text, or as `<N bytes>`.
pub(crate) fn show(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        // A text of digits is an amount: heights and times are numbers.
        Ok(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => return json!(text),
        Ok(text) if !text.chars().any(char::is_control) => return Value::String(normal::mask_text(text)),
        Ok(_) | Err(_) => {}
    }
    let Some(fields) = read(bytes) else {
        return match bytes.len() {
            0..=8 => json!(format!("0x{}", hex::encode(bytes))),
            length => json!(format!("<{length} bytes>")),
        };
    };
    if let Some(masked) = height_or_time(&fields) {
        return Value::String(masked);
    }
    let mut shown: Map<String, Value> = Map::new();
    for (number, field) in fields {
        let value = match field {
            Field::Number(number) if TIMES.contains(&number) => json!("<time>"),
            Field::Number(number) => json!(number),
            Field::Bytes(bytes) => show(bytes),
        };
        // Zero-padded, so that the order of text is that of numbers.
        let list = shown.entry(format!("{number:02}")).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(value);
        }
    }
    for (_, list) in &mut shown {
        if let Value::Array(values) = list
            && values.len() == 1
        {
            *list = values.remove(0);
        }
    }
    Value::Object(shown)
}

/// A message of the numbers 1 and 2 alone is a height or a time wherever chains answer with one.
fn height_or_time(fields: &[(u64, Field<'_>)]) -> Option<String> {
    match fields {
        [(1, Field::Number(seconds)), (2, Field::Number(_))] if TIMES.contains(seconds) => Some("<time>".to_owned()),
        [(1, Field::Number(seconds))] if TIMES.contains(seconds) => Some("<time>".to_owned()),
        [(1, Field::Number(revision)), (2, Field::Number(_))] => Some(format!("{revision}-<height>")),
        [(2, Field::Number(_))] => Some("0-<height>".to_owned()),
        _ => None,
    }
}

fn read(mut bytes: &[u8]) -> Option<Vec<(u64, Field<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let field = match key & 7 {
            0 => Field::Number(varint(&mut bytes)?),
            1 => Field::Bytes(take(&mut bytes, 8)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                Field::Bytes(take(&mut bytes, length)?)
            }
            5 => Field::Bytes(take(&mut bytes, 4)?),
            _ => return None,
        };
        // No message of these chains has as many fields.
        if !(1..=200).contains(&(key >> 3)) {
            return None;
        }
        fields.push((key >> 3, field));
    }
    Some(fields)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(length)?;
    *bytes = tail;
    Some(head)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *take(bytes, 1)?.first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[test]
fn fields_are_shown_by_number_and_heights_and_times_are_masked() {
    // {1: "channel-0", 2: {1: 1, 2: 57}, 3: 7, 3: 8, 4: {1: 1790000000, 2: 5}}
    let bytes = b"\x0a\x09channel-0\x12\x04\x08\x01\x10\x39\x18\x07\x18\x08\x22\x08\x08\x80\xe7\xc5\xd5\x06\x10\x05";
    let shown = show(bytes);
    assert_eq!(shown, json!({ "01": "channel-0", "02": "1-<height>", "03": [7, 8], "04": "<time>" }));
    assert_eq!(show(&[0xff; 32]), json!("<32 bytes>"));
}
