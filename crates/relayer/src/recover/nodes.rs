//! Which nodes of a chain answer now, and which blocks they keep.

use chain::Endpoint;
use futures::future;
use tracing::debug;
use types::BlockHeight;

use crate::chain::Chain;

/// A node that answers.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Where it is.
    pub(crate) endpoint: Endpoint,
    /// The oldest block that it says it keeps.
    pub(crate) earliest: BlockHeight,
    /// Its newest block.
    pub(crate) height: BlockHeight,
}

/// The nodes of a chain that answer now, the one in use first.
pub(crate) async fn nodes(chain: &Chain) -> Vec<Node> {
    let pool = chain.endpoints();
    let in_use = chain.endpoint().name().to_owned();
    let ask = |endpoint: Endpoint| async move {
        match endpoint.status().await {
            Ok(status) if status.chain_id == chain.id => {
                let earliest = status.earliest_height.max(BlockHeight(1));
                Some(Node { endpoint, earliest, height: status.height })
            }
            Ok(status) => {
                debug!(chain = %chain.id, %endpoint, serves = %status.chain_id, "endpoint serves another chain");
                None
            }
            Err(error) => {
                debug!(chain = %chain.id, %error, "endpoint does not answer now");
                None
            }
        }
    };
    let mut nodes: Vec<Node> =
        future::join_all(pool.endpoints().cloned().map(ask)).await.into_iter().flatten().collect();
    nodes.sort_by_key(|node| node.endpoint.name() != in_use);
    nodes
}
