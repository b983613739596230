//! Sequences that are gone through one by one.

use engine::Sequences;

/// Sequences that are gone through in one call, at most.
const SEQUENCES_MAX: u64 = 1_000_000;

/// Reads sequences such as `1,3-7`, not too many to be gone through one by one.
pub(super) fn countable(text: &str) -> Result<Sequences, String> {
    let sequences: Sequences = text.parse().map_err(|error: engine::SequencesError| error.to_string())?;
    let size = |range: &std::ops::RangeInclusive<u64>| (range.end() - range.start()).saturating_add(1);
    if sequences.0.iter().map(size).fold(0, u64::saturating_add) > SEQUENCES_MAX {
        return Err(format!("{text:?} names more than {SEQUENCES_MAX} sequences; ask in parts"));
    }
    Ok(sequences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_read_as_people_write_them_and_counted() {
        assert_eq!(countable("1,3-7").unwrap(), Sequences(vec![1..=1, 3..=7]));
        for wrong in ["", "0", "3-1", "x", "1,,2", "1-", "-1"] {
            assert!(countable(wrong).unwrap_err().contains("1,3-7"), "{wrong}");
        }
        assert!(countable("1-18446744073709551615").unwrap_err().contains("in parts"));
    }
}
