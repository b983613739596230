//! `block` and `blockchain`: what stands in a block, and headers, some at a time.
//!
//! Transactions are the bytes that were broadcast; evidence is left as JSON, to be read by `light-client`. That header
//! and contents belong together is for whoever reads them to check (`data_hash`, `evidence_hash`): all of it is a claim.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::value::RawValue;
use tendermint::block::Header;

use super::lenient::Text;
use super::read;
use crate::error::Failure;

/// A block's contents, as a node tells them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockContents {
    /// The header; nothing of it is verified.
    pub header: Header,
    /// The transactions' bytes, in order.
    pub transactions: Vec<Vec<u8>>,
    /// The evidence in it, each as a JSON object, in order.
    pub evidence: Vec<String>,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    block: RawBlock<'a>,
}

#[derive(Deserialize)]
struct RawBlock<'a> {
    header: Header,
    #[serde(default)]
    data: RawData,
    #[serde(borrow, default)]
    evidence: RawEvidence<'a>,
}

#[derive(Default, Deserialize)]
struct RawData {
    #[serde(default)]
    txs: Option<Vec<Tx>>,
}

#[derive(Default, Deserialize)]
struct RawEvidence<'a> {
    #[serde(borrow, default)]
    evidence: Option<Vec<&'a RawValue>>,
}

struct Tx(Vec<u8>);

impl<'de> Deserialize<'de> for Tx {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        BASE64.decode(text.0.as_bytes()).map(Self).map_err(|error| D::Error::custom(format!("a transaction: {error}")))
    }
}

/// Reads the result of `block`.
///
/// # Errors
/// When it is none.
pub fn decode(result: &str) -> Result<BlockContents, Failure> {
    let block = read::<Raw<'_>>(result)?.block;
    Ok(BlockContents {
        header: block.header,
        transactions: block.data.txs.unwrap_or_default().into_iter().map(|tx| tx.0).collect(),
        evidence: block.evidence.evidence.unwrap_or_default().into_iter().map(|json| json.get().to_owned()).collect(),
    })
}

/// Reads the result of `blockchain`: headers, heights ascending, as the node tells them newest first.
///
/// # Errors
/// When it is none.
pub fn decode_headers(result: &str) -> Result<Vec<Header>, Failure> {
    #[derive(Deserialize)]
    struct Raw {
        #[serde(default)]
        block_metas: Option<Vec<Meta>>,
    }
    #[derive(Deserialize)]
    struct Meta {
        header: Header,
    }
    let metas = read::<Raw>(result)?.block_metas.unwrap_or_default();
    Ok(metas.into_iter().rev().map(|meta| meta.header).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"version":{"block":"11","app":"1"},"chain_id":"chain-1","height":"9",
        "time":"2026-01-31T12:00:00.5Z","last_block_id":{"hash":"","parts":{"total":0,"hash":""}},
        "last_commit_hash":"","data_hash":"","validators_hash":"2B74E3766798C9E5CB8FB6C5FD8078EF7082E186AADB015E55EAB8725EA2DC25",
        "next_validators_hash":"2B74E3766798C9E5CB8FB6C5FD8078EF7082E186AADB015E55EAB8725EA2DC25","consensus_hash":"2B74E3766798C9E5CB8FB6C5FD8078EF7082E186AADB015E55EAB8725EA2DC25",
        "app_hash":"0202","last_results_hash":"","evidence_hash":"","proposer_address":"5EF3B5F25C54946D4A89FC0D09D2F126614540F2"}"#;

    fn answer(rest: &str) -> Result<BlockContents, Failure> {
        decode(&format!(r#"{{"block_id":{{}},"block":{{"header":{HEADER}{rest}}}}}"#))
    }

    #[test]
    fn transactions_and_evidence_stand_in_their_order() {
        let evidence = r#"{"type":"tendermint/DuplicateVoteEvidence","value":{"vote_a":null}}"#;
        let rest = format!(
            r#","data":{{"txs":["AQI=","","AwQF"]}},"evidence":{{"evidence":[{evidence},{{"type":"x"}}]}},"last_commit":{{}}"#
        );
        let block = answer(&rest).unwrap();
        assert_eq!(block.transactions, [vec![1, 2], vec![], vec![3, 4, 5]]);
        assert_eq!(block.evidence, [evidence, r#"{"type":"x"}"#]);
        assert_eq!(block.header.height.value(), 9);
    }

    #[test]
    fn nothing_may_be_null_empty_or_left_out() {
        let rests = [
            r#","data":{"txs":[]},"evidence":{"evidence":[]}"#,
            r#","data":{"txs":null},"evidence":{"evidence":null}"#,
            r#","data":{},"evidence":{}"#,
            "",
        ];
        for rest in rests {
            let block = answer(rest).unwrap();
            assert!(block.transactions.is_empty() && block.evidence.is_empty(), "{rest}");
        }
    }

    #[test]
    fn bytes_that_are_none_fail_the_block() {
        assert!(matches!(answer(r#","data":{"txs":["!"]}"#), Err(Failure::Malformed(_))));
        assert!(matches!(decode(r#"{"block":null}"#), Err(Failure::Malformed(_))));
    }

    #[test]
    fn headers_come_in_ascending_order() {
        let meta = |height: &str| format!(r#"{{"header":{}}}"#, HEADER.replace(r#""height":"9""#, height));
        let metas = [meta(r#""height":"9""#), meta(r#""height":"8""#)].join(",");
        let headers = decode_headers(&format!(r#"{{"last_height":"9","block_metas":[{metas}]}}"#)).unwrap();
        assert_eq!(headers.iter().map(|header| header.height.value()).collect::<Vec<_>>(), [8, 9]);
        assert_eq!(decode_headers(r#"{"block_metas":null}"#).unwrap(), []);
    }
}
