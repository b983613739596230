//! The same transactions and questions that a real chain (ibc-go v10.7.0's simapp with fees) was given must be
//! answered as it answered: codes, logs, gas, events, data.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::super::*;
use crate::app::address::Address;
use crate::app::auth::FEE_COLLECTOR;
use crate::app::bank::Coin;

const TRANSCRIPT: &str = include_str!("../golden/simd.jsonl");
const RELAYER: &str = "cosmos1s2rjnh9gff8cvfaalfyhsceskfgfxqyy8wke9m";
const USER: &str = "cosmos1h7xt7ehz7utfkvzvjcyerhzhahj8clrmhd733v";
const RIVAL: &str = "cosmos1ds4dgul5gjlynlunz98h6duq8yd6mu3gez2pv4";
const VALIDATOR: &str = "cosmos1fv6jjaya2cku0n8wj6pm28lpe5ctqdq26uua5w";

#[derive(Deserialize)]
struct Step {
    name: String,
    kind: String,
    block: Option<Block>,
    #[serde(default)]
    tx: String,
    check: Option<Expected>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    data: String,
    #[serde(default)]
    prove: bool,
    #[serde(default)]
    height: u64,
    expected: Expected,
}

#[derive(Deserialize)]
struct Block {
    height: u64,
    time: u64,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Expected {
    code: u32,
    codespace: String,
    log: String,
    gas_wanted: i64,
    gas_used: i64,
    data: String,
    events: Vec<(String, Vec<(String, String)>)>,
    key: String,
    value: String,
    height: String,
}

impl From<TxResult> for Expected {
    fn from(result: TxResult) -> Self {
        let attributes = |event: Event| event.attributes.into_iter().map(|a| (a.key, a.value)).collect();
        let events = result.events.into_iter().map(|event| (event.kind.clone(), attributes(event)));
        Self {
            code: result.code,
            codespace: result.codespace,
            log: result.log,
            gas_wanted: result.gas_wanted,
            gas_used: result.gas_used,
            data: STANDARD.encode(result.data),
            events: events.collect(),
            ..Self::default()
        }
    }
}

impl Expected {
    fn of_answer(answer: AbciAnswer) -> Self {
        Self {
            code: answer.code,
            codespace: answer.codespace,
            log: answer.log,
            key: STANDARD.encode(answer.key),
            value: STANDARD.encode(answer.value.unwrap_or_default()),
            height: if answer.height == 0 { "none" } else { "asked" }.to_owned(),
            ..Self::default()
        }
    }
}

fn genesis() -> Genesis {
    let rich = || vec![Coin::new("stake", 1_000_000_000_000), Coin::new("token", 1_000_000_000_000)];
    let address = |text| Address(bech32::decode(text).unwrap().1);
    let mut genesis = Genesis::new("x-1".parse().unwrap());
    let validator = Address(bech32::decode(VALIDATOR).map_or_else(|_| vec![9; 20], |(_, bytes)| bytes));
    genesis.accounts = vec![
        (address(RELAYER), rich()),
        (address(USER), rich()),
        (address(RIVAL), rich()),
        (validator, vec![Coin::new("stake", 10_000_000_000)]),
    ];
    genesis
}

/// Makes empty blocks until `height` is next. x/distribution takes the fees at the begin of each.
fn make_blocks(app: &mut App, height: u64, time: u64) {
    while app.height() + 1 < height {
        make_block(app, time, &[]);
    }
}

fn make_block(app: &mut App, time: u64, txs: &[Bytes]) -> BlockResults {
    let (collector, distribution) = (Address::of_module(FEE_COLLECTOR), Address::of_module("distribution"));
    app.edit(|ctx| match bank::balance(ctx, &collector, "stake")? {
        0 => Ok(()),
        amount => bank::send(ctx, &collector, &distribution, &[Coin::new("stake", amount)]),
    })
    .unwrap();
    let block = BlockInfo { time: Timestamp(time), ..super::block_info(app.height() + 1) };
    let results = app.finalize_block(block, txs);
    app.commit();
    results
}

fn run(app: &mut App, step: &Step) -> Expected {
    let tx = STANDARD.decode(&step.tx).unwrap();
    if step.kind == "query" {
        let data = STANDARD.decode(&step.data).unwrap();
        let query = AbciQuery { path: step.path.clone(), data, height: step.height, prove: step.prove };
        return Expected::of_answer(app.query(&query));
    }
    let block = step.block.as_ref().map_or((0, 0), |block| (block.height, block.time));
    if step.kind == "check" {
        make_blocks(app, block.0 + 1, block.1);
        // A check that passes may leave its mark; the real chain was asked between blocks, too.
        return app.clone().check_tx(&tx, CheckKind::New).into();
    }
    make_blocks(app, block.0, block.1);
    let checked = app.check_tx(&tx, CheckKind::New);
    let checked = Expected::from(checked);
    let delivered = make_block(app, 0, &[Bytes::from(tx)]).txs.remove(0);
    make_block(app, 0, &[]);
    assert_eq!(Some(checked), step.check, "check of {}", step.name);
    delivered.into()
}

#[test]
fn a_real_chain_answers_the_same() {
    let mut app = App::new(genesis());
    make_blocks(&mut app, 154, 0);
    let mut differences = Vec::new();
    for line in TRANSCRIPT.lines() {
        let step: Step = serde_json::from_str(line).unwrap();
        let got = run(&mut app, &step);
        if got != step.expected {
            differences.push(format!("{}\n  real: {:?}\n  here: {got:?}", step.name, step.expected));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
