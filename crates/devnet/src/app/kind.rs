//! What a module answers to: kinds of messages and kinds of queries, in tables.

use prost::DecodeError;
use proto::google::protobuf::Any;
use proto::{Message, Name};

use super::context::Ctx;
use super::error::{Result, sdk};
use super::tx::wire;

/// One kind of message.
#[derive(Clone, Copy, Debug)]
pub struct MessageKind {
    /// Such as `/ibc.core.client.v1.MsgUpdateClient`.
    pub url: &'static str,
    /// The text of the signer's address, from the message's bytes (`cosmos.msg.v1.signer`).
    pub signer: fn(&[u8]) -> Result<String>,
    /// What can be seen from the message alone (`ValidateBasic`).
    pub validate: fn(&Ctx, &[u8]) -> Result<()>,
    /// Does it; gives the response message.
    pub handle: fn(&mut Ctx, &[u8]) -> Result<Any>,
}

/// One gRPC method that asks the state.
#[derive(Clone, Copy, Debug)]
pub struct QueryKind {
    /// Such as `/ibc.core.client.v1.Query/ClientState`.
    pub path: &'static str,
    /// Request bytes in, response bytes out. The context holds the state of the height that is asked, with unlimited
    /// gas; what is written to it is lost.
    pub answer: fn(&mut Ctx, &[u8]) -> Result<Vec<u8>, Status>,
}

/// Why a query has no answer: a gRPC status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// What class of failure.
    pub code: Code,
    /// What was wrong.
    pub message: String,
}

/// gRPC status codes that queries of the SDK and of ibc-go use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are gRPC's own")]
pub enum Code {
    Unknown = 2,
    InvalidArgument = 3,
    NotFound = 5,
    AlreadyExists = 6,
    FailedPrecondition = 9,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
}

impl Status {
    /// A status.
    pub fn new(code: Code, message: impl ToString) -> Self {
        Self { code, message: message.to_string() }
    }
}

impl From<super::error::AppError> for Status {
    /// A plain Go error in a query handler is `Unknown` to gRPC.
    fn from(error: super::error::AppError) -> Self {
        Self::new(Code::Unknown, error)
    }
}

/// Reads a message or a request.
///
/// # Errors
/// Code 2 of the SDK.
pub fn read<M: Message + Default>(bytes: &[u8]) -> Result<M> {
    M::decode(bytes).map_err(|error| sdk::TX_DECODE.wrap(error))
}

/// What a server of grpc-go says of a request that it can't read; the SDK's router leaves it out.
pub(crate) const UNREADABLE: &str = "grpc: error unmarshalling request: ";

/// Reads a query's request.
///
/// # Errors
/// When it is none.
pub fn read_request<M: Message + Default>(bytes: &[u8]) -> Result<M, Status> {
    let told = |error: DecodeError| {
        let reason = wire::go_fault(bytes).map_or_else(|| error.to_string(), str::to_owned);
        Status::new(Code::Internal, format!("{UNREADABLE}{reason}"))
    };
    M::decode(bytes).map_err(told)
}

/// Packs a response.
pub fn respond<M: Message + Name>(response: &M) -> Any {
    types::wire::pack(response)
}
