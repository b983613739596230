use k256::ecdsa::VerifyingKey;
use k256::ecdsa::signature::Verifier;
use proto::cosmos::bank::v1beta1::MsgSend;
use serde_json::Value;

use super::*;
use crate::clock::Clock;
use crate::network::ChainSetup;

/// What the Go implementations gave, see `tests/vectors/golden/README.md`.
fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/golden/commitments.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

fn bytes(value: &Value, field: &str) -> Vec<u8> {
    hex::decode(text(value, field)).unwrap()
}

fn number(value: &Value, field: &str) -> u64 {
    text(value, field).parse().unwrap()
}

fn options(sequence: u64) -> TxOptions {
    TxOptions {
        chain_id: "x-1".parse().unwrap(),
        account_number: 3,
        sequence,
        fee: vec![Coin { denom: "stake".to_owned(), amount: u128::MAX }],
        gas_limit: 200_000,
        memo: "memo".to_owned(),
        timeout_height: 99,
    }
}

fn coins(text: &str) -> Vec<Coin> {
    let coins = text.split(',').filter(|coin| !coin.is_empty());
    coins
        .map(|coin| {
            let (amount, denom) = coin.split_at(coin.find(|letter: char| !letter.is_ascii_digit()).unwrap());
            Coin { denom: denom.to_owned(), amount: amount.parse().unwrap() }
        })
        .collect()
}

#[test]
fn phrases_give_the_keys_and_addresses_of_the_sdk() {
    let golden = golden();
    let accounts = golden["accounts"].as_array().unwrap().iter().filter(|account| account["hd_path"] == PATH);
    let mut count = 0;
    for golden in accounts {
        let account = Account::from_mnemonic("user", text(golden, "mnemonic"));
        assert_eq!(account.address().to_text("cosmos"), text(golden, "address"));
        assert_eq!(account.public_key().to_vec(), bytes(golden, "public_key"));
        assert_eq!(account.key.to_bytes().to_vec(), bytes(golden, "private_key"));
        assert_eq!(account.mnemonic(), text(golden, "mnemonic"));
        count += 1;
    }
    assert!(count >= 2);
}

#[test]
fn transactions_have_the_bytes_that_the_sdk_makes() {
    let golden = golden();
    let transactions = golden["transactions"].as_array().unwrap();
    assert!(!transactions.is_empty());
    for golden in transactions {
        let key = SigningKey::from_slice(&bytes(golden, "private_key")).unwrap();
        let account = Account { name: "user".to_owned(), mnemonic: String::new(), key };
        assert_eq!(account.address().to_text("cosmos"), text(golden, "address"));
        let messages = golden["messages"].as_array().unwrap().iter();
        let messages = messages
            .map(|message| Any { type_url: text(message, "type_url").to_owned(), value: bytes(message, "value") });
        let options = TxOptions {
            chain_id: text(golden, "chain_id").parse().unwrap(),
            account_number: number(golden, "account_number"),
            sequence: number(golden, "sequence"),
            fee: coins(text(golden, "fee")),
            gas_limit: number(golden, "gas_limit"),
            memo: text(golden, "memo").to_owned(),
            timeout_height: 0,
        };
        let tx = account.sign(messages.collect(), &options);
        assert_eq!(hex::encode(tx), text(golden, "tx_raw"));
    }
}

#[test]
fn a_name_and_a_seed_make_a_key_of_24_words() {
    let alice = Account::from_seed("alice", 7);
    assert_eq!(alice.name(), "alice");
    // The words of SHA-256("alice" and 7 in 8 bytes), and the address that the keyring tells of them.
    let words = "cause scout iron effort chronic soon camera draw buzz position sausage mix \
                 aim suit imitate click order cave leaf obtain harvest current peanut pottery";
    assert_eq!(alice.mnemonic(), words);
    assert_eq!(alice.address().to_text("cosmos"), "cosmos1y4kyfnr8xvry25gmuj8t3s425krred64jfz95c");
    assert_eq!(Account::from_seed("alice", 7).public_key(), alice.public_key());
    assert_eq!(Account::from_mnemonic("bob", alice.mnemonic()).public_key(), alice.public_key());
    for other in [Account::from_seed("alice", 8), Account::from_seed("alic", 7), Account::from_seed("bob", 7)] {
        assert_ne!(other.address(), alice.address());
    }
}

