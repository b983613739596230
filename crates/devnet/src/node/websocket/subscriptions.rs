//! What a connection wants to hear of.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::notice::Notice;
use crate::node::NodeState;
use crate::node::json_rpc::{self, Failure};
use crate::node::search::Query;

/// Connections with subscriptions, at most (`max_subscription_clients`).
const CLIENTS_MAX: usize = 100;

/// Subscriptions of a connection, at most (`max_subscriptions_per_client`).
const SUBSCRIPTIONS_MAX: usize = 5;

/// Characters of a query, at most.
const QUERY_LENGTH_MAX: usize = 512;

/// The subscriptions of one connection.
pub(super) struct Subscriptions {
    node: Arc<NodeState>,
    list: Vec<Subscription>,
}

struct Subscription {
    /// Of the call that made it; all that is told carries it.
    id: Value,
    text: String,
    query: Query,
}

impl Subscriptions {
    pub(super) fn new(node: Arc<NodeState>) -> Self {
        Self { node, list: Vec::new() }
    }

    /// `subscribe`.
    pub(super) fn add(&mut self, id: &Value, text: &str) -> Result<(), Failure> {
        if self.node.subscribers.load(Ordering::SeqCst) >= CLIENTS_MAX {
            return Err(Failure::new(format!("max_subscription_clients {CLIENTS_MAX} reached")));
        }
        if self.list.len() >= SUBSCRIPTIONS_MAX {
            return Err(Failure::new(format!("max_subscriptions_per_client {SUBSCRIPTIONS_MAX} reached")));
        }
        if text.len() > QUERY_LENGTH_MAX {
            return Err(Failure::new("maximum query length exceeded"));
        }
        let query = parse(text)?;
        if self.list.iter().any(|subscription| subscription.query == query) {
            return Err(Failure::new("already subscribed"));
        }
        if self.list.is_empty() {
            self.node.subscribers.fetch_add(1, Ordering::SeqCst);
        }
        self.list.push(Subscription { id: id.clone(), text: text.to_owned(), query });
        Ok(())
    }

    /// `unsubscribe`.
    pub(super) fn remove(&mut self, text: &str) -> Result<(), Failure> {
        let query = parse(text)?;
        let place = self.list.iter().position(|subscription| subscription.query == query);
        let place = place.ok_or_else(|| Failure::new("subscription not found"))?;
        self.list.remove(place);
        self.release_if_empty();
        Ok(())
    }

    /// `unsubscribe_all`.
    pub(super) fn clear(&mut self) -> Result<(), Failure> {
        if self.list.is_empty() {
            return Err(Failure::new("subscription not found"));
        }
        self.list.clear();
        self.release_if_empty();
        Ok(())
    }

    /// What is to be sent of a thing that happened: a message for each subscription that it matches.
    pub(super) fn messages(&self, notice: &Notice) -> Vec<String> {
        let matching = self.list.iter().filter(|subscription| subscription.query.matches(&notice.events));
        let message = |subscription: &Subscription| {
            let result = json!({
                "query": subscription.text,
                "data": { "type": notice.kind, "value": notice.value },
                "events": notice.events,
            });
            json_rpc::success(&subscription.id, result).to_string()
        };
        matching.map(message).collect()
    }

    fn release_if_empty(&self) {
        if self.list.is_empty() {
            self.node.subscribers.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Subscriptions {
    fn drop(&mut self) {
        if !self.list.is_empty() {
            self.node.subscribers.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn parse(text: &str) -> Result<Query, Failure> {
    Query::parse(text).map_err(|reason| Failure::new(format!("failed to parse query: {reason}")))
}
