//! Nothing that comes from outside brings a chain down: transactions and requests that are almost good ones.
//!
//! A story is played that has messages of all kinds. Then each of its transactions is sent once more to the chain as it
//! was before it, with one field of one message changed, signed as it should be.

mod mutant;

use std::collections::BTreeSet;
use std::time::Duration;

use lightship_devnet::account::{Account, TxOptions};
use lightship_devnet::app::bank::Coin;
use lightship_devnet::app::kind::QueryKind;
use lightship_devnet::app::{AbciQuery, auth, bank, ibc, transfer};
use lightship_devnet::chain::Chain;
use proto::Message;
use proto::cosmos::bank::v1beta1::{Input, MsgMultiSend, MsgSend, Output};
use proto::cosmos::base::v1beta1::Coin as RawCoin;
use proto::cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw};
use proto::google::protobuf::Any;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use types::message::{MsgChannelCloseConfirm, MsgChannelCloseInit, MsgTimeoutOnClose};
use types::wire::pack;
use types::{Order, Sequence, Timestamp, host};

use crate::world::packet::sent;
use crate::world::{Side, World};

/// How many mutants are made of each transaction.
const MUTANTS: usize = 40;

/// All four endings of transfers.
fn transfers() -> World {
    let mut world = World::with_transfer();
    let packet = world.send(100, &world.user_text(), world.late());
    let acknowledgement = world.deliver(&packet);
    let messages = vec![world.update(Side::A), world.acknowledgement(&packet, acknowledgement)];
    world.relay(Side::A, messages);
    let packet = world.send(1, &world.user_text(), Timestamp(world.now.0 + 20_000_000_000));
    world.wait(Duration::from_secs(30));
    world.tick();
    world.tick();
    let messages = vec![world.update(Side::A), world.timeout(&packet)];
    world.relay(Side::A, messages);
    world
}

/// A channel that is closed while a packet is under way, and what has no ending: payments, and messages of clients that
/// are refused.
fn closings() -> World {
    let mut world = World::with_channel("probe", "probe-1", Order::Ordered);
    let (relayer, channel) = (world.relayer(), world.channel(Side::A));
    let memo = format!(
        r#"{{"probe":{{"send":{{"port":"probe","channel":"{channel}","data":"AQ==","timeout_height":"0-0","timeout_timestamp":{}}}}}}}"#,
        world.late().0
    );
    let coin = || vec![RawCoin { denom: "token".to_owned(), amount: "7".to_owned() }];
    let (payer, payee) = (world.signer().to_string(), world.user_text());
    let send = MsgSend { from_address: payer.clone(), to_address: payee.clone(), amount: coin() };
    let result = world.run_with(Side::A, &relayer, vec![pack(&send)], |options| options.memo = memo);
    let packet = sent(&result);
    let inputs = vec![Input { address: payer, coins: coin() }];
    let outputs = vec![Output { address: payee, coins: coin() }];
    world.run(Side::A, &relayer, vec![pack(&MsgMultiSend { inputs, outputs })]);

    let port = packet.destination_port.clone();
    let close = MsgChannelCloseInit { port: port.clone(), channel: world.channel(Side::B), signer: world.signer() };
    world.run(Side::B, &relayer, vec![close.into()]);
    world.tick();
    let update = world.update(Side::A);
    let key = host::next_sequence_recv_key(&port, &world.channel(Side::B));
    let end = host::channel_end_key(&port, &world.channel(Side::B));
    let timeout = MsgTimeoutOnClose {
        packet,
        proof: world.proof(Side::B, &key),
        proof_close: world.proof(Side::B, &end).bytes,
        next_sequence_recv: Sequence(1),
        counterparty_upgrade_sequence: 0,
        signer: world.signer(),
    };
    world.run(Side::A, &relayer, vec![update, timeout.into()]);
    let confirm = MsgChannelCloseConfirm {
        port,
        channel,
        proof: world.proof(Side::B, &end),
        counterparty_upgrade_sequence: 0,
        signer: world.signer(),
    };
    world.run(Side::A, &relayer, vec![confirm.into()]);
    of_clients(&mut world);
    world
}

