//! ICS-02 `createClient`: a 07-tendermint client on one chain that tracks the other.

use std::time::Duration;

use engine::{Created, Message};
use types::client::TrustThreshold;
use types::message::MsgCreateClient;
use types::{ClientId, ClientState, ConsensusState, Height};

use super::draft::{Draft, Side};
use super::{PathError, Procedure};
use crate::chain::Chain;

/// What a new client is made with; what is `None` is learned from the tracked chain.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientOptions {
    /// How long a header stays trusted; by default two thirds of the unbonding period.
    pub trusting_period: Option<Duration>,
    /// Which share of the trusted validators must have signed; by default one third.
    pub trust_threshold: Option<TrustThreshold>,
    /// How far a header may lie ahead of the host's block time; by default both chains' drift and a block's time.
    pub clock_drift: Option<Duration>,
}

/// Makes sure that `host`'s side of the draft has a client that tracks `tracked`.
pub(super) async fn ensure(
    procedure: &Procedure<'_>,
    draft: &mut Draft,
    side: Side,
    host: &Chain,
    tracked: &Chain,
    options: &ClientOptions,
) -> Result<(), PathError> {
    let step = match side {
        Side::A => "create-client-a",
        Side::B => "create-client-b",
    };
    if let Some(client) = &draft.end(side).client {
        return is_there(host, client, tracked).await;
    }
    let message = create_client(host, tracked, options).await?;
    let created = procedure.step(draft, host, step, vec![message]).await?.created;
    let client = created.into_iter().find_map(|created| match created {
        Created::Client(client) => Some(client),
        Created::Connection(_) | Created::Channel(_) | Created::Packet(_) => None,
    });
    let missing = || PathError::NothingCreated { chain: host.id.clone(), step, what: "client" };
    let client: ClientId = client.ok_or_else(missing)?;
    let line = format!("client {client} on {}", host.id);
    draft.end(side).client = Some(client);
    procedure.done(draft, step, &line).await
}

/// What an earlier run made, or the operator named, must still be what it was.
async fn is_there(host: &Chain, client: &ClientId, tracked: &Chain) -> Result<(), PathError> {
    let wrong =
        |state: String| PathError::WrongState { chain: host.id.clone(), what: format!("client {client}"), state };
    match host.query().client_state(client).await {
        Ok(state) if state.chain_id != tracked.id => {
            Err(wrong(format!("a client of {}, not of {}", state.chain_id, tracked.id)))
        }
        Ok(state) if state.is_frozen() => Err(wrong("frozen".to_owned())),
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => Err(wrong("not there".to_owned())),
        Err(error) => Err(error.into()),
    }
}

async fn create_client(host: &Chain, tracked: &Chain, options: &ClientOptions) -> Result<Message, PathError> {
    let head = tracked.fresh_head().await?;
    let block = tracked.headers().await?.verified(tracked.endpoint(), head.height, None).await?;
    let state = crate::headers::state(&block)?;
    let unbonding_period = tracked.unbonding_period().await?;
    let ours = tracked.headers().await?.options();
    let client_state = ClientState {
        chain_id: tracked.id.clone(),
        trust_level: options.trust_threshold.unwrap_or(ours.trust_threshold),
        trusting_period: options.trusting_period.unwrap_or(tracked.trusting_period().await?),
        unbonding_period,
        max_clock_drift: options.clock_drift.unwrap_or_else(|| clock_drift(host, tracked)),
        frozen_height: None,
        latest_height: Height { revision_number: tracked.id.revision_number(), ..state.height },
        proof_specs: types::client::sdk_proof_specs(),
        upgrade_path: types::client::sdk_upgrade_path(),
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    };
    let consensus_state = ConsensusState {
        timestamp: state.time,
        root: state.root.0,
        next_validators_hash: state.next_validators_hash.as_bytes().to_vec(),
    };
    Ok(crate::message(MsgCreateClient { client_state, consensus_state, signer: host.signer() }))
}

/// A header is judged by the host's block time, which lies up to a block behind: both clocks' drift and that.
fn clock_drift(host: &Chain, tracked: &Chain) -> Duration {
    host.config().clock_drift + tracked.config().clock_drift + host.config().block_time_max
}
