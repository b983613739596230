//! A chain's nodes, from where they are to what can be asked.

use std::time::Duration;

use chain::{ChainError, Endpoint, EndpointOptions, Websocket};
use url::Url;

/// Where a chain's nodes are, and how much is asked of them.
pub struct Nodes {
    /// JSON-RPC addresses; the first is the primary's.
    pub rpc: Vec<Url>,
    /// Where the primary's WebSocket is.
    pub websocket: Websocket,
    /// gRPC address of the primary; by default gRPC queries travel through JSON-RPC.
    pub grpc: Option<Url>,
    /// Requests that a node is asked at the same time.
    pub in_flight_max: usize,
    /// How long a request may take.
    pub deadline: Duration,
}

impl Nodes {
    /// The endpoints, in their order. Nothing is sent yet.
    ///
    /// # Errors
    /// When an address is not usable.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>, ChainError> {
        let endpoint = |(index, rpc): (usize, &Url)| {
            // Only the primary's other addresses are configured; behind them a fallback would answer for the node that
            // failed.
            let is_primary = index == 0;
            Endpoint::new(EndpointOptions {
                websocket: match &self.websocket {
                    Websocket::At(_) if !is_primary => Websocket::Derived,
                    websocket => websocket.clone(),
                },
                grpc: self.grpc.clone().filter(|_| is_primary),
                in_flight_max: self.in_flight_max,
                deadline: self.deadline,
                ..EndpointOptions::new(rpc.clone())
            })
        };
        self.rpc.iter().enumerate().map(endpoint).collect()
    }
}