/// Messages of clients that no story needs; that they are refused is right.
fn of_clients(world: &mut World) {
    use proto::ibc::core::client::v1::{MsgRecoverClient, MsgSubmitMisbehaviour, MsgUpdateClient, MsgUpgradeClient};
    use proto::ibc::lightclients::tendermint::v1::{ClientState, ConsensusState, Header, Misbehaviour};
    let (relayer, signer) = (world.relayer(), world.signer().to_string());
    let client_id = world.client(Side::A).to_string();
    let Any { value, .. } = world.update(Side::A);
    let update = MsgUpdateClient::decode(value.as_slice()).unwrap().client_message.unwrap();
    let header = Header::decode(update.value.as_slice()).unwrap();
    #[expect(deprecated, reason = "ibc-go still looks whether it is an identifier")]
    let misbehaviour =
        Misbehaviour { client_id: client_id.clone(), header_1: Some(header.clone()), header_2: Some(header) };
    let misbehaviour = Some(pack(&misbehaviour));
    let submit = MsgSubmitMisbehaviour { client_id: client_id.clone(), misbehaviour, signer: signer.clone() };
    world.run(Side::A, &relayer, vec![pack(&submit)]);

    let key = host::client_state_key(&world.client(Side::A));
    let query = AbciQuery { path: "/store/ibc/key".to_owned(), data: key.into_bytes(), height: 0, prove: false };
    let any = Any::decode(world.chain(Side::A).query(&query).value.unwrap().as_slice()).unwrap();
    let mut state = ClientState::decode(any.value.as_slice()).unwrap();
    state.latest_height.as_mut().unwrap().revision_height += 100;
    let proof = world.proof(Side::B, &host::connection_key(&world.connection(Side::B))).bytes;
    let upgrade = MsgUpgradeClient {
        client_id: client_id.clone(),
        client_state: Some(pack(&state)),
        consensus_state: Some(pack(&ConsensusState::default())),
        proof_upgrade_client: proof.clone(),
        proof_upgrade_consensus_state: proof,
        signer: signer.clone(),
    };
    world.run(Side::A, &relayer, vec![pack(&upgrade)]);
    let recover =
        MsgRecoverClient { subject_client_id: client_id, substitute_client_id: "07-tendermint-9".to_owned(), signer };
    world.run(Side::A, &relayer, vec![pack(&recover)]);
}

/// A transaction of a chain, and the chain before it.
struct Told {
    before: Chain,
    body: TxBody,
    auth_info: AuthInfo,
}

fn told(chain: &Chain) -> impl Iterator<Item = Told> {
    let blocks = (chain.initial_height() + 1..=chain.height()).filter_map(|height| chain.block(height));
    blocks.flat_map(|block| {
        block.txs.iter().map(|tx| {
            let raw = TxRaw::decode(&**tx).unwrap();
            Told {
                before: chain.fork(block.header.height.value() - 1).unwrap(),
                body: TxBody::decode(raw.body_bytes.as_slice()).unwrap(),
                auth_info: AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap(),
            }
        })
    })
}

impl Told {
    /// The same by the same signer, with another body.
    fn sign(&self, world: &World, messages: Vec<Any>, memo: String, gas_limit: u64) -> Vec<u8> {
        let fee = self.auth_info.fee.clone().unwrap();
        let info = &self.auth_info.signer_infos[0];
        let key = &info.public_key.as_ref().unwrap().value[2..];
        let signer: &Account = if world.user.public_key() == *key { &world.user } else { &world.relayer };
        let address = proto::cosmos::auth::v1beta1::QueryAccountRequest { address: signer.address().to_text("cosmos") };
        let path = "/cosmos.auth.v1beta1.Query/Account".to_owned();
        let answer = self.before.query(&AbciQuery { path, data: address.encode_to_vec(), height: 0, prove: false });
        let answer = proto::cosmos::auth::v1beta1::QueryAccountResponse::decode(answer.value.unwrap().as_slice())
            .unwrap()
            .account;
        let account = proto::cosmos::auth::v1beta1::BaseAccount::decode(answer.unwrap().value.as_slice()).unwrap();
        let coin = |coin: &RawCoin| Coin::new(coin.denom.clone(), coin.amount.parse().unwrap());
        let options = TxOptions {
            chain_id: self.before.id().clone(),
            account_number: account.account_number,
            sequence: info.sequence,
            fee: fee.amount.iter().map(coin).collect(),
            // Some end where their gas does.
            gas_limit,
            memo,
            timeout_height: 0,
        };
        signer.sign(messages, &options)
    }

