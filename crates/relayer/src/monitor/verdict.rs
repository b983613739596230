//! What the words of several endpoints come to.

use std::time::Duration;

use engine::Head;
use types::Timestamp;

use super::witness::Word;
use super::{Outcome, Unchecked};

/// A client may be a few blocks ahead of an endpoint; further above the head it is no matter of lag.
const AHEAD_BLOCKS_MAX: u64 = 4;

/// What the words of all endpoints come to. One verified contradiction counts, whatever others say: the client can be
/// convinced of both.
pub(super) fn outcome(words: &[Word]) -> Outcome {
    let witnesses = words.iter().filter(|word| matches!(word, Word::Agrees(..))).count();
    let is = |wanted: fn(&Word) -> bool| words.iter().any(wanted);
    if is(|word| matches!(word, Word::Contradicts(_))) {
        Outcome::Attack
    } else if witnesses > 0 {
        Outcome::Checked { witnesses }
    } else if is(|word| matches!(word, Word::Behind(_))) {
        Outcome::Unchecked(Unchecked::Behind)
    } else if is(|word| matches!(word, Word::Unproven(_))) {
        Outcome::Unchecked(Unchecked::NotVerifiable)
    } else if is(|word| matches!(word, Word::Pruned)) {
        Outcome::Unchecked(Unchecked::Pruned)
    } else {
        Outcome::Unchecked(Unchecked::Silent)
    }
}

/// Is a state above all heads a suspicion? Not where the endpoints themselves lag, nor, for a while, where it is so
/// close that a client may just have been quicker.
pub(super) fn is_suspect(
    height: u64,
    words: &[Word],
    (now, head_age_max): (Timestamp, Duration),
    (waited, patience): (Duration, Duration),
) -> bool {
    let is_current = |head: &&Head| u128::from(head.time.0) + head_age_max.as_nanos() >= u128::from(now.0);
    let heads = words.iter().filter_map(|word| match word {
        Word::Behind(head) => head.as_ref(),
        Word::Agrees(..) | Word::Contradicts(_) | Word::Unproven(_) | Word::Pruned | Word::Silent(_) => None,
    });
    let Some(newest) = heads.filter(is_current).map(|head| head.height.0).max() else { return false };
    height > newest.saturating_add(AHEAD_BLOCKS_MAX) || waited >= patience
}

#[cfg(test)]
mod tests {
    use types::BlockHeight;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn behind(height: u64, secs: u64) -> Word {
        Word::Behind(Some(Head { height: BlockHeight(height), time: Timestamp::from_seconds(secs) }))
    }

    #[test]
    fn who_is_silent_or_lies_alone_decides_nothing() {
        let silent = || Word::Silent("no answer".to_owned());
        let unproven = || Word::Unproven("not signed".to_owned());
        let rows = [
            (vec![], Unchecked::Silent),
            (vec![silent(), silent()], Unchecked::Silent),
            (vec![silent(), Word::Pruned], Unchecked::Pruned),
            (vec![Word::Pruned, unproven()], Unchecked::NotVerifiable),
            (vec![unproven(), behind(3, 3)], Unchecked::Behind),
        ];
        for (words, reason) in rows {
            assert_eq!(outcome(&words), Outcome::Unchecked(reason), "{words:?}");
        }
    }

    #[test]
    fn a_state_far_above_a_current_head_is_suspect_at_once_and_one_just_above_after_a_while() {
        let now = (Timestamp::from_seconds(100), SECOND * 10);
        let is_suspect = |height, words: &[Word], waited| is_suspect(height, words, now, (SECOND * waited, SECOND * 3));
        assert!(is_suspect(105, &[behind(100, 99)], 0));
        assert!(!is_suspect(104, &[behind(100, 99)], 2), "the endpoint may be a few blocks behind");
        assert!(is_suspect(104, &[behind(100, 99)], 3));
        assert!(!is_suspect(104, &[behind(100, 99), behind(101, 99)], 0));
        assert!(!is_suspect(500, &[behind(100, 50)], 60), "an endpoint that stands still tells nothing");
        assert!(is_suspect(500, &[behind(100, 50), behind(480, 95)], 0));
        assert!(!is_suspect(500, &[Word::Behind(None)], 60));
    }
}
