//! Transactions that need no other chain: what CheckTx, simulation and delivery say of good ones and of bad ones.

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lightship_tests::chain_under_test::Role;
use lightship_tests::query::AccountState;
use lightship_tests::signer::TxOptions;
use proto::cosmos::bank::v1beta1::MsgSend;
use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;
use serde_json::{Value, json};
use types::wire::pack;

use super::driver::{Driver, GAS, Sent, stake, wrapped};
use super::normal;
use super::script::{Script, Side};
use super::wire;

/// Above every balance.
const TOO_MUCH: u64 = 9_000_000_000_000_000_000;

pub(crate) fn play(script: &mut Script<'_>) -> Result<()> {
    script.transcript.begin("transactions");
    good(script)?;
    refused_by_check_tx(script)?;
    failed_in_delivery(script)?;
    simulated(script)?;
    lookups(script)
}

pub(crate) fn pay(from: &str, to: &str, amount: Coin) -> Any {
    pack(&MsgSend { from_address: from.to_owned(), to_address: to.to_owned(), amount: vec![amount] })
}

fn payment(driver: &Driver<'_>, amount: u64) -> Any {
    pay(driver.address(Role::Rival), driver.address(Role::User), stake(amount))
}

fn record(script: &mut Script<'_>, step: &str, sent: &Sent) -> Result<()> {
    script.transcript.record(step, sent.answer())
}

fn good(script: &mut Script<'_>) -> Result<()> {
    let chain = &script.a;
    let one = payment(chain, 7);
    let tx = chain.sign(Role::Rival, vec![one.clone()], &wrapped())?;
    let sent = chain.offer(&tx)?;
    let again = chain.ask("broadcast_tx_sync", &json!({ "tx": BASE64_STANDARD.encode(&tx) }))?;
    record(script, "a payment", &sent)?;
    script.transcript.record("the same bytes again", normal::json(&again))?;

    let chain = &script.a;
    let options = TxOptions { memo: "a memo".to_owned(), timeout_height: chain.head()? + 1_000, ..wrapped() };
    let sent = chain.offer(&chain.sign(Role::Rival, vec![one.clone(), one.clone()], &options)?)?;
    record(script, "two payments with a memo and a timeout", &sent)?;

    let chain = &script.a;
    let tx = chain.sign(Role::Rival, vec![one.clone()], &wrapped())?;
    let answer = chain.ask("broadcast_tx_commit", &json!({ "tx": BASE64_STANDARD.encode(&tx) }))?;
    script.transcript.record("broadcast_tx_commit", normal::json(&answer))?;

    let chain = &script.a;
    chain.reach_sequence(Role::Rival, 3)?;
    let tx = chain.sign(Role::Rival, vec![one], &wrapped())?;
    let answer = chain.ask("broadcast_tx_async", &json!({ "tx": BASE64_STANDARD.encode(&tx) }))?;
    script.transcript.record("broadcast_tx_async", normal::json(&answer))?;
    script.a.reach_sequence(Role::Rival, 4)
}