#[test]
fn signatures_verify_and_are_low_and_the_same_again() {
    let account = Account::from_seed("alice", 1);
    let key = VerifyingKey::from_sec1_bytes(&account.public_key()).unwrap();
    for sequence in 0..20 {
        let options = options(sequence);
        let tx = account.sign(Vec::new(), &options);
        assert_eq!(tx, account.sign(Vec::new(), &options));
        let raw = TxRaw::decode(tx.as_slice()).unwrap();
        let [signature] = raw.signatures.as_slice() else { panic!("one signature") };
        let signature = Signature::from_slice(signature).unwrap();
        assert_eq!(signature.normalize_s(), None, "s is in its lower half");
        let sign_doc = SignDoc {
            body_bytes: raw.body_bytes,
            auth_info_bytes: raw.auth_info_bytes,
            chain_id: "x-1".to_owned(),
            account_number: 3,
        };
        key.verify(&sign_doc.encode_to_vec(), &signature).unwrap();
    }
}

#[test]
fn a_transaction_carries_what_the_options_say() {
    let message = Any { type_url: "/a.B".to_owned(), value: vec![1, 2] };
    let tx = Account::from_seed("alice", 1).sign(vec![message.clone()], &options(5));
    let raw = TxRaw::decode(tx.as_slice()).unwrap();
    let body = TxBody::decode(raw.body_bytes.as_slice()).unwrap();
    assert_eq!((body.messages, body.memo.as_str(), body.timeout_height), (vec![message], "memo", 99));
    let auth_info = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap();
    assert_eq!(auth_info.signer_infos[0].sequence, 5);
    let fee = auth_info.fee.unwrap();
    assert_eq!((fee.gas_limit, fee.amount[0].amount.as_str()), (200_000, u128::MAX.to_string().as_str()));
}

#[test]
fn debug_shows_the_name_alone() {
    let account = Account::from_seed("alice", 1);
    assert_eq!(format!("{account:?}"), "Account { name: \"alice\", .. }");
}

#[test]
#[should_panic(expected = "a phrase of BIP-39")]
fn a_phrase_that_is_none_panics() {
    Account::from_mnemonic("alice", "abandon abandon");
}

#[test]
fn the_next_transaction_has_the_number_and_sequence_that_the_chain_knows() {
    let start = types::Timestamp::from_seconds(1_800_000_000);
    let [first, second, nobody] = ["first", "second", "nobody"].map(|name| Account::from_seed(name, 1));
    let accounts = vec![first, second.clone()];
    let setup = ChainSetup::new("x-1".parse().unwrap(), Clock::manual(start), accounts);
    let mut chain = Chain::new(setup.genesis, setup.options);
    assert_eq!(TxOptions::next(&chain, &second), None);
    chain.make_block(start);
    assert_eq!(TxOptions::next(&chain, &nobody), None);
    for sequence in 0..2 {
        let options = TxOptions::next(&chain, &second).unwrap();
        assert_eq!((options.account_number, options.sequence), (1, sequence));
        let text = second.address().to_text("cosmos");
        let payment = types::wire::pack(&MsgSend {
            from_address: text.clone(),
            to_address: text,
            amount: vec![RawCoin { denom: ChainSetup::TOKEN.to_owned(), amount: "1".to_owned() }],
        });
        // The default fee is enough.
        let checked = chain.offer(second.sign(vec![payment], &options).into()).unwrap();
        assert_eq!((checked.code, checked.log.as_str()), (0, ""));
        chain.make_block(start);
    }
}
