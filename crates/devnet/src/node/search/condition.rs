//! One condition of a query (CometBFT `libs/pubsub/query/query.go`).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Such as `tx.height > 5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// A type and a key with a point between them; a type alone for its existence.
    pub(crate) tag: String,
    pub(crate) operator: Operator,
    /// Missing for existence alone.
    pub(crate) argument: Option<Argument>,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Lt,
    Leq,
    Gt,
    Geq,
    Contains,
    Exists,
}

/// What it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Argument {
    Text(String),
    Number(String),
    Time(String),
    Date(String),
}

impl Operator {
    /// Is it one of the four that need an order?
    pub(crate) fn is_range(self) -> bool {
        matches!(self, Self::Lt | Self::Leq | Self::Gt | Self::Geq)
    }

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Eq => ordering.is_eq(),
            Self::Lt => ordering.is_lt(),
            Self::Leq => ordering.is_le(),
            Self::Gt => ordering.is_gt(),
            Self::Geq => ordering.is_ge(),
            Self::Contains | Self::Exists => false,
        }
    }
}

impl Argument {
    /// As it stands in the query.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Time(text) | Self::Date(text) => text,
        }
    }
}

impl Condition {
    /// Does a value meet it?
    pub(crate) fn matches(&self, value: &str) -> bool {
        let ordering = match &self.argument {
            None => return self.operator == Operator::Exists,
            Some(Argument::Text(text)) if self.operator == Operator::Contains => return value.contains(text),
            Some(Argument::Text(text)) => return value == text,
            Some(Argument::Number(text)) => compare_numbers(value, text),
            Some(Argument::Time(text)) => parse_time(value).zip(parse_time(text)).map(|(a, b)| a.cmp(&b)),
            Some(Argument::Date(text)) => parse_date(value).zip(parse_date(text)).map(|(a, b)| a.cmp(&b)),
        };
        ordering.is_some_and(|ordering| self.operator.holds(ordering))
    }

    /// Does any of these values meet it? A tag that is a type alone meets the empty text.
    pub(super) fn matches_any(&self, events: &BTreeMap<String, Vec<String>>) -> bool {
        let values = events.get(&self.tag).into_iter().flatten();
        let is_type = |key: &String| key.rsplit_once('.').is_some_and(|(kind, _)| kind == self.tag);
        values.into_iter().any(|value| self.matches(value)) || (events.keys().any(is_type) && self.matches(""))
    }
}

/// Compares decimal numbers of any length; of the value only the digits that it begins with count, as in `7stake`.
pub(super) fn compare_numbers(value: &str, argument: &str) -> Option<Ordering> {
    let (whole, fraction) = digits(value)?;
    let (other_whole, other_fraction) = digits(argument)?;
    let by_length = whole.len().cmp(&other_whole.len());
    Some(by_length.then(whole.cmp(other_whole)).then(fraction.cmp(other_fraction)))
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = |text: &str| text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at(end(text));
    let fraction = rest.strip_prefix('.').map_or("", |rest| &rest[..end(rest)]);
    (!whole.is_empty()).then(|| (whole.trim_start_matches('0'), fraction.trim_end_matches('0')))
}

pub(super) fn parse_time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

pub(super) fn parse_date(text: &str) -> Option<OffsetDateTime> {
    parse_time(&format!("{text}T00:00:00Z"))
}