fn refused_by_check_tx(script: &mut Script<'_>) -> Result<()> {
    let chain = &script.a;
    let one = payment(chain, 7);
    let state = chain.state(Role::Rival)?;
    let with = |state: AccountState, messages: Vec<Any>, options: TxOptions| {
        chain.sign_as(Role::Rival, state, messages, &options)
    };
    let good = || with(state, vec![one.clone()], wrapped());
    let mut forged = good();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let fee = |fee: Vec<Coin>| TxOptions { fee, ..wrapped() };
    let unknown = Any { type_url: "/lightship.Nothing".to_owned(), value: Vec::new() };
    let foreign = pay(chain.address(Role::User), chain.address(Role::Rival), stake(1));
    let pauper = pay(chain.address(Role::Pauper), chain.address(Role::Rival), stake(1));
    let malformed = Any { type_url: one.type_url.clone(), value: vec![0xff, 0xff] };
    let txs: Vec<(&str, Vec<u8>)> = vec![
        ("an empty transaction", Vec::new()),
        ("garbage", b"garbage, no transaction".to_vec()),
        ("a wrong signature", forged),
        ("a sequence of the past", with(AccountState { sequence: 0, ..state }, vec![payment(chain, 8)], wrapped())),
        ("a sequence of the future", with(AccountState { sequence: 9, ..state }, vec![one.clone()], wrapped())),
        ("another account's number", with(AccountState { number: 99, ..state }, vec![one.clone()], wrapped())),
        ("no fee", with(state, vec![one.clone()], fee(Vec::new()))),
        ("too little fee", with(state, vec![one.clone()], fee(vec![stake(999)]))),
        ("a fee of another coin", with(state, vec![one.clone()], fee(vec![coin(5_000, "token")]))),
        ("a fee that nobody has", with(state, vec![one.clone()], fee(vec![stake(TOO_MUCH)]))),
        ("no gas", with(state, vec![one.clone()], TxOptions { gas_limit: 0, ..wrapped() })),
        ("too little gas for the checks", with(state, vec![one.clone()], TxOptions { gas_limit: 10_000, ..wrapped() })),
        ("no message", with(state, Vec::new(), wrapped())),
        ("an unknown message", with(state, vec![unknown], wrapped())),
        ("a message that can't be decoded", with(state, vec![malformed], wrapped())),
        ("a message of another signer", with(state, vec![foreign], wrapped())),
        ("a timeout that has passed", with(state, vec![one.clone()], TxOptions { timeout_height: 1, ..wrapped() })),
        (
            "an account that is not there",
            chain.sign_as(Role::Pauper, AccountState { number: 0, sequence: 0 }, vec![pauper], &wrapped()),
        ),
    ];
    let mut answers = Vec::new();
    for (step, tx) in txs {
        let sent = chain.offer(&tx).with_context(|| step.to_owned())?;
        answers.push((step, sent.answer()));
    }
    for (step, answer) in answers {
        script.transcript.record(step, answer)?;
    }
    Ok(())
}

fn coin(amount: u64, denom: &str) -> Coin {
    Coin { denom: denom.to_owned(), amount: amount.to_string() }
}

