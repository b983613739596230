//! Where the two are known to differ, and why it can't be otherwise: bytes that readers of protobuf understand in two
//! ways, and what tendermint-rs can't hold. No honest node writes any of it, and neither do we.

use proto::ibc::lightclients::tendermint::v1::Header;
use proto::tendermint_proto::types as cometbft;

use crate::attempt::{Attempt, Message};
use crate::case::{Case, Verdict};
use crate::ibc_go::IbcGo;
use crate::mutation::strangers_first;
use crate::scenario::absent;
use crate::{randomness, scenario, validators};

/// Good attempts of one sort, each time the same ones.
fn attempts(is_it: impl Fn(&Attempt) -> bool) -> impl Iterator<Item = Attempt> {
    (0..2_000).map(|index| scenario::any(&mut randomness(7, index))).filter(move |attempt| is_it(attempt))
}

/// An update of a client of `chain-1`.
fn update(ibc_go: &mut IbcGo) -> Attempt {
    let is_update = |attempt: &Attempt| attempt.client.chain_id == "chain-1" && header_of(attempt).is_some();
    let is_taken = |attempt: &Attempt| matches!(ibc_go.verdict(&attempt.clone().case()), Verdict::Updates { .. });
    attempts(is_update).find(is_taken).expect("most are taken")
}

fn header_of(attempt: &Attempt) -> Option<&Header> {
    match &attempt.message {
        Message::Header(header) => Some(header),
        Message::Misbehaviour(_) => None,
    }
}

/// The case with more bytes behind its message: fields that stand there once more.
fn with(attempt: Attempt, bytes: &[u8]) -> Case {
    let mut case = attempt.case();
    case.message.extend_from_slice(bytes);
    case
}

/// Protobuf merges a message that stands twice. gogoproto reads a time by itself, and the last one stays.
#[test]
fn a_time_that_stands_twice_is_merged_here_and_replaced_there() {
    let Some(mut ibc_go) = IbcGo::start() else { return };
    // Signed header, header, time: an empty one.
    let case = with(update(&mut ibc_go), &[0x0a, 4, 0x0a, 2, 0x22, 0]);
    assert!(matches!(ibc_go.verdict(&case), Verdict::Refuses(_)));
    assert!(matches!(case.our_verdict(), Verdict::Updates { .. }));
}

/// gogoproto drops the bits that are too many.
#[test]
fn a_number_of_more_than_64_bits_is_refused_here_and_cut_off_there() {
    let Some(mut ibc_go) = IbcGo::start() else { return };
    // Trusted height, revision: 1 and 2^64.
    let number = [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02];
    let case = with(update(&mut ibc_go), &[&[0x1a, 11, 0x08], number.as_slice()].concat());
    assert!(matches!(ibc_go.verdict(&case), Verdict::Updates { .. }));
    assert!(matches!(case.our_verdict(), Verdict::Refuses(_)));
}

/// CometBFT looks at a key when a vote of it counts; tendermint-rs holds points of the curve alone.
#[test]
fn a_secp256k1_key_that_is_no_point_is_refused_here_and_there_only_if_it_votes() {
    let Some(mut ibc_go) = IbcGo::start() else { return };
    let mut attempt = update(&mut ibc_go);
    // It has no power and casts no vote.
    let no_point = [[2].as_slice(), &[0xff; 32]].concat();
    let no_point = cometbft::Validator { voting_power: 0, ..validators::Public::Secp256k1(no_point).validator() };
    for header in attempt.headers() {
        // The header may be adjacent, and its validators those that were announced: both sets have it.
        for set in header.validator_set.iter_mut().chain(&mut header.trusted_validators) {
            set.validators.push(no_point.clone());
        }
        let commit = header.signed_header.as_mut().unwrap().commit.as_mut().unwrap();
        commit.signatures.push(absent());
    }
    attempt.vouch();
    attempt.seal();
    let case = attempt.case();
    assert!(matches!(ibc_go.verdict(&case), Verdict::Updates { .. }));
    assert!(matches!(case.our_verdict(), Verdict::Refuses(_)));
}

/// The two headers of a misbehaviour may call their chain what they like, if the client's own has no revision; in
/// tendermint-rs a chain id is of letters, digits, and a few signs.
#[test]
fn a_misbehaviour_of_a_chain_whose_id_has_a_blank_is_refused_here_alone() {
    let Some(mut ibc_go) = IbcGo::start() else { return };
    let is_it = |attempt: &Attempt| attempt.client.chain_id == "chain" && header_of(attempt).is_none();
    let renamed = |id: &'static str| {
        move |mut attempt: Attempt| {
            attempt.headers().into_iter().for_each(|header| strangers_first(header, id, 60, "chain"));
            attempt.case()
        }
    };
    let mut freezes = |case: &Case| ibc_go.verdict(case) == Verdict::Freezes;
    let place = attempts(is_it).map(renamed("evil")).position(|case| freezes(&case)).expect("some are misbehaviours");
    let case = |id| attempts(is_it).map(renamed(id)).nth(place).unwrap();
    assert_eq!(case("evil").our_verdict(), Verdict::Freezes);
    assert_eq!(ibc_go.verdict(&case("evil chain")), Verdict::Freezes);
    assert!(matches!(case("evil chain").our_verdict(), Verdict::Refuses(_)));
}
