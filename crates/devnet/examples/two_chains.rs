//! Two chains on loopback: a payment over JSON-RPC, a node that lies about it, a chain that forks.
//!
//! `cargo run -p lightship-devnet --example two_chains`

use std::error::Error;
use std::io::Write;
use std::time::Duration;

use lightship_devnet::light_client::{LightBlock, Options, TrustThreshold, TrustedState, Verdict, verify};
use lightship_devnet::network::NodePorts;
use lightship_devnet::node::{Method, Rewrite};
use lightship_devnet::proto::cosmos::bank::v1beta1::MsgSend;
use lightship_devnet::proto::cosmos::base::v1beta1::Coin;
use lightship_devnet::types::{Timestamp, wire};
use lightship_devnet::{Account, Attack, ChainSetup, Clock, Fault, Network, Node, RunningChain, TxOptions};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const BLOCK_TIME: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> Result {
    play(&mut std::io::stdout()).await
}

async fn play(out: &mut impl Write) -> Result {
    // A clock that is set by hand makes every run the same. `Clock::System` and `block_time: Some(..)` make chains that
    // go on by themselves.
    let clock = Clock::manual(Timestamp::from_seconds(1_800_000_000));
    let accounts = ["alice", "bob"].map(|name| Account::from_seed(name, 1)).to_vec();
    let mut a = ChainSetup::new("chain-a".parse()?, clock.clone(), accounts.clone());
    let b = ChainSetup::new("chain-b".parse()?, clock.clone(), accounts);
    // The first chain has a second node, which is to lie.
    a.nodes = vec![NodePorts::default(); 2];

    let network = Network::start(vec![a, b]).await?;
    for chain in network.chains() {
        let id = chain.with(|chain| chain.id().clone());
        for node in chain.nodes() {
            writeln!(out, "{id}  rpc http://{}  grpc http://{}", node.rpc(), node.grpc())?;
        }
    }
    let chain = &network.chains()[0];
    let height = pay(out, chain, &clock).await?;
    lie(out, chain, height).await?;
    fork(out, chain, &clock).await?;
    network.stop().await;
    Ok(())
}

/// Alice pays Bob, as a wallet does: signed here, sent to a node. Gives the height of the payment.
async fn pay(out: &mut impl Write, chain: &RunningChain, clock: &Clock) -> Result<u64> {
    let [alice, bob] = ["alice", "bob"].map(|name| chain.account(name).ok_or(name));
    let (alice, bob) = (alice?, bob?);
    let payment = wire::pack(&MsgSend {
        from_address: alice.address().to_text("cosmos"),
        to_address: bob.address().to_text("cosmos"),
        amount: vec![Coin { denom: ChainSetup::TOKEN.into(), amount: "5".into() }],
    });
    let options = chain.with(|chain| TxOptions::next(chain, alice)).ok_or("alice has no account")?;
    let tx = hex::encode(alice.sign(vec![payment], &options));

    let checked = call(&chain.nodes()[0], &format!("broadcast_tx_sync?tx=0x{tx}")).await?;
    writeln!(out, "\nthe mempool takes the payment with code {}", checked["code"])?;
    clock.advance(BLOCK_TIME);
    let height = chain.make_block();
    writeln!(out, "block {height} holds it")?;
    Ok(height)
}

/// The second node leaves out of its block results what the payment emitted; the first tells the truth.
async fn lie(out: &mut impl Write, chain: &RunningChain, height: u64) -> Result {
    let [honest, liar] = chain.nodes() else { return Err("two nodes were asked for".into()) };
    let rewrite = Rewrite::without(|event| event.kind == "transfer");
    liar.inject(Fault::Events(rewrite).only([Method::BlockResults]));

    writeln!(out, "\nwhat the payment emitted:")?;
    for (name, node) in [("honest", honest), ("liar", liar)] {
        let results = call(node, &format!("block_results?height={height}")).await?;
        let events = results["txs_results"][0]["events"].as_array().ok_or("no events")?;
        let kinds: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()).collect();
        writeln!(out, "  {name:<6}  {}", kinds.join(" "))?;
    }
    // No header commits to events: only another node can tell. `heal` makes the node honest again.
    liar.heal();
    Ok(())
}

