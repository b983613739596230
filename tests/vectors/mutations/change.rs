//! Every small change of a JSON value.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tendermint::Time;

/// What is done to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// One bit of a leaf.
    Flipped(usize),
    /// A field or an element is not there.
    Dropped,
    /// A field or an element is there twice.
    Twice,
    /// An element and the one after it change places.
    Swapped,
}

/// One change at one place.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// JSON pointer.
    pub(super) at: String,
    pub(super) what: What,
}

/// All changes of a value.
pub(super) fn changes(root: &Value) -> Vec<Change> {
    let mut out = Vec::new();
    collect(root, "", &mut out);
    out
}

fn collect(value: &Value, at: &str, out: &mut Vec<Change>) {
    let change = |at: &str, what| Change { at: at.to_owned(), what };
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let at = format!("{at}/{name}");
                out.extend([change(&at, What::Dropped), change(&at, What::Twice)]);
                collect(field, &at, out);
            }
        }
        Value::Array(values) => {
            for (index, element) in values.iter().enumerate() {
                let at = format!("{at}/{index}");
                out.extend([change(&at, What::Dropped), change(&at, What::Twice), change(&at, What::Swapped)]);
                collect(element, &at, out);
            }
        }
        Value::String(_) | Value::Number(_) => {
            out.extend((0..Leaf::at(at).bits(value)).map(|bit| change(at, What::Flipped(bit))));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

impl Change {
    /// The text after the change; none where it changes nothing.
    pub(super) fn apply(&self, root: &Value) -> Option<String> {
        let mut changed = root.clone();
        let (parent, name) = self.at.rsplit_once('/').unwrap();
        match (changed.pointer_mut(parent).unwrap(), self.what) {
            (Value::Object(fields), What::Dropped) => drop(fields.remove(name)),
            (Value::Object(fields), What::Twice) => {
                // No value holds a field twice, only a text does.
                fields.insert(format!("@{name}"), fields[name].clone());
                return Some(changed.to_string().replace(&format!("\"@{name}\":"), &format!("\"{name}\":")));
            }
            (Value::Object(fields), What::Flipped(bit)) => {
                let leaf = fields.get_mut(name).unwrap();
                *leaf = Leaf::at(name).flipped(leaf, bit);
            }
            (Value::Array(values), what) => {
                let index: usize = name.parse().unwrap();
                match what {
                    What::Dropped => drop(values.remove(index)),
                    What::Twice => values.insert(index, values[index].clone()),
                    What::Swapped if index + 1 < values.len() => values.swap(index, index + 1),
                    What::Swapped => return None,
                    What::Flipped(bit) => values[index] = Leaf::at(name).flipped(&values[index], bit),
                }
            }
            (other, what) => panic!("{what:?} at {}: {other}", self.at),
        }
        (changed != *root).then(|| changed.to_string())
    }
}

/// What the bits of a leaf are bits of.
enum Leaf {
    Hex,
    Base64,
    Number,
    Time,
    Text,
}

impl Leaf {
    fn at(pointer: &str) -> Self {
        match pointer.rsplit('/').next().unwrap() {
            "provider" => Self::Hex,
            name if name.ends_with("hash") || name.ends_with("address") => Self::Hex,
            "signature" | "value" | "pub_key_bytes" => Self::Base64,
            "time" | "timestamp" => Self::Time,
            "chain_id" | "type" | "pub_key_type" => Self::Text,
            "height" | "round" | "total" | "block" | "app" | "block_id_flag" => Self::Number,
            "voting_power" | "proposer_priority" | "total_voting_power" => Self::Number,
            name => panic!("{name} is not known"),
        }
    }

    fn bits(&self, value: &Value) -> usize {
        match (self, value.as_str()) {
            (Self::Hex, Some(text)) => text.len() * 4,
            (Self::Base64, Some(text)) => STANDARD.decode(text).unwrap().len() * 8,
            (Self::Text, Some(text)) => text.len() * 7,
            (Self::Number, _) => 64,
            (Self::Time, _) => 62,
            (Self::Hex | Self::Base64 | Self::Text, None) => panic!("not a text: {value}"),
        }
    }

    fn flipped(&self, value: &Value, bit: usize) -> Value {
        let text = value.as_str().unwrap_or_default();
        let flip = |mut bytes: Vec<u8>, byte: usize, bit: usize| {
            bytes[byte] ^= 1 << bit;
            bytes
        };
        match self {
            Self::Hex => json!(hex::encode_upper(flip(hex::decode(text).unwrap(), bit / 8, bit % 8))),
            Self::Base64 => json!(STANDARD.encode(flip(STANDARD.decode(text).unwrap(), bit / 8, bit % 8))),
            Self::Text => json!(String::from_utf8(flip(text.as_bytes().to_vec(), bit / 7, bit % 7)).unwrap()),
            Self::Number => {
                let number: i64 = value.as_i64().unwrap_or_else(|| text.parse().unwrap());
                let flipped = number ^ (1 << bit);
                if value.is_string() { json!(flipped.to_string()) } else { json!(flipped) }
            }
            Self::Time => {
                let time: Time = text.parse().unwrap();
                let nanos = time.unix_timestamp_nanos() ^ (1 << bit);
                let (seconds, nanos) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
                let time = Time::from_unix_timestamp(seconds.try_into().unwrap(), nanos.try_into().unwrap());
                // A time before the year 1 can't be written down.
                time.map_or_else(|_| value.clone(), |time| json!(time.to_rfc3339()))
            }
        }
    }
}
