//! A packet's four endings, balances included.

use std::time::Duration;

use types::{Order, Timestamp};

use crate::world::{FUNDS, Side, World};

#[test]
fn a_transfer_is_received_and_acknowledged() {
    let mut world = World::with_transfer();
    let packet = world.send(100, &world.user_text(), world.late());
    let acknowledgement = world.deliver(&packet);
    assert_eq!(&*acknowledgement.0, types::transfer::SUCCESS_ACKNOWLEDGEMENT);
    let messages = vec![world.update(Side::A), world.acknowledgement(&packet, acknowledgement)];
    world.relay(Side::A, messages);

    let user = world.user.clone();
    assert_eq!(world.balance(Side::A, &user, "token"), FUNDS - 100);
    assert_eq!(world.balance(Side::B, &user, &world.voucher()), 100);
}

#[test]
fn an_error_acknowledgement_refunds() {
    let mut world = World::with_transfer();
    let packet = world.send(100, "nobody", world.late());
    let user = world.user.clone();
    assert_eq!(world.balance(Side::A, &user, "token"), FUNDS - 100);
    let acknowledgement = world.deliver(&packet);
    assert!(acknowledgement.0.starts_with(br#"{"error":"ABCI code: "#), "{acknowledgement:?}");
    let messages = vec![world.update(Side::A), world.acknowledgement(&packet, acknowledgement)];
    world.relay(Side::A, messages);
    assert_eq!(world.balance(Side::A, &user, "token"), FUNDS);
}

#[test]
fn a_timeout_refunds() {
    let mut world = World::with_transfer();
    let packet = world.send(100, &world.user_text(), Timestamp(world.now.0 + 20_000_000_000));
    world.wait(Duration::from_secs(30));
    world.tick();
    world.tick();
    let messages = vec![world.update(Side::A), world.timeout(&packet)];
    world.relay(Side::A, messages);
    let user = world.user.clone();
    assert_eq!(world.balance(Side::A, &user, "token"), FUNDS);
}

#[test]
fn the_same_calls_make_the_same_chains() {
    let play = || {
        let mut world = World::with_channel("probe", "probe-1", Order::Ordered);
        world.tick();
        [Side::A, Side::B].map(|side| {
            let chain = world.chain(side);
            let block = chain.block(chain.height()).unwrap();
            (block.header.hash(), block.app_hash)
        })
    };
    assert_eq!(play(), play());
}
