//! A node seen from outside, over plain sockets.

mod client;
mod faults;
mod garbage;
mod grpc;
mod http;
mod lifecycle;
mod methods;
mod websocket;

use std::time::Duration;

use bytes::Bytes;
use proto::Message;
use proto::cosmos::bank::v1beta1::MsgSend;
use proto::cosmos::base::v1beta1::Coin as RawCoin;
use serde_json::{Value, json};
use types::{ChainId, Timestamp};

use crate::account::{Account, TxOptions};
use crate::app::bank::Coin;
use crate::app::genesis::Genesis;
use crate::chain::ChainOptions;
use crate::clock::Clock;
use crate::network::{ChainSetup, Network, Node, NodePorts, RunningChain};

const CHAIN: &str = "devnet-1";

/// A chain of one block with two nodes, and what is needed to send a transaction.
struct Devnet {
    network: Network,
    sequence: u64,
}

/// What it is started with.
fn setup(id: &str) -> ChainSetup {
    let id: ChainId = id.parse().unwrap();
    let user = Account::from_seed("user", 1);
    let mut genesis = Genesis::new(id);
    genesis.accounts = vec![(user.address(), vec![Coin { denom: "stake".to_owned(), amount: 1_000_000_000 }])];
    let start = Timestamp::from_seconds(1_700_000_000);
    ChainSetup {
        genesis,
        options: ChainOptions { powers: vec![10, 20, 30], seed: 7, genesis_time: start, initial_height: 1 },
        accounts: vec![user],
        block_time: None,
        clock: Clock::manual(start),
        nodes: vec![NodePorts::default(), NodePorts::default()],
    }
}

impl Devnet {
    async fn start() -> Self {
        Self { network: Network::start(vec![setup(CHAIN)]).await.unwrap(), sequence: 0 }
    }

    fn chain(&self) -> &RunningChain {
        &self.network.chains()[0]
    }

    fn node(&self) -> &Node {
        &self.chain().nodes()[0]
    }

    /// Blocks up to a height.
    fn grow(&self, height: u64) {
        while self.chain().with(|chain| chain.height()) < height {
            self.chain().make_block();
        }
    }

    /// A transaction that sends coins; each differs from the one before.
    fn transaction(&mut self) -> Bytes {
        let user = self.chain().account("user").unwrap().clone();
        let address = user.address().to_text("cosmos");
        let amount = vec![RawCoin { denom: "stake".to_owned(), amount: "7".to_owned() }];
        let message = MsgSend { from_address: address.clone(), to_address: address, amount };
        let sign = |account_number: u64| {
            let options = TxOptions {
                chain_id: CHAIN.parse().unwrap(),
                account_number,
                sequence: self.sequence,
                fee: vec![Coin { denom: "stake".to_owned(), amount: 1000 }],
                gas_limit: 500_000,
                memo: String::new(),
                timeout_height: 0,
            };
            Bytes::from(user.sign(vec![types::wire::pack(&message)], &options))
        };
        // Modules have accounts too, and the first numbers.
        let is_good = |tx: &Bytes| {
            let mut scratch = self.chain().with(|chain| chain.clone());
            scratch.offer(tx.clone()).is_ok_and(|checked| checked.code == 0)
        };
        let tx = (0..32).map(sign).find(is_good).expect("one of the numbers is the account's");
        self.sequence += 1;
        tx
    }

    /// A transaction in the next block; gives it and the height.
    fn deliver(&mut self) -> (Bytes, u64) {
        let tx = self.transaction();
        let checked = self.chain().with(|chain| chain.offer(tx.clone())).unwrap();
        assert_eq!(checked.code, 0, "{checked:?}");
        (tx, self.chain().make_block())
    }

    /// The result of a call.
    async fn call(&self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, params).await;
        answer.get("result").unwrap_or_else(|| panic!("{method}: {answer}")).clone()
    }

    /// The error of a call: its code and its data.
    async fn refusal(&self, method: &str, params: Value) -> (i64, String) {
        let answer = self.ask(method, params).await;
        let error = answer.get("error").unwrap_or_else(|| panic!("{method}: {answer}"));
        (error["code"].as_i64().unwrap(), error["data"].as_str().unwrap_or_default().to_owned())
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        ask(self.node(), method, params).await
    }
}

async fn ask(node: &Node, method: &str, params: Value) -> Value {
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    client::post(node.rpc(), &call.to_string()).await.json()
}

/// Fails where something takes longer than it can.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it takes too long")
}

/// Is there nothing within a moment? For what must not happen.
async fn never<T>(what: impl Future<Output = T>) -> bool {
    tokio::time::timeout(Duration::from_millis(300), what).await.is_err()
}

fn encode<M: Message>(message: &M) -> String {
    hex::encode(message.encode_to_vec())
}
