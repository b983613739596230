//! What a policy lets through, limit by limit.

use super::*;
use crate::testing::{chain, packet, packet_record};

fn pattern(text: &str) -> ChannelPattern {
    text.parse().unwrap()
}

fn policy(allow: &[&str], deny: &[&str]) -> Policy {
    let all = |texts: &[&str]| texts.iter().map(|text| pattern(text)).collect();
    Policy { allow: all(allow), deny: all(deny), ..Policy::default() }
}

fn source() -> ChannelKey {
    packet_record(1).key().source
}

fn transfer(denom: &str, amount: &str, memo_size: usize, receiver_size: usize) -> Packet {
    let (memo, receiver) = ("m".repeat(memo_size), "r".repeat(receiver_size));
    let data = format!(
        r#"{{"denom":"{denom}","amount":"{amount}","sender":"alice","receiver":"{receiver}","memo":"{memo}"}}"#
    );
    Packet { data: data.into_bytes().into(), ..packet(1) }
}

#[test]
fn a_channel_is_judged_by_either_end_and_denied_before_it_is_allowed() {
    let rows: [(&[&str], &[&str], bool); 9] = [
        (&[], &[], true),
        (&["transfer/channel-0"], &[], true),
        (&["transfer/channel-1"], &[], true),
        (&["a/transfer/channel-1"], &[], false),
        (&["b/transfer/channel-1"], &[], true),
        (&["icahost/*", "transfer/channel-7*"], &[], false),
        (&[], &["*/channel-1"], false),
        (&["transfer/*"], &["b/transfer/*"], false),
        (&["transfer/*"], &["icahost/*"], true),
    ];
    let (a, b) = (chain("a"), chain("b"));
    let id = packet_record(1).id;
    for (allow, deny, expected) in rows {
        let ends = [(&a, &id.source_port, &id.source_channel), (&b, &id.destination_port, &id.destination_channel)];
        let found = policy(allow, deny).channel(ends);
        assert_eq!(found.is_ok(), expected, "allowed {allow:?}, denied {deny:?}");
    }
}

#[test]
fn sequences_are_excluded_where_they_are_sent_from() {
    let excluding =
        |text: &str| Policy { excluded: vec![(pattern(text), "1,3-7".parse().unwrap())], ..Policy::default() };
    assert_eq!(excluding("transfer/channel-0").packet(&source(), &packet(3)), Err(Refused::Sequence));
    assert_eq!(excluding("transfer/channel-0").packet(&source(), &packet(2)), Ok(()));
    assert_eq!(excluding("transfer/channel-1").packet(&source(), &packet(3)), Ok(()), "that is its destination");
}

#[test]
fn nothing_but_what_was_asked_for_is_relayed() {
    let only = Some([(source(), "2".parse().unwrap())].into());
    let policy = Policy { only, ..Policy::default() };
    assert_eq!(policy.packet(&source(), &packet(2)), Ok(()));
    assert_eq!(policy.packet(&source(), &packet(1)), Err(Refused::NotAsked));
    let elsewhere = ChannelKey { chain: chain("b"), ..source() };
    assert_eq!(policy.packet(&elsewhere, &packet(2)), Err(Refused::NotAsked));
}

#[test]
fn memos_and_receivers_have_limits_and_other_applications_bytes_have_none() {
    let judge = |packet: &Packet| Policy::default().packet(&source(), packet);
    assert_eq!(judge(&transfer("uatom", "1", MEMO_BYTES_MAX, 10)), Ok(()));
    assert_eq!(judge(&transfer("uatom", "1", MEMO_BYTES_MAX + 1, 10)), Err(Refused::Memo { size: MEMO_BYTES_MAX + 1 }));
    assert_eq!(judge(&transfer("uatom", "1", 0, RECEIVER_BYTES_MAX)), Ok(()));
    assert_eq!(
        judge(&transfer("uatom", "1", 0, RECEIVER_BYTES_MAX + 1)),
        Err(Refused::Receiver { size: RECEIVER_BYTES_MAX + 1 })
    );
    assert_eq!(judge(&Packet { data: vec![b'x'; 100_000].into(), ..packet(1) }), Ok(()));
}

