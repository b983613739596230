use super::*;
use crate::app::auth::FEE_COLLECTOR;
use crate::app::error::sdk;

fn codes(results: &[TxResult]) -> Vec<u32> {
    results.iter().map(|result| result.code).collect()
}

#[test]
fn fees_go_to_the_fee_collector() {
    let mut world = World::new();
    assert_eq!(codes(&world.block(&[world.send(1, &Envelope::default())])), [0]);
    assert_eq!(world.balance(&Address::of_module(FEE_COLLECTOR)), 200);
}

#[test]
fn bytes_that_are_no_transaction_are_told_without_a_reason_in_a_block() {
    let mut world = World::new();
    let result = world.block(&[b"garbage".to_vec()]).remove(0);
    assert_eq!(refused(&result), ("sdk", 2, "tx parse error"));
    assert_eq!((result.gas_wanted, result.gas_used), (0, 0));
}

#[test]
fn a_block_without_gas_left_runs_no_more_transactions() {
    let mut world = World::with(|genesis| genesis.block_gas_max = Some(90_000));
    let txs = [0, 1, 2].map(|sequence| world.send(1, &Envelope { sequence, gas: 85_000, ..Envelope::default() }));
    let results = world.block(&txs);
    // The second passes the limit of the block: its messages are undone, its fee is not.
    assert_eq!(codes(&results), [0, 11, 11]);
    assert!(results[1].log.starts_with("out of gas in location: block gas meter; gasWanted: 85000, gasUsed: "));
    assert_eq!(results[1].events.len(), 7);
    assert_eq!(refused(&results[2]), ("sdk", 11, "no block gas left to run tx: out of gas"));
    let bob = world.bob.address();
    assert_eq!((world.balance(&bob), world.sequence()), (1_000_001, 2));
}

#[test]
fn a_clone_is_a_fork() {
    let mut world = World::new();
    let mut fork = world.app.clone();
    world.block(&[world.send(5, &Envelope::default())]);
    fork.finalize_block(block_info(2), &[]);
    fork.commit();
    let bob = world.bob.address();
    assert_eq!(world.balance(&bob), 1_000_005);
    assert_eq!(fork.edit(|ctx| bank::balance(ctx, &bob, "stake")), Ok(1_000_000));
}

#[test]
fn the_application_of_an_earlier_height_goes_on_from_there() {
    let mut world = World::new();
    let tx = world.send(5, &Envelope::default());
    world.block(std::slice::from_ref(&tx));
    assert!(world.app.at(3).is_none());
    let mut earlier = world.app.at(1).unwrap();
    assert_eq!((earlier.height(), earlier.earliest_height()), (1, 1));
    assert_eq!(earlier.check_tx(&tx, CheckKind::New).code, 0);
    assert_eq!(earlier.finalize_block(block_info(2), &[tx.into()]).txs[0].code, 0);
}

#[test]
fn a_renamed_application_wants_signatures_for_its_new_id() {
    let world = World::new();
    let mut renamed = world.app.renamed("other-2".parse().unwrap());
    assert_eq!(renamed.genesis().chain_id.as_str(), "other-2");
    assert_eq!(renamed.check_tx(&world.send(1, &Envelope::default()), CheckKind::New).code, sdk::UNAUTHORIZED.code);
    let tx = world.send(1, &Envelope { chain_id: "other-2".to_owned(), ..Envelope::default() });
    assert_eq!(renamed.check_tx(&tx, CheckKind::New).code, 0);
}

#[test]
fn an_edit_is_part_of_the_next_block_and_tells_its_events_there() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.address(), world.bob.address());
    world.app.edit(|ctx| bank::send(ctx, &alice, &bob, &[Coin::new("stake", 5)])).unwrap();
    let events = world.app.finalize_block(block_info(2), &[]).events;
    let kinds: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.value("mode"))).collect();
    let mode = Some("EndBlock");
    assert_eq!(kinds, [("coin_spent", mode), ("coin_received", mode), ("transfer", mode), ("message", mode)]);
    world.app.commit();
    assert_eq!(world.balance(&bob), 1_000_005);
    assert_eq!(world.app.finalize_block(block_info(3), &[]).events, []);
}

#[test]
fn a_message_is_executed_without_a_transaction_and_tells_its_events_at_the_end_of_the_block() {
    let mut world = World::new();
    let payment = world.alice.sends(&world.bob, 5);
    let answer = world.app.execute(&payment).unwrap();
    assert_eq!(answer.type_url, "/cosmos.bank.v1beta1.MsgSendResponse");
    let results = world.app.finalize_block(block_info(2), &[]);
    assert!(results.txs.is_empty());
    assert!(results.events.iter().any(|event| event.kind == "transfer" && event.value("mode") == Some("EndBlock")));
    world.app.commit();
    assert_eq!(world.balance(&world.bob.address()), 1_000_005);

    let refused = world.app.execute(&world.alice.sends(&world.bob, u128::MAX)).unwrap_err();
    assert!(refused.is(sdk::INSUFFICIENT_FUNDS), "{refused}");
    let unknown = Any { type_url: "/lightship.Nothing".to_owned(), value: Vec::new() };
    assert_eq!(world.app.execute(&unknown).unwrap_err().code, 6);
    assert_eq!(world.app.finalize_block(block_info(3), &[]).events, []);
}

#[test]
fn a_failing_edit_changes_nothing() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.address(), world.bob.address());
    let refused = world.app.edit(|ctx| {
        bank::send(ctx, &alice, &bob, &[Coin::new("stake", 5)])?;
        bank::send(ctx, &alice, &bob, &[Coin::new("nothing", 5)])
    });
    assert!(refused.unwrap_err().is(sdk::INSUFFICIENT_FUNDS));
    assert_eq!(world.balance(&bob), 1_000_000);
    assert_eq!(world.app.finalize_block(block_info(2), &[]).events, []);
}

#[test]
fn coins_are_minted_and_burnt_by_modules_that_may() {
    let mut world = World::new();
    let coins = [Coin::new("voucher", 5)];
    let supply = world.app.edit(|ctx| {
        bank::mint(ctx, "transfer", &coins)?;
        bank::burn(ctx, "transfer", &[Coin::new("voucher", 2)])?;
        bank::supply(ctx, "voucher")
    });
    assert_eq!(supply, Ok(3));
    let refused = world.app.edit(|ctx| bank::mint(ctx, "distribution", &coins)).unwrap_err();
    assert!(refused.log.contains("module account distribution does not have permissions to mint tokens"), "{refused}");
    let events = world.app.finalize_block(block_info(2), &[]).events;
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["coin_received", "coinbase", "coin_spent", "burn"]);
}

#[test]
fn the_same_calls_give_the_same_state() {
    let run = || {
        let mut world = World::new();
        world.block(&[world.send(5, &Envelope::default())]);
        context::store::ALL.map(|name| world.app.state.with_prefix(name, &[]).collect::<Vec<_>>())
    };
    assert_eq!(run(), run());
}

#[test]
fn a_chain_may_begin_at_a_later_height() {
    let mut app = App::new(Genesis::new("test-2".parse().unwrap()));
    app.finalize_block(block_info(100), &[]);
    app.commit();
    assert_eq!((app.earliest_height(), app.height()), (100, 100));
    assert!(app.at(100).is_some() && app.at(99).is_none());
}
