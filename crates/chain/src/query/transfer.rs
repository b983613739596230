//! `ibc.applications.transfer`: where a voucher came from. ibc-go v10 replaced `DenomTrace` by `Denom`.

use prost::Message;
use proto::ibc::applications::transfer::v1::{
    QueryDenomHashRequest, QueryDenomHashResponse, QueryDenomTraceRequest, QueryDenomTraceResponse,
};

use super::Queries;
use crate::error::{ChainError, Failure};

const DENOM: &str = "/ibc.applications.transfer.v1.Query/Denom";
const DENOM_TRACE: &str = "/ibc.applications.transfer.v1.Query/DenomTrace";
const DENOM_HASH: &str = "/ibc.applications.transfer.v1.Query/DenomHash";

/// Hops of a voucher, at most.
const HOPS_MAX: usize = 64;

/// ibc-go v10 `QueryDenomRequest`.
#[derive(Clone, PartialEq, Message)]
struct DenomRequest {
    #[prost(string, tag = "1")]
    hash: String,
}

/// ibc-go v10 `QueryDenomResponse`.
#[derive(Clone, PartialEq, Message)]
struct DenomResponse {
    #[prost(message, optional, tag = "1")]
    denom: Option<Denom>,
}

/// ibc-go v10 `Denom`.
#[derive(Clone, PartialEq, Message)]
struct Denom {
    #[prost(string, tag = "1")]
    base: String,
    #[prost(message, repeated, tag = "3")]
    trace: Vec<Hop>,
}

/// ibc-go v10 `Hop`.
#[derive(Clone, PartialEq, Message)]
struct Hop {
    #[prost(string, tag = "1")]
    port_id: String,
    #[prost(string, tag = "2")]
    channel_id: String,
}

impl Queries {
    /// The whole path of a voucher, such as `transfer/channel-0/uatom`, from the hash behind its `ibc/`.
    ///
    /// # Errors
    /// See [`ChainError`]; [`ChainError::is_not_found`] where the chain never saw it.
    pub async fn denom_path(&self, hash: &str) -> Result<String, ChainError> {
        match self.ask::<_, DenomResponse>(DENOM, DenomRequest { hash: hash.to_owned() }).await {
            Ok(answer) => {
                let denom = answer.denom.ok_or_else(|| self.missing(DENOM, format!("voucher {hash}")))?;
                if denom.trace.len() > HOPS_MAX {
                    return Err(self.error(DENOM, Failure::CapReached { what: "hops of a voucher", max: HOPS_MAX }));
                }
                let hops = denom.trace.iter().map(|hop| format!("{}/{}/", hop.port_id, hop.channel_id));
                Ok(hops.chain([denom.base.clone()]).collect())
            }
            // Before ibc-go v10 there was no such query.
            Err(error) if error.is_unknown_query() => self.denom_trace(hash).await,
            Err(error) => Err(error),
        }
    }

    async fn denom_trace(&self, hash: &str) -> Result<String, ChainError> {
        let answer: QueryDenomTraceResponse =
            self.ask(DENOM_TRACE, QueryDenomTraceRequest { hash: hash.to_owned() }).await?;
        let trace = answer.denom_trace.ok_or_else(|| self.missing(DENOM_TRACE, format!("voucher {hash}")))?;
        if trace.path.is_empty() { Ok(trace.base_denom) } else { Ok(format!("{}/{}", trace.path, trace.base_denom)) }
    }

    /// The hash behind the `ibc/` of a voucher's denomination, from its whole path.
    ///
    /// # Errors
    /// See [`ChainError`]; [`ChainError::is_not_found`] where the chain never saw it.
    pub async fn denom_hash(&self, path: &str) -> Result<String, ChainError> {
        let answer: QueryDenomHashResponse =
            self.ask(DENOM_HASH, QueryDenomHashRequest { trace: path.to_owned() }).await?;
        Ok(answer.hash)
    }
}
