//! The chains that `scripts/chains.sh` brings up, as its `chains.json` describes them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proto::cosmos::base::v1beta1::Coin;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use types::Timestamp;

use crate::block::Work;
use crate::chain_under_test::{Account, ChainUnderTest, Role, UserMessage, fee, gas_limit};
use crate::deadline::wait_for;
use crate::json_rpc;
use crate::query::{self, AccountState};
use crate::signer::{Signer, TxOptions};
use crate::simd::Simd;

/// A restarted node has to see its own vote again before it goes on.
const FIRST_BLOCK_WITHIN: Duration = Duration::from_secs(30);
const COMMITTED_WITHIN: Duration = Duration::from_secs(60);
/// The name of the key that its validator's stake belongs to.
const VALIDATOR: &str = "validator";

/// An ibc-go chain of one node on loopback.
#[derive(Clone, Debug)]
pub struct RealChain {
    name: String,
    id: String,
    rpc: String,
    fee_denom: String,
    gas_price: String,
    accounts: BTreeMap<Role, Account>,
    signers: BTreeMap<Role, Arc<Signer>>,
    binary: PathBuf,
    home: PathBuf,
    directory: PathBuf,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    id: String,
    rpc: String,
    denom: String,
    gas_price: String,
    home: PathBuf,
    node_command: Vec<PathBuf>,
    keys: BTreeMap<String, DescribedKey>,
}

#[derive(Deserialize)]
struct DescribedKey {
    address: String,
    mnemonic: String,
}

impl RealChain {
    /// All chains of a `chains.json`.
    pub fn read_all(file: &Path) -> Result<Vec<Self>> {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let described: Vec<Described> = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let directory = file.parent().context("chains.json has no directory")?;
        described.into_iter().map(|chain| Self::described(chain, directory)).collect()
    }

    fn described(chain: Described, directory: &Path) -> Result<Self> {
        let (mut accounts, mut signers) = (BTreeMap::new(), BTreeMap::new());
        for role in [Role::Relayer, Role::User, Role::Rival, Role::Pauper] {
            let key = chain.keys.get(role.name()).with_context(|| format!("{} has no key {role}", chain.id))?;
            signers.insert(role, Arc::new(Signer::from_mnemonic(&chain.id, &key.mnemonic)?));
            accounts.insert(role, Account { address: key.address.clone(), mnemonic: key.mnemonic.clone() });
        }
        Ok(Self {
            rpc: chain.rpc.trim_start_matches("http://").to_owned(),
            binary: chain.node_command.into_iter().next().context("no node_command")?,
            name: chain.name,
            id: chain.id,
            fee_denom: chain.denom,
            gas_price: chain.gas_price,
            accounts,
            signers,
            home: chain.home,
            directory: directory.to_owned(),
        })
    }

    /// The private key of its validator, as its node keeps it: 32 bytes.
    pub fn validator_key(&self) -> Result<[u8; 32]> {
        let file = self.home.join("config").join("priv_validator_key.json");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let key: Value = serde_json::from_str(&text)?;
        let bytes = BASE64_STANDARD.decode(key["priv_key"]["value"].as_str().unwrap_or_default())?;
        // The secret, then the public key.
        let secret = bytes.first_chunk().with_context(|| format!("{} holds no ed25519 key", file.display()))?;
        Ok(*secret)
    }

    /// The address of its validator's account.
    pub fn validator_address(&self) -> Result<String> {
        self.simd().address(VALIDATOR)
    }

    /// The state of a client that it holds, as protobuf JSON.
    pub fn client_state(&self, client: &str) -> Result<Value> {
        self.simd().client_state(&self.rpc, client)
    }

