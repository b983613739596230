//! Row by row: one fact is spoilt, and the verdict is that fact's.

use engine::{Hopeless, Refused};
use types::client::Status;

use super::*;
use crate::explain::PacketFacts;
use crate::explain::report::{AcknowledgementFacts, Outcome, RelayerFacts};
use crate::explain::testing::{facts, place, runs};
use types::Sequence;

type Spoil = fn(&mut Facts);

/// Each row spoils one thing and names the code and a word of the sentence.
const ROWS: &[(Spoil, Reason, &str)] = &[
    (|_| {}, Reason::BeingRelayed, "1970-01-01T01:16:40Z"),
    (|f| f.source.head = Fact::Unknown("refused".into()), Reason::ChainUnreachable, "chain-a"),
    (|f| f.source.end = Fact::Known(None), Reason::ChannelUnknown, "transfer/channel-0"),
    (|f| f.sent = Fact::Known(false), Reason::NeverSent, "packet 7"),
    (|f| f.committed = Fact::Known(false), Reason::Over, "timed out and was refunded"),
    (|f| (f.committed, f.received) = (Fact::Known(false), Fact::Known(true)), Reason::Over, "acknowledged"),
    (|f| f.received = Fact::Known(true), Reason::AcknowledgementAwaited, "transfer of chain-b"),
    (
        |f| says(f, |s| s.hopeless = Some(Hopeless::AcknowledgementMalformed)),
        Reason::AcknowledgementMalformed,
        "for ever",
    ),
    (|f| acknowledged_on_closed(f), Reason::SourceClosed, "closed"),
    (|f| not_configured(f), Reason::NotConfigured, "transfer/channel-0"),
    (|f| f.refused = Some(Refused::Memo { size: 40_000 }), Reason::PolicyRefused, "40000 bytes"),
    (|f| says(f, |s| s.refused = Some(Refused::Sender)), Reason::PolicyRefused, "sender"),
    (|f| far(f).head = Fact::Unknown("refused".into()), Reason::ChainUnreachable, "chain-b"),
    (|f| channel(far(f), ChannelState::TryOpen), Reason::ChannelNotOpen, "chain-b"),
    (|f| far(f).end = Fact::Known(None), Reason::ChannelNotOpen, "chain-b"),
    (|f| client(far(f), Status::Frozen), Reason::ClientFrozen, "07-tendermint-0 on chain-b"),
    (|f| client(far(f), Status::Expired), Reason::ClientExpired, "its delivery of chain-a"),
    (|f| client(far(f), Status::Unauthorized), Reason::ClientUnusable, "unauthorized"),
    (|f| f.relayer = RelayerFacts::None { record: None }, Reason::NotRunning, "its delivery"),
    (|f| f.relayer = RelayerFacts::Silent("busy".into()), Reason::RelayerSilent, "busy"),
    (|f| wallet(far(f), 0), Reason::WalletEmpty, "holds no stake"),
    (|f| says(f, |s| s.is_wallet_blocked = true), Reason::WalletEmpty, "5stake"),
    (|f| says(f, |s| s.is_configured = false), Reason::NotLoaded, "without this channel"),
    (|f| says(f, |s| s.is_unfound = true), Reason::BytesUnknown, "the packet are not known"),
    (|f| says(f, quarantined), Reason::Quarantined, "out of cheese"),
    (|f| f.next_received = Some(Fact::Known(Sequence(5))), Reason::PredecessorAwaited, "packet 5 must be received"),
    (|f| near(f), Reason::TimeoutAwaited, "too near"),
    (|f| says(f, |s| (s.tries, s.failure) = (2, Some("odd".into()))), Reason::BeingRelayed, "after 2 failures"),
    (|f| f.received = Fact::Unknown("refused".into()), Reason::Unknown, "too little"),
];

#[test]
fn each_fact_has_its_verdict() {
    for (index, (spoil, reason, word)) in ROWS.iter().enumerate() {
        let mut facts = facts();
        spoil(&mut facts);
        let verdict = judge(&facts);
        assert_eq!(verdict.reason, *reason, "row {index}: {}", verdict.sentence);
        assert!(verdict.sentence.contains(word), "row {index}: {}", verdict.sentence);
        assert!(verdict.sentence.ends_with(reason.mend()), "row {index}: {}", verdict.sentence);
    }
}

