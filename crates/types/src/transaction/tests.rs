use proto::cosmos::tx::v1beta1::TxBody;
use proto::ibc::core::channel::v1::Packet;

use super::*;
use crate::message::MsgUpdateClient;
use crate::wire::pack;

fn update(signer: &str) -> Any {
    let client_message = Any { type_url: "/ibc.lightclients.tendermint.v1.Header".to_owned(), value: vec![1, 2, 3] };
    MsgUpdateClient { client: "07-tendermint-3".parse().unwrap(), client_message, signer: signer.into() }.into()
}

fn exec(grantee: &str, msgs: Vec<Any>) -> Any {
    pack(&MsgExec { grantee: grantee.to_owned(), msgs })
}

fn recv(port: &str, messages: Vec<Any>) -> Any {
    let data = STANDARD.encode(CosmosTx { messages }.encode_to_vec());
    let data = format!(r#"{{"data":"{data}","memo":"","type":"TYPE_EXECUTE_TX"}}"#).into_bytes();
    let packet = Packet { destination_port: port.to_owned(), data, ..Packet::default() };
    pack(&MsgRecvPacket { packet: Some(packet), signer: "relayer".to_owned(), ..MsgRecvPacket::default() })
}

fn transaction(messages: Vec<Any>) -> Vec<u8> {
    let body_bytes = TxBody { messages, memo: "hello".to_owned(), ..TxBody::default() }.encode_to_vec();
    TxRaw { body_bytes, auth_info_bytes: vec![1], signatures: vec![vec![2]] }.encode_to_vec()
}

/// Signer and sender of each.
fn found(messages: Vec<Any>) -> Vec<(String, String)> {
    client_updates(&transaction(messages)).into_iter().map(|update| (update.signer, update.sender)).collect()
}

fn pair(signer: &str, sender: &str) -> (String, String) {
    (signer.to_owned(), sender.to_owned())
}

#[test]
fn updates_are_found_in_their_order_among_other_messages() {
    let other = Any { type_url: "/cosmos.bank.v1beta1.MsgSend".to_owned(), value: vec![0xff] };
    let updates = client_updates(&transaction(vec![update("alice"), other, update("bob")]));
    assert_eq!(updates.iter().map(|update| update.signer.as_str()).collect::<Vec<_>>(), ["alice", "bob"]);
    assert_eq!(updates[0].client.as_str(), "07-tendermint-3");
    assert_eq!(updates[0].client_message.value, [1, 2, 3]);
}

#[test]
fn a_submitted_misbehaviour_of_older_chains_is_one_too() {
    let misbehaviour = Any { type_url: "/ibc.lightclients.tendermint.v1.Misbehaviour".to_owned(), value: vec![7] };
    let message = raw::MsgSubmitMisbehaviour {
        client_id: "07-tendermint-3".to_owned(),
        misbehaviour: Some(misbehaviour.clone()),
        signer: "alice".to_owned(),
    };
    let updates = client_updates(&transaction(vec![pack(&message)]));
    assert_eq!(updates.into_iter().map(|update| update.client_message).collect::<Vec<_>>(), [misbehaviour]);
}

#[test]
fn what_was_executed_for_another_tells_both() {
    assert_eq!(found(vec![exec("bob", vec![update("alice")])]), [pair("alice", "bob")]);
    let nested = exec("carol", vec![exec("bob", vec![update("alice")]), update("dave")]);
    assert_eq!(found(vec![nested]), [pair("alice", "carol"), pair("dave", "carol")]);
}

#[test]
fn an_interchain_account_updates_by_a_packet() {
    assert_eq!(found(vec![recv("icahost", vec![update("account")])]), [pair("account", "relayer")]);
    assert_eq!(found(vec![recv("icahost", vec![exec("account", vec![update("alice")])])]), [pair("alice", "relayer")]);
    assert_eq!(found(vec![recv("transfer", vec![update("account")])]), []);
}

#[test]
fn messages_are_read_as_deep_as_a_chain_reads_them() {
    let nested = |depth: u32| (0..depth).fold(update("alice"), |inner, _| exec("bob", vec![inner]));
    assert_eq!(found(vec![nested(DEPTH_MAX - 1)]).len(), 1);
    assert_eq!(found(vec![nested(DEPTH_MAX)]).len(), 0);
}

#[test]
fn a_memo_that_is_no_text_hides_nothing() {
    let mut body_bytes = TxBody { messages: vec![update("alice")], ..TxBody::default() }.encode_to_vec();
    body_bytes.extend([0x12, 2, 0xff, 0xfe]);
    assert!(TxBody::decode(body_bytes.as_slice()).is_err(), "the memo is a text");
    let transaction = TxRaw { body_bytes, ..TxRaw::default() }.encode_to_vec();
    assert_eq!(client_updates(&transaction).len(), 1);
}

#[test]
fn an_update_that_names_no_client_or_brings_nothing_is_none() {
    let nothing = raw::MsgUpdateClient {
        client_id: "07-tendermint-3".to_owned(),
        client_message: None,
        signer: "alice".to_owned(),
    };
    let of_nobody = raw::MsgUpdateClient { client_id: "!".to_owned(), ..nothing.clone() };
    assert_eq!(found(vec![pack(&nothing), pack(&of_nobody)]), []);
}

#[test]
fn a_transaction_is_known_by_its_hash() {
    assert_eq!(hash(b"abc"), "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
}
