//! `status`: who a node is and how far it is.

use serde::Deserialize;
use types::{BlockHeight, ChainId, Timestamp};

use super::lenient::{Number, Text};
use super::{read, timestamp};
use crate::error::Failure;
use crate::node_errors::clean;

/// Who a node is and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The chain that it says it serves.
    pub chain_id: ChainId,
    /// Its newest block.
    pub height: BlockHeight,
    /// The time of its newest block's header.
    pub time: Timestamp,
    /// The oldest block that it still has.
    pub earliest_height: BlockHeight,
    /// Is it still catching up with the chain?
    pub catching_up: bool,
    /// CometBFT's version.
    pub node_version: String,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    node_info: NodeInfo<'a>,
    sync_info: SyncInfo,
}

#[derive(Deserialize)]
struct NodeInfo<'a> {
    network: ChainId,
    #[serde(borrow, default)]
    version: Text<'a>,
}

#[derive(Deserialize)]
struct SyncInfo {
    latest_block_height: Number,
    latest_block_time: tendermint::Time,
    #[serde(default)]
    earliest_block_height: Number,
    #[serde(default)]
    catching_up: bool,
}

/// Reads the result of `status`.
///
/// # Errors
/// When it is none.
pub fn decode(result: &str) -> Result<Status, Failure> {
    let raw: Raw<'_> = read(result)?;
    let height = |number: Number| {
        let negative = || Failure::Malformed("a height is negative".to_owned());
        number.unsigned().map(BlockHeight).ok_or_else(negative)
    };
    Ok(Status {
        chain_id: raw.node_info.network,
        height: height(raw.sync_info.latest_block_height)?,
        time: status_time(raw.sync_info.latest_block_time)?,
        earliest_height: height(raw.sync_info.earliest_block_height)?,
        catching_up: raw.sync_info.catching_up,
        node_version: clean(&raw.node_info.version.0),
    })
}

/// A node without a block yet gives Go's zero time, in the year 1.
fn status_time(time: tendermint::Time) -> Result<Timestamp, Failure> {
    if time.unix_timestamp() < 0 { Ok(Timestamp::ZERO) } else { timestamp(time) }
}
