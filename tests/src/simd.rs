//! Transactions made and signed by the chain's own binary, offline.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::query::AccountState;

/// Gas of a message of a user's, with room: a first transfer writes a denomination too.
const GAS_PER_MESSAGE: u64 = 200_000;
const GAS_PER_TX: u64 = 100_000;
/// Pays for a unit of gas at the test chains' price of 0.001, rounded up.
const GAS_PER_FEE_UNIT: u64 = 1_000;

/// The chain's binary and a home with its test keyring.
#[derive(Clone, Copy, Debug)]
pub struct Simd<'a> {
    /// The binary.
    pub binary: &'a Path,
    /// The home that holds the keys.
    pub home: &'a Path,
    /// The chain that is signed for.
    pub chain_id: &'a str,
    /// What fees are paid in.
    pub fee_denom: &'a str,
}

impl Simd<'_> {
    /// Signs each list of messages (protobuf JSON with `@type`) as one transaction, sequences counting up.
    pub fn sign(&self, key: &str, state: AccountState, txs: &[Vec<Value>]) -> Result<Vec<Vec<u8>>> {
        let directory = tempfile::tempdir()?;
        txs.iter()
            .zip(state.sequence..)
            .map(|(messages, sequence)| {
                let unsigned = directory.path().join(format!("{sequence}.json"));
                let signed = directory.path().join(format!("{sequence}.signed.json"));
                fs::write(&unsigned, self.unsigned(messages).to_string())?;
                let (number, sequence) = (state.number.to_string(), sequence.to_string());
                self.run(&[
                    "tx".as_ref(),
                    "sign".as_ref(),
                    unsigned.as_os_str(),
                    "--from".as_ref(),
                    key.as_ref(),
                    "--offline".as_ref(),
                    "--account-number".as_ref(),
                    number.as_ref(),
                    "--sequence".as_ref(),
                    sequence.as_ref(),
                    "--chain-id".as_ref(),
                    self.chain_id.as_ref(),
                    "--keyring-backend".as_ref(),
                    "test".as_ref(),
                    "--output-document".as_ref(),
                    signed.as_os_str(),
                ])?;
                let encoded = self.run(&["tx".as_ref(), "encode".as_ref(), signed.as_os_str()])?;
                BASE64_STANDARD.decode(encoded.trim()).context("encoded transaction")
            })
            .collect()
    }

    /// The address of a key.
    pub fn address(&self, key: &str) -> Result<String> {
        let arguments = ["keys", "show", key, "--address", "--keyring-backend", "test"].map(AsRef::as_ref);
        Ok(self.run(&arguments)?.trim().to_owned())
    }

    /// The state of a client that this chain holds, as protobuf JSON.
    pub fn client_state(&self, rpc: &str, client: &str) -> Result<Value> {
        let node = format!("tcp://{rpc}");
        let arguments = ["query", "ibc", "client", "state", client, "--node", &node, "--output", "json"];
        let answer: Value = serde_json::from_str(&self.run(&arguments.map(AsRef::as_ref))?)?;
        Ok(answer["client_state"].clone())
    }

    fn unsigned(&self, messages: &[Value]) -> Value {
        let gas = GAS_PER_TX + GAS_PER_MESSAGE * messages.len() as u64;
        json!({
            "body": {
                "messages": messages, "memo": "", "timeout_height": "0",
                "extension_options": [], "non_critical_extension_options": [],
            },
            "auth_info": {
                "signer_infos": [],
                "fee": {
                    "amount": [{ "denom": self.fee_denom, "amount": gas.div_ceil(GAS_PER_FEE_UNIT).to_string() }],
                    "gas_limit": gas.to_string(), "payer": "", "granter": "",
                },
            },
            "signatures": [],
        })
    }

    fn run(&self, arguments: &[&std::ffi::OsStr]) -> Result<String> {
        let output = Command::new(self.binary).args(arguments).arg("--home").arg(self.home).output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{} {arguments:?}: {errors}", self.binary.display());
        Ok(String::from_utf8(output.stdout)?)
    }
}
