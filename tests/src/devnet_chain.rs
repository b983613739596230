//! Devnet chains in this very process, served on loopback like real ones.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use devnet::account::{Account as Key, TxOptions};
use devnet::app::bank::Coin;
use devnet::clock::Clock;
use devnet::network::{ChainSetup, Network, NodePorts, RunningChain};
use tokio::runtime::Runtime;
use types::Timestamp;

use crate::chain_under_test::{Account, ChainUnderTest, Role, UserMessage, fee, gas_limit};
use crate::deadline::wait_for;
use crate::query::AccountState;

const FEE_DENOM: &str = "stake";
const GAS_PRICE: &str = "0.001stake";
const FIRST_BLOCK_WITHIN: Duration = Duration::from_secs(30);
/// The accounts and their phrases, those of `scripts/chains.sh`: what is theirs has no worth anywhere else.
const ACCOUNTS: [(Role, &str); 4] = [
    (
        Role::Relayer,
        "arrange lazy ghost timber rate injury digital witness merge hero congress program cook human just possible \
         wise join side excess body bar pizza pumpkin",
    ),
    (
        Role::User,
        "steel circle keen forget field dutch weasel distance child loud upgrade door govern search uniform busy \
         luxury wasp banana attract history work initial flower",
    ),
    (
        Role::Rival,
        "between table divorce truly track copper border worth area steel village initial remove hybrid top essay \
         hammer arrest rich crunch hint force salute false",
    ),
    (
        Role::Pauper,
        "glimpse blame silver wolf mind bonus wife hockey physical squeeze announce amused weird clutch wrong raise \
         drink option foot camp title entire glove slot",
    ),
];

/// What two chains are.
#[derive(Clone, Debug)]
pub struct PairOptions {
    /// Their ids.
    pub ids: [&'static str; 2],
    /// A block every so often.
    pub block_time: Duration,
    /// The powers of each chain's validators.
    pub powers: Vec<u64>,
    /// Do nodes keep an index of transactions?
    pub is_tx_indexed: bool,
    /// How many old states nodes keep; none for all.
    pub states_kept: Option<u64>,
    /// How many nodes serve each chain.
    pub nodes: usize,
}

impl PairOptions {
    /// What the scenarios need: several validators, and no index, which few nodes of real networks have.
    pub fn new(block_time: Duration) -> Self {
        Self {
            ids: ["chain-a", "chain-b"],
            block_time,
            powers: vec![10; 4],
            is_tx_indexed: false,
            states_kept: None,
            nodes: 1,
        }
    }
}

/// Two chains and the runtime that they live in; both end when the last of their handles is dropped.
#[derive(Debug)]
struct Host {
    runtime: Runtime,
    network: Mutex<Option<Network>>,
}

/// A chain of the devnet; it is asked through its first node.
pub struct DevnetChain {
    host: Arc<Host>,
    chain: RunningChain,
    id: String,
    rpc: String,
    accounts: BTreeMap<Role, (Key, Account)>,
    is_tx_indexed: bool,
}

impl DevnetChain {
    /// Two chains of one network.
    pub fn pair(options: &PairOptions) -> Result<[Self; 2]> {
        Self::several(options.ids, options)
    }

    /// Chains of one network; `options` says everything but their ids.
    pub fn several<const N: usize>(ids: [&str; N], options: &PairOptions) -> Result<[Self; N]> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let setups = ids.into_iter().map(|id| setup(id, options)).collect::<Result<_>>()?;
        let network = runtime.block_on(Network::start(setups))?;
        let chains = network.chains().to_vec();
        let host = Arc::new(Host { runtime, network: Mutex::new(Some(network)) });
        let chains = chains.into_iter().map(|chain| Self::hosted(&host, chain, options.is_tx_indexed));
        chains.collect::<Result<Vec<_>>>()?.try_into().ok().context("a chain is missing")
    }