    /// Checked, simulated, delivered: on copies, which go on afterwards.
    fn send(&self, tx: Vec<u8>, now: Timestamp) -> u32 {
        let mut chain = self.before.clone();
        let query = AbciQuery { path: "/app/simulate".to_owned(), data: tx.clone(), height: 0, prove: false };
        chain.query(&query);
        // CheckTx may refuse it; the proposer does not mind.
        chain.offer(tx.clone().into()).unwrap();
        chain.make_block_of(vec![tx.into()], now).unwrap();
        let result = chain.block(chain.height()).unwrap().results[0].clone();
        // What is a panic in Go passes by all who wrap errors.
        for (code, codespace, begins) in
            [(11, "sdk", "out of gas in location: "), (111_222, "undefined", "recovered: ")]
        {
            let is_it = (result.code, result.codespace.as_str()) == (code, codespace);
            assert!(!is_it || result.log.starts_with(begins), "{}", result.log);
        }
        chain.make_block(now);
        result.code
    }
}

#[test]
fn no_mutant_of_a_transaction_brings_a_chain_down() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let (mut kinds, mut taken, mut refused) = (BTreeSet::new(), 0, 0);
    for world in [transfers(), closings()] {
        for told in [Side::A, Side::B].into_iter().flat_map(|side| told(world.chain(side))) {
            kinds.extend(told.body.messages.iter().map(|message| message.type_url.clone()));
            for _ in 0..MUTANTS {
                let (mut messages, mut memo) = (told.body.messages.clone(), told.body.memo.clone());
                let place = random.gen_range(0..messages.len());
                messages[place].value = mutant::of(&messages[place].value, &mut random);
                if !memo.is_empty() && random.gen_bool(0.5) {
                    memo = String::from_utf8_lossy(&mutant::of(memo.as_bytes(), &mut random)).into_owned();
                }
                let gas_limit = if random.gen_bool(0.8) { 20_000_000 } else { random.gen_range(60_000..300_000) };
                match told.send(told.sign(&world, messages, memo, gas_limit), world.now) {
                    0 => taken += 1,
                    _ => refused += 1,
                }
            }
        }
    }
    // The mutants are neither all good nor all bad, and the story has all that the chain knows.
    assert!(taken > 50 && refused > 500, "{taken} {refused}");
    let all = [bank::MESSAGES, ibc::client::MESSAGES, ibc::connection::MESSAGES, ibc::channel::MESSAGES];
    let all = all.into_iter().chain([transfer::MESSAGES]).flatten();
    let missing: Vec<_> = all.map(|kind| kind.url).filter(|url| !kinds.contains(*url)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn no_bytes_bring_the_reader_of_transactions_down() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let world = transfers();
    let chain = world.chain(Side::A);
    let txs = (1..=chain.height()).filter_map(|height| chain.block(height)).flat_map(|block| &block.txs);
    let mut chain = chain.clone();
    for tx in txs {
        for _ in 0..MUTANTS {
            let mutant = mutant::of(tx, &mut random);
            chain.query(&AbciQuery { path: "/app/simulate".to_owned(), data: mutant.clone(), height: 0, prove: false });
            // One that the mempool knows is no news either.
            drop(chain.offer(mutant.clone().into()));
            chain.make_block_of(vec![mutant.into()], world.now).unwrap();
        }
    }
}

#[test]
fn no_request_brings_a_query_down() {
    const OTHERS: [&str; 12] = [
        "/cosmos.tx.v1beta1.Service/Simulate",
        "/cosmos.upgrade.v1beta1.Query/CurrentPlan",
        "/cosmos.base.node.v1beta1.Service/Config",
        "/cosmos.staking.v1beta1.Query/Params",
        "/store/ibc/key",
        "/store/ibc/subspace",
        "/store/nothing/key",
        "/app/simulate",
        "/app",
        "/p2p/filter/addr/1",
        "store//",
        "",
    ];
    let all: [&[QueryKind]; 6] = [
        auth::QUERIES,
        bank::QUERIES,
        ibc::client::QUERIES,
        ibc::connection::QUERIES,
        ibc::channel::QUERIES,
        transfer::QUERIES,
    ];
    let paths = all.into_iter().flatten().map(|kind| kind.path).chain(OTHERS);
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let world = transfers();
    let chain = world.chain(Side::A);
    for path in paths {
        let mut answered = BTreeSet::new();
        for _ in 0..200 {
            let height = [0, 1, chain.height(), chain.height() + 1, u64::MAX][random.gen_range(0..5)];
            let data = mutant::made_up(&mut random);
            let answer =
                chain.query(&AbciQuery { path: path.to_owned(), data: data.clone(), height, prove: random.r#gen() });
            answered.insert(answer.code);
            drop(chain.app().ask(path, &data, height));
        }
        assert!(!answered.is_empty());
    }
}
