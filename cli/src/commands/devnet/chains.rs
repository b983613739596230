//! The chains that are started, and how they are reached.

use std::time::Duration;

use devnet::account::Account;
use devnet::app::genesis::Genesis;
use devnet::clock::Clock;
use devnet::network::{ChainSetup, Network, NetworkError, NodePorts, RunningChain};
use serde::Serialize;
use types::ChainId;

use crate::exit::Failure;

/// Who has money, in this order, the same on every chain.
pub(crate) const RELAYER: &str = "relayer";
pub(crate) const USER: &str = "user";
const ACCOUNTS: [&str; 3] = [RELAYER, USER, "rival"];
/// What each of them has of either denomination.
const AMOUNT: u128 = ChainSetup::FUNDS;
/// What is sent; fees are paid in the other one, `stake`.
pub(crate) const TOKEN: &str = ChainSetup::TOKEN;
/// Of each validator.
const POWER: u64 = 10;
/// From one chain's first port to the next one's.
const PORTS_PER_CHAIN: u16 = 10;
/// JSON-RPC and gRPC.
const PORTS_PER_NODE: u16 = 2;

/// What is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How many chains, 26 at most: they are named by letters.
    pub(crate) count: u8,
    pub(crate) ports: Ports,
    pub(crate) block_time: Duration,
    /// Of each chain.
    pub(crate) validators: u16,
    /// All keys follow from it.
    pub(crate) seed: u64,
    /// Has the first chain a second node, to lie?
    pub(crate) has_liar: bool,
}

/// Where the nodes listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ports {
    /// Wherever it is free.
    Free,
    /// Chain k, from 0, at so much and 10 k more: JSON-RPC, gRPC, then both of a second node.
    From(u16),
}

/// Chains that run, and how they are reached.
#[derive(Debug)]
pub(crate) struct Devnet {
    pub(crate) network: Network,
    pub(crate) reaches: Vec<Reach>,
}

/// How a chain is reached, and who has money on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Reach {
    pub(crate) id: ChainId,
    pub(crate) prefix: String,
    pub(crate) gas_price: String,
    pub(crate) nodes: Vec<NodeReach>,
    pub(crate) accounts: Vec<Purse>,
}

/// How a node is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NodeReach {
    pub(crate) rpc: String,
    pub(crate) websocket: String,
    pub(crate) grpc: String,
}

/// A funded account. Money of no worth: the mnemonic may be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Purse {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) mnemonic: String,
}

impl Devnet {
    /// Starts them.
    ///
    /// # Errors
    /// When a port is taken, or there is none of that number.
    pub(crate) async fn start(plan: &Plan) -> Result<Self, Failure> {
        let setups = setups(plan)?;
        let geneses: Vec<Genesis> = setups.iter().map(|setup| setup.genesis.clone()).collect();
        let network = Network::start(setups).await.map_err(|error| refused(&error, plan.ports))?;
        let reaches = network.chains().iter().zip(&geneses).map(|(chain, genesis)| Reach::of(chain, genesis)).collect();
        Ok(Self { network, reaches })
    }
}

impl Reach {
    fn of(chain: &RunningChain, genesis: &Genesis) -> Self {
        let node = |node: &devnet::network::Node| NodeReach {
            rpc: format!("http://{}", node.rpc()),
            websocket: format!("ws://{}/websocket", node.rpc()),
            grpc: format!("http://{}", node.grpc()),
        };
        let purse = |account: &Account| Purse {
            name: account.name().to_owned(),
            address: account.address().to_text(&genesis.prefix),
            mnemonic: account.mnemonic().to_owned(),
        };
        Self {
            id: genesis.chain_id.clone(),
            prefix: genesis.prefix.clone(),
            gas_price: genesis.minimum_gas_price.clone(),
            nodes: chain.nodes().iter().map(node).collect(),
            accounts: chain.accounts().iter().map(purse).collect(),
        }
    }
}

fn setups(plan: &Plan) -> Result<Vec<ChainSetup>, Failure> {
    (0..plan.count).map(|index| setup(plan, index)).collect()
}

