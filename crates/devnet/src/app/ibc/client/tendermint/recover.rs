//! A client that can't be used any more goes on with the state of another one
//! (`07-tendermint/proposal_handle.go`, `CheckSubstituteAndUpdateState`).

use core::time::Duration;

use types::{ClientState, Height};

use super::super::error::client;
use super::super::host::{TENDERMINT, client_type};
use super::{client_state, consensus_states, set_client_state};
use crate::app::context::Ctx;
use crate::app::error::Result;

/// `RecoverClient` of the light client.
pub(in super::super) fn recover_client(ctx: &mut Ctx, subject_id: &str, substitute_id: &str) -> Result<()> {
    let kind = client_type(substitute_id)?;
    if kind != TENDERMINT {
        return Err(client::INVALID_CLIENT_TYPE.wrap(format!("expected: {TENDERMINT}, got: {kind}")));
    }
    let mut subject = client_state(ctx, subject_id)?;
    let substitute = client_state(ctx, substitute_id)?;
    if !is_matching(&subject, &substitute) {
        let text = "subject client state does not match substitute client state";
        return Err(client::INVALID_SUBSTITUTE.wrap(text));
    }
    copy_latest(ctx, subject_id, substitute_id, substitute.latest_height)?;
    subject.frozen_height = None;
    subject.latest_height = substitute.latest_height;
    subject.chain_id = substitute.chain_id;
    subject.trusting_period = substitute.trusting_period;
    set_client_state(ctx, subject_id, subject)
}

/// Copies the newest consensus state with the time and the height that it came at.
fn copy_latest(ctx: &mut Ctx, subject: &str, substitute: &str, height: Height) -> Result<()> {
    let missing = |what: &str| format!("unable to retrieve {what} for substitute client");
    let state = consensus_states::get(ctx, substitute, height)?
        .ok_or_else(|| client::CONSENSUS_STATE_NOT_FOUND.wrap(missing("latest consensus state")))?;
    consensus_states::set(ctx, subject, height, state)?;
    let failed = |what: &str| client::UPDATE_CLIENT_FAILED.wrap(format!("{} latest height", missing(what)));
    let processed_height = consensus_states::processed_height(ctx, substitute, height)?;
    let processed_height = processed_height.ok_or_else(|| failed("processed height"))?;
    let processed_time = consensus_states::processed_time(ctx, substitute, height)?;
    let processed_time = processed_time.ok_or_else(|| failed("processed time"))?;
    consensus_states::set_metadata_with_values(ctx, subject, height, (processed_height, processed_time))
}

/// `IsMatchingClientState`: chain id, trusting period and heights may differ, nothing else.
fn is_matching(subject: &ClientState, substitute: &ClientState) -> bool {
    let comparable = |state: &ClientState| ClientState {
        chain_id: subject.chain_id.clone(),
        latest_height: Height::ZERO,
        frozen_height: None,
        trusting_period: Duration::ZERO,
        allow_update_after_expiry: true,
        allow_update_after_misbehaviour: true,
        ..state.clone()
    };
    comparable(subject) == comparable(substitute)
}