    fn hosted(host: &Arc<Host>, chain: RunningChain, is_tx_indexed: bool) -> Result<Self> {
        chain.nodes().iter().for_each(|node| node.set_tx_index(is_tx_indexed));
        let node = chain.nodes().first().context("a chain without a node")?;
        let mut accounts = BTreeMap::new();
        for (role, _) in ACCOUNTS {
            let key = chain.account(role.name()).with_context(|| format!("no key {role}"))?.clone();
            let account = Account { address: key.address().to_text("cosmos"), mnemonic: key.mnemonic().to_owned() };
            accounts.insert(role, (key, account));
        }
        Ok(Self {
            id: chain.with(|chain| chain.id().to_string()),
            rpc: node.rpc().to_string(),
            host: Arc::clone(host),
            accounts,
            chain,
            is_tx_indexed,
        })
    }

    /// Another handle on the same chain: for who has given this one away.
    pub fn twin(&self) -> Self {
        Self {
            host: Arc::clone(&self.host),
            chain: self.chain.clone(),
            id: self.id.clone(),
            rpc: self.rpc.clone(),
            accounts: self.accounts.clone(),
            is_tx_indexed: self.is_tx_indexed,
        }
    }

    /// The chain itself: to fork it, to let its node lie.
    pub fn running(&self) -> &RunningChain {
        &self.chain
    }
}

fn setup(id: &str, pair: &PairOptions) -> Result<ChainSetup> {
    let key = |(role, mnemonic): &(Role, &str)| Key::from_mnemonic(role.name(), mnemonic);
    let accounts: Vec<Key> = ACCOUNTS.iter().map(key).collect();
    let pauper = accounts.iter().find(|key| key.name() == Role::Pauper.name()).map(Key::address);
    let mut setup = ChainSetup::new(id.parse()?, Clock::System, accounts);
    setup.genesis.accounts.retain(|(address, _)| Some(address) != pauper.as_ref());
    setup.options.powers.clone_from(&pair.powers);
    setup.genesis.states_kept = pair.states_kept;
    setup.block_time = Some(pair.block_time);
    setup.nodes = vec![NodePorts::default(); pair.nodes];
    Ok(setup)
}

impl ChainUnderTest for DevnetChain {
    fn id(&self) -> &str {
        &self.id
    }

    fn rpc(&self) -> &str {
        &self.rpc
    }

    fn fee_denom(&self) -> &str {
        FEE_DENOM
    }

    fn gas_price(&self) -> &str {
        GAS_PRICE
    }

    fn account(&self, role: Role) -> &Account {
        &self.accounts[&role].1
    }

    fn is_tx_indexed(&self) -> Result<bool> {
        Ok(self.is_tx_indexed)
    }

    fn sign(&self, role: Role, state: AccountState, txs: &[Vec<UserMessage>]) -> Result<Vec<Vec<u8>>> {
        let latest = self.chain.with(|chain| chain.block(chain.height()).map(|block| block.header.time));
        let latest = latest.context("no block yet")?.unix_timestamp_nanos();
        let latest = Timestamp(u64::try_from(latest)?);
        let (key, account) = &self.accounts[&role];
        txs.iter()
            .zip(state.sequence..)
            .map(|(messages, sequence)| {
                let gas_limit = gas_limit(messages.len());
                let options = TxOptions {
                    chain_id: self.id.parse()?,
                    account_number: state.number,
                    sequence,
                    fee: vec![Coin { denom: FEE_DENOM.to_owned(), amount: fee(gas_limit).into() }],
                    gas_limit,
                    memo: String::new(),
                    timeout_height: 0,
                };
                let messages = messages.iter().map(|message| message.pack(&account.address, latest));
                Ok(key.sign(messages.collect::<Result<_>>()?, &options))
            })
            .collect()
    }

    /// The only node of a chain that stops takes the chain's blocks with it.
    fn stop(&self) -> Result<()> {
        self.chain.pause();
        for node in self.chain.nodes() {
            self.host.runtime.block_on(node.stop());
        }
        Ok(())
    }

    fn start(&self) -> Result<()> {
        for node in self.chain.nodes() {
            self.host.runtime.block_on(node.start())?;
        }
        let chain: &dyn ChainUnderTest = self;
        let at = chain.height()?;
        self.chain.resume();
        wait_for("block of a restarted node", FIRST_BLOCK_WITHIN, || Ok((chain.height()? > at).then_some(())))
    }
}

impl fmt::Debug for DevnetChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevnetChain").field("id", &self.id).field("rpc", &self.rpc).finish_non_exhaustive()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let network = self.network.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(network) = network {
            self.runtime.block_on(network.stop());
        }
    }
}
