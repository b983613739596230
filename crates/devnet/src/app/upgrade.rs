//! Queries of `cosmos.upgrade.v1beta1`, over the SDK's layout of the store `upgrade`.

use proto::Message;
use proto::cosmos::upgrade::v1beta1::{
    Plan, QueryCurrentPlanResponse, QueryUpgradedConsensusStateRequest, QueryUpgradedConsensusStateResponse,
};

use super::context::{Ctx, store};
use super::kind::{Code, QueryKind, Status, read_request};

const PLAN: &[u8] = &[0];

/// Queries of `cosmos.upgrade.v1beta1`.
pub(super) const QUERIES: &[QueryKind] = &[
    QueryKind { path: "/cosmos.upgrade.v1beta1.Query/CurrentPlan", answer: current_plan },
    QueryKind { path: "/cosmos.upgrade.v1beta1.Query/UpgradedConsensusState", answer: upgraded_consensus_state },
];

fn current_plan(ctx: &mut Ctx, _request: &[u8]) -> Result<Vec<u8>, Status> {
    let stored = ctx.get(store::UPGRADE, PLAN)?;
    let plan = stored.map(|plan| Plan::decode(&*plan)).transpose();
    let plan = plan.map_err(|error| Status::new(Code::Internal, error))?;
    Ok(QueryCurrentPlanResponse { plan }.encode_to_vec())
}

fn upgraded_consensus_state(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let height = read_request::<QueryUpgradedConsensusStateRequest>(request)?.last_height;
    let key = format!("upgradedIBCState/{height}/upgradedConsState");
    let stored = ctx.get(store::UPGRADE, key.as_bytes())?;
    let response = QueryUpgradedConsensusStateResponse {
        upgraded_consensus_state: stored.map(|state| state.to_vec()).unwrap_or_default(),
    };
    Ok(response.encode_to_vec())
}
