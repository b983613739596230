//! How long a consensus state must have been known before it proves (`07-tendermint/client_state.go`,
//! `verifyDelayPeriodPassed`).

use types::Height;

use super::super::Delay;
use super::super::error::tendermint;
use super::consensus_states;
use crate::app::context::Ctx;
use crate::app::error::Result;

/// Refuses a proof until both the time and the blocks have passed; the first moment after them is late enough.
pub(super) fn check(ctx: &mut Ctx, id: &str, height: Height, delay: Delay) -> Result<()> {
    if delay.time != 0 {
        check_time(ctx, id, height, delay.time)?;
    }
    if delay.blocks != 0 {
        check_blocks(ctx, id, height, delay.blocks)?;
    }
    Ok(())
}

fn check_time(ctx: &mut Ctx, id: &str, height: Height, delay: u64) -> Result<()> {
    let not_found =
        || tendermint::PROCESSED_TIME_NOT_FOUND.wrap(format!("processed time not found for height: {height}"));
    let processed = consensus_states::processed_time(ctx, id, height)?.ok_or_else(not_found)?;
    let (now, valid) = (ctx.block.time.0, processed.saturating_add(delay));
    if now < valid {
        let text = format!("cannot verify packet until time: {valid}, current time: {now}");
        return Err(tendermint::DELAY_PERIOD_NOT_PASSED.wrap(text));
    }
    Ok(())
}

fn check_blocks(ctx: &mut Ctx, id: &str, height: Height, delay: u64) -> Result<()> {
    let not_found =
        || tendermint::PROCESSED_HEIGHT_NOT_FOUND.wrap(format!("processed height not found for height: {height}"));
    let processed = consensus_states::processed_height(ctx, id, height)?.ok_or_else(not_found)?;
    let now = ctx.self_height();
    let valid = Height { revision_height: processed.revision_height.saturating_add(delay), ..processed };
    if now < valid {
        let text = format!("cannot verify packet until height: {valid}, current height: {now}");
        return Err(tendermint::DELAY_PERIOD_NOT_PASSED.wrap(text));
    }
    Ok(())
}
