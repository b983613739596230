//! From protobuf to the types of this crate: why it can fail, and the conversions that several messages share.

use proto::google::protobuf::Any;
use proto::ibc::core::client::v1::Height as RawHeight;
use proto::{Message, Name};

use crate::{Height, IdentifierError};

/// Why a protobuf message is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes are no such message.
    #[error("{message}: {source}")]
    Protobuf {
        /// The message's name.
        message: &'static str,
        /// What the decoder said.
        source: proto::DecodeError,
    },
    /// An `Any` holds another message than the one that was asked for.
    #[error("expected {expected}, found {found:?}")]
    TypeUrl {
        /// The type URL that was asked for.
        expected: String,
        /// The type URL that was found, cut to a bounded length.
        found: String,
    },
    /// A field that must be there is not.
    #[error("{message} has no {field}")]
    Missing {
        /// The message's name.
        message: &'static str,
        /// The field's name.
        field: &'static str,
    },
    /// A field holds a value that it must not hold.
    #[error("{message}.{field} {reason}")]
    Value {
        /// The message's name.
        message: &'static str,
        /// The field's name.
        field: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A field holds no identifier.
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
}

/// Decodes the message that `any` holds.
///
/// # Errors
/// When it holds another message, or none.
pub fn unpack<M: Message + Name + Default>(any: &Any) -> Result<M, WireError> {
    if any.type_url != M::type_url() {
        let found = any.type_url.chars().take(80).collect();
        return Err(WireError::TypeUrl { expected: M::type_url(), found });
    }
    decode(&any.value)
}

/// Decodes a message.
///
/// # Errors
/// When the bytes are no such message.
pub fn decode<M: Message + Name + Default>(bytes: &[u8]) -> Result<M, WireError> {
    M::decode(bytes).map_err(|source| WireError::Protobuf { message: M::NAME, source })
}

/// Wraps a message into an `Any`.
pub fn pack<M: Message + Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}

/// The field, or the error that it is missing from `M`.
pub(crate) fn required<M: Name, T>(value: Option<T>, field: &'static str) -> Result<T, WireError> {
    value.ok_or(WireError::Missing { message: M::NAME, field })
}

/// The error that a field of `M` holds a wrong value.
pub(crate) fn wrong_value<M: Name>(field: &'static str, reason: &'static str) -> WireError {
    WireError::Value { message: M::NAME, field, reason }
}

/// An identifier, or none where the text is empty.
pub(crate) fn optional_identifier<I>(text: &str) -> Result<Option<I>, IdentifierError>
where
    I: core::str::FromStr<Err = IdentifierError>,
{
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

impl From<Height> for RawHeight {
    fn from(height: Height) -> Self {
        Self { revision_number: height.revision_number, revision_height: height.revision_height }
    }
}

impl From<RawHeight> for Height {
    fn from(height: RawHeight) -> Self {
        Self { revision_number: height.revision_number, revision_height: height.revision_height }
    }
}

#[cfg(test)]
mod tests {
    use proto::ibc::core::channel::v1::{Channel, Packet};

    use super::*;

    #[test]
    fn an_any_of_another_type_is_refused_by_its_url() {
        let any = pack(&Channel::default());
        let refused = unpack::<Packet>(&any).unwrap_err();
        assert_eq!(refused.to_string(), "expected /ibc.core.channel.v1.Packet, found \"/ibc.core.channel.v1.Channel\"");
        assert_eq!(unpack::<Channel>(&any), Ok(Channel::default()));
    }

    #[test]
    fn bytes_that_are_no_message_are_refused_by_the_name_of_the_message() {
        let refused = decode::<Packet>(&[0xff, 0xff, 0xff]).unwrap_err();
        assert!(refused.to_string().starts_with("Packet: "), "{refused}");
    }
}
