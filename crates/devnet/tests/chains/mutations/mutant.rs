//! Bytes that are almost a message: one field of a protobuf message is another, or one byte is.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Numbers at the ends of what can be counted.
const NUMBERS: [u64; 9] =
    [0, 1, 2, u32::MAX as u64, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX - 1, u64::MAX, 253_402_300_800];

/// Texts that mean something somewhere.
const TEXTS: [&str; 20] = [
    "",
    "0",
    "-1",
    "/",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211455",
    "115792089237316195423570985008687907853269984665640564039457584007913129639935",
    "0-18446744073709551615",
    "transfer",
    "probe",
    "channel-0",
    "channel-18446744073709551615",
    "connection-0",
    "07-tendermint-0",
    "09-localhost",
    "chain-a-18446744073709551615",
    "transfer/channel-0/token",
    "ibc/00",
    "{\"amount\":\"1\",\"denom\":\"\u{2028}\",\"receiver\":[[[[",
];

/// A field as it is encoded, with what it holds where that is bytes.
struct Field {
    tag: u64,
    value: Value,
}

enum Value {
    Number(u64),
    Bytes(Vec<u8>),
}

/// Another message, which differs in one place.
pub(super) fn of(bytes: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let Some(mut fields) = read(bytes).filter(|fields| !fields.is_empty() && random.gen_bool(0.9)) else {
        return of_bytes(bytes, random);
    };
    let place = random.gen_range(0..fields.len());
    match random.gen_range(0..10) {
        0 => drop(fields.remove(place)),
        1 => {
            let again = Field { tag: fields[place].tag, value: copy(&fields[place].value) };
            fields.push(again);
        }
        2 => fields.push(added(random)),
        _ => {
            let value = &mut fields[place].value;
            *value = match value {
                Value::Number(_) => Value::Number(NUMBERS[random.gen_range(0..NUMBERS.len())]),
                Value::Bytes(_) if random.gen_bool(0.2) => Value::Bytes(text(random)),
                Value::Bytes(inner) => Value::Bytes(of(inner, random)),
            };
        }
    }
    write(&fields)
}

/// A message of any fields.
pub(super) fn made_up(random: &mut ChaCha8Rng) -> Vec<u8> {
    let fields: Vec<_> = (0..random.gen_range(0..6)).map(|_| added(random)).collect();
    write(&fields)
}

fn added(random: &mut ChaCha8Rng) -> Field {
    let value = match random.gen_range(0..5) {
        0 | 1 => Value::Number(NUMBERS[random.gen_range(0..NUMBERS.len())]),
        2 | 3 => Value::Bytes(text(random)),
        _ => Value::Bytes(made_up(random)),
    };
    Field { tag: random.gen_range(1..8), value }
}

fn of_bytes(bytes: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.is_empty() {
        return text(random);
    }
    let place = random.gen_range(0..bytes.len());
    match random.gen_range(0..3) {
        0 => bytes[place] ^= 1 << random.gen_range(0..8),
        1 => bytes.truncate(place),
        _ => bytes.insert(place, random.r#gen()),
    }
    bytes
}

fn text(random: &mut ChaCha8Rng) -> Vec<u8> {
    TEXTS[random.gen_range(0..TEXTS.len())].as_bytes().to_vec()
}

fn copy(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(*number),
        Value::Bytes(bytes) => Value::Bytes(bytes.clone()),
    }
}

/// The fields of a message; none of what is not one.
fn read(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = prost::encoding::decode_varint(&mut bytes).ok()?;
        let value = match key & 7 {
            0 => Value::Number(prost::encoding::decode_varint(&mut bytes).ok()?),
            2 => {
                let length = usize::try_from(prost::encoding::decode_varint(&mut bytes).ok()?).ok()?;
                let (value, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Value::Bytes(value.to_vec())
            }
            _ => return None,
        };
        fields.push(Field { tag: key >> 3, value });
    }
    Some(fields)
}

fn write(fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for Field { tag, value } in fields {
        match value {
            Value::Number(number) => {
                prost::encoding::encode_varint(tag << 3, &mut out);
                prost::encoding::encode_varint(*number, &mut out);
            }
            Value::Bytes(bytes) => {
                prost::encoding::encode_varint(tag << 3 | 2, &mut out);
                prost::encoding::encode_varint(bytes.len() as u64, &mut out);
                out.extend_from_slice(bytes);
            }
        }
    }
    out
}
