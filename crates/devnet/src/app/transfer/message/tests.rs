use proto::Message;
use proto::cosmos::base::v1beta1::Coin as RawCoin;
use types::Order;

use super::*;
use crate::app::ibc::channel::testing::{World, account, code, deliver};
use crate::app::transfer::total_escrow;

const MAX: &str = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

fn world() -> World {
    let mut world = World::open_on("transfer", Order::Unordered, VERSION);
    world.fund(&account("alice"), "stake", 100);
    world
}

fn message(world: &World, amount: &str) -> MsgTransfer {
    MsgTransfer {
        source_port: "transfer".to_owned(),
        source_channel: "channel-0".to_owned(),
        token: Some(RawCoin { denom: "stake".to_owned(), amount: amount.to_owned() }),
        sender: world.ctx.text_of(&account("alice")),
        receiver: "somebody".to_owned(),
        timeout_height: None,
        timeout_timestamp: 1_000_000,
        memo: String::new(),
    }
}

fn refused(world: &mut World, message: &MsgTransfer) -> crate::app::error::AppError {
    deliver(&mut world.ctx, MESSAGES, message).unwrap_err()
}

#[test]
fn a_transfer_goes_into_escrow_and_out_as_a_packet() {
    let mut world = world();
    let message = MsgTransfer { memo: "hello".to_owned(), ..message(&world, "40") };
    let response = deliver(&mut world.ctx, MESSAGES, &message).unwrap();
    assert_eq!(MsgTransferResponse::decode(response.as_slice()).unwrap().sequence, 1);
    assert_eq!(world.kinds(), ["send_packet", "ibc_transfer"]);
    assert_eq!(total_escrow(&mut world.ctx, "stake").unwrap(), 40);
    let sent = world.ctx.events.iter().find(|event| event.kind == "send_packet").unwrap();
    let data = format!(
        r#"{{"denom":"stake","amount":"40","sender":"{}","receiver":"somebody","memo":"hello"}}"#,
        message.sender
    );
    assert_eq!(sent.value("packet_data_hex"), Some(hex::encode(data).as_str()));
    let event = world.ctx.events.iter().find(|event| event.kind == "ibc_transfer").unwrap();
    let keys: Vec<_> = event.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(keys, ["sender", "receiver", "denom", "amount", "memo"]);
}

#[test]
fn the_greatest_number_sends_all_that_there_is() {
    let mut world = world();
    let message = message(&world, MAX);
    deliver(&mut world.ctx, MESSAGES, &message).unwrap();
    assert_eq!(total_escrow(&mut world.ctx, "stake").unwrap(), 100);
    let nothing_left = refused(&mut world, &message);
    assert_eq!(code(&nothing_left), ("transfer", 5));
    assert_eq!(nothing_left.log, "empty spendable balance for stake: invalid token amount");
}

#[test]
fn more_than_there_is_is_not_sent() {
    let mut world = world();
    for amount in ["101", "340282366920938463463374607431768211456"] {
        let message = message(&world, amount);
        let error = refused(&mut world, &message);
        assert_eq!(code(&error), ("sdk", 5));
        assert_eq!(error.log, format!("spendable balance 100stake is smaller than {amount}stake: insufficient funds"));
    }
}

#[test]
fn a_message_is_looked_at_field_by_field() {
    let mut world = world();
    let good = message(&world, "1");
    let bad_coin = |denom: &str, amount: &str| MsgTransfer {
        token: Some(RawCoin { denom: denom.to_owned(), amount: amount.to_owned() }),
        ..good.clone()
    };
    let cases = [
        (MsgTransfer { source_port: "a".to_owned(), ..good.clone() }, ("host", 2)),
        (MsgTransfer { source_channel: String::new(), ..good.clone() }, ("host", 2)),
        (bad_coin("stake", "0"), ("ibc", 6)),
        (bad_coin("stake", "-1"), ("ibc", 6)),
        (bad_coin("stake", ""), ("ibc", 6)),
        (bad_coin("ibc/00", "1"), ("ibc", 6)),
        (bad_coin("stake", "x"), ("sdk", 2)),
        (MsgTransfer { token: None, ..good.clone() }, ("ibc", 6)),
        (MsgTransfer { sender: " ".to_owned(), ..good.clone() }, ("ibc", 5)),
        (MsgTransfer { receiver: String::new(), ..good.clone() }, ("ibc", 5)),
        (MsgTransfer { receiver: "r".repeat(RECEIVER_MAX + 1), ..good.clone() }, ("ibc", 5)),
        (MsgTransfer { memo: "m".repeat(MEMO_MAX + 1), ..good.clone() }, ("transfer", 11)),
    ];
    for (message, expected) in cases {
        assert_eq!(code(&refused(&mut world, &message)), expected, "{message:?}");
    }
    let longest = MsgTransfer { receiver: "r".repeat(RECEIVER_MAX), memo: "m".repeat(MEMO_MAX), ..good };
    deliver(&mut world.ctx, MESSAGES, &longest).unwrap();
}

#[test]
fn a_voucher_that_was_never_made_is_not_sent() {
    let mut world = world();
    let hash = "27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2";
    let token = Some(RawCoin { denom: format!("ibc/{hash}"), amount: "1".to_owned() });
    let message = MsgTransfer { token, ..message(&world, "1") };
    let error = refused(&mut world, &message);
    assert_eq!(error.log, format!("{hash}: denomination not found"));
}

#[test]
fn a_channel_that_is_not_there_is_taken_for_a_client() {
    let mut world = world();
    let message = MsgTransfer { source_channel: "channel-7".to_owned(), ..message(&world, "1") };
    let error = refused(&mut world, &message);
    assert_eq!(code(&error), ("clientv2", 35));
    let untimed = MsgTransfer { timeout_timestamp: 0, ..message };
    assert_eq!(code(&refused(&mut world, &untimed)), ("channelv2", 8));
}

#[test]
fn a_transfer_that_can_t_be_sent_leaves_the_tokens() {
    let mut world = world();
    let message = MsgTransfer { timeout_timestamp: 1, ..message(&world, "40") };
    assert_eq!(code(&refused(&mut world, &message)), ("channel", 40));
    assert_eq!(total_escrow(&mut world.ctx, "stake").unwrap(), 0);
}

#[test]
fn transfers_can_be_turned_off() {
    let mut world = world();
    let off = proto::ibc::applications::transfer::v1::Params { send_enabled: false, receive_enabled: true };
    state::set_params(&mut world.ctx, &off).unwrap();
    let message = message(&world, "1");
    assert_eq!(code(&refused(&mut world, &message)), ("transfer", 7));
}
