//! The attributes of one event, and what can be wrong with them.

use core::fmt::Display;
use core::str::FromStr;

/// Why an event that should be one of IBC, or of a transaction's signer, can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// An attribute that every version emits is not there.
    #[error("event {event} has no {attribute}")]
    Missing {
        /// The event's type.
        event: &'static str,
        /// The attribute's key.
        attribute: &'static str,
    },
    /// An attribute's value can't be read.
    #[error("event {event}: {attribute} {reason}")]
    Malformed {
        /// The event's type.
        event: &'static str,
        /// The attribute's key.
        attribute: &'static str,
        /// What is wrong with it, of a bounded length.
        reason: String,
    },
}

/// The attributes of an event, by key. Of a key that stands there twice the first counts.
pub(super) struct Attributes<'a> {
    event: &'static str,
    pairs: Vec<(&'a str, &'a str)>,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(event: &'static str, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { event, pairs: attributes.into_iter().collect() }
    }

    /// Every attribute, in the event's order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.pairs.iter().copied()
    }

    pub(super) fn find(&self, attribute: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(key, _)| *key == attribute).map(|(_, value)| *value)
    }

    pub(super) fn has(&self, attribute: &str) -> bool {
        self.find(attribute).is_some()
    }

    pub(super) fn text(&self, attribute: &'static str) -> Result<&'a str, EventError> {
        self.find(attribute).ok_or(EventError::Missing { event: self.event, attribute })
    }

    pub(super) fn parse<T: FromStr<Err: Display>>(&self, attribute: &'static str) -> Result<T, EventError> {
        self.parse_text(attribute, self.text(attribute)?)
    }

    /// None, if the attribute is not there or empty.
    pub(super) fn parse_unless_empty<T>(&self, attribute: &'static str) -> Result<Option<T>, EventError>
    where
        T: FromStr<Err: Display>,
    {
        let written = self.find(attribute).filter(|text| !text.is_empty());
        written.map(|text| self.parse_text(attribute, text)).transpose()
    }

    pub(super) fn parse_text<T>(&self, attribute: &'static str, text: &str) -> Result<T, EventError>
    where
        T: FromStr<Err: Display>,
    {
        text.parse().map_err(|error: T::Err| self.malformed(attribute, &error.to_string()))
    }

    /// The bytes of `hex`, or of `text` where a chain does not emit the former: a text can't hold every byte.
    pub(super) fn hex_or_text(&self, hex: &'static str, text: &'static str) -> Result<Vec<u8>, EventError> {
        match (self.find(hex), self.find(text)) {
            (Some(digits), _) => hex::decode(digits).map_err(|error| self.malformed(hex, &error.to_string())),
            (None, Some(plain)) => Ok(plain.as_bytes().to_vec()),
            (None, None) => Err(EventError::Missing { event: self.event, attribute: hex }),
        }
    }

    pub(super) fn malformed(&self, attribute: &'static str, reason: &str) -> EventError {
        EventError::Malformed { event: self.event, attribute, reason: reason.chars().take(200).collect() }
    }
}
