//! The wire form of protobuf, read strictly: cosmos-sdk `codec/unknownproto` and ADR-027.

/// Wire type of varints.
pub(super) const VARINT: u8 = 0;
/// Wire type of bytes, strings and messages.
pub(super) const BYTES: u8 = 2;

/// Fields whose number has this bit may be unknown where a message allows it.
const NON_CRITICAL: u64 = 1 << 10;
/// Go's `io.ErrUnexpectedEOF`.
const EOF: &str = "unexpected EOF";
const OVERFLOW: &str = "variable length integer overflow";
/// Messages in messages; the SDK allows more, but what reads them afterwards does not.
const DEPTH_MAX: usize = 100;
const FIELD_NUMBER_MAX: u64 = (1 << 29) - 1;

/// A field as it stands on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// Its number.
    pub(crate) number: u64,
    /// Its wire type.
    pub(super) wire: u8,
    /// What it holds; for wire type 2 without the length.
    pub(crate) value: &'a [u8],
    /// The bytes that tell the length, for wire type 2.
    length_bytes: usize,
}

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The tag can't be read.
    Tag(&'static str),
    /// What follows the tag can't be read.
    Value(u64, u8, &'static str),
}

impl Fault {
    fn reason(self) -> &'static str {
        match self {
            Self::Tag(reason) | Self::Value(_, _, reason) => reason,
        }
    }

    /// The text of `unknownproto`.
    fn text(self) -> String {
        match self {
            Self::Tag(_) => "invalid length".to_owned(),
            Self::Value(number, wire, reason) => {
                let wire = wire_name(wire);
                format!("could not consume field value for tagNum: {number}, wireType: {wire:?}; {reason}")
            }
        }
    }
}

/// The fields of a message, one after the other; ends after a fault.
pub(crate) fn fields(bytes: &[u8]) -> impl Iterator<Item = Result<Field<'_>, Fault>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let field = field(&mut rest);
        if field.is_err() {
            rest = &[];
        }
        Some(field)
    })
}

/// What gogoproto says of bytes whose fields can't be told apart, where it says the same of all messages.
pub(crate) fn go_fault(bytes: &[u8]) -> Option<&'static str> {
    match fields(bytes).find_map(Result::err)?.reason() {
        OVERFLOW => Some("proto: integer overflow"),
        reason => Some(reason).filter(|reason| *reason == EOF),
    }
}

/// The last field of that number with wire type 2: what protobuf takes of several.
pub(crate) fn last(bytes: &[u8], number: u64) -> Option<&[u8]> {
    let found = fields(bytes).map_while(Result::ok).filter(|field| field.number == number && field.wire == BYTES);
    found.last().map(|field| field.value)
}

/// The last varint of that number.
pub(super) fn last_varint(bytes: &[u8], number: u64) -> Option<u64> {
    let found = fields(bytes).map_while(Result::ok).filter(|field| field.number == number && field.wire == VARINT);
    found.last().and_then(|field| varint(&mut { field.value }).ok())
}

fn field<'a>(rest: &mut &'a [u8]) -> Result<Field<'a>, Fault> {
    let tag = varint(rest).map_err(Fault::Tag)?;
    let (number, wire) = (tag >> 3, (tag & 7) as u8);
    if !(1..=FIELD_NUMBER_MAX).contains(&number) {
        return Err(Fault::Tag("invalid field number"));
    }
    let fault = |reason| Fault::Value(number, wire, reason);
    let start = *rest;
    let mut length_bytes = 0;
    let length = match wire {
        VARINT => {
            varint(rest).map_err(fault)?;
            start.len() - rest.len()
        }
        1 => 8,
        BYTES => {
            let length = varint(rest).map_err(fault)?;
            length_bytes = start.len() - rest.len();
            usize::try_from(length).unwrap_or(usize::MAX)
        }
        5 => 4,
        3 | 4 => return Err(fault("mismatching end group marker")),
        _ => return Err(fault("cannot parse reserved wire type")),
    };
    let body = if wire == BYTES { *rest } else { start };
    if length > body.len() {
        return Err(fault(EOF));
    }
    let (value, after) = body.split_at(length);
    *rest = after;
    Ok(Field { number, wire, value, length_bytes })
}

