//! Since when a chain's store holds something, by bisection of its existence over old states. A state that a node has
//! pruned tells nothing; the height found is then an upper bound.

use types::BlockHeight;

/// What a state says of what is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probe {
    There,
    NotYet,
    Pruned,
}

/// The lowest state that is known to hold what is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct First {
    pub(crate) height: BlockHeight,
    /// Is the state right below known to be without?
    pub(crate) is_exact: bool,
}

/// The lowest state from `low` up to `high` that holds what `probe` looks for; none if not even the highest one does.
///
/// # Errors
/// The first of `probe`.
pub(crate) async fn first<E, F: Future<Output = Result<Probe, E>>>(
    low: BlockHeight,
    high: BlockHeight,
    mut probe: impl FnMut(BlockHeight) -> F,
) -> Result<Option<First>, E> {
    let mut bisection = Bisection::new(low, high);
    while let Some(height) = bisection.next() {
        let said = probe(height).await?;
        bisection.supply(height, said);
    }
    Ok(bisection.first())
}

/// Each stride downwards from the head is so many times as long as the last.
const STRIDE_GROWTH: u64 = 4;

/// Bisection over heights, without I/O: existence is monotone as long as the key stands, and so is pruning. Most
/// questions are about what is young: it goes down from the head in growing strides before it bisects.
#[derive(Debug)]
struct Bisection {
    /// Everything below or at it is without, or is not known.
    below: u64,
    /// What the state at `below` said; none if it was not asked.
    below_said: Option<Probe>,
    /// The lowest state that is with it, once the highest was asked.
    there: Option<u64>,
    high: u64,
    /// The next stride downwards; none once one went too far.
    stride: Option<u64>,
    is_hopeless: bool,
}

impl Bisection {
    fn new(low: BlockHeight, high: BlockHeight) -> Self {
        let below = low.0.saturating_sub(1);
        Self { below, below_said: None, there: None, high: high.0, stride: Some(1), is_hopeless: high < low }
    }

    fn next(&self) -> Option<BlockHeight> {
        match self.there {
            _ if self.is_hopeless => None,
            None => Some(BlockHeight(self.high)),
            Some(there) if there - self.below > 1 => Some(BlockHeight(match self.stride {
                Some(stride) => there.saturating_sub(stride).max(self.below + 1),
                None => self.below + (there - self.below) / 2,
            })),
            Some(_) => None,
        }
    }

    fn supply(&mut self, height: BlockHeight, probe: Probe) {
        match probe {
            Probe::There => {
                if self.there.replace(height.0).is_some() {
                    self.stride = self.stride.map(|stride| stride.saturating_mul(STRIDE_GROWTH));
                }
            }
            Probe::NotYet | Probe::Pruned => {
                self.is_hopeless |= self.there.is_none();
                self.below = height.0;
                self.below_said = Some(probe);
                self.stride = None;
            }
        }
    }

    fn first(&self) -> Option<First> {
        let height = BlockHeight(self.there.filter(|_| !self.is_hopeless)?);
        Some(First { height, is_exact: self.below == 0 || self.below_said == Some(Probe::NotYet) })
    }
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use futures::{FutureExt, future};

    use super::*;

    /// A node that keeps the states from `kept` on, of a key that was written in block `written`.
    fn search(low: u64, high: u64, kept: u64, written: u64) -> (Option<First>, usize) {
        let mut probes = 0;
        let probe = |height: BlockHeight| {
            probes += 1;
            future::ready(Ok::<_, Infallible>(match height.0 {
                height if height < kept => Probe::Pruned,
                height if height < written => Probe::NotYet,
                _ => Probe::There,
            }))
        };
        let Ok(first) = super::first(BlockHeight(low), BlockHeight(high), probe).now_or_never().unwrap();
        (first, probes)
    }

    fn first(height: u64, is_exact: bool) -> Option<First> {
        Some(First { height: BlockHeight(height), is_exact })
    }

    #[test]
    fn the_exact_block_is_found_where_old_states_are_kept() {
        for written in 1..=100 {
            assert_eq!(search(1, 100, 1, written).0, first(written, true), "{written}");
        }
    }

    #[test]
    fn what_is_young_takes_few_probes_and_what_is_old_not_many() {
        let (found, probes) = search(1, 200_000, 1, 199_990);
        assert_eq!(found, first(199_990, true));
        assert!(probes <= 8, "{probes} probes");
        let (found, probes) = search(1, 200_000, 1, 123_456);
        assert_eq!(found, first(123_456, true));
        assert!(probes <= 27, "{probes} probes");
    }

    #[test]
    fn a_pruned_state_gives_an_upper_bound_only() {
        assert_eq!(search(1, 100, 40, 10).0, first(40, false));
        assert_eq!(search(1, 100, 40, 41).0, first(41, true));
        assert_eq!(search(1, 100, 100, 10).0, first(100, false));
    }

    #[test]
    fn a_key_that_is_not_there_is_not_searched_for() {
        assert_eq!(search(1, 100, 1, 101), (None, 1));
        assert_eq!(search(50, 40, 1, 30), (None, 0));
    }

    #[test]
    fn the_lowest_height_that_may_be_asked_is_no_proof_of_absence_below() {
        assert_eq!(search(20, 100, 1, 10).0, first(20, false));
    }
}
