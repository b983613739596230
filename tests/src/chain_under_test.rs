//! The seam between the scenarios and the chains that they run on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use proto::cosmos::bank::v1beta1::MsgSend;
use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;
use types::message::MsgTransfer;
use types::{Height, Timestamp};

use crate::block::{self, Block, Work};
use crate::deadline::wait_for;
use crate::json_rpc;
use crate::query::{self, AccountState, Handshakes};

/// How long a chain with blocks of a second may take to commit what its mempool took.
const COMMITTED_WITHIN: Duration = Duration::from_secs(60);
/// Gas of a message of a user's, with room: a first transfer writes a denomination too.
const GAS_PER_MESSAGE: u64 = 200_000;
const GAS_PER_TX: u64 = 100_000;
/// Pays for a unit of gas at the test chains' price of 0.001, rounded up.
const GAS_PER_FEE_UNIT: u64 = 1_000;

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The relayer's wallet.
    Relayer,
    /// Sends and receives transfers.
    User,
    /// Somebody else with money.
    Rival,
    /// Has no money at all, and must keep none.
    Pauper,
}

impl Role {
    /// The name of its key.
    pub fn name(self) -> &'static str {
        match self {
            Self::Relayer => "relayer",
            Self::User => "user",
            Self::Rival => "rival",
            Self::Pauper => "pauper",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An account of a test chain: its mnemonic is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its address.
    pub address: String,
    /// The phrase of its key.
    pub mnemonic: String,
}

/// A message that a user signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserMessage {
    /// An ICS-20 transfer out of this chain.
    Transfer {
        /// Channel on this chain, of port `transfer`.
        channel: String,
        /// How much.
        amount: u128,
        /// Of what.
        denom: String,
        /// Address on the other chain; any text.
        receiver: String,
        /// Seconds from the chain's latest block to the packet's timeout.
        timeout_seconds: u64,
    },
    /// A payment within the chain.
    Pay {
        /// Address of the payee.
        to: String,
        /// How much.
        amount: u128,
        /// Of what.
        denom: String,
    },
}

impl UserMessage {
    /// As its sender signs it when the chain's newest block is of this time.
    pub fn pack(&self, sender: &str, newest: Timestamp) -> Result<Any> {
        Ok(match self {
            Self::Transfer { channel, amount, denom, receiver, timeout_seconds } => MsgTransfer {
                source_port: "transfer".parse()?,
                source_channel: channel.parse()?,
                denom: denom.clone(),
                amount: *amount,
                sender: sender.into(),
                receiver: receiver.clone(),
                timeout_height: Height::ZERO,
                timeout_timestamp: Timestamp(newest.0 + timeout_seconds * 1_000_000_000),
                memo: String::new(),
            }
            .into(),
            Self::Pay { to, amount, denom } => types::wire::pack(&MsgSend {
                from_address: sender.to_owned(),
                to_address: to.clone(),
                amount: vec![Coin { denom: denom.clone(), amount: amount.to_string() }],
            }),
        })
    }
}

/// Enough gas for a user's transaction of so many messages.
pub(crate) fn gas_limit(messages: usize) -> u64 {
    GAS_PER_TX + GAS_PER_MESSAGE * messages as u64
}

/// What pays for so much gas, in the chain's denomination of fees.
pub(crate) fn fee(gas: u64) -> u64 {
    gas.div_ceil(GAS_PER_FEE_UNIT)
}

/// A chain with a node that can be stopped: a real one, or a model of one that serves the same RPC.
pub trait ChainUnderTest: fmt::Debug + Send + Sync {
    /// Its chain id.
    fn id(&self) -> &str;
    /// `HOST:PORT` of its node's JSON-RPC.
    fn rpc(&self) -> &str;
    /// The denomination that pays fees.
    fn fee_denom(&self) -> &str;
    /// What a unit of gas costs, such as `0.001stake`.
    fn gas_price(&self) -> &str;
    /// A funded account, but for [`Role::Pauper`].
    fn account(&self, role: Role) -> &Account;
    /// Does the node index transactions?
    fn is_tx_indexed(&self) -> Result<bool>;
    /// Signs each list of messages as one transaction, the first with `sequence`, the next with one more.
    /// Returns their bytes.
    fn sign(&self, role: Role, state: AccountState, txs: &[Vec<UserMessage>]) -> Result<Vec<Vec<u8>>>;
    /// Ends the node's process, keeps its data.
    fn stop(&self) -> Result<()>;
    /// Starts the node again at the same address; returns when it has made a block.
    fn start(&self) -> Result<()>;
}

impl<C: ChainUnderTest + ?Sized> ChainUnderTest for Arc<C> {
    fn id(&self) -> &str {
        (**self).id()
    }

    fn rpc(&self) -> &str {
        (**self).rpc()
    }

    fn fee_denom(&self) -> &str {
        (**self).fee_denom()
    }

    fn gas_price(&self) -> &str {
        (**self).gas_price()
    }