#[test]
fn senders_are_allowed_and_denied_by_name() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let judge = |senders: &[&str], senders_denied: &[&str]| {
        let (senders, senders_denied) = (names(senders), names(senders_denied));
        Policy { senders, senders_denied, ..Policy::default() }.packet(&source(), &transfer("uatom", "1", 0, 1))
    };
    assert_eq!(judge(&["alice"], &[]), Ok(()));
    assert_eq!(judge(&["bob"], &[]), Err(Refused::Sender));
    assert_eq!(judge(&[], &["alice"]), Err(Refused::Sender));
    assert_eq!(judge(&["alice"], &["alice"]), Err(Refused::Sender));
    assert_eq!(judge(&[], &["bob"]), Ok(()));
}

#[test]
fn an_amount_is_judged_by_the_whole_path_of_its_denomination_or_else_by_its_base() {
    let above_u128 = "340282366920938463463374607431768211456";
    let largest = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    let rows = [
        ("uatom", "99", 100, Err(Refused::Amount)),
        ("uatom", "100", 100, Ok(())),
        ("uatom", "00000000000000000000000000000000000000000000000099", 100, Err(Refused::Amount)),
        ("uatom", above_u128, u128::MAX, Ok(())),
        ("uatom", largest, u128::MAX, Ok(())),
        ("uatom", "", 1, Err(Refused::Amount)),
        ("uatom", "-1", 0, Err(Refused::Amount)),
        ("uatom", "1e9", 1, Err(Refused::Amount)),
        ("uosmo", "1", 100, Ok(())),
        ("transfer/channel-3/uatom", "99", 100, Err(Refused::Amount)),
        ("transfer/channel-3/transfer/channel-4/uatom", "99", 100, Err(Refused::Amount)),
        ("transfer/channel-9/uatom", "99", 100, Ok(())),
        ("gamm/pool/uatom", "99", 100, Ok(())),
    ];
    for (denom, amount, least, expected) in rows {
        let amounts_min =
            [("uatom".to_owned(), least), ("transfer/channel-9/uatom".to_owned(), 10)].into_iter().collect();
        let policy = Policy { amounts_min, ..Policy::default() };
        assert_eq!(policy.packet(&source(), &transfer(denom, amount, 0, 1)), expected, "{amount} {denom}");
    }
}

#[test]
fn a_base_denomination_may_hold_slashes_itself() {
    let rows = [
        ("uatom", "uatom"),
        ("transfer/channel-0/uatom", "uatom"),
        ("transfer/channel-0/gamm/pool/1", "gamm/pool/1"),
        ("transfer/07-tendermint-3/uatom", "uatom"),
        ("transfer/channel-/uatom", "transfer/channel-/uatom"),
        ("transfer/channel-0", "transfer/channel-0"),
    ];
    for (denom, base) in rows {
        assert_eq!(base_denom(denom), base);
    }
}

#[test]
fn a_record_is_judged_anew_with_or_without_its_bytes() {
    let (b, strict) = (chain("b"), Policy { amounts_min: [("uatom".into(), 10)].into(), ..Policy::default() });
    let few = transfer("uatom", "9", 0, 1);
    assert_eq!(rejudge(&strict, &b, &packet_record(1), Some(&few)), Some(Refused::Amount));
    let refused = PacketRecord { refused: Some(Refused::Amount), ..packet_record(1) };
    assert_eq!(rejudge(&Policy::default(), &b, &refused, Some(&few)), None);
    assert_eq!(rejudge(&Policy::default(), &b, &refused, None), Some(Refused::Amount), "nobody can say otherwise");
    let refused = PacketRecord { refused: Some(Refused::Channel), ..packet_record(1) };
    assert_eq!(rejudge(&Policy::default(), &b, &refused, None), None);
    assert_eq!(rejudge(&policy(&[], &["b/*/*"]), &b, &packet_record(1), None), Some(Refused::Channel));
}
