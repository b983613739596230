//! Shared parts of the tests: chains under test behind one seam, the real binary as a child process, and what the
//! chains themselves say happened.
//!
//! The judge shares no code with the judged: chains are asked over a JSON-RPC client of a few lines, the users' own
//! transactions are signed by the chain's binary or by the devnet's own keys, and what the relayer did is counted from blocks.

pub mod bed;
pub mod block;
pub mod chain_under_test;
pub mod deadline;
pub mod devnet_chain;
pub mod json_rpc;
pub mod ledger;
pub mod life;
pub mod probe;
pub mod process;
pub mod proxy;
pub mod query;
pub mod real_chain;
pub mod relayer;
pub mod signer;
pub mod simd;
pub mod traffic;
pub mod user;
