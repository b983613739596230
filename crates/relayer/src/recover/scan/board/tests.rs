use chain::EndpointOptions;
use types::event::IbcEvent;
use types::{Packet, Sequence};

use super::*;
use crate::recover::sought::tests::{packet, sought};
use crate::recover::sought::{Bytes, Kind};

const NODE: &str = "http://one:1";
const OTHER: &str = "http://two:1";

fn endpoint(name: &str) -> Endpoint {
    Endpoint::new(EndpointOptions::new(name.parse().unwrap())).unwrap()
}

fn part(name: &str, low: u64, high: u64) -> Part {
    Part::new(endpoint(name), Heights::range(low, high))
}

fn party(wanted: &[Packet], parts: Vec<Part>) -> (Party, mpsc::Receiver<Found>) {
    let (sender, found) = mpsc::channel(8);
    let hashes = wanted.iter().map(|packet| (packet.sequence, Bytes::Packet(packet.clone()).hash().to_vec()));
    (Party::new(sought(Kind::Send), Wanted::new(hashes), parts, sender), found)
}

fn block(height: u64, packets: &[Packet]) -> ObservedBlock {
    let block_events = packets.iter().map(|packet| IbcEvent::SendPacket { packet: packet.clone() }).collect();
    ObservedBlock { height: BlockHeight(height), block_events, transactions: Vec::new() }
}

fn name() -> String {
    endpoint(NODE).name().to_owned()
}

#[test]
fn an_invented_packet_is_passed_over_and_the_search_goes_on() {
    let mut board = Board::default();
    let (party, _found) = party(&[packet(1, "truth")], vec![part(NODE, 1, 10)]);
    let id = board.join(party);
    let (lie, _) = board.take(&name(), 10, Some(&block(10, &[packet(1, "lie")])));
    assert!(lie.is_empty() && !board.is_done(id));
    let (truth, _) = board.take(&name(), 9, Some(&block(9, &[packet(1, "truth")])));
    assert_eq!((truth.len(), truth[0].1.height), (1, BlockHeight(9)));
    assert!(board.is_done(id) && !board.is_waited_for(&name(), 8));
}

#[test]
fn searches_share_one_reading_and_meet_where_the_first_is() {
    let mut board = Board::default();
    let (first, _one) = party(&[packet(1, "a")], vec![part(NODE, 1, 100)]);
    board.join(first);
    let job = board.next_job(4).unwrap();
    assert_eq!((job.heights.first(), job.heights.len()), (Some(&100), 32));
    for height in job.heights {
        board.take(&name(), height, Some(&block(height, &[])));
    }
    let (second, _two) = party(&[packet(2, "b")], vec![part(NODE, 1, 103)]);
    board.join(second);
    let job = board.next_job(4).unwrap();
    assert_eq!(job.heights.first(), Some(&103), "who joins starts at the head");
    for height in (69..=103).rev() {
        assert!(board.is_waited_for(&name(), height));
        board.take(&name(), height, Some(&block(height, &[])));
    }
    let (found, _) = board.take(&name(), 68, Some(&block(68, &[packet(1, "a"), packet(2, "b")])));
    assert_eq!(found.len(), 2, "one block serves both");
    assert!(board.next_job(4).is_none());
}

#[test]
fn what_one_node_leaves_out_another_is_asked_for() {
    let mut board = Board::default();
    let (party, _found) = party(&[packet(1, "a")], vec![part(NODE, 1, 2), part(OTHER, 1, 2)]);
    let id = board.join(party);
    board.take(&name(), 2, Some(&block(2, &[])));
    board.take(&name(), 1, Some(&block(1, &[])));
    let other = endpoint(OTHER).name().to_owned();
    assert!(!board.is_done(id) && board.is_waited_for(&other, 2));
    board.take(&other, 2, Some(&block(2, &[packet(1, "a")])));
    assert!(board.is_done(id));
}

#[test]
fn the_blocks_that_no_node_told_are_left() {
    let mut board = Board::default();
    let (party, _found) = party(&[packet(1, "a")], vec![part(NODE, 1, 4), part(OTHER, 3, 6)]);
    let id = board.join(party);
    for height in (1..=4).rev() {
        board.take(&name(), height, Some(&block(height, &[])).filter(|_| height == 4));
    }
    let other = endpoint(OTHER).name().to_owned();
    for height in (3..=6).rev() {
        board.take(&other, height, Some(&block(height, &[])).filter(|_| height != 4));
    }
    assert!(board.is_done(id));
    let (left, unread) = board.leave(id).unwrap();
    assert_eq!((left.len(), unread), (1, Heights::range(1, 2)), "each told what the other could not");
}

#[test]
fn a_node_that_fails_again_and_again_is_given_up_and_the_rest_is_left() {
    let mut board = Board::default();
    let (party, _found) = party(&[packet(1, "a")], vec![part(NODE, 1, 1_000)]);
    let id = board.join(party);
    board.take(&name(), 1_000, Some(&block(1_000, &[])));
    for height in (1_000 - u64::from(FAILURES_MAX)..1_000).rev() {
        assert!(!board.is_done(id));
        board.take(&name(), height, None);
    }
    assert!(board.is_done(id));
    let (left, unread) = board.leave(id).unwrap();
    assert_eq!((left.first(), unread), (Some(Sequence(1)), Heights::range(1, 999)));
}

#[test]
fn only_what_is_left_is_read_again() {
    let mut board = Board::default();
    let mut left = Heights::range(5, 5);
    left.add(&Heights::range(9, 10));
    let (party, _found) = party(&[packet(1, "a")], vec![Part::new(endpoint(NODE), left)]);
    board.join(party);
    assert_eq!(board.next_job(4).map(|job| job.heights), Some(vec![10, 9, 5]));
}

#[test]
fn reading_grows_within_its_bound_and_halves_when_it_fails() {
    let mut board = Board::default();
    let (party, _found) = party(&[packet(1, "a")], vec![part(NODE, 1, 1_000)]);
    board.join(party);
    let widths: Vec<usize> = (0..5).filter_map(|_| board.next_job(3)).map(|job| job.in_flight).collect();
    assert_eq!(widths, [1, 2, 3, 3, 3]);
    board.take(&name(), 1_000, None);
    assert_eq!(board.next_job(3).map(|job| job.in_flight), Some(2));
}
