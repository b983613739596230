//! One chain as a script talks to it: calls whose answers are kept whole, transactions signed here, headers and proofs
//! put together from what the node says.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_consensus::SigningKey;
use light_client::membership::proof_from_ops;
use light_client::{Header, LightBlock, ValidatorSet};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::json_rpc;
use lightship_tests::query::AccountState;
use lightship_tests::signer::{Signer, TxOptions};
use proto::Message;
use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;
use proto::ibc::core::commitment::v1::MerkleProof;
use proto::ibc::lightclients::tendermint::v1::Header as RawHeader;
use serde_json::{Value, json};
use types::message::Proof;
use types::{ChainId, ClientState, Height, Timestamp};

use super::normal;

/// Blocks come twice a second; a machine that is busy takes longer.
const BLOCK_WITHIN: Duration = Duration::from_secs(30);
/// Enough for any transaction of a script.
pub(crate) const GAS: u64 = 1_000_000;

/// A chain, the keys of its accounts, and that of its validator.
pub(crate) struct Driver<'a> {
    pub(crate) chain: &'a dyn ChainUnderTest,
    pub(crate) id: ChainId,
    signers: BTreeMap<Role, Signer>,
    /// The key of its only validator: what it takes to make misbehaviour.
    pub(crate) validator: Option<SigningKey>,
}

/// What became of a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// What `broadcast_tx_sync` answered.
    pub(crate) check: Value,
    /// The height of its block and its result, if CheckTx took it.
    pub(crate) delivery: Option<(u64, Value)>,
}

/// What stands under a key, and the proof.
#[derive(Clone, Debug)]
pub(crate) struct Proven {
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) merkle: MerkleProof,
    pub(crate) proof: Proof,
}

/// The usual wrapping of a transaction.
pub(crate) fn wrapped() -> TxOptions {
    TxOptions { fee: vec![stake(1_000)], gas_limit: GAS, memo: String::new(), timeout_height: 0 }
}

pub(crate) fn stake(amount: u64) -> Coin {
    Coin { denom: "stake".to_owned(), amount: amount.to_string() }
}

impl<'a> Driver<'a> {
    pub(crate) fn new(chain: &'a dyn ChainUnderTest, validator: Option<SigningKey>) -> Result<Self> {
        let signer = |role| Ok((role, Signer::from_mnemonic(chain.id(), &chain.account(role).mnemonic)?));
        let signers = [Role::Relayer, Role::User, Role::Rival, Role::Pauper].map(signer);
        let signers = signers.into_iter().collect::<Result<_>>()?;
        Ok(Self { chain, id: chain.id().parse()?, signers, validator })
    }

    pub(crate) fn address(&self, role: Role) -> &str {
        self.signers[&role].address()
    }

    /// A call over HTTP, answer and all: errors too.
    pub(crate) fn ask(&self, method: &str, params: &Value) -> Result<Value> {
        let question = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        self.exchange("POST / ", &question.to_string())
    }

    pub(crate) fn exchange(&self, request: &str, body: &str) -> Result<Value> {
        let answer = json_rpc::exchange(self.chain.rpc(), request, body)?;
        let text = String::from_utf8_lossy(&answer.body).replace(self.chain.rpc(), "<address>");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(json!({ "status": answer.status, "body": body }))
    }

    pub(crate) fn result(&self, method: &str, params: &Value) -> Result<Value> {
        json_rpc::call(self.chain.rpc(), method, params)
    }

    pub(crate) fn head(&self) -> Result<u64> {
        self.chain.height()
    }

    /// Waits until the chain has this height.
    pub(crate) fn reach(&self, height: u64) -> Result<()> {
        wait_for(&format!("height {height} of {}", self.id), BLOCK_WITHIN, || {
            Ok((self.head()? >= height).then_some(()))
        })?;
        self.settle(height)
    }

    pub(crate) fn height(&self, revision_height: u64) -> Height {
        Height { revision_number: self.id.revision_number(), revision_height }
    }

