//! Sequences as a person writes them: `1,3-7`.

use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;

use types::Sequence;

/// Sequences as a person writes them: `1,3-7`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequences(pub Vec<RangeInclusive<u64>>);

/// A text that names no sequences.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part:?} {reason}: write sequences and ranges of them with commas between, as 1,3-7")]
pub struct SequencesError {
    part: String,
    reason: &'static str,
}

impl Sequences {
    /// One after the other, as written.
    pub fn iter(&self) -> impl Iterator<Item = Sequence> + '_ {
        self.0.iter().cloned().flatten().map(Sequence)
    }

    /// Is it one of them?
    pub fn contains(&self, sequence: Sequence) -> bool {
        self.0.iter().any(|range| range.contains(&sequence.0))
    }
}

impl FromStr for Sequences {
    type Err = SequencesError;
    fn from_str(text: &str) -> Result<Self, SequencesError> {
        text.split(',').map(|part| range(part.trim())).collect::<Result<_, _>>().map(Self)
    }
}

fn range(part: &str) -> Result<RangeInclusive<u64>, SequencesError> {
    let refuse = |reason| SequencesError { part: part.chars().take(80).collect(), reason };
    let number = |text: &str| {
        let digits = text.trim();
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u64>().ok().filter(|_| is_plain).ok_or_else(|| refuse("is no sequence"))
    };
    let (first, last) = match part.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(part)?, number(part)?),
    };
    if first == 0 {
        return Err(refuse("begins with 0, and sequences are counted from 1"));
    }
    if first > last {
        return Err(refuse("ends before it begins"));
    }
    Ok(first..=last)
}

impl fmt::Display for Sequences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match (range.start(), range.end()) {
                (first, last) if first == last => write!(f, "{comma}{first}")?,
                (first, last) => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_read_as_they_are_written() {
        for text in ["1", "1,3-7", "3-7,1,900", "18446744073709551615"] {
            assert_eq!(text.parse::<Sequences>().unwrap().to_string(), text);
        }
        assert_eq!(" 1 , 3 - 7 ".parse::<Sequences>().unwrap().to_string(), "1,3-7");
        assert_eq!("4-4".parse::<Sequences>().unwrap().to_string(), "4");
    }

    #[test]
    fn both_ends_of_a_range_belong_to_it() {
        let sequences: Sequences = "1,3-7".parse().unwrap();
        let found: Vec<u64> = (0..10).filter(|number| sequences.contains(Sequence(*number))).collect();
        assert_eq!(found, [1, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_wrong_text_is_told_how_to_be_written() {
        let rows = [
            ("", "is no sequence"),
            ("1,,2", "is no sequence"),
            ("1-", "is no sequence"),
            ("+1", "is no sequence"),
            ("18446744073709551616", "is no sequence"),
            ("0", "counted from 1"),
            ("0-4", "counted from 1"),
            ("7-3", "ends before it begins"),
        ];
        for (text, reason) in rows {
            let error = text.parse::<Sequences>().unwrap_err().to_string();
            assert!(error.contains(reason) && error.ends_with("as 1,3-7"), "{error}");
        }
    }
}
