mod ante;
mod block;
mod golden;
mod query;

use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};
use proto::Message;
use proto::cosmos::bank::v1beta1::MsgSend;
use proto::cosmos::base::v1beta1::Coin as RawCoin;
use proto::cosmos::crypto::secp256k1::PubKey;
use proto::cosmos::tx::v1beta1::mode_info::{Single, Sum};
use proto::cosmos::tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw};
use proto::google::protobuf::Any;
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};

use super::address::Address;
use super::bank::Coin;
use super::*;

/// A user of the tests.
struct User {
    key: SigningKey,
    number: u64,
}

/// What stands around the messages.
#[derive(Clone)]
struct Envelope {
    sequence: u64,
    gas: u64,
    fee: u128,
    memo: String,
    timeout_height: u64,
    chain_id: String,
    mode: i32,
}

impl Default for Envelope {
    fn default() -> Self {
        Self {
            sequence: 0,
            gas: 200_000,
            fee: 200,
            memo: String::new(),
            timeout_height: 0,
            chain_id: "test-1".to_owned(),
            mode: 1,
        }
    }
}

impl User {
    fn new(seed: u8, number: u64) -> Self {
        Self { key: SigningKey::from_slice(&[seed; 32]).unwrap(), number }
    }

    fn public_key(&self) -> Vec<u8> {
        self.key.verifying_key().to_encoded_point(true).as_bytes().to_vec()
    }

    fn address(&self) -> Address {
        Address(Ripemd160::digest(Sha256::digest(self.public_key())).to_vec())
    }

    fn text(&self) -> String {
        self.address().to_text("cosmos")
    }

    fn sends(&self, to: &Self, amount: u128) -> Any {
        let amount = vec![RawCoin { denom: "stake".to_owned(), amount: amount.to_string() }];
        types::wire::pack(&MsgSend { from_address: self.text(), to_address: to.text(), amount })
    }

    fn sign(&self, messages: Vec<Any>, envelope: &Envelope) -> Vec<u8> {
        sign_all(&[self], messages, envelope)
    }
}

/// A transaction of several signers, the first of whom pays.
fn sign_all(users: &[&User], messages: Vec<Any>, envelope: &Envelope) -> Vec<u8> {
    let Envelope { memo, timeout_height, .. } = envelope.clone();
    let body = TxBody { messages, memo, timeout_height, ..TxBody::default() }.encode_to_vec();
    let mode = Some(ModeInfo { sum: Some(Sum::Single(Single { mode: envelope.mode })) });
    let signer = |user: &&User| SignerInfo {
        public_key: Some(types::wire::pack(&PubKey { key: user.public_key() })),
        mode_info: mode.clone(),
        sequence: envelope.sequence,
    };
    let amount = RawCoin { denom: "stake".to_owned(), amount: envelope.fee.to_string() };
    let fee = Fee { amount: vec![amount], gas_limit: envelope.gas, ..Fee::default() };
    let auth_info =
        AuthInfo { signer_infos: users.iter().map(signer).collect(), fee: Some(fee), ..AuthInfo::default() };
    let auth_info = auth_info.encode_to_vec();
    let signatures = users.iter().map(|user| {
        let document = SignDoc {
            body_bytes: body.clone(),
            auth_info_bytes: auth_info.clone(),
            chain_id: envelope.chain_id.clone(),
            account_number: user.number,
        };
        let signature: Signature = user.key.sign(&document.encode_to_vec());
        signature.normalize_s().unwrap_or(signature).to_vec()
    });
    TxRaw { signatures: signatures.collect(), body_bytes: body, auth_info_bytes: auth_info }.encode_to_vec()
}

/// A chain with two users, one block old.
struct World {
    app: App,
    alice: User,
    bob: User,
}

impl World {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut Genesis)) -> Self {
        let (alice, bob) = (User::new(1, 0), User::new(2, 1));
        let mut genesis = Genesis::new("test-1".parse().unwrap());
        let coins = vec![Coin::new("stake", 1_000_000), Coin::new("token", 1_000)];
        genesis.accounts = vec![(alice.address(), coins.clone()), (bob.address(), coins)];
        change(&mut genesis);
        let mut world = Self { app: App::new(genesis), alice, bob };
        world.block(&[]);
        world
    }

    fn block(&mut self, txs: &[Vec<u8>]) -> Vec<TxResult> {
        let height = self.app.height() + 1;
        let txs: Vec<_> = txs.iter().cloned().map(Bytes::from).collect();
        let results = self.app.finalize_block(block_info(height), &txs);
        self.app.commit();
        results.txs
    }

    fn send(&self, amount: u128, envelope: &Envelope) -> Vec<u8> {
        self.alice.sign(vec![self.alice.sends(&self.bob, amount)], envelope)
    }

    fn check(&mut self, tx: &[u8]) -> TxResult {
        self.app.check_tx(tx, CheckKind::New)
    }

    fn balance(&mut self, of: &Address) -> u128 {
        self.app.edit(|ctx| bank::balance(ctx, of, "stake")).unwrap()
    }

    fn sequence(&mut self) -> u64 {
        let alice = self.alice.address();
        self.app.edit(|ctx| auth::account(ctx, &alice)).unwrap().unwrap().sequence
    }
}

fn block_info(height: u64) -> BlockInfo {
    BlockInfo {
        chain_id: "ignored".parse().unwrap(),
        height,
        time: Timestamp::from_seconds(1_700_000_000 + height),
        proposer: [1; 20],
        next_validators_hash: [2; 32],
    }
}

fn refused(result: &TxResult) -> (&str, u32, &str) {
    (&result.codespace, result.code, &result.log)
}