    pub(crate) fn time(&self, height: u64) -> Result<Timestamp> {
        let time = self.light_block(height)?.signed_header.header.time;
        Ok(Timestamp(u64::try_from(time.unix_timestamp_nanos())?))
    }

    // --- transactions

    pub(crate) fn state(&self, role: Role) -> Result<AccountState> {
        self.chain.account_state(role)
    }

    pub(crate) fn sign(&self, role: Role, messages: Vec<Any>, options: &TxOptions) -> Result<Vec<u8>> {
        Ok(self.sign_as(role, self.state(role)?, messages, options))
    }

    pub(crate) fn sign_as(&self, role: Role, state: AccountState, messages: Vec<Any>, options: &TxOptions) -> Vec<u8> {
        self.signers[&role].sign(messages, state, options)
    }

    /// Offers a transaction; if CheckTx takes it, waits for its block.
    pub(crate) fn offer(&self, tx: &[u8]) -> Result<Sent> {
        let from = self.head()?;
        let tx = BASE64_STANDARD.encode(tx);
        let check = self.result("broadcast_tx_sync", &json!({ "tx": tx }))?;
        if check["code"] != json!(0) {
            return Ok(Sent { check, delivery: None });
        }
        let mut next = from;
        let delivery = wait_for(&format!("block of a transaction on {}", self.id), BLOCK_WITHIN, || {
            while next <= self.head()? {
                let at = json!({ "height": next.to_string() });
                let block = self.result("block", &at)?;
                let txs = block["block"]["data"]["txs"].as_array().cloned().unwrap_or_default();
                if let Some(index) = txs.iter().position(|found| *found == json!(tx)) {
                    let results = self.result("block_results", &at)?;
                    return Ok(Some((next, results["txs_results"][index].clone())));
                }
                next += 1;
            }
            Ok(None)
        });
        let delivery = delivery?;
        self.settle(delivery.0)?;
        Ok(Sent { check, delivery: Some(delivery) })
    }

    /// Waits until the state of a height can be asked for: a node has a block's results before its state.
    fn settle(&self, height: u64) -> Result<()> {
        wait_for(&format!("state {height} of {}", self.id), BLOCK_WITHIN, || {
            Ok((self.state_height()? >= height).then_some(()))
        })
    }

    /// The height of the newest state that can be asked for.
    pub(crate) fn state_height(&self) -> Result<u64> {
        let answer = self.result("abci_info", &json!({}))?;
        Ok(answer["response"]["last_block_height"].as_str().unwrap_or_default().parse()?)
    }

    /// Waits until an account has committed so many transactions.
    pub(crate) fn reach_sequence(&self, role: Role, sequence: u64) -> Result<()> {
        wait_for(&format!("sequence {sequence} of {role} on {}", self.id), BLOCK_WITHIN, || {
            Ok((self.state(role)?.sequence >= sequence).then_some(()))
        })
    }

    pub(crate) fn send(&self, role: Role, messages: Vec<Any>) -> Result<Sent> {
        self.offer(&self.sign(role, messages, &wrapped())?)
    }

    // --- what light clients are told

    pub(crate) fn light_block(&self, height: u64) -> Result<LightBlock> {
        let commit = self.result("commit", &json!({ "height": height.to_string() }))?;
        let signed_header: tendermint::block::signed_header::SignedHeader =
            serde_json::from_value(commit["signed_header"].clone())?;
        let validators = self.validators(height)?;
        Ok(LightBlock { signed_header, validators, next_validators: None })
    }

    fn validators(&self, height: u64) -> Result<ValidatorSet> {
        let page = self.result("validators", &json!({ "height": height.to_string(), "per_page": "100" }))?;
        Ok(ValidatorSet::new(serde_json::from_value(page["validators"].clone())?, None)?)
    }

    /// The header that brings a client from one height to another.
    pub(crate) fn header(&self, trusted: u64, height: u64) -> Result<RawHeader> {
        let header = Header::new(self.light_block(height)?, self.height(trusted), self.validators(trusted + 1)?);
        Ok(header.into())
    }