#[test]
fn every_code_can_be_reached() {
    let reached: std::collections::BTreeSet<_> = ROWS.iter().map(|(_, reason, _)| *reason).collect();
    assert_eq!(reached, Reason::ALL.iter().copied().collect());
}

#[test]
fn what_no_relayer_can_mend_is_told_before_that_none_runs() {
    let spoilers: [(Spoil, Reason); 4] = [
        (|f| f.received = Fact::Known(true), Reason::AcknowledgementAwaited),
        (|f| f.refused = Some(Refused::Channel), Reason::PolicyRefused),
        (|f| client(far(f), Status::Expired), Reason::ClientExpired),
        (|f| far(f).head = Fact::Unknown("refused".into()), Reason::ChainUnreachable),
    ];
    for (spoil, reason) in spoilers {
        let mut facts = facts();
        facts.relayer = RelayerFacts::None { record: None };
        spoil(&mut facts);
        assert_eq!(judge(&facts).reason, reason);
    }
}

#[test]
fn an_acknowledgement_is_judged_by_the_sources_client_and_wallet() {
    let mut facts = facts();
    facts.received = Fact::Known(true);
    facts.acknowledgement = Fact::Known(Some(written()));
    client(far(&mut facts), Status::Frozen);
    wallet(far(&mut facts), 0);
    assert_eq!(judge(&facts).reason, Reason::BeingRelayed);
    client(&mut facts.source, Status::Frozen);
    assert_eq!(judge(&facts).reason, Reason::ClientFrozen);
}

#[test]
fn a_timeout_is_judged_by_the_sources_client() {
    let mut facts = facts();
    timeout(&mut facts).is_past = Fact::Known(true);
    client(far(&mut facts), Status::Expired);
    let verdict = judge(&facts);
    assert_eq!(verdict.reason, Reason::BeingRelayed);
    assert!(verdict.sentence.contains("its timeout is under way"), "{}", verdict.sentence);
    channel(far(&mut facts), ChannelState::Closed);
    assert!(judge(&facts).sentence.contains("its timeout on close"));
}

fn written() -> AcknowledgementFacts {
    let (written_at, outcome) = (Fact::Known(place()), Fact::Known(Outcome::Success));
    AcknowledgementFacts { hash: "00".to_owned(), written_at, outcome }
}

fn far(facts: &mut Facts) -> &mut EndFacts {
    match &mut facts.destination {
        Fact::Known(far) => far,
        Fact::Unknown(why) => panic!("{why}"),
    }
}

fn says(facts: &mut Facts, change: impl FnOnce(&mut PacketFacts)) {
    let mut said = runs();
    change(&mut said);
    facts.relayer = RelayerFacts::Runs(Box::new(said));
}

fn quarantined(said: &mut PacketFacts) {
    (said.is_quarantined, said.tries, said.failure) = (true, 5, Some("out of cheese".to_owned()));
}

fn not_configured(facts: &mut Facts) {
    facts.path = None;
    facts.relayer = RelayerFacts::None { record: None };
}

fn acknowledged_on_closed(facts: &mut Facts) {
    (facts.received, facts.acknowledgement) = (Fact::Known(true), Fact::Known(Some(written())));
    channel(&mut facts.source, ChannelState::Closed);
}

fn timeout(facts: &mut Facts) -> &mut crate::explain::TimeoutFacts {
    match &mut facts.timeout {
        Fact::Known(timeout) => timeout,
        Fact::Unknown(why) => panic!("{why}"),
    }
}

fn near(facts: &mut Facts) {
    timeout(facts).is_near = true;
}

fn channel(end: &mut EndFacts, state: ChannelState) {
    let Fact::Known(Some(channel)) = &mut end.end else { panic!("{:?}", end.end) };
    channel.state = state;
}

fn client(end: &mut EndFacts, status: Status) {
    let Fact::Known(client) = &mut end.client else { panic!("{:?}", end.client) };
    client.status = status;
}

fn wallet(end: &mut EndFacts, amount: u128) {
    let Fact::Known(wallet) = &mut end.wallet else { panic!("{:?}", end.wallet) };
    wallet.amount = amount;
}
