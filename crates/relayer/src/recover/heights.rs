//! Heights of blocks, as ranges.

use std::fmt;

/// Ranges of one value, at most: what counts them in larger numbers joins the nearest.
const RANGES_MAX: usize = 64;
/// Ranges that are written out.
const TOLD_MAX: usize = 8;

/// Heights: inclusive ranges, ascending, apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Heights(Vec<(u64, u64)>);

impl Heights {
    /// Every height that a block may have.
    pub(super) fn all() -> Self {
        Self(vec![(1, u64::MAX)])
    }

    /// Those from `low` up to `high`.
    pub(super) fn range(low: u64, high: u64) -> Self {
        Self(if low <= high { vec![(low, high)] } else { Vec::new() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn lowest(&self) -> Option<u64> {
        self.0.first().map(|(low, _)| *low)
    }

    pub(super) fn highest(&self) -> Option<u64> {
        self.0.last().map(|(_, high)| *high)
    }

    /// From the highest downwards.
    pub(super) fn descending(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().rev().flat_map(|(low, high)| (*low..=*high).rev())
    }

    /// Takes off the highest.
    pub(super) fn pop(&mut self) -> Option<u64> {
        let (low, high) = self.0.last_mut()?;
        let highest = *high;
        if low == high {
            self.0.pop();
        } else {
            *high -= 1;
        }
        Some(highest)
    }

    /// Adds those of another value. Where the ranges become too many, what lies between the nearest of them is added
    /// too.
    pub(super) fn add(&mut self, other: &Self) {
        self.add_exactly(other);
        while self.0.len() > RANGES_MAX {
            let gaps = self.0.windows(2).map(|pair| pair[1].0 - pair[0].1);
            let Some((nearest, _)) = gaps.enumerate().min_by_key(|(_, gap)| *gap) else { return };
            let (_, high) = self.0.remove(nearest + 1);
            self.0[nearest].1 = high;
        }
    }

    /// Adds those of another value and no more, however many ranges that makes.
    pub(super) fn add_exactly(&mut self, other: &Self) {
        let mut all = core::mem::take(&mut self.0);
        all.extend(&other.0);
        all.sort_unstable();
        for (low, high) in all {
            match self.0.last_mut() {
                Some((_, last)) if low <= last.saturating_add(1) => *last = high.max(*last),
                Some(_) | None => self.0.push((low, high)),
            }
        }
    }

    /// Those that another value has not.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for (low, high) in &self.0 {
            let mut from = Some(*low);
            for (taken_low, taken_high) in other.0.iter().filter(|taken| taken.1 >= *low && taken.0 <= *high) {
                let Some(start) = from else { break };
                if start < *taken_low {
                    left.push((start, taken_low - 1));
                }
                from = taken_high.checked_add(1);
            }
            left.extend(from.filter(|from| from <= high).map(|from| (from, *high)));
        }
        Self(left)
    }

    /// Those that another value has too.
    pub(super) fn within(&self, other: &Self) -> Self {
        self.without(&Self(vec![(0, u64::MAX)]).without(other))
    }
}

impl fmt::Display for Heights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (low, high)) in self.0.iter().take(TOLD_MAX).enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            match *high {
                u64::MAX => write!(f, "{comma}{low} and up")?,
                high if high == *low => write!(f, "{comma}{low}")?,
                high => write!(f, "{comma}{low}-{high}")?,
            }
        }
        match self.0.len().saturating_sub(TOLD_MAX) {
            0 => Ok(()),
            more => write!(f, " and {more} more ranges"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(ranges: &[(u64, u64)]) -> Heights {
        let mut heights = Heights::default();
        ranges.iter().for_each(|(low, high)| heights.add(&Heights::range(*low, *high)));
        heights
    }

    #[test]
    fn neighbours_are_one_range() {
        assert_eq!(heights(&[(5, 5), (7, 9), (6, 6), (20, 30), (25, 40)]), Heights(vec![(5, 9), (20, 40)]));
        assert_eq!(heights(&[(5, 9), (7, 7), (12, 12)]).to_string(), "5-9, 12");
        assert_eq!(Heights::all().to_string(), "1 and up");
    }

    #[test]
    fn they_go_downwards_one_by_one() {
        let mut left = heights(&[(1, 2), (5, 5)]);
        assert_eq!(left.descending().collect::<Vec<_>>(), [5, 2, 1]);
        assert_eq!([left.pop(), left.pop(), left.pop(), left.pop()], [Some(5), Some(2), Some(1), None]);
        assert!(left.is_empty());
    }

    #[test]
    fn what_is_taken_away_and_what_is_shared_make_the_whole() {
        let whole = heights(&[(1, 10), (20, 30), (40, u64::MAX)]);
        for taken in [&[][..], &[(1, 1)], &[(0, 5), (9, 22)], &[(30, 40)], &[(0, u64::MAX)], &[(11, 19), (50, 60)]] {
            let taken = heights(taken);
            let (left, mut shared) = (whole.without(&taken), whole.within(&taken));
            assert!(left.within(&taken).is_empty() && shared.without(&taken).is_empty(), "{taken}");
            shared.add(&left);
            assert_eq!(shared, whole, "{taken}");
        }
        assert_eq!(whole.without(&heights(&[(0, 5), (9, 22)])), heights(&[(6, 8), (23, 30), (40, u64::MAX)]));
    }

    #[test]
    fn their_number_is_bounded_and_nothing_is_lost_by_that() {
        let mut odd = Heights::default();
        (0..1_000).map(|number| 2 * number + 1).for_each(|height| odd.add(&Heights::range(height, height)));
        assert_eq!((odd.0.len(), odd.lowest(), odd.highest()), (RANGES_MAX, Some(1), Some(1_999)));
        assert!(
            (0..1_000).all(|number| odd.within(&Heights::range(2 * number + 1, 2 * number + 1)).highest().is_some())
        );
        assert!(odd.to_string().ends_with(" and 56 more ranges"), "{odd}");
    }
}
