use proto::ibc::core::channel::v1::{MsgAcknowledgement, MsgTimeout};

use super::*;
use crate::app::bank;
use crate::app::ibc::channel::testing::{World, account, code};
use crate::app::transfer::{Denom, escrow_address, total_escrow};

const SUCCESS: &[u8] = b"{\"result\":\"AQ==\"}";
const FAILURE: &[u8] = b"{\"error\":\"ABCI code: 5: error handling packet: see events for details\"}";

fn world() -> World {
    World::open_on("transfer", Order::Unordered, VERSION)
}

fn data(world: &World, denom: &str, amount: &str, sender: &str, receiver: &str) -> Vec<u8> {
    let (sender, receiver) = (world.ctx.text_of(&account(sender)), world.ctx.text_of(&account(receiver)));
    format!("{{\"denom\":\"{denom}\",\"amount\":\"{amount}\",\"sender\":\"{sender}\",\"receiver\":\"{receiver}\"}}")
        .into_bytes()
}

fn balance(world: &mut World, owner: &str, denom: &str) -> u128 {
    bank::balance(&mut world.ctx, &account(owner), denom).unwrap()
}

fn receive(world: &mut World, sequence: u64, data: &[u8]) -> String {
    let message = world.recv_message(&world.incoming(sequence, data));
    world.ctx.events.clear();
    world.deliver(&message).unwrap();
    let written = world.ctx.events.iter().find(|event| event.kind == "write_acknowledgement").unwrap();
    String::from_utf8(hex::decode(written.value("packet_ack_hex").unwrap()).unwrap()).unwrap()
}

/// Escrows by the module's own rule, and sends the packet.
fn send(world: &mut World, denom: &str, amount: u128) -> (Packet, Vec<u8>) {
    let data = data(world, denom, &amount.to_string(), "alice", "bob");
    relay::send(&mut world.ctx, "transfer", "channel-0", &Denom::from_path(denom), amount, &account("alice")).unwrap();
    (world.send(&data), data)
}

#[test]
fn tokens_of_another_chain_become_vouchers() {
    let mut world = world();
    let data = data(&world, "uatom", "12", "alice", "bob");
    assert_eq!(receive(&mut world, 1, &data).as_bytes(), SUCCESS);
    let voucher = Denom::from_path("transfer/channel-0/uatom");
    assert_eq!(balance(&mut world, "bob", &voucher.ibc_denom()), 12);
    assert!(bank::has_denom_metadata(&mut world.ctx, &voucher.ibc_denom()).unwrap());
    assert!(state::has_denom(&mut world.ctx, &voucher).unwrap());
    assert_eq!(world.kinds(), ["recv_packet", "denomination", "fungible_token_packet", "write_acknowledgement"]);
    let event = world.ctx.events.iter().find(|event| event.kind == "fungible_token_packet").unwrap();
    let attributes: Vec<_> = event.attributes.iter().map(|attribute| (&*attribute.key, &*attribute.value)).collect();
    assert_eq!(
        attributes.iter().map(|(key, _)| *key).collect::<Vec<_>>(),
        ["sender", "receiver", "denom", "amount", "memo", "success"]
    );
    assert_eq!(attributes[2..], [("denom", "uatom"), ("amount", "12"), ("memo", ""), ("success", "true")]);
}

#[test]
fn tokens_that_come_back_leave_escrow() {
    let mut world = world();
    world.fund(&account("alice"), "stake", 20);
    send(&mut world, "stake", 15);
    assert_eq!(total_escrow(&mut world.ctx, "stake").unwrap(), 15);
    let data = data(&world, "transfer/channel-1/stake", "15", "bob", "carol");
    assert_eq!(receive(&mut world, 1, &data).as_bytes(), SUCCESS);
    assert_eq!(balance(&mut world, "carol", "stake"), 15);
    assert_eq!(total_escrow(&mut world.ctx, "stake").unwrap(), 0);
}

#[test]
fn more_than_is_in_escrow_is_answered_with_a_code_and_moves_nothing() {
    let mut world = world();
    world.fund(&account("alice"), "stake", 20);
    send(&mut world, "stake", 15);
    let data = data(&world, "transfer/channel-1/stake", "16", "bob", "carol");
    assert_eq!(receive(&mut world, 1, &data).as_bytes(), FAILURE);
    assert_eq!(balance(&mut world, "carol", "stake"), 0);
    let event = world.ctx.events.iter().find(|event| event.kind == "ibccallbackerror-fungible_token_packet").unwrap();
    assert_eq!(event.value("ibccallbackerror-success"), Some("false"));
    assert!(
        event.value("ibccallbackerror-error").unwrap().starts_with("unable to unescrow tokens, this may be caused by")
    );
}

