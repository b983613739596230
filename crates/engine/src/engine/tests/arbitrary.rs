//! Whatever a shell brings, in whatever order, breaks nothing: no panic, and no action without its record.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of record")]

use proptest::prelude::*;
use types::event::IbcEvent;
use types::{AccountSequence, Acknowledgement, BlockHeight, Class, Order, Scope, Timestamp};

use crate::testing::*;
use crate::*;

fn chain_name() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("a"), Just("b"), Just("elsewhere")]
}

fn height() -> impl Strategy<Value = BlockHeight> {
    prop_oneof![8 => 0..30u64, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 1)].prop_map(BlockHeight)
}

fn ibc_event() -> impl Strategy<Value = IbcEvent> {
    (0..6, 0..5u64).prop_map(|(kind, sequence)| {
        let packet = packet(sequence);
        match kind {
            0 => IbcEvent::SendPacket { packet },
            1 => IbcEvent::RecvPacket { packet: packet.id() },
            2 => IbcEvent::WriteAcknowledgement { packet, acknowledgement: Acknowledgement(vec![1].into()) },
            3 => IbcEvent::AcknowledgePacket { packet: packet.id() },
            4 => IbcEvent::TimeoutPacket { packet: packet.id() },
            _ => IbcEvent::ChannelClosed { port: packet.destination_port, channel: packet.destination_channel },
        }
    })
}

fn class() -> impl Strategy<Value = Class> {
    prop_oneof![
        Just(Class::Redundant),
        Just(Class::Transient),
        Just(Class::Stale),
        Just(Class::Terminal(Scope::Packet)),
        Just(Class::Terminal(Scope::Chain)),
    ]
}

/// An event; `Answer` is made from the oldest open action.
#[derive(Clone, Debug)]
enum Told {
    Event(Event),
    Answer(bool, Class, u32),
    Wait(u64),
}

fn told() -> impl Strategy<Value = Told> {
    let head = (chain_name(), height(), 0..40u64).prop_map(|(id, height, seconds)| Event::HeadObserved {
        chain: chain(id),
        head: Head { height, time: Timestamp::from_seconds(seconds) },
    });
    let block = (chain_name(), height(), prop::collection::vec(ibc_event(), 0..4), 0..9u64, 0..4u8).prop_map(
        |(id, height, block_events, sequence, signature)| {
            let transactions = vec![observed(sequence, signature, u32::from(signature / 2))];
            let block = types::event::ObservedBlock { height, block_events, transactions };
            Event::BlockObserved { chain: chain(id), block }
        },
    );
    let pruned = (chain_name(), height(), height());
    let pruned = pruned.prop_map(|(id, from, to)| Event::BlocksPruned { chain: chain(id), from, to });
    prop_oneof![
        3 => head.prop_map(Told::Event),
        3 => block.prop_map(Told::Event),
        1 => pruned.prop_map(Told::Event),
        6 => (any::<bool>(), class(), 0..40u32).prop_map(|(good, class, code)| Told::Answer(good, class, code)),
        1 => (0..30_000u64).prop_map(Told::Wait),
    ]
}

fn answer(action: Action, good: bool, class: Class, code: u32) -> Option<Event> {
    let refusal = refusal(class, "sdk", code);
    Some(match action {
        Action::PrepareBatch { batch, legs, .. } if good => {
            let (some, others) = legs.split_at(legs.len() / 2);
            let leg = |(packet, leg): &(PacketKey, Leg)| PreparedLeg {
                packet: packet.clone(),
                leg: *leg,
                message: message("/leg"),
            };
            let reasons = [Dropped::NotYet, Dropped::CommitmentGone, Dropped::AlreadyReceived, Dropped::ClaimRefuted];
            let reason = reasons[code as usize % reasons.len()];
            Event::BatchPrepared {
                batch,
                prepared: Prepared {
                    update: vec![message("/update")],
                    legs: some.iter().map(leg).collect(),
                    dropped: others.iter().map(|(packet, leg)| (packet.clone(), *leg, reason)).collect(),
                    proof_height: types::ProofHeight(BlockHeight(1)),
                    head: Head::default(),
                },
            }
        }
        Action::PrepareBatch { batch, .. } => Event::BatchFailed { batch, class, reason: String::new() },
        Action::SignTx { tx, .. } if good => {
            let signature = vec![code as u8 % 4];
            Event::TxSigned { tx, bytes: signature.clone().into(), signature, gas_limit: 100 }
        }
        Action::SignTx { tx, .. } => Event::TxRefused { tx, refusal },
        Action::Broadcast { tx, .. } if good => Event::TxChecked { tx, checked: Checked::Accepted },
        Action::Broadcast { tx, .. } => Event::TxChecked { tx, checked: Checked::Refused(refusal) },
        Action::ReadAccount { lane } => {
            Event::AccountRead { lane, account_number: 1, account_sequence: AccountSequence(u64::from(code) % 9) }
        }
        Action::Sweep { channel } => Event::SweepFailed { channel },
        Action::Rescan { chain, from, to } => Event::RescanFailed { chain, from, to },
        Action::Recover { .. } | Action::Conclude { .. } | Action::Notify { .. } => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_in_any_order_break_nothing(all in prop::collection::vec(told(), 0..120), ordered in any::<bool>()) {
        let order = if ordered { Order::Ordered } else { Order::Unordered };
        let (mut shell, first) = Shell::from(Vec::new(), order);
        let mut open = std::collections::VecDeque::from(first.actions);
        let mut outbox = std::collections::BTreeSet::new();
        for told in all {
            let event = match told {
                Told::Event(event) => Some(event),
                Told::Wait(millis) => {
                    shell.now = Instant(shell.now.0 + millis);
                    Some(Event::Woken)
                }
                Told::Answer(good, class, code) => open.pop_front().and_then(|action| answer(action, good, class, code)),
            };
            let Some(event) = event else { continue };
            let step = shell.tell(event);
            for write in &step.writes {
                match write {
                    Record::Outbox { tx } => prop_assert!(outbox.insert(tx.tx), "a number was used twice"),
                    Record::OutboxCleared { tx } => prop_assert!(outbox.remove(tx), "what was cleared was there"),
                    _ => {}
                }
            }
            for action in &step.actions {
                if let Action::Broadcast { tx, .. } = action {
                    prop_assert!(outbox.contains(tx));
                }
            }
            open.extend(step.actions);
        }
    }
}
