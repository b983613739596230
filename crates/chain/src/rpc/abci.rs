//! `abci_query`: a question to the application, with or without a proof.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use tendermint_proto::v0_38::crypto::{ProofOp, ProofOps};
use types::{BlockHeight, QueryHeight};

use super::lenient::{Number, Text};
use super::read;
use crate::error::Failure;
use crate::node_errors::refusal;

/// Steps of a chained proof, at most; an SDK chain's have two (iavl, multistore).
const PROOF_OPS_MAX: usize = 8;

/// A question to the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbciQuery {
    /// Such as `/store/ibc/key`, or a gRPC method's path.
    pub path: String,
    /// The key, or the request's bytes.
    pub data: Vec<u8>,
    /// The state that is asked; `None` for the newest.
    pub at: Option<QueryHeight>,
    /// Ask for a proof?
    pub prove: bool,
}

/// The application's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct AbciAnswer {
    /// 0 is success.
    pub code: u32,
    /// What `code` belongs to.
    pub codespace: String,
    /// The application's text, as it came.
    pub log: String,
    /// The key asked for, if the application repeats it.
    pub key: Vec<u8>,
    /// The value; empty for none.
    pub value: Vec<u8>,
    /// The proof's steps, from the key upwards; none if no proof was asked for.
    pub proof_ops: ProofOps,
    /// The state that answered.
    pub height: QueryHeight,
}

impl AbciAnswer {
    /// The answer, if its code is 0.
    pub(crate) fn checked(self) -> Result<Self, Failure> {
        if self.code == 0 {
            return Ok(self);
        }
        Err(Failure::Refused(Box::new(refusal(&self.codespace, self.code, &self.log))))
    }
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    response: Response<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(default)]
    code: Number,
    #[serde(borrow, default)]
    codespace: Text<'a>,
    #[serde(borrow, default)]
    log: Text<'a>,
    #[serde(borrow, default)]
    key: Text<'a>,
    #[serde(borrow, default)]
    value: Text<'a>,
    #[serde(borrow, default, alias = "proof_ops")]
    proof_ops: Option<Ops<'a>>,
    #[serde(default)]
    height: Number,
}

#[derive(Deserialize)]
struct Ops<'a> {
    #[serde(borrow, default)]
    ops: Option<Vec<Op<'a>>>,
}

#[derive(Deserialize)]
struct Op<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    key: Text<'a>,
    #[serde(borrow, default)]
    data: Text<'a>,
}

/// Reads the result of `abci_query`.
///
/// # Errors
/// When it is none.
pub fn decode(result: &str) -> Result<AbciAnswer, Failure> {
    let response = read::<Raw<'_>>(result)?.response;
    let ops = response.proof_ops.and_then(|proof| proof.ops).unwrap_or_default();
    if ops.len() > PROOF_OPS_MAX {
        return Err(Failure::Malformed(format!("a proof of {} steps", ops.len())));
    }
    let op = |op: Op<'_>| {
        Ok(ProofOp {
            r#type: op.kind.0.into_owned(),
            key: bytes("proof key", &op.key)?,
            data: bytes("proof", &op.data)?,
        })
    };
    Ok(AbciAnswer {
        code: u32::try_from(response.code.0).map_err(|_| Failure::Malformed("a code is no u32".to_owned()))?,
        codespace: response.codespace.0.into_owned(),
        log: response.log.0.into_owned(),
        key: bytes("key", &response.key)?,
        value: bytes("value", &response.value)?,
        proof_ops: ProofOps { ops: ops.into_iter().map(op).collect::<Result<_, Failure>>()? },
        height: QueryHeight(BlockHeight(response.height.unsigned().unwrap_or_default())),
    })
}

fn bytes(what: &str, text: &Text<'_>) -> Result<Vec<u8>, Failure> {
    BASE64.decode(text.0.as_bytes()).map_err(|error| Failure::Malformed(format!("{what} is no base64: {error}")))
}