fn varint(rest: &mut &[u8]) -> Result<u64, &'static str> {
    let mut value = 0_u64;
    for at in 0..10 {
        let Some((byte, after)) = rest.split_first() else { return Err(EOF) };
        *rest = after;
        if at == 9 && *byte > 1 {
            break;
        }
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(OVERFLOW)
}

fn varint_length(value: u64) -> usize {
    (64 - value.leading_zeros()).div_ceil(7).max(1) as usize
}

/// `rejectNonADR027TxRaw`: fields in order, lengths as short as they can be.
pub(super) fn check_adr_027(bytes: &[u8]) -> Result<(), String> {
    let mut before = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        let mut tag_rest = rest;
        let tag = varint(&mut tag_rest).map_err(|reason| format!("invalid length; {reason}"))?;
        if tag & 7 != u64::from(BYTES) {
            return Err(format!("expected 2 wire type, got {}", tag & 7));
        }
        let number = tag >> 3;
        if number < before {
            return Err(format!("txRaw must follow ADR-027, got tagNum {number} after tagNum {before}"));
        }
        before = number;
        let field = field(&mut rest).map_err(|fault| format!("invalid length; {}", fault.reason()))?;
        let needed = varint_length(field.value.len() as u64);
        if field.length_bytes != needed {
            let read = field.length_bytes;
            return Err(format!(
                "length prefix varint for tagNum {number} is not as short as possible, read {read}, only need {needed}"
            ));
        }
    }
    Ok(())
}