fn setup(plan: &Plan, index: u8) -> Result<ChainSetup, Failure> {
    let id: ChainId = format!("chain-{}", char::from(b'a' + index)).parse().map_err(Failure::internal)?;
    let accounts: Vec<Account> = ACCOUNTS.iter().map(|name| Account::from_seed(name, plan.seed)).collect();
    let nodes = if plan.has_liar && index == 0 { 2 } else { 1 };
    let mut setup = ChainSetup::new(id, Clock::System, accounts);
    setup.options.powers = vec![POWER; usize::from(plan.validators)];
    // Chains of one seed have users in common, but no validators.
    setup.options.seed = plan.seed.wrapping_add(u64::from(index));
    setup.block_time = Some(plan.block_time);
    setup.nodes = (0..nodes).map(|node| ports(plan.ports, index, node)).collect::<Result<_, _>>()?;
    Ok(setup)
}

fn ports(ports: Ports, chain: u8, node: u16) -> Result<NodePorts, Failure> {
    let Ports::From(base) = ports else { return Ok(NodePorts::default()) };
    let rpc = base.checked_add(u16::from(chain) * PORTS_PER_CHAIN + node * PORTS_PER_NODE);
    let pair = rpc.and_then(|rpc| Some(NodePorts { rpc, grpc: rpc.checked_add(1)? }));
    pair.ok_or_else(|| Failure::wrong(format!("ports from {base} on are too few for all chains; give a lower --port")))
}

fn refused(error: &NetworkError, ports: Ports) -> Failure {
    match ports {
        Ports::Free => Failure::Internal(error.to_string()),
        Ports::From(_) => {
            Failure::wrong(format!("{error}; end what listens there, or choose other ports with --port BASE"))
        }
    }
}

/// How they are reached, for people.
pub(crate) fn words(reaches: &[Reach]) -> String {
    let mut words = String::new();
    for Reach { id, gas_price, nodes, .. } in reaches {
        words.push_str(&format!("{id}\n"));
        for NodeReach { rpc, websocket, grpc } in nodes {
            words.push_str(&format!("  rpc        {rpc}\n  websocket  {websocket}\n  grpc       {grpc}\n"));
        }
        words.push_str(&format!("  gas price  {gas_price}\n\n"));
    }
    words.push_str(&format!("accounts, on every chain with {AMOUNT}stake and {AMOUNT}{TOKEN}\n"));
    for Purse { name, address, mnemonic } in reaches.iter().take(1).flat_map(|reach| &reach.accounts) {
        words.push_str(&format!("  {name:<9}  {address}\n             {mnemonic}\n"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(ports: Ports) -> Plan {
        Plan { count: 3, ports, block_time: Duration::from_secs(1), validators: 4, seed: 7, has_liar: true }
    }

    #[test]
    fn chains_are_named_by_letters_and_share_users_but_no_validators() {
        let setups = setups(&plan(Ports::Free)).unwrap();
        let ids: Vec<_> = setups.iter().map(|setup| setup.genesis.chain_id.as_str()).collect();
        assert_eq!(ids, ["chain-a", "chain-b", "chain-c"]);
        let seeds: std::collections::BTreeSet<_> = setups.iter().map(|setup| setup.options.seed).collect();
        assert_eq!(seeds.len(), 3);
        for setup in &setups {
            assert_eq!(setup.genesis.accounts, setups[0].genesis.accounts);
            assert_eq!(setup.options.powers, [POWER; 4]);
            assert_eq!(setup.genesis.accounts.len(), ACCOUNTS.len());
        }
    }

    #[test]
    fn each_chain_has_ten_ports_and_the_first_one_a_node_that_may_lie() {
        let setups = setups(&plan(Ports::From(26_600))).unwrap();
        let ports: Vec<Vec<_>> =
            setups.iter().map(|setup| setup.nodes.iter().map(|node| (node.rpc, node.grpc)).collect()).collect();
        let expected = [vec![(26_600, 26_601), (26_602, 26_603)], vec![(26_610, 26_611)], vec![(26_620, 26_621)]];
        assert_eq!(ports, expected);
    }

    #[test]
    fn ports_above_the_last_one_are_refused() {
        assert!(setups(&plan(Ports::From(65_514))).is_ok());
        let refused = setups(&plan(Ports::From(65_515))).unwrap_err().to_string();
        assert!(refused.contains("--port"), "{refused}");
    }

    #[test]
    fn a_taken_port_is_named_with_the_mend() {
        let error = NetworkError {
            what: "JSON-RPC of chain-a".to_owned(),
            address: ([127, 0, 0, 1], 26_600).into(),
            source: std::io::ErrorKind::AddrInUse.into(),
        };
        let said = refused(&error, Ports::From(26_600)).to_string();
        assert!(said.contains("JSON-RPC of chain-a on 127.0.0.1:26600") && said.contains("--port"), "{said}");
    }
}