/// The validators sign two blocks of one height, and the second node tells the other one.
async fn fork(out: &mut impl Write, chain: &RunningChain, clock: &Clock) -> Result {
    let [honest, liar] = chain.nodes() else { return Err("two nodes were asked for".into()) };
    clock.advance(BLOCK_TIME);
    let height = chain.make_block();
    // All validators take part; `Conspiracy::of` names some alone.
    let fork = chain.with(|chain| chain.attack(Attack::Equivocation, height, Default::default()))?;

    // A light client that trusts block 1 believes either of them: it looks at nothing but who signed.
    let (trusted, truth) = chain.with(|chain| (chain.light_block(1), chain.light_block(height)));
    let (trusted, truth) = trusted.zip(truth).ok_or("a block is missing")?;
    let forged = fork.light_block(height).ok_or("the fork has no such block")?;
    liar.follow(Some(fork));

    writeln!(out, "\nblock {height}:")?;
    for (name, node, block) in [("honest", honest, &truth), ("liar", liar, &forged)] {
        let signed = call(node, &format!("commit?height={height}")).await?;
        let header = &signed["signed_header"]["header"];
        let told = [&signed["signed_header"]["commit"]["block_id"]["hash"], &header["data_hash"], &header["app_hash"]];
        let [hash, data, app] = told.map(|hash| hash.as_str().map_or("none", |hash| &hash[..16]));
        let is_believed = verify_from(&trusted, block, clock.now())?;
        writeln!(out, "  {name:<6}  hash {hash}  data {data}  app {app}  believed: {is_believed}")?;
    }
    Ok(())
}

/// Does a light client take the block that trusts the other one?
fn verify_from(trusted: &LightBlock, block: &LightBlock, now: Timestamp) -> Result<bool> {
    let day = Duration::from_secs(24 * 60 * 60);
    let drift = Duration::from_secs(10);
    let options = Options { trust_threshold: TrustThreshold::ONE_THIRD, trusting_period: day, clock_drift: drift };
    let state = TrustedState::of_verified(trusted)?;
    let validators = trusted.next_validators.as_ref().ok_or("a light block without its next validators")?;
    Ok(verify(block, &state, validators, &options, now) == Verdict::Success)
}

/// Asks a node by `GET`, for which any client of HTTP would do.
async fn call(node: &Node, what: &str) -> Result<Value> {
    let mut socket = TcpStream::connect(node.rpc()).await?;
    let request = format!("GET /{what} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", node.rpc());
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("an answer without a body")?;
    let mut body: Value = serde_json::from_str(body)?;
    match body.get_mut("error") {
        Some(error) => Err(error.to_string().into()),
        None => Ok(body["result"].take()),
    }
}

#[tokio::test]
async fn the_liar_is_seen_beside_the_honest_node() {
    let mut out = Vec::new();
    play(&mut out).await.unwrap();
    let said = String::from_utf8(out).unwrap();
    assert!(said.contains("takes the payment with code 0"), "{said}");
    let events = |name: &str| said.lines().find(|line| line.trim_start().starts_with(name)).map(str::to_owned);
    assert!(events("honest").unwrap().contains(" transfer "), "{said}");
    assert!(!events("liar").unwrap().contains(" transfer "), "{said}");
    let blocks: Vec<_> = said.lines().filter(|line| line.ends_with("believed: true")).collect();
    assert_eq!(blocks.len(), 2, "{said}");
    let hash = |line: &str| line.split_whitespace().nth(2).map(str::to_owned);
    assert_ne!(hash(blocks[0]), hash(blocks[1]));
}