/// What a message may hold.
#[derive(Debug)]
pub(super) struct Shape {
    /// The name of its Go type, which the SDK shows.
    pub(super) go: &'static str,
    /// Its fields.
    pub(super) fields: &'static [(u64, Kind)],
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// An integer, a boolean or an enumeration.
    Varint,
    /// Bytes or text.
    Bytes,
    /// A message.
    Message(&'static Shape),
    /// A message of any type.
    Any,
}

static ANY: Shape = Shape { go: "*types.Any", fields: &[(1, Kind::Bytes), (2, Kind::Bytes)] };

/// Looks a type URL up: the numbers of the message's fields that hold an `Any`; none for a type that is not known.
pub(super) type Resolve = dyn Fn(&str) -> Option<&'static [u64]>;

/// `RejectUnknownFields`. Of a message inside an `Any` only those fields are known here that hold an `Any` again.
pub(super) fn reject_unknown(
    bytes: &[u8],
    shape: &Shape,
    non_critical_allowed: bool,
    resolve: &Resolve,
) -> Result<(), String> {
    reject_unknown_below(bytes, shape, non_critical_allowed, resolve, DEPTH_MAX)
}

fn reject_unknown_below(
    bytes: &[u8],
    shape: &Shape,
    non_critical_allowed: bool,
    resolve: &Resolve,
    depth: usize,
) -> Result<(), String> {
    let Some(depth) = depth.checked_sub(1) else { return Err("recursion limit reached".to_owned()) };
    for field in fields(bytes) {
        let field = field.map_err(Fault::text)?;
        let Some((_, kind)) = shape.fields.iter().find(|(number, _)| *number == field.number) else {
            if field.number & NON_CRITICAL == 0 || !non_critical_allowed {
                let (go, number, wire) = (shape.go, field.number, wire_name(field.wire));
                return Err(format!("errUnknownField {go:?}: {{TagNum: {number}, WireType:{wire:?}}}"));
            }
            continue;
        };
        check_wire_type(shape, field, *kind)?;
        match kind {
            Kind::Varint | Kind::Bytes => {}
            Kind::Message(inner) => reject_unknown_below(field.value, inner, non_critical_allowed, resolve, depth)?,
            Kind::Any => reject_unknown_in_any(field.value, non_critical_allowed, resolve, depth)?,
        }
    }
    Ok(())
}

fn reject_unknown_in_any(
    any: &[u8],
    non_critical_allowed: bool,
    resolve: &Resolve,
    depth: usize,
) -> Result<(), String> {
    let Some(depth) = depth.checked_sub(1) else { return Err("recursion limit reached".to_owned()) };
    reject_unknown_below(any, &ANY, non_critical_allowed, resolve, depth)?;
    let url = String::from_utf8_lossy(last(any, 1).unwrap_or_default());
    let anys = resolve(&url).ok_or_else(|| format!("unable to resolve type URL {url}"))?;
    for field in fields(last(any, 2).unwrap_or_default()) {
        let field = field.map_err(Fault::text)?;
        if field.wire == BYTES && anys.contains(&field.number) {
            reject_unknown_in_any(field.value, non_critical_allowed, resolve, depth)?;
        }
    }
    Ok(())
}

fn check_wire_type(shape: &Shape, field: Field<'_>, kind: Kind) -> Result<(), String> {
    let (wanted, fits) = match kind {
        // A list of integers may be packed into bytes, and the SDK does not ask whether it is a list.
        Kind::Varint => (VARINT, field.wire == VARINT || field.wire == BYTES),
        Kind::Bytes | Kind::Message(_) | Kind::Any => (BYTES, field.wire == BYTES),
    };
    if fits {
        return Ok(());
    }
    let (go, number, got, wanted) = (shape.go, field.number, wire_name(field.wire), wire_name(wanted));
    Err(format!("Mismatched {go:?}: {{TagNum: {number}, GotWireType: {got:?} != WantWireType: {wanted:?}}}"))
}

fn wire_name(wire: u8) -> &'static str {
    match wire {
        0 => "varint",
        1 => "fixed64",
        2 => "bytes",
        3 => "start_group",
        4 => "end_group",
        5 => "fixed32",
        6 => "unknown type: 6",
        _ => "unknown type: 7",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_could_be_shorter_is_refused() {
        assert_eq!(check_adr_027(&[0x0a, 0x01, 0x00]), Ok(()));
        let refused = check_adr_027(&[0x0a, 0x81, 0x00, 0x00]).unwrap_err();
        assert_eq!(refused, "length prefix varint for tagNum 1 is not as short as possible, read 2, only need 1");
    }

    #[test]
    fn a_varint_over_64_bits_is_refused() {
        let refused = check_adr_027(&[0xff; 11]).unwrap_err();
        assert_eq!(refused, "invalid length; variable length integer overflow");
    }

    #[test]
    fn a_field_of_another_wire_type_is_refused() {
        static TEXT: Shape = Shape { go: "*tx.Text", fields: &[(1, Kind::Bytes)] };
        let refused = reject_unknown(&[0x08, 0x05], &TEXT, true, &|_| Some(&[])).unwrap_err();
        let expected = r#"Mismatched "*tx.Text": {TagNum: 1, GotWireType: "varint" != WantWireType: "bytes"}"#;
        assert_eq!(refused, expected);
    }

    #[test]
    fn messages_in_messages_without_end_are_refused() {
        static INNER: Shape = Shape { go: "*tx.Inner", fields: &[(1, Kind::Message(&INNER))] };
        let nest = |depth: usize| (0..depth).fold(Vec::new(), |inner, _| field_of_bytes(&inner));
        assert_eq!(reject_unknown(&nest(99), &INNER, false, &|_| Some(&[])), Ok(()));
        let refused = reject_unknown(&nest(5_000), &INNER, false, &|_| Some(&[]));
        assert_eq!(refused, Err("recursion limit reached".to_owned()));
    }

    fn field_of_bytes(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        prost::encoding::bytes::encode(1, &bytes.to_vec(), &mut out);
        out
    }

    #[test]
    fn no_bytes_make_the_reader_panic() {
        for length in 0..4_usize {
            for seed in 0..=u16::MAX {
                let bytes = [seed.to_le_bytes(), seed.wrapping_mul(31).to_le_bytes()].concat();
                let fields = fields(&bytes[..length]).count();
                assert!(fields <= length);
            }
        }
    }
}
