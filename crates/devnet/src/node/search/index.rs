//! What the index finds. Heights are conditions on the whole; all others must be met by one and the same event, and only
//! attributes that are for the index count. `tm.event` stands in no index.

use super::condition::compare_numbers;
use super::{Argument, Condition, Operator, Query};
use crate::app::event::Event;

/// A query, split as the index does it.
pub(crate) struct Index<'q> {
    heights: Vec<&'q Condition>,
    others: Vec<&'q Condition>,
}

impl<'q> Index<'q> {
    /// `height` is `tx.height` or `block.height`.
    pub(crate) fn new(query: &'q Query, height: &str) -> Self {
        let (heights, others): (Vec<&Condition>, Vec<&Condition>) =
            query.conditions.iter().partition(|condition| condition.tag == height);
        // With a range, equalities are dropped; without one, the first counts alone.
        let has_range = heights.iter().any(|condition| condition.operator != Operator::Eq);
        let heights = if has_range {
            heights.into_iter().filter(|condition| condition.operator != Operator::Eq).collect()
        } else {
            heights.into_iter().take(1).collect()
        };
        Self { heights, others }
    }

    /// Is a thing of this height with these events found?
    pub(crate) fn finds<'e>(&self, height: u64, mut events: impl Iterator<Item = &'e Event>) -> bool {
        self.is_within(height) && (self.others.is_empty() || events.any(|event| self.is_met_by(event)))
    }

    /// Could anything of this height be found?
    pub(crate) fn is_within(&self, height: u64) -> bool {
        let height = height.to_string();
        self.heights.iter().all(|condition| condition.matches(&height))
    }

    fn is_met_by(&self, event: &Event) -> bool {
        self.others.iter().all(|condition| {
            let Some(key) = condition.tag.strip_prefix(&event.kind).and_then(|rest| rest.strip_prefix('.')) else {
                return false;
            };
            let mut indexed = event.attributes.iter().filter(|attribute| attribute.index && attribute.key == key);
            indexed.any(|attribute| is_indexed_as(condition, &attribute.value))
        })
    }
}

/// The index compares texts, and numbers only in ranges, where the value must be a number from end to end. Ranges of
/// times find nothing.
fn is_indexed_as(condition: &Condition, value: &str) -> bool {
    match (&condition.argument, condition.operator) {
        (Some(argument), Operator::Eq) => argument.text() == value,
        (Some(Argument::Number(_)), operator) if operator.is_range() => {
            value.chars().all(|char| char.is_ascii_digit() || char == '.')
                && compare_numbers(value, "0").is_some()
                && condition.matches(value)
        }
        (Some(_), operator) if operator.is_range() => false,
        (Some(_) | None, _) => condition.matches(value),
    }
}
