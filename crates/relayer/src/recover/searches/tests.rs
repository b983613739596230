use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::recover::sought::tests::channel;

const ONE: Sequence = Sequence(1);
const TWO: Sequence = Sequence(2);

/// What is begun, still under way, and what was in vain.
fn begin<'a>(searches: &'a Searches, kind: Kind, sequences: &[Sequence]) -> (Search<'a>, Vec<Sequence>) {
    let begun = searches.begin(&channel(), kind, sequences);
    (begun.new, begun.in_vain.into_iter().collect())
}

/// What would be begun.
fn new(searches: &Searches, kind: Kind, sequences: &[Sequence]) -> Vec<Sequence> {
    begin(searches, kind, sequences).0.sequences.iter().copied().collect()
}

fn vain(search: Search<'_>) {
    search.rest_in_vain(&BTreeSet::from([ONE]), (Instant(0), Instant(1_000)));
}

fn held_up(search: Search<'_>, now: u64) {
    search.rest_held_up(&BTreeSet::from([ONE]), Heights::range(7, 7), Instant(now));
}

#[test]
fn what_is_searched_for_is_not_searched_for_twice() {
    let searches = Searches::default();
    let (search, _) = begin(&searches, Kind::Send, &[ONE]);
    assert_eq!((&search.sequences, &search.heights), (&BTreeSet::from([ONE]), &Heights::all()));
    assert_eq!(new(&searches, Kind::Send, &[ONE, TWO]), [TWO]);
    assert_eq!(new(&searches, Kind::Acknowledgement, &[ONE]), [ONE]);
}

#[test]
fn a_search_that_ends_by_a_panic_or_is_dropped_may_be_begun_again() {
    let searches = Searches::default();
    let panics = || {
        let _search = begin(&searches, Kind::Send, &[ONE]);
        panic!("in the midst of a search");
    };
    assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    assert_eq!(new(&searches, Kind::Send, &[ONE]), [ONE]);
}

#[test]
fn a_search_again_that_ends_by_a_panic_rests_again() {
    let searches = Searches::default();
    vain(begin(&searches, Kind::Send, &[ONE]).0);
    drop(searches.take_rested(Instant(11_000)));
    assert_eq!(begin(&searches, Kind::Send, &[ONE]).1, [ONE], "the engine asks for it no more");
    assert_eq!(searches.take_rested(Instant(u64::MAX)).len(), 1);
}

#[test]
fn what_was_searched_for_in_vain_rests_ever_longer() {
    let searches = Searches::default();
    vain(begin(&searches, Kind::Send, &[ONE]).0);
    assert_eq!(begin(&searches, Kind::Send, &[ONE]).1, [ONE]);
    assert!(searches.take_rested(Instant(10_999)).is_empty());
    let again = searches.take_rested(Instant(11_000)).pop().unwrap();
    assert_eq!((again.tries, &again.heights), (1, &Heights::all()));
    let (search, in_vain) = begin(&searches, Kind::Send, &[ONE]);
    assert!(search.sequences.is_empty() && in_vain.is_empty(), "it is being searched for");
    vain(again);
    assert!(searches.take_rested(Instant(20_999)).is_empty());
    assert_eq!(searches.take_rested(Instant(21_000)).len(), 1);
}

#[test]
fn what_blocks_hold_up_is_searched_for_in_them_alone_and_not_said_to_be_unfound() {
    let searches = Searches::default();
    held_up(begin(&searches, Kind::Send, &[ONE]).0, 0);
    let (search, in_vain) = begin(&searches, Kind::Send, &[ONE]);
    assert!(search.sequences.is_empty() && in_vain.is_empty());
    assert_eq!(searches.held_up(), [(key(&channel(), ONE), "7".to_owned())].into());
    assert!(searches.is_held_up(&[channel()].into()) && !searches.is_held_up(&BTreeSet::new()));
    let (other, _) = begin(&searches, Kind::Send, &[TWO]);
    assert!(!searches.is_held_up(&[channel()].into()), "another search may find what is sought");
    drop(other);
    for (tries, due) in [(1, 10_000), (2, 20_000), (3, 40_000), (4, 80_000), (5, 160_000), (6, 300_000), (7, 300_000)] {
        assert!(searches.take_rested(Instant(due - 1)).is_empty(), "{tries}");
        let again = searches.take_rested(Instant(due)).pop().unwrap();
        assert_eq!((again.tries, &again.heights), (tries, &Heights::range(7, 7)));
        held_up(again, 0);
    }
}

#[test]
fn a_clearing_wakes_what_rests() {
    let searches = Searches::default();
    let (under_way, _) = begin(&searches, Kind::Send, &[TWO]);
    vain(begin(&searches, Kind::Send, &[ONE]).0);
    held_up(begin(&searches, Kind::Acknowledgement, &[ONE]).0, 0);
    searches.wake(&[channel()]);
    assert_eq!(new(&searches, Kind::Send, &[ONE, TWO]), [ONE], "the other is being searched for");
    let again = searches.take_rested(Instant(1)).pop().unwrap();
    assert_eq!((again.kind, &again.heights), (Kind::Acknowledgement, &Heights::range(7, 7)));
    drop(under_way);
}
