//! The bytes of a message.

use prost::encoding::{decode_varint, encode_varint};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A change of bytes, by its name.
type Named = (&'static str, fn(&mut Vec<u8>, &mut ChaCha8Rng));

pub(super) const CHANGES: &[Named] = &[
    ("bytes: a bit", |bytes, random| {
        let place = random.gen_range(0..bytes.len());
        bytes[place] ^= 1 << random.gen_range(0..8);
    }),
    ("bytes: cut off", |bytes, random| bytes.truncate(random.gen_range(0..bytes.len()))),
    ("bytes: a field less", |bytes, random| {
        fields(bytes, random, |fields, random| drop(fields.remove(random.gen_range(0..fields.len()))));
    }),
    ("bytes: a field twice", |bytes, random| {
        fields(bytes, random, |fields, random| {
            let (from, to) = (random.gen_range(0..fields.len()), random.gen_range(0..=fields.len()));
            let field = fields[from].clone();
            fields.insert(to, field);
        });
    }),
    ("bytes: two fields swapped", |bytes, random| {
        fields(bytes, random, |fields, random| {
            let (one, other) = (random.gen_range(0..fields.len()), random.gen_range(0..fields.len()));
            fields.swap(one, other);
        });
    }),
    ("bytes: a field of another tag", |bytes, random| {
        fields(bytes, random, |fields, random| {
            let place = random.gen_range(0..fields.len());
            fields[place].tag = random.gen_range(1..20);
        });
    }),
    ("bytes: a number", |bytes, random| {
        fields(bytes, random, |fields, random| {
            let numbers = [0, 1, 2, u64::from(u32::MAX), 1 << 32, i64::MAX.cast_unsigned(), u64::MAX];
            for field in fields {
                if let Value::Number(number) = &mut field.value
                    && random.gen_bool(0.5)
                {
                    *number = numbers[random.gen_range(0..numbers.len())];
                }
            }
        });
    }),
    ("bytes: an empty field", |bytes, random| {
        fields(bytes, random, |fields, random| {
            let place = random.gen_range(0..=fields.len());
            fields.insert(place, Field { tag: random.gen_range(1..16), value: Value::Bytes(vec![]) });
        });
    }),
];

/// A field as it is encoded.
#[derive(Clone)]
struct Field {
    tag: u64,
    value: Value,
}

#[derive(Clone)]
enum Value {
    Number(u64),
    Bytes(Vec<u8>),
}

/// Changes the fields of the message, or of a message in it.
fn fields(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng, change: fn(&mut Vec<Field>, &mut ChaCha8Rng)) {
    let Some(mut read) = read(bytes).filter(|fields| !fields.is_empty()) else { return };
    let place = random.gen_range(0..read.len());
    match &mut read[place].value {
        Value::Bytes(inner) if random.gen_bool(0.75) && self::read(inner).is_some_and(|inner| !inner.is_empty()) => {
            fields(inner, random, change);
        }
        Value::Bytes(_) | Value::Number(_) => change(&mut read, random),
    }
    *bytes = write(&read);
}

/// The fields of a message; none of what is not one.
fn read(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = decode_varint(&mut bytes).ok()?;
        let value = match key & 7 {
            0 => Value::Number(decode_varint(&mut bytes).ok()?),
            2 => {
                let length = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
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
                encode_varint(tag << 3, &mut out);
                encode_varint(*number, &mut out);
            }
            Value::Bytes(bytes) => {
                encode_varint(tag << 3 | 2, &mut out);
                encode_varint(bytes.len() as u64, &mut out);
                out.extend_from_slice(bytes);
            }
        }
    }
    out
}