    /// What stands under a key of the IBC store in the state of `height`, proven by the header after it.
    pub(crate) fn prove(&self, key: &[u8], height: u64) -> Result<Proven> {
        self.prove_in("ibc", key, height)
    }

    pub(crate) fn prove_in(&self, store: &str, key: &[u8], height: u64) -> Result<Proven> {
        let answer = self.query(&format!("/store/{store}/key"), key, height, true)?;
        ensure!(answer["code"] == json!(0), "{answer}");
        let bytes = |value: &Value| BASE64_STANDARD.decode(value.as_str().unwrap_or_default());
        let mut ops = Vec::new();
        for op in answer["proofOps"]["ops"].as_array().into_iter().flatten() {
            ops.push((op["type"].as_str().unwrap_or_default(), bytes(&op["data"])?));
        }
        let merkle = proof_from_ops(ops.iter().map(|(kind, data)| (*kind, data.as_slice())))?;
        let value = Some(bytes(&answer["value"])?).filter(|value| !value.is_empty());
        let proof = Proof { bytes: merkle.encode_to_vec(), height: self.height(height + 1) };
        Ok(Proven { value, merkle, proof })
    }

    /// The response of `abci_query`.
    pub(crate) fn query(&self, path: &str, data: &[u8], height: u64, prove: bool) -> Result<Value> {
        let params = json!({ "path": path, "data": hex::encode(data), "height": height.to_string(), "prove": prove });
        Ok(self.result("abci_query", &params)?["response"].take())
    }

    /// The answer to a gRPC request.
    pub(crate) fn grpc<R: Message + Default>(&self, path: &str, request: &impl Message) -> Result<R> {
        let answer = self.query(path, &request.encode_to_vec(), 0, false)?;
        ensure!(answer["code"] == json!(0), "{path}: {answer}");
        Ok(R::decode(BASE64_STANDARD.decode(answer["value"].as_str().unwrap_or_default())?.as_slice())?)
    }

    /// The state of a client that this chain holds.
    pub(crate) fn client_state(&self, client: &str) -> Result<ClientState> {
        use proto::ibc::core::client::v1::{QueryClientStateRequest, QueryClientStateResponse};
        let request = QueryClientStateRequest { client_id: client.to_owned() };
        let answer: QueryClientStateResponse = self.grpc("/ibc.core.client.v1.Query/ClientState", &request)?;
        Ok(answer.client_state.context("no client state")?.try_into()?)
    }
}

impl Sent {
    /// Masked, for the transcript.
    pub(crate) fn answer(&self) -> Value {
        match &self.delivery {
            Some((_, delivery)) => json!({ "check": normal::json(&self.check), "delivery": normal::json(delivery) }),
            None => json!({ "check": normal::json(&self.check) }),
        }
    }

    /// The height of its block.
    ///
    /// # Errors
    /// When it was refused or failed.
    pub(crate) fn ok(&self) -> Result<u64> {
        match &self.delivery {
            Some((height, delivery)) if delivery["code"] == json!(0) => Ok(*height),
            Some((_, delivery)) => bail!("delivery failed: {}", delivery["log"]),
            None => bail!("CheckTx refused: {}", self.check["log"]),
        }
    }

    /// It was refused or failed, as it should.
    pub(crate) fn refused(&self) -> Result<()> {
        ensure!(self.ok().is_err(), "it was taken: {:?}", self.check);
        Ok(())
    }

    /// The values of an attribute of all its events of a kind, in order.
    pub(crate) fn attributes(&self, kind: &str, key: &str) -> Vec<String> {
        let events = self.delivery.iter().flat_map(|(_, delivery)| delivery["events"].as_array()).flatten();
        let attributes = events.filter(|event| event["type"] == kind).flat_map(|event| event["attributes"].as_array());
        let found = attributes.flatten().filter(|attribute| attribute["key"] == key);
        found.filter_map(|attribute| attribute["value"].as_str().map(str::to_owned)).collect()
    }
}
