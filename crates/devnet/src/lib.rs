//! Cosmos-style chains in one process, served as CometBFT nodes serve them: for demonstrations and tests of whatever
//! talks to such chains (relayers, light clients, wallets, indexers).
//!
//! They follow ibc-go v10.7.0 on cosmos-sdk 0.53.4 and CometBFT 0.38 wherever their client can tell the difference, down
//! to the app hash. And they do on command what a real chain does once in years: their nodes lie, their validators sign
//! two blocks of one height.
//!
//! | module | what it is |
//! |---|---|
//! | [`state`] | IAVL trees under the SDK's multistore: app hashes, and proofs of ICS-23 |
//! | [`app`] | what transactions and queries do: accounts, bank, and IBC's clients, connections, channels, transfers |
//! | [`chain`] | validators that vote on blocks: headers, commits, BFT time, rotation; mempool, evidence, forks, attacks |
//! | [`node`] | one chain's state over JSON-RPC, WebSocket and gRPC, with [`Fault`]s on command |
//! | [`network`] | chains that run: a timer, nodes on loopback ports |
//! | [`account`], [`clock`] | keys of users; the time |
//!
//! # Two chains and a payment
//!
//! ```
//! use std::time::Duration;
//!
//! use lightship_devnet::proto::Message;
//! use lightship_devnet::proto::cosmos::bank::v1beta1::{MsgSend, QueryBalanceRequest, QueryBalanceResponse};
//! use lightship_devnet::proto::cosmos::base::v1beta1::Coin;
//! use lightship_devnet::types::{Timestamp, wire};
//! use lightship_devnet::{Account, ChainSetup, Clock, Network, TxOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Runtime::new()?.block_on(run())
//! # }
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = Clock::manual(Timestamp::from_seconds(1_800_000_000));
//! let [alice, bob] = ["alice", "bob"].map(|name| Account::from_seed(name, 1));
//! let setup = |id: &str| {
//!     Ok::<_, Box<dyn std::error::Error>>(ChainSetup::new(id.parse()?, clock.clone(), vec![alice.clone(), bob.clone()]))
//! };
//! let network = Network::start(vec![setup("chain-a")?, setup("chain-b")?]).await?;
//! let chain = &network.chains()[0];
//!
//! let payment = wire::pack(&MsgSend {
//!     from_address: alice.address().to_text("cosmos"),
//!     to_address: bob.address().to_text("cosmos"),
//!     amount: vec![Coin { denom: "token".into(), amount: "5".into() }],
//! });
//! let options = chain.with(|chain| TxOptions::next(chain, &alice)).ok_or("no such account")?;
//! let tx = alice.sign(vec![payment], &options);
//! let checked = chain.with(|chain| chain.offer(tx.into()))?;
//! assert_eq!(checked.code, 0, "{}", checked.log);
//!
//! // There is no block until one is asked for; its validators vote at the time that the clock shows.
//! clock.advance(Duration::from_secs(1));
//! assert_eq!(chain.make_block(), 2);
//!
//! let request = QueryBalanceRequest { address: bob.address().to_text("cosmos"), denom: "token".into() };
//! let path = "/cosmos.bank.v1beta1.Query/Balance";
//! let (answer, _) = chain.with(|chain| chain.app().ask(path, &request.encode_to_vec(), 0))?;
//! let balance = QueryBalanceResponse::decode(answer.as_slice())?.balance.ok_or("no balance")?;
//! assert_eq!(balance.amount, "1000000000005");
//!
//! // The same is there for whoever speaks JSON-RPC or gRPC.
//! let node = &chain.nodes()[0];
//! println!("http://{} http://{}", node.rpc(), node.grpc());
//! network.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! A chain needs no network: [`Chain::new`] with a setup's `genesis` and `options` gives one without tasks and ports,
//! which makes a block whenever [`Chain::make_block`] is called.
//!
//! # Determinism
//!
//! Blocks follow from the genesis, the options and the calls: the same ones give the same blocks on any machine, to the
//! last app hash and signature. All keys are drawn from seeds, all maps are ordered, and time is what is handed to
//! [`Chain::make_block`]; in a [`Network`] that is what its [`Clock`] shows. With [`Clock::Manual`] and no `block_time`
//! nothing happens by itself. With [`Clock::System`] only the times differ from run to run, and what follows from them.
//!
//! # Nodes that lie
//!
//! A [`Node`] does wrong what it is told to, in all methods or in some, until it is healed:
//!
//! ```
//! use lightship_devnet::Node;
//! use lightship_devnet::node::{Fault, Method, Rewrite};
//!
//! fn lie(node: &Node) {
//!     // Its block results tell nothing of IBC, and it has not heard of the last 20 blocks.
//!     node.inject(Fault::Events(Rewrite::without_ibc()).only([Method::BlockResults]));
//!     node.inject(Fault::StaleBy(20));
//! }
//! ```
//!
//! # Chains that fork
//!
//! A clone of a chain is a fork, [`Chain::fork`] goes back to a height, and [`Chain::attack`] makes a fork whose last
//! block is false under a commit that its validators did sign; see [`Attack`] for the kinds. [`Node::follow`] lets a
//! node tell it as the truth:
//!
//! ```
//! use lightship_devnet::chain::{AttackError, Conspiracy};
//! use lightship_devnet::{Attack, RunningChain};
//!
//! fn split(chain: &RunningChain) -> Result<(), AttackError> {
//!     // Three of four validators sign a second block at the chain's height.
//!     let liars = Conspiracy::default().of([0, 1, 2]);
//!     let fork = chain.with(|chain| chain.attack(Attack::Equivocation, chain.height(), liars))?;
//!     chain.nodes()[0].follow(Some(fork));
//!     Ok(())
//! }
//! ```
//!
//! `examples/two_chains.rs` does all of this.

pub mod account;
pub mod app;
pub mod chain;
pub mod clock;
mod go;
pub mod network;
pub mod node;
pub mod state;

pub use account::{Account, TxOptions};
pub use app::genesis::Genesis;
pub use chain::{Attack, Chain, ChainOptions};
pub use clock::Clock;
pub use network::{ChainSetup, Network, RunningChain};
pub use node::{Fault, Node};
// What this crate's signatures speak of, so that its users need not name these crates too.
pub use {light_client, proto, types};
