//! What ibc-go refuses is refused here, with its codes and in its words.

use std::time::Duration;

use lightship_devnet::app::TxResult;
use lightship_devnet::chain::Attack;
use proto::Message;
use proto::ibc::core::commitment::v1::MerkleProof;
use proto::ics23::commitment_proof::Proof;
use tendermint::block::CommitSig;
use types::Timestamp;
use types::event::IbcEvent;
use types::message::{Any, MsgRecvPacket};

use crate::attacks;
use crate::world::{CLOCK_DRIFT, FUNDS, Side, TRUSTING_PERIOD, World, ibc_events};

/// Refused, with this codespace, this code, and this in the log.
#[track_caller]
fn refused(result: &TxResult, codespace: &str, code: u32, says: &str) {
    assert_eq!((result.codespace.as_str(), result.code), (codespace, code), "{}", result.log);
    assert!(result.log.contains(says), "{says:?} is not in: {}", result.log);
}

fn run(world: &mut World, side: Side, messages: Vec<Any>) -> TxResult {
    let relayer = world.relayer();
    world.run(side, &relayer, messages)
}

#[test]
fn a_wrong_signature_is_refused() {
    let mut world = World::with_clients();
    let (relayer, update) = (world.relayer(), world.update(Side::A));
    let result = world.run_with(Side::A, &relayer, vec![update], |options| options.account_number += 1);
    refused(&result, "sdk", 4, "signature verification failed; please verify account number (");
}

#[test]
fn a_wrong_sequence_is_refused() {
    let mut world = World::with_clients();
    let (relayer, update) = (world.relayer(), world.update(Side::A));
    let expected = world.options(Side::A, &relayer).sequence;
    let says = format!("account sequence mismatch, expected {expected}, got {}", expected + 3);
    let result = world.run_with(Side::A, &relayer, vec![update], |options| options.sequence += 3);
    refused(&result, "sdk", 32, &says);
}

#[test]
fn too_little_fee_is_refused() {
    let mut world = World::with_clients();
    let (relayer, update) = (world.relayer(), world.update(Side::A));
    let result = world.run_with(Side::A, &relayer, vec![update], |options| options.fee[0].amount = 1);
    refused(&result, "sdk", 13, "insufficient fees; got: 1stake required: 20000stake");
}

#[test]
fn out_of_gas_in_a_block_is_refused_and_the_fee_is_kept() {
    let mut world = World::with_transfer();
    let (user, transfer) = (world.user.clone(), world.transfer(1, &world.user_text(), world.late()));
    let fee = world.options(Side::A, &user).fee[0].amount;
    let held = [world.balance(Side::A, &user, "stake"), world.balance(Side::A, &user, "token")];
    let result = world.run_with(Side::A, &user, vec![transfer], |options| options.gas_limit = 80_000);
    refused(&result, "sdk", 11, "out of gas in location: ");
    assert!(result.gas_used > result.gas_wanted, "{} of {}", result.gas_used, result.gas_wanted);
    assert!(result.events.iter().any(|event| event.value("acc_seq").is_some()), "{:?}", result.events);
    let left = [world.balance(Side::A, &user, "stake"), world.balance(Side::A, &user, "token")];
    assert_eq!(left, [held[0] - fee, held[1]]);
}

