//! Talk to nodes: JSON-RPC, WebSocket, gRPC; transactions and fees.
//!
//! Every node is taken for hostile. Each call has a total deadline, each answer a byte limit, each loop over pages a
//! cap; what is decoded here is a claim until `light-client` has proven it. No credential of an address appears in a
//! message. What a failure means is told by one table of codes ([`classify`]) and one of phrases ([`node_errors`]).

mod crypto;
mod timer;

pub mod classify;
pub mod endpoint;
pub mod error;
pub mod grpc;
pub mod head;
mod hook;
pub mod node_errors;
pub mod pool;
pub mod prove;
pub mod query;
pub mod rpc;
pub mod tx;
mod value;

pub use crypto::install_crypto_provider;
pub use endpoint::{BroadcastAnswer, Endpoint, EndpointOptions, EvidenceAnswer, Requests, Websocket, urgently};
pub use error::{ChainError, Failure};
pub use grpc::{GrpcAnswer, GrpcChannel};
pub use head::{Head, ToldHead, watch_heads};
pub use hook::Hook;
pub use node_errors::NodeError;
pub use pool::Pool;
pub use prove::Proven;
pub use query::{Account, Coin, IdentifiedClientState, PacketEnd, PagesMax, Queries};
pub use rpc::abci::{AbciAnswer, AbciQuery};
pub use rpc::block::BlockContents;
pub use rpc::simulate::Simulation;
pub use rpc::status::Status;
pub use tx::{Fee, FeeError, FeeLimits, GasPrice, SignerInfo, UnsignedTx};
