//! What the chain's own binary does: offline, it signs with the keys of its home; online, it shows state as JSON.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::chain_under_test::{fee, gas_limit};
use crate::query::AccountState;

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
    /// Signs messages (protobuf JSON with `@type`) as one transaction.
    pub fn sign(&self, key: &str, state: AccountState, messages: &[Value]) -> Result<Vec<u8>> {
        let directory = tempfile::tempdir()?;
        let (unsigned, signed) = (directory.path().join("unsigned.json"), directory.path().join("signed.json"));
        fs::write(&unsigned, self.unsigned(messages).to_string())?;
        let (number, sequence) = (state.number.to_string(), state.sequence.to_string());
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
        let gas = gas_limit(messages.len());
        json!({
            "body": {
                "messages": messages, "memo": "", "timeout_height": "0",
                "extension_options": [], "non_critical_extension_options": [],
            },
            "auth_info": {
                "signer_infos": [],
                "fee": {
                    "amount": [{ "denom": self.fee_denom, "amount": fee(gas).to_string() }],
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
