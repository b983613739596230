//! The single values of which blocks are made.

use core::{fmt, marker::PhantomData, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proto::tendermint_proto::google::protobuf::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};
use tendermint::Time;

/// A number, written as one or as a text.
#[derive(Clone, Copy, Default)]
pub(super) struct Number<T>(pub(super) T);

impl<'de, T: TryFrom<i128>> Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written<T>(PhantomData<T>);

        impl<T: TryFrom<i128>> Written<T> {
            fn number<E: Error>(number: i128) -> Result<Number<T>, E> {
                T::try_from(number).map(Number).map_err(|_| E::custom(format!("number {number} is out of range")))
            }
        }

        impl<T: TryFrom<i128>> Visitor<'_> for Written<T> {
            type Value = Number<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or a text of one")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Self::number(number.into())
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Self::number(number.into())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Self::number(i128::from_str(text).map_err(|_| E::custom(format!("{text:?} is no whole number")))?)
            }
        }
        deserializer.deserialize_any(Written(PhantomData))
    }
}

/// Reads a text that may be null; the field must be there.
fn text_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Text;

    impl Visitor<'_> for Text {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text, or null")
        }

        fn visit_unit<E: Error>(self) -> Result<String, E> {
            Ok(String::new())
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_string<E: Error>(self, text: String) -> Result<String, E> {
            Ok(text)
        }
    }
    deserializer.deserialize_any(Text)
}

/// Bytes in base 16, capital or small; none where they are null or empty.
#[derive(Default)]
pub(super) struct Hex(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = text_or_null(deserializer)?;
        hex::decode(&text).map(Self).map_err(|error| D::Error::custom(format!("{text:?} is not hexadecimal: {error}")))
    }
}

/// Bytes in base 64; none where they are null or empty.
#[derive(Default)]
pub(super) struct Base64(pub(super) Vec<u8>);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = text_or_null(deserializer)?;
        STANDARD
            .decode(&text)
            .map(Self)
            .map_err(|error| D::Error::custom(format!("{text:?} is not in base 64: {error}")))
    }
}

/// A time as RFC 3339 writes it; none where it is null or empty.
pub(super) struct Rfc3339(pub(super) Option<Timestamp>);

impl<'de> Deserialize<'de> for Rfc3339 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = text_or_null(deserializer)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        let time: Time = text
            .parse()
            .map_err(|error| D::Error::custom(format!("{text:?} is no time as in 2026-01-31T12:00:00Z: {error}")))?;
        Ok(Self(Some(time.into())))
    }
}
