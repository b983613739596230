use super::*;
use crate::app::error::sdk;

#[test]
fn a_memo_over_the_limit_is_refused() {
    let mut world = World::with(|genesis| genesis.memo_characters_max = 4);
    let tx = world.send(1, &Envelope { memo: "12345".to_owned(), ..Envelope::default() });
    let result = world.check(&tx);
    let text = "maximum number of characters is 4 but received 5 characters: memo too large";
    assert_eq!(refused(&result), ("sdk", 12, text));
}

#[test]
fn a_timeout_height_holds_until_its_block_and_no_longer() {
    let mut world = World::new();
    let tx = world.send(1, &Envelope { timeout_height: 2, ..Envelope::default() });
    assert_eq!(world.app.clone().finalize_block(block_info(2), &[tx.clone().into()]).txs[0].code, 0);
    world.block(&[]);
    let result = &world.block(&[tx])[0];
    assert_eq!(refused(result), ("sdk", 30, "block height: 3, timeout height: 2: tx timeout height"));
}

#[test]
fn a_gas_limit_over_that_of_a_block_is_refused() {
    let mut world = World::with(|genesis| genesis.block_gas_max = Some(199_999));
    let result = world.block(&[world.send(1, &Envelope::default())]).remove(0);
    assert_eq!(refused(&result), ("sdk", 41, "tx gas limit 200000 exceeds block max gas 199999: invalid gas limit"));
}

#[test]
fn amino_signatures_are_refused_by_name() {
    let mut world = World::new();
    let tx = world.send(1, &Envelope { mode: 127, ..Envelope::default() });
    let result = world.check(&tx);
    let text = "SIGN_MODE_LEGACY_AMINO_JSON; sign with SIGN_MODE_DIRECT: feature not supported";
    assert_eq!(refused(&result), ("sdk", 37, text));
}

#[test]
fn a_failing_ante_handler_leaves_nothing() {
    let mut world = World::new();
    let (alice, before) = (world.alice.address(), world.app.state.clone());
    let tx = world.send(1, &Envelope { sequence: 5, ..Envelope::default() });
    let result = world.block(&[tx]).remove(0);
    let text = "account sequence mismatch, expected 0, got 5: incorrect account sequence";
    assert_eq!(refused(&result), ("sdk", 32, text));
    assert_eq!(result.events, []);
    assert_eq!(world.balance(&alice), 1_000_000);
    let entries = |state: &MultiStore| state.with_prefix("bank", &[]).collect::<Vec<_>>();
    assert_eq!(entries(&before), entries(&world.app.state));
}

#[test]
fn a_failing_message_keeps_fee_and_sequence_and_the_events_of_the_ante_handler() {
    let mut world = World::new();
    let alice = world.alice.address();
    let result = world.block(&[world.send(2_000_000, &Envelope::default())]).remove(0);
    assert_eq!((result.code, world.balance(&alice), world.sequence()), (5, 999_800, 1));
    let kinds: Vec<_> = result.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["coin_spent", "coin_received", "transfer", "message", "tx", "tx", "tx"]);
}

#[test]
fn a_second_signature_is_needed_for_a_second_signer() {
    let mut world = World::new();
    let messages = || vec![world.alice.sends(&world.bob, 5), world.bob.sends(&world.alice, 7)];
    let envelope = Envelope::default();
    let alone = world.alice.sign(messages(), &envelope);
    let both = sign_all(&[&world.alice, &world.bob], messages(), &envelope);
    let result = world.check(&alone);
    assert_eq!(refused(&result), ("sdk", 4, "wrong number of signers; expected 2, got 1: unauthorized"));
    let result = world.block(&[both]).remove(0);
    assert_eq!(result.code, 0, "{}", result.log);
    let bob = world.bob.address();
    assert_eq!(world.balance(&bob), 999_998);
}

#[test]
fn a_check_that_the_post_handler_refuses_leaves_the_sequence_raised_until_the_next_block() {
    let mut world = World::new();
    let memo = r#"{"probe":{"nope":1}}"#.to_owned();
    let tx = world.send(1, &Envelope { memo, ..Envelope::default() });
    assert_eq!(refused(&world.check(&tx)).0, "probe");
    let good = world.send(1, &Envelope::default());
    assert_eq!(world.check(&good).code, sdk::WRONG_SEQUENCE.code);
    world.block(&[]);
    assert_eq!(world.check(&good).code, 0);
}

#[test]
fn the_check_state_counts_sequences_ahead_of_the_blocks() {
    let mut world = World::new();
    let txs = [0, 1].map(|sequence| world.send(1, &Envelope { sequence, ..Envelope::default() }));
    assert_eq!(txs.each_ref().map(|tx| world.check(tx).code), [0, 0]);
    assert_eq!(world.check(&txs[1]).code, sdk::WRONG_SEQUENCE.code);
    assert_eq!(world.block(&txs).iter().map(|result| result.code).collect::<Vec<_>>(), [0, 0]);
}

#[test]
fn a_recheck_looks_at_sequences_but_not_at_signatures() {
    let mut world = World::new();
    let forged = world.send(1, &Envelope { chain_id: "other".to_owned(), ..Envelope::default() });
    assert_eq!(world.check(&forged).code, sdk::UNAUTHORIZED.code);
    world.block(&[]);
    // The key is known only from a delivered transaction on.
    let honest = world.send(1, &Envelope::default());
    assert_eq!(world.block(&[honest])[0].code, 0);
    let forged = world.send(1, &Envelope { sequence: 1, chain_id: "other".to_owned(), ..Envelope::default() });
    assert_eq!(world.app.check_tx(&forged, CheckKind::Recheck).code, 0);
    assert_eq!(world.app.check_tx(&forged, CheckKind::Recheck).code, sdk::WRONG_SEQUENCE.code);
}

#[test]
fn the_minimum_gas_price_counts_for_the_mempool_alone() {
    let mut world = World::new();
    let tx = world.send(1, &Envelope { fee: 199, ..Envelope::default() });
    let result = world.check(&tx);
    let text = "insufficient fees; got: 199stake required: 200stake: insufficient fee";
    assert_eq!(refused(&result), ("sdk", 13, text));
    assert_eq!(world.block(&[tx])[0].code, 0);
}

#[test]
fn no_transaction_makes_the_application_panic() {
    let world = World::new();
    let tx = world.send(1, &Envelope::default());
    for at in 0..tx.len() {
        for change in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut broken = tx.clone();
            broken[at] ^= change;
            let result = world.app.clone().check_tx(&broken, CheckKind::New);
            assert!(broken == tx || result.code != 0, "byte {at} ^ {change}");
            let shorter = world.app.clone().check_tx(&broken[..at], CheckKind::New);
            assert_ne!(shorter.code, 0);
        }
    }
}