    /// Signs messages (protobuf JSON with `@type`) with its validator's account, as one transaction, and sends it;
    /// returns when it is committed.
    ///
    /// # Errors
    /// When it is refused, or fails in its block.
    pub fn submit_as_validator(&self, messages: &[Value]) -> Result<()> {
        let chain: &dyn ChainUnderTest = self;
        let address = self.validator_address()?;
        let state = query::account(&self.rpc, &address)?;
        let tx = self.simd().sign(VALIDATOR, state, messages)?;
        let from = chain.height()?;
        let (code, log) = chain.offer(&tx)?;
        ensure!(code == 0, "{} refused its validator's transaction: code {code}: {log}", self.id);
        wait_for("end of the validator's transaction", COMMITTED_WITHIN, || {
            Ok((query::account(&self.rpc, &address)?.sequence > state.sequence).then_some(()))
        })?;
        let mut work = Work::default();
        for height in from + 1..=chain.height()? {
            work.add(&chain.block(height)?, &address);
        }
        ensure!(work.txs == 1 && work.failed.is_empty(), "its validator's transaction on {}: {work:?}", self.id);
        Ok(())
    }

    /// Has it go on under another id, from the state that it halted with.
    pub fn upgrade_to(&self, id: &str) -> Result<()> {
        self.script("upgrade", &[id])
    }

    /// Has it go on twice from its latest block, as under validators who sign two chains: returns the copy, which has its
    /// id and its validator's key, at other addresses. Both have made a block since.
    pub fn fork(&self, name: &str) -> Result<Self> {
        self.script("fork", &[name])?;
        let copy = Self::read_all(&self.directory.join("chains.json"))?.into_iter().find(|chain| chain.name == name);
        let copy = copy.with_context(|| format!("chains.json has no {name}"))?;
        self.wait_for_block_after_start()?;
        copy.wait_for_block_after_start()?;
        Ok(copy)
    }

    /// Until its next block a restarted SDK node checks signatures as if it were at genesis, with account number 0.
    fn wait_for_block_after_start(&self) -> Result<()> {
        let chain: &dyn ChainUnderTest = self;
        let at = chain.height()?;
        wait_for("block of a restarted node", FIRST_BLOCK_WITHIN, || Ok((chain.height()? > at).then_some(())))
    }

    fn simd(&self) -> Simd<'_> {
        Simd { binary: &self.binary, home: &self.home, chain_id: &self.id, fee_denom: &self.fee_denom }
    }

    fn script(&self, command: &str, more: &[&str]) -> Result<()> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/chains.sh");
        let mut run = Command::new(script);
        let output =
            run.args([command, &self.name]).args(more).arg("--dir").arg(&self.directory).output().context(script)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "chains.sh {command} {}: {errors}", self.name);
        Ok(())
    }
}

impl ChainUnderTest for RealChain {
    fn id(&self) -> &str {
        &self.id
    }

    fn rpc(&self) -> &str {
        &self.rpc
    }

    fn fee_denom(&self) -> &str {
        &self.fee_denom
    }

    fn gas_price(&self) -> &str {
        &self.gas_price
    }

    fn account(&self, role: Role) -> &Account {
        &self.accounts[&role]
    }

    fn is_tx_indexed(&self) -> Result<bool> {
        let status = json_rpc::call(&self.rpc, "status", &json!({}))?;
        Ok(status["node_info"]["other"]["tx_index"] == "on")
    }

    fn sign(&self, role: Role, state: AccountState, txs: &[Vec<UserMessage>]) -> Result<Vec<Vec<u8>>> {
        let status = json_rpc::call(&self.rpc, "status", &json!({}))?;
        let latest = status["sync_info"]["latest_block_time"].as_str().context("status without time")?;
        let latest = OffsetDateTime::parse(latest, &Rfc3339)?;
        let latest = Timestamp(u64::try_from(latest.unix_timestamp_nanos())?);
        let signer = &self.signers[&role];
        txs.iter()
            .zip(state.sequence..)
            .map(|(messages, sequence)| {
                let gas_limit = gas_limit(messages.len());
                let fee = Coin { denom: self.fee_denom.clone(), amount: fee(gas_limit).to_string() };
                let options = TxOptions { fee: vec![fee], gas_limit, memo: String::new(), timeout_height: 0 };
                let messages = messages.iter().map(|message| message.pack(signer.address(), latest));
                Ok(signer.sign(messages.collect::<Result<_>>()?, AccountState { sequence, ..state }, &options))
            })
            .collect()
    }

    fn stop(&self) -> Result<()> {
        self.script("stop", &[])
    }

    fn start(&self) -> Result<()> {
        self.script("start", &[])?;
        self.wait_for_block_after_start()
    }
}