fn failed_in_delivery(script: &mut Script<'_>) -> Result<()> {
    let chain = &script.a;
    let (rival, user) = (chain.address(Role::Rival), chain.address(Role::User));
    let token = |amount| pay(rival, user, coin(amount, "token"));
    let tight = TxOptions { gas_limit: 62_000, ..wrapped() };
    let probe = |memo: &str| TxOptions { memo: memo.to_owned(), ..wrapped() };
    let txs: Vec<(&str, Vec<Any>, TxOptions)> = vec![
        ("more than there is", vec![token(TOO_MUCH)], wrapped()),
        ("the second of two fails", vec![token(1), token(TOO_MUCH)], wrapped()),
        ("a coin that nobody has", vec![pay(rival, user, coin(1, "nothing"))], wrapped()),
        ("out of gas in a message", vec![token(1)], tight),
        ("a payment of nothing", vec![payment(chain, 0)], wrapped()),
        ("a payment to no address", vec![pay(rival, "cosmos1nobody", stake(1))], wrapped()),
        ("a payment of no coin", vec![pay(rival, user, coin(1, "1"))], wrapped()),
        ("a malformed memo of the probe", vec![token(1)], probe(r#"{"probe":{"nope":1}}"#)),
        ("a memo of the probe that does nothing", vec![token(1)], probe(r#"{"probe":{}}"#)),
        (
            "a packet over no channel",
            vec![token(1)],
            probe(r#"{"probe":{"send":{"channel":"channel-9","data":"text:x","timeout_height":"1-9"}}}"#),
        ),
        (
            "a late acknowledgement of nothing",
            vec![token(1)],
            probe(r#"{"probe":{"ack":{"channel":"channel-9","sequence":"1","ack":"text:x"}}}"#),
        ),
        ("the probe refuses no more", vec![token(1)], probe(r#"{"probe":{"refuse":false}}"#)),
        ("the probe refuses again", vec![token(1)], probe(r#"{"probe":[{"refuse":false},{"refuse":true}]}"#)),
        ("a memo for others", vec![token(1)], probe(r#"{"other":{"nope":1}}"#)),
    ];
    let mut answers = Vec::new();
    for (step, messages, options) in txs {
        let tx = chain.sign(Role::Rival, messages, &options)?;
        answers.push((step, chain.offer(&tx).with_context(|| step.to_owned())?));
        // A post handler that fails leaves the account's sequence raised in the check state, until the next block.
        chain.reach(chain.head()? + 1)?;
    }
    for (step, sent) in answers {
        record(script, step, &sent)?;
    }
    Ok(())
}

fn simulated(script: &mut Script<'_>) -> Result<()> {
    let chain = &script.a;
    let state = chain.state(Role::Rival)?;
    let with = |state, messages, options: TxOptions| chain.sign_as(Role::Rival, state, messages, &options);
    let one = payment(chain, 7);
    let free = TxOptions { fee: Vec::new(), gas_limit: 0, ..wrapped() };
    let mut forged = with(state, vec![one.clone()], wrapped());
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let txs: Vec<(&str, Vec<u8>)> = vec![
        ("simulate a payment", with(state, vec![one.clone()], wrapped())),
        ("simulate without a fee", with(state, vec![one.clone()], free)),
        ("simulate a wrong signature", forged),
        ("simulate a sequence of the future", with(AccountState { sequence: 99, ..state }, vec![one], wrapped())),
        ("simulate more than there is", with(state, vec![payment(chain, TOO_MUCH)], wrapped())),
        ("simulate garbage", b"garbage".to_vec()),
        ("simulate nothing", Vec::new()),
    ];
    let mut answers = Vec::new();
    for (step, tx) in txs {
        answers.push((step, simulation(&chain.query("/app/simulate", &tx, 0, false)?)?));
        let request = proto::cosmos::tx::v1beta1::SimulateRequest { tx_bytes: tx, ..Default::default() };
        let bytes = proto::Message::encode_to_vec(&request);
        let answer = chain.query("/cosmos.tx.v1beta1.Service/Simulate", &bytes, 0, false)?;
        answers.push((step, simulation(&answer)?));
    }
    for (index, (step, answer)) in answers.into_iter().enumerate() {
        let way = if index % 2 == 0 { "" } else { " by gRPC" };
        script.transcript.record(&format!("{step}{way}"), answer)?;
    }
    Ok(())
}

/// The answer of a query, its value read as protobuf. Gas is the first field of what a simulation says.
fn simulation(answer: &Value) -> Result<Value> {
    let mut shown = normal::json(answer);
    if let Some(text) = answer["value"].as_str() {
        let bytes = BASE64_STANDARD.decode(text)?;
        // The way over the application answers in JSON.
        shown["value"] = match serde_json::from_slice::<Value>(&bytes) {
            Ok(mut value) => {
                hide_gas(&mut value);
                normal::json(&value)
            }
            Err(_) => wire::show(&bytes),
        };
    }
    Ok(shown)
}

fn hide_gas(value: &mut Value) {
    if let Some(gas) = value.pointer_mut("/gas_info/gas_used") {
        *gas = json!("<gas>");
    }
}

/// By hash and by event, where there is an index.
fn lookups(script: &mut Script<'_>) -> Result<()> {
    let chain = &script.a;
    let sent = chain.offer(&chain.sign(
        Role::User,
        vec![pay(chain.address(Role::User), chain.address(Role::Rival), stake(3))],
        &wrapped(),
    )?)?;
    let height = sent.ok()?;
    chain.reach(height + 1)?;
    let hash = sent.check["hash"].as_str().unwrap_or_default().to_owned();
    let in_base64 = BASE64_STANDARD.encode(hex::decode(&hash)?);
    let user = chain.address(Role::User).to_owned();
    script.ask(Side::A, "tx by hash", "tx", &json!({ "hash": in_base64, "prove": true }))?;
    let answer = script.a.exchange(&format!("GET /tx?hash=0x{hash} "), "")?;
    script.transcript.record("GET tx by hash", normal::json(&answer))?;
    let searches = [
        ("tx_search by hash", format!("tx.hash='{hash}'")),
        ("tx_search by height", format!("tx.height={height}")),
        ("tx_search by event", format!("message.sender='{user}' AND message.action='/cosmos.bank.v1beta1.MsgSend'")),
        ("tx_search for nobody's", "message.sender='nobody'".to_owned()),
        ("tx_search for those that hold a key", format!("transfer.recipient EXISTS AND tx.height>={height}")),
    ];
    for (step, query) in searches {
        script.ask(Side::A, step, "tx_search", &json!({ "query": query, "page": "1", "per_page": "5" }))?;
    }
    let block = json!({ "height": height.to_string() });
    script.ask(Side::A, "the block of a transaction", "block", &block)?;
    script.ask(Side::A, "the results of a transaction's block", "block_results", &block)?;
    script
        .ask(Side::A, "header after a transaction", "header", &json!({ "height": (height + 1).to_string() }))
        .map(|_| ())
}

#[test]
fn the_gas_limit_pays_the_usual_fee() {
    // 0.001stake a unit.
    assert_eq!(wrapped().fee, [stake(GAS / 1_000)]);
}
