//! The consensus states of a client, and what is kept with each: when it came, and its place in the order of heights
//! (`07-tendermint/store.go`).
//!
//! The keys that proofs are about are text, so that their order is not that of the heights. Therefore a second key of
//! big-endian numbers leads to each.

use std::sync::Arc;

use proto::Message;
use proto::google::protobuf::Any;
use types::{ConsensusState, Height};

use super::super::error::panic;
use super::super::store::{self as clients, client_key, consensus_state_key};
use super::read_consensus_state;
use crate::app::context::{Ctx, store::IBC};
use crate::app::error::Result;
use crate::app::gas;

const ITERATION_PREFIX: &str = "iterateConsensusStates";

/// `GetConsensusState`.
pub(super) fn get(ctx: &mut Ctx, id: &str, height: Height) -> Result<Option<ConsensusState>> {
    read_consensus_state(clients::consensus_state(ctx, id, height)?)
}

/// `setConsensusState`.
pub(super) fn set(ctx: &mut Ctx, id: &str, height: Height, state: ConsensusState) -> Result<()> {
    ctx.set(IBC, &consensus_state_key(id, height), Any::from(state).encode_to_vec())
}

/// `setConsensusMetadata`: it came now.
pub(super) fn set_metadata(ctx: &mut Ctx, id: &str, height: Height) -> Result<()> {
    let (processed_height, processed_time) = (ctx.self_height(), ctx.block.time.0);
    set_metadata_with_values(ctx, id, height, (processed_height, processed_time))
}

/// `setConsensusMetadataWithValues`.
pub(super) fn set_metadata_with_values(
    ctx: &mut Ctx,
    id: &str,
    height: Height,
    (processed_height, processed_time): (Height, u64),
) -> Result<()> {
    ctx.set(IBC, &processed_time_key(id, height), processed_time.to_be_bytes())?;
    ctx.set(IBC, &processed_height_key(id, height), processed_height.to_string().into_bytes())?;
    ctx.set(IBC, &iteration_key(id, height), format!("consensusStates/{height}").into_bytes())
}

/// `GetProcessedTime`: the time of the block that it came in.
pub(super) fn processed_time(ctx: &mut Ctx, id: &str, height: Height) -> Result<Option<u64>> {
    let bytes = ctx.get(IBC, &processed_time_key(id, height))?;
    bytes.map(|bytes| (&*bytes).try_into().map(u64::from_be_bytes)).transpose().map_err(panic)
}

/// `GetProcessedHeight`: the height of the block that it came in.
pub(super) fn processed_height(ctx: &mut Ctx, id: &str, height: Height) -> Result<Option<Height>> {
    let bytes = ctx.get(IBC, &processed_height_key(id, height))?;
    Ok(bytes.and_then(|bytes| str::from_utf8(&bytes).ok()?.parse().ok()))
}

/// Removes a consensus state and all that is kept with it.
pub(super) fn delete(ctx: &mut Ctx, id: &str, height: Height) -> Result<()> {
    ctx.delete(IBC, &consensus_state_key(id, height))?;
    ctx.delete(IBC, &processed_time_key(id, height))?;
    ctx.delete(IBC, &processed_height_key(id, height))?;
    ctx.delete(IBC, &iteration_key(id, height))
}

/// The lowest height that has one.
pub(super) fn lowest(ctx: &mut Ctx, id: &str) -> Result<Option<Height>> {
    let prefix = client_key(id, ITERATION_PREFIX);
    let first = ctx.state.with_prefix(IBC, &prefix).next();
    let Some((key, value)) = first else { return Ok(None) };
    charge_step(ctx, &key, &value)?;
    Ok(height_of(&key))
}

/// `GetPreviousConsensusState`: the highest one below `height`.
pub(super) fn previous(ctx: &mut Ctx, id: &str, height: Height) -> Result<Option<ConsensusState>> {
    let target = iteration_key(id, height);
    let last_below = |found: Box<dyn Iterator<Item = Entry> + '_>| found.take_while(|(key, _)| *key < target).last();
    neighbour(ctx, id, &target, last_below)
}

/// `GetNextConsensusState`: the lowest one above `height`.
pub(super) fn next(ctx: &mut Ctx, id: &str, height: Height, latest: Height) -> Result<Option<ConsensusState>> {
    if height >= latest {
        // No client has a consensus state above its latest height. To look for one would be a walk over all of them.
        return Ok(None);
    }
    let target = iteration_key(id, height);
    let first_above = |mut found: Box<dyn Iterator<Item = Entry> + '_>| found.find(|(key, _)| *key > target);
    neighbour(ctx, id, &target, first_above)
}

type Entry = (Vec<u8>, Arc<[u8]>);

/// Looks for a neighbour of a key among those that share much of it, then among those that share less.
fn neighbour(
    ctx: &mut Ctx,
    id: &str,
    target: &[u8],
    choose: impl Fn(Box<dyn Iterator<Item = Entry> + '_>) -> Option<Entry>,
) -> Result<Option<ConsensusState>> {
    let shortest = client_key(id, ITERATION_PREFIX).len();
    let found = (shortest..target.len())
        .rev()
        .find_map(|length| choose(Box::new(ctx.state.with_prefix(IBC, &target[..length]))));
    let Some((key, value)) = found else { return Ok(None) };
    charge_step(ctx, &key, &value)?;
    match height_of(&key) {
        Some(height) => get(ctx, id, height),
        None => Ok(None),
    }
}

/// What the SDK takes for the first step of an iterator.
fn charge_step(ctx: &mut Ctx, key: &[u8], value: &[u8]) -> Result<()> {
    ctx.gas.consume(gas::READ_COST_PER_BYTE * (key.len() + value.len()) as u64, "ValuePerByte")?;
    ctx.gas.consume(gas::ITERATION_COST, "IterNextFlat")
}

fn processed_time_key(id: &str, height: Height) -> Vec<u8> {
    [consensus_state_key(id, height), b"/processedTime".to_vec()].concat()
}

fn processed_height_key(id: &str, height: Height) -> Vec<u8> {
    [consensus_state_key(id, height), b"/processedHeight".to_vec()].concat()
}

fn iteration_key(id: &str, height: Height) -> Vec<u8> {
    let numbers = [height.revision_number.to_be_bytes(), height.revision_height.to_be_bytes()];
    client_key(id, [ITERATION_PREFIX.as_bytes(), &numbers.concat()].concat())
}

/// The height at the end of an iteration key.
fn height_of(key: &[u8]) -> Option<Height> {
    let (rest, revision_height) = key.split_last_chunk::<8>()?;
    let (_, revision_number) = rest.split_last_chunk::<8>()?;
    Some(Height {
        revision_number: u64::from_be_bytes(*revision_number),
        revision_height: u64::from_be_bytes(*revision_height),
    })
}