#[test]
fn a_forged_proof_is_refused() {
    let mut world = World::with_transfer();
    let packet = world.send(1, &world.user_text(), world.late());
    let update = world.update(Side::B);
    // The proof is true, the packet is not: it promises more.
    let mut greedy = packet.clone();
    let data = String::from_utf8(greedy.data.to_vec()).unwrap().replace(r#""amount":"1""#, r#""amount":"9""#);
    greedy.data = data.into_bytes().into();
    let recv = world.recv(&greedy);
    let result = run(&mut world, Side::B, vec![update, recv]);
    refused(&result, "commitment", 2, "couldn't verify counterparty packet commitment");

    // The packet is true, a byte of the proof is not.
    let update = world.update(Side::B);
    let mut recv = MsgRecvPacket {
        packet: packet.clone(),
        proof: world
            .proof(Side::A, &types::host::commitment_key(&packet.source_port, &packet.source_channel, packet.sequence)),
        signer: world.signer(),
    };
    let mut proof = MerkleProof::decode(recv.proof.bytes.as_slice()).unwrap();
    let Some(Proof::Exist(exist)) = &mut proof.proofs[0].proof else { panic!("{proof:?}") };
    exist.value[0] ^= 1;
    recv.proof.bytes = proof.encode_to_vec();
    let result = run(&mut world, Side::B, vec![update, recv.into()]);
    refused(&result, "commitment", 2, "couldn't verify counterparty packet commitment");
}

#[test]
fn an_expired_client_is_refused() {
    let mut world = World::with_transfer();
    let packet = world.send(1, &world.user_text(), Timestamp(world.now.0 * 2));
    world.relay(Side::B, vec![world.update(Side::B)]);
    let recv = world.recv(&packet);
    world.wait(TRUSTING_PERIOD + Duration::from_secs(60));
    world.tick();
    assert_eq!(world.client_status(Side::B), "Expired");
    let update = world.update(Side::B);
    let result = run(&mut world, Side::B, vec![update]);
    refused(&result, "client", 29, "cannot update client (07-tendermint-0) with status Expired");
    let result = run(&mut world, Side::B, vec![recv]);
    refused(&result, "client", 29, "cannot call verify membership on client (07-tendermint-0) with status Expired");
}

#[test]
fn a_replayed_packet_is_refused_by_check_tx_and_changes_nothing_in_a_block() {
    let mut world = World::with_transfer();
    let packet = world.send(1, &world.user_text(), world.late());
    world.deliver(&packet);
    let messages = vec![world.update(Side::B), world.recv(&packet)];
    let result = run(&mut world, Side::B, messages);
    refused(&result, "channel", 22, "packet messages are redundant");

    // Beside a message of another kind it passes, and is a no-op.
    let messages = vec![world.update(Side::B), world.recv(&packet)];
    let user = world.user.clone();
    let before = world.balance(Side::B, &user, &world.voucher());
    let pay = types::wire::pack(&proto::cosmos::bank::v1beta1::MsgSend {
        from_address: world.signer().to_string(),
        to_address: world.user_text(),
        amount: vec![proto::cosmos::base::v1beta1::Coin { denom: "token".to_owned(), amount: "1".to_owned() }],
    });
    let result = run(&mut world, Side::B, messages.into_iter().chain([pay]).collect());
    assert_eq!(result.code, 0, "{}", result.log);
    assert!(matches!(ibc_events(&result).as_slice(), [IbcEvent::UpdateClient { .. }]), "{:?}", result.events);
    assert_eq!(world.balance(Side::B, &user, &world.voucher()), before);
    assert_eq!(world.balance(Side::B, &user, "token"), FUNDS + 1);
}

#[test]
fn a_premature_timeout_is_refused() {
    let mut world = World::with_transfer();
    let packet = world.send(1, &world.user_text(), world.late());
    let messages = vec![world.update(Side::A), world.timeout(&packet)];
    let result = run(&mut world, Side::A, messages);
    refused(&result, "channel", 39, "packet timeout not reached");
}

#[test]
fn a_header_from_the_future_is_refused() {
    let mut world = World::with_clients();
    // Chain B alone goes on, its clock ahead of that of chain A by more than the drift; a block's time is of the votes
    // of the one before.
    let ahead = Timestamp(world.now.0 + u64::try_from((CLOCK_DRIFT * 2).as_nanos()).unwrap());
    world.chain_mut(Side::B).make_block(ahead);
    world.chain_mut(Side::B).make_block(ahead);
    let update = world.update(Side::A);
    let result = run(&mut world, Side::A, vec![update]);
    refused(&result, "undefined", 1, "new header has a time from the future");
}

#[test]
fn a_header_signed_by_too_little_power_is_refused() {
    let mut world = World::with_clients();
    let mut header = world.header(Side::A);
    for signature in header.signed_header.commit.signatures.iter_mut().take(2) {
        *signature = CommitSig::BlockIdFlagAbsent;
    }
    let update = world.update_with(Side::A, header);
    let result = run(&mut world, Side::A, vec![update]);
    refused(&result, "undefined", 1, "insufficient voting power: got 20, needed more than 26");
}

#[test]
fn a_frozen_client_is_refused() {
    let mut world = World::with_transfer();
    let packet = world.send(1, &world.user_text(), world.late());
    world.relay(Side::B, vec![world.update(Side::B)]);
    let recv = world.recv(&packet);
    // The same height again, with another app hash: only the validators of the chain can make such a header.
    let height = world.client_height(Side::B);
    let fork = attacks::fork(world.chain(Side::A), Attack::Lunatic, height.revision_height);
    let header = world.header_from(&fork, height.revision_height, world.created(Side::B));
    let update = world.update_with(Side::B, header);
    let events = world.relay(Side::B, vec![update]);
    assert!(matches!(events.as_slice(), [IbcEvent::ClientMisbehaviour { .. }]), "{events:?}");
    assert_eq!(world.client_status(Side::B), "Frozen");

    let update = world.update(Side::B);
    let result = run(&mut world, Side::B, vec![update]);
    refused(&result, "client", 29, "cannot update client (07-tendermint-0) with status Frozen");
    let result = run(&mut world, Side::B, vec![recv]);
    refused(&result, "client", 29, "cannot call verify membership on client (07-tendermint-0) with status Frozen");
}
