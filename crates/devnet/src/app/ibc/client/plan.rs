//! What a chain leaves for its next revision in the store `upgrade` (`02-client/abci.go`, cosmossdk.io/x/upgrade
//! `keeper/keeper.go`).

use std::sync::Arc;

use proto::Message;
use proto::cosmos::upgrade::v1beta1::Plan;
use proto::google::protobuf::{Any, Timestamp as RawTimestamp};
use proto::ibc::core::commitment::v1::MerkleRoot;
use proto::ibc::lightclients::tendermint::v1 as raw;
use types::ClientState;
use types::wire::pack;

use super::error::{panic, upgrade};
use super::lifecycle::emit;
use super::tendermint::zero_custom_fields;
use crate::app::context::{Ctx, store::UPGRADE};
use crate::app::error::{Result, sdk};
use crate::app::event::Event;

const PLAN: &[u8] = &[0];
const NAME: &str = "upgrade";

/// Plans an upgrade, as a governance proposal with `MsgIBCSoftwareUpgrade` would: the chain's last block is the one
/// before `plan_height`, and clients of it go on with `upgraded_client`. A plan that was there before is forgotten.
///
/// # Errors
/// When the height has passed.
pub fn schedule_upgrade(ctx: &mut Ctx, plan_height: u64, upgraded_client: &ClientState) -> Result<()> {
    let height = i64::try_from(plan_height).unwrap_or(0);
    if height <= 0 {
        return Err(sdk::INVALID_REQUEST.wrap("height must be greater than 0").wrap("failed to schedule upgrade"));
    }
    if plan_height < ctx.block.height {
        let refused = sdk::INVALID_REQUEST.wrap("upgrade cannot be scheduled in the past");
        return Err(refused.wrap("failed to schedule upgrade"));
    }
    if let Some(old) = plan(ctx)? {
        ctx.delete(UPGRADE, &client_key(old.height))?;
        ctx.delete(UPGRADE, &consensus_state_key(old.height))?;
    }
    #[expect(deprecated, reason = "two fields that no plan has any more")]
    let planned = Plan {
        name: NAME.to_owned(),
        time: Some(RawTimestamp { seconds: ZERO_TIME_SECONDS, nanos: 0 }),
        height,
        info: String::new(),
        upgraded_client_state: None,
    };
    ctx.set(UPGRADE, PLAN, planned.encode_to_vec())?;
    let committed = pack(&zero_custom_fields(&upgraded_client.clone().into()));
    ctx.set(UPGRADE, &client_key(height), committed.encode_to_vec())?;
    emit(ctx, Event::new("schedule_ibc_software_upgrade").with("title", NAME).with("upgrade_plan_height", height));
    Ok(())
}

/// Go's zero time, 0001-01-01T00:00:00Z, which it writes for a time that was not set.
const ZERO_TIME_SECONDS: i64 = -62_135_596_800;

/// `BeginBlocker`: in the last block before a planned upgrade, leaves the consensus state that clients start the next
/// revision from.
pub(super) fn begin_block(ctx: &mut Ctx) -> Result<()> {
    let Some(plan) = plan(ctx)? else { return Ok(()) };
    let is_last_block = u64::try_from(plan.height).is_ok_and(|height| ctx.block.height.checked_add(1) == Some(height));
    if ctx.get(UPGRADE, &client_key(plan.height))?.is_none() || !is_last_block {
        return Ok(());
    }
    let time = ctx.block.time;
    let state = raw::ConsensusState {
        timestamp: Some(RawTimestamp {
            seconds: time.as_seconds().cast_signed(),
            nanos: i32::try_from(time.0 % 1_000_000_000).map_err(panic)?,
        }),
        root: Some(MerkleRoot::default()),
        next_validators_hash: ctx.block.next_validators_hash.to_vec(),
    };
    ctx.set(UPGRADE, &consensus_state_key(plan.height), pack(&state).encode_to_vec())?;
    let event = Event::new("upgrade_chain").with("upgrade_plan_height", plan.height).with("upgrade_store", UPGRADE);
    emit(ctx, event);
    Ok(())
}

/// `GetUpgradedClient` of the plan that is there.
pub(super) fn upgraded_client(ctx: &mut Ctx) -> Result<Any> {
    let plan = plan(ctx)?.ok_or(upgrade::NO_UPGRADE_PLAN_FOUND)?;
    read(ctx.get(UPGRADE, &client_key(plan.height))?)?.ok_or_else(|| upgrade::NO_UPGRADED_CLIENT_FOUND.plain())
}

/// `GetUpgradedConsensusState`.
pub(super) fn upgraded_consensus_state(ctx: &mut Ctx, height: u64) -> Result<Any> {
    let height = i64::try_from(height).map_err(panic)?;
    let found = read(ctx.get(UPGRADE, &consensus_state_key(height))?)?;
    found.ok_or_else(|| upgrade::NO_UPGRADED_CONSENSUS_STATE_FOUND.plain())
}

fn plan(ctx: &mut Ctx) -> Result<Option<Plan>> {
    let bytes = ctx.get(UPGRADE, PLAN)?;
    bytes.map(|bytes| Plan::decode(&*bytes)).transpose().map_err(panic)
}

fn read(bytes: Option<Arc<[u8]>>) -> Result<Option<Any>> {
    bytes.map(|bytes| Any::decode(&*bytes)).transpose().map_err(panic)
}

fn client_key(height: i64) -> Vec<u8> {
    format!("upgradedIBCState/{height}/upgradedClient").into_bytes()
}

fn consensus_state_key(height: i64) -> Vec<u8> {
    format!("upgradedIBCState/{height}/upgradedConsState").into_bytes()
}