    fn account(&self, role: Role) -> &Account {
        (**self).account(role)
    }

    fn is_tx_indexed(&self) -> Result<bool> {
        (**self).is_tx_indexed()
    }

    fn sign(&self, role: Role, state: AccountState, txs: &[Vec<UserMessage>]) -> Result<Vec<Vec<u8>>> {
        (**self).sign(role, state, txs)
    }

    fn stop(&self) -> Result<()> {
        (**self).stop()
    }

    fn start(&self) -> Result<()> {
        (**self).start()
    }
}

/// What every chain answers alike, over its RPC.
impl dyn ChainUnderTest + '_ {
    /// Height of the latest block.
    pub fn height(&self) -> Result<u64> {
        let status = json_rpc::call(self.rpc(), "status", &serde_json::json!({}))?;
        let height = status["sync_info"]["latest_block_height"].as_str().unwrap_or_default();
        Ok(height.parse()?)
    }

    /// One block, whole.
    pub fn block(&self, height: u64) -> Result<Block> {
        block::read(self.rpc(), height)
    }

    /// How many transactions wait in the mempool.
    pub fn unconfirmed(&self) -> Result<u64> {
        let answer = json_rpc::call(self.rpc(), "num_unconfirmed_txs", &serde_json::json!({}))?;
        Ok(answer["n_txs"].as_str().unwrap_or_default().parse()?)
    }

    /// What an account holds.
    pub fn balance(&self, address: &str, denom: &str) -> Result<u128> {
        query::balance(self.rpc(), address, denom)
    }

    /// All there is of a denomination.
    pub fn supply(&self, denom: &str) -> Result<u128> {
        query::supply(self.rpc(), denom)
    }

    /// The address that holds what left through this channel.
    pub fn escrow_address(&self, channel: &str) -> Result<String> {
        query::escrow_address(self.rpc(), channel)
    }

    /// Sequences of this transfer channel's packets that are neither acknowledged nor timed out.
    pub fn packet_commitments(&self, channel: &str) -> Result<Vec<u64>> {
        self.pending("transfer", channel)
    }

    /// Sequences of a channel end's packets that are neither acknowledged nor timed out.
    pub fn pending(&self, port: &str, channel: &str) -> Result<Vec<u64>> {
        query::packet_commitments(self.rpc(), port, channel)
    }

    /// All clients, connections and channels.
    pub fn handshakes(&self) -> Result<Handshakes> {
        query::handshakes(self.rpc())
    }

    /// All clients that track another chain, with their states, by their ids.
    pub fn clients(&self) -> Result<Vec<(String, types::ClientState)>> {
        query::clients(self.rpc())
    }

    /// A client's status as ibc-go spells it, such as `Active`.
    pub fn client_status(&self, client: &str) -> Result<String> {
        query::client_status(self.rpc(), client)
    }

    /// An account's number and sequence in the committed state.
    pub fn account_state(&self, role: Role) -> Result<AccountState> {
        query::account(self.rpc(), &self.account(role).address)
    }

    /// What an account did in the blocks `from` to `to`, both counted.
    pub fn work(&self, role: Role, from: u64, to: u64) -> Result<Work> {
        let mut work = Work::default();
        for height in from..=to {
            work.add(&self.block(height)?, &self.account(role).address);
        }
        Ok(work)
    }

    /// Offers a transaction to the mempool: CheckTx's code and log.
    pub fn offer(&self, tx: &[u8]) -> Result<(u64, String)> {
        use base64::Engine;
        let tx = base64::prelude::BASE64_STANDARD.encode(tx);
        let answer = json_rpc::call(self.rpc(), "broadcast_tx_sync", &serde_json::json!({ "tx": tx }))?;
        Ok((answer["code"].as_u64().unwrap_or(0), answer["log"].as_str().unwrap_or_default().to_owned()))
    }

    /// Signs and sends transactions of an account that nobody else uses; returns when all are committed, with the
    /// heights between which they were.
    ///
    /// # Errors
    /// When one is refused, or fails in its block.
    pub fn send(&self, role: Role, txs: &[Vec<UserMessage>]) -> Result<std::ops::RangeInclusive<u64>> {
        let state = self.account_state(role)?;
        let signed = self.sign(role, state, txs)?;
        let from = self.height()?;
        for tx in &signed {
            let (code, log) = self.offer(tx)?;
            ensure!(code == 0, "{} refused a transaction of {role}: code {code}: {log}", self.id());
        }
        let end = state.sequence + signed.len() as u64;
        wait_for(
            &format!("end of {} transactions of {role} on {}", signed.len(), self.id()),
            COMMITTED_WITHIN,
            || Ok((self.account_state(role)?.sequence >= end).then_some(())),
        )?;
        let to = self.height()?;
        let work = self.work(role, from, to)?;
        ensure!(work.failed.is_empty(), "transactions of {role} on {} failed: {:?}", self.id(), work.failed);
        Ok(from..=to)
    }
}
