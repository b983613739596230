//! What nobody tells of: balances, and endpoints that are not in use. Read now and then, never at a scrape.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::chain::Chain;
use crate::driver::Shell;

use super::{EndpointHealth, Metrics};

/// Between two looks: a wallet does not empty in less.
const PAUSE: Duration = Duration::from_secs(30);

/// Looks at one chain's endpoints and wallet until cancelled.
pub(crate) async fn poll(shell: Arc<Shell>, chain: Arc<Chain>, cancel: CancellationToken) {
    let poll = async {
        loop {
            futures::join!(endpoints(&shell.metrics, &chain), wallet(&shell.metrics, &chain));
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = cancel.cancelled() => {}
        () = poll => {}
    }
}

async fn endpoints(metrics: &Metrics, chain: &Chain) {
    let ask = |(position, endpoint): (usize, &chain::Endpoint)| {
        let endpoint = endpoint.clone();
        async move {
            let health = match endpoint.status().await {
                Ok(status) if status.chain_id == chain.id => {
                    EndpointHealth { is_up: true, height: Some(status.height) }
                }
                Ok(status) => {
                    debug!(chain = %chain.id, %endpoint, found = %status.chain_id, "endpoint serves another chain");
                    EndpointHealth::default()
                }
                Err(error) => {
                    debug!(chain = %chain.id, %error, "endpoint does not answer");
                    EndpointHealth::default()
                }
            };
            metrics.endpoint(&chain.id, position, health);
        }
    };
    futures::future::join_all(chain.all_endpoints().iter().enumerate().map(ask)).await;
}

async fn wallet(metrics: &Metrics, chain: &Chain) {
    let lane = chain.lane();
    let denom = chain.config().gas_price.denom();
    match chain.query().balance(&lane.address, denom).await {
        Ok(coin) => metrics.balance(&lane, denom, coin.amount),
        Err(error) => debug!(chain = %chain.id, %error, "balance can't be read now"),
    }
}