#[test]
fn packet_data_that_is_none_is_answered_with_a_code() {
    let mut world = world();
    assert_eq!(
        receive(&mut world, 1, b"mock"),
        "{\"error\":\"ABCI code: 12: error handling packet: see events for details\"}"
    );
    let no_address = br#"{"denom":"uatom","amount":"1","sender":"a","receiver":"b"}"#;
    assert_eq!(
        receive(&mut world, 2, no_address),
        "{\"error\":\"ABCI code: 5: error handling packet: see events for details\"}"
    );
}

#[test]
fn module_accounts_receive_nothing() {
    let mut world = world();
    let blocked = crate::app::address::Address::of_module("distribution");
    assert!(bank::is_blocked(&blocked));
    let receiver = world.ctx.text_of(&blocked);
    let data = format!("{{\"denom\":\"uatom\",\"amount\":\"1\",\"sender\":\"a\",\"receiver\":\"{receiver}\"}}");
    assert_eq!(
        receive(&mut world, 1, data.as_bytes()),
        "{\"error\":\"ABCI code: 2: error handling packet: see events for details\"}"
    );
}

#[test]
fn a_coin_that_no_chain_can_name_ends_the_message_as_a_panic() {
    let mut world = world();
    let data = data(&world, "transfer/channel-1/a", "1", "alice", "bob");
    let message = world.recv_message(&world.incoming(1, &data));
    let refused = world.deliver(&message).unwrap_err();
    assert_eq!(code(&refused), ("undefined", 111_222));
}

#[test]
fn a_failure_is_refunded_and_a_success_is_not() {
    let mut world = world();
    world.fund(&account("alice"), "stake", 20);
    let (failed, _) = send(&mut world, "stake", 5);
    let (done, _) = send(&mut world, "stake", 7);
    let message = world.ack_message(&done, SUCCESS);
    world.deliver(&message).unwrap();
    assert_eq!(balance(&mut world, "alice", "stake"), 8);
    assert_eq!(world.kinds(), ["acknowledge_packet", "fungible_token_packet", "fungible_token_packet"]);
    assert_eq!(world.ctx.events.last().unwrap().value("success"), Some("\u{1}"));
    let shown = world.ctx.events.iter().find_map(|event| event.value("acknowledgement")).unwrap();
    assert_eq!(shown, "result:\"\\001\" ");

    let message: MsgAcknowledgement = world.ack_message(&failed, FAILURE);
    world.deliver(&message).unwrap();
    assert_eq!(balance(&mut world, "alice", "stake"), 13);
    assert_eq!(total_escrow(&mut world.ctx, "stake").unwrap(), 7);
}

#[test]
fn a_timeout_is_refunded() {
    let mut world = world();
    world.fund(&account("alice"), "stake", 20);
    let (packet, _) = send(&mut world, "stake", 5);
    let message: MsgTimeout = world.timeout_message(&packet, None, 100);
    world.deliver(&message).unwrap();
    assert_eq!(balance(&mut world, "alice", "stake"), 20);
    assert_eq!(world.kinds(), ["timeout_packet", "timeout"]);
    let event = world.ctx.events.iter().find(|event| event.kind == "timeout").unwrap();
    let keys: Vec<_> = event.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(keys, ["receiver", "refund_tokens", "memo"]);
    assert_eq!(event.value("refund_tokens"), Some(r#"{"denom":{"base":"stake","trace":null},"amount":"5"}"#));
}

#[test]
fn burnt_vouchers_are_made_anew_for_a_refund() {
    let mut world = world();
    let arriving = data(&world, "uatom", "12", "bob", "alice");
    receive(&mut world, 1, &arriving);
    let voucher = Denom::from_path("transfer/channel-0/uatom");
    let (packet, _) = send(&mut world, "transfer/channel-0/uatom", 12);
    assert_eq!(balance(&mut world, "alice", &voucher.ibc_denom()), 0);
    let escrow = escrow_address(&"transfer".parse().unwrap(), &"channel-0".parse().unwrap());
    assert_eq!(bank::balance(&mut world.ctx, &escrow, &voucher.ibc_denom()).unwrap(), 0);
    let message = world.timeout_message(&packet, None, 100);
    world.deliver(&message).unwrap();
    assert_eq!(balance(&mut world, "alice", &voucher.ibc_denom()), 12);
}

#[test]
fn an_acknowledgement_that_means_nothing_is_refused_for_ever() {
    let mut world = world();
    world.fund(&account("alice"), "stake", 20);
    let (packet, _) = send(&mut world, "stake", 5);
    for (bytes, expected) in [(b"\x01".as_slice(), ("ibc", 4)), (b"{}".as_slice(), ("ibc", 12))] {
        let message = world.ack_message(&packet, bytes);
        let refused = world.deliver(&message).unwrap_err();
        assert_eq!(code(&refused), expected);
        assert!(refused.log.starts_with("acknowledge packet callback failed: "));
    }
}
