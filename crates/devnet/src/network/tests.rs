use std::sync::Arc;
use std::time::Duration;

use types::Timestamp;

use super::*;

fn setup_of(id: &str) -> ChainSetup {
    let clock = Clock::manual(Timestamp::from_seconds(1_700_000_000));
    ChainSetup::new(id.parse().unwrap(), clock, vec![Account::from_seed("user", 1)])
}

fn setup(block_time: Option<Duration>) -> ChainSetup {
    ChainSetup { block_time, ..setup_of("net-1") }
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it takes too long")
}

#[test]
fn a_setup_funds_its_accounts_and_shares_validators_with_no_other_id() {
    let setup = setup_of("net-1");
    let coins = ["stake", "token"].map(|denom| Coin::new(denom, ChainSetup::FUNDS)).to_vec();
    assert_eq!(setup.genesis.accounts, [(setup.accounts[0].address(), coins)]);
    assert_eq!(setup.options.genesis_time, setup.clock.now());
    assert_eq!(setup.options, setup_of("net-1").options);
    assert_ne!(setup.options.seed, setup_of("net-2").options.seed);
}

#[tokio::test]
async fn a_chain_has_its_first_block_from_the_start() {
    let network = Network::start(vec![setup(None)]).await.unwrap();
    let chain = &network.chains()[0];
    assert_eq!(chain.with(|chain| chain.height()), 1);
    assert_eq!(chain.account("user").map(Account::name), Some("user"));
    assert!(chain.account("nobody").is_none());
}

#[tokio::test]
async fn blocks_are_made_by_the_timer_unless_it_pauses() {
    let network = Network::start(vec![setup(Some(Duration::from_millis(20)))]).await.unwrap();
    let chain = network.chains()[0].clone();
    soon(chain.reached(4)).await;
    chain.pause();
    let height = chain.with(|chain| chain.height());
    let more = tokio::time::timeout(Duration::from_millis(200), chain.reached(height + 1)).await;
    assert!(more.is_err(), "a block came while the chain paused");
    // On command there are blocks all the same.
    assert_eq!(chain.make_block(), height + 1);
    chain.resume();
    soon(chain.reached(height + 3)).await;
}

#[tokio::test]
async fn blocks_made_under_the_lock_are_told_too() {
    let network = Network::start(vec![setup(None)]).await.unwrap();
    let chain = network.chains()[0].clone();
    let reached = chain.reached(3);
    chain.with(|chain| {
        chain.make_block(Timestamp::from_seconds(1_700_000_001));
        chain.make_block(Timestamp::from_seconds(1_700_000_002));
    });
    soon(reached).await;
}

#[tokio::test]
async fn no_task_is_left_after_stop() {
    let runtime = tokio::runtime::Handle::current();
    let before = runtime.metrics().num_alive_tasks();
    let network = Network::start(vec![setup(Some(Duration::from_millis(5))), setup(None)]).await.unwrap();
    let node = network.chains()[0].nodes()[0].clone();
    let idle = tokio::net::TcpStream::connect(node.rpc()).await.unwrap();
    soon(network.chains()[0].reached(3)).await;
    assert!(runtime.metrics().num_alive_tasks() > before);
    soon(network.stop()).await;
    soon(all_gone(&runtime, before)).await;
    assert!(tokio::net::TcpStream::connect(node.rpc()).await.is_err());
    drop(idle);
}

#[tokio::test]
async fn no_task_is_left_after_drop() {
    let runtime = tokio::runtime::Handle::current();
    let before = runtime.metrics().num_alive_tasks();
    let network = Network::start(vec![setup(Some(Duration::from_millis(5)))]).await.unwrap();
    let shared = Arc::new(network.chains()[0].clone());
    drop(network);
    soon(all_gone(&runtime, before)).await;
    // The chain itself lives as long as someone holds it.
    assert!(shared.make_block() > 1);
}

async fn all_gone(runtime: &tokio::runtime::Handle, before: usize) {
    while runtime.metrics().num_alive_tasks() > before {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn blocks_that_came_before_a_panic_are_told_with_the_next_look() {
    let network = Network::start(vec![setup(None)]).await.unwrap();
    let chain = network.chains()[0].clone();
    let reached = chain.reached(2);
    let work = std::panic::AssertUnwindSafe(|| {
        chain.with(|chain| -> u64 {
            chain.make_block(Timestamp::from_seconds(1_700_000_001));
            panic!("somebody's work has failed")
        })
    });
    assert!(std::panic::catch_unwind(work).is_err());
    assert_eq!(chain.with(|chain| chain.height()), 2);
    soon(reached).await;
}
