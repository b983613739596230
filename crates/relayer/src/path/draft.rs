//! What was made of a path so far, kept in the store until the path is opened and after.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::{Store, StoreError};
use types::{ChannelId, ClientId, ConnectionId};

use super::{EndRequest, Goal, Opened, OpenedEnd, PathRequest};

const KIND: &str = "path-draft";

/// One of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    A,
    B,
}

/// What was made so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Draft {
    #[serde(skip)]
    name: String,
    /// Counts the paths that were opened between the same two ends.
    number: u64,
    pub(super) a: DraftEnd,
    pub(super) b: DraftEnd,
    pub(super) is_connection_open: bool,
    pub(super) is_channel_open: bool,
}

/// What was made so far of one end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DraftEnd {
    pub(super) client: Option<ClientId>,
    pub(super) connection: Option<ConnectionId>,
    pub(super) channel: Option<ChannelId>,
}

impl Draft {
    /// The draft of an equal request, if there is one, else a new one.
    pub(super) async fn resume(store: &Store, request: &PathRequest) -> Result<Self, StoreError> {
        let name = name(request);
        let mut draft = match store.document(KIND, &name)? {
            Some(json) => serde_json::from_value(json).unwrap_or_else(|error| {
                tracing::warn!(name, %error, "draft of a path can't be read; a new one is begun");
                Self::default()
            }),
            None => Self::default(),
        };
        if request.is_fresh {
            draft = Self { number: draft.number + 1, ..Self::default() };
        }
        draft.name = name;
        draft.a.take(&request.a);
        draft.b.take(&request.b);
        draft.save(store).await?;
        Ok(draft)
    }

    pub(super) async fn save(&self, store: &Store) -> Result<(), StoreError> {
        store.put_document(KIND, &self.name, &serde_json::json!(self)).await
    }

    /// The durable name of a step's transaction.
    pub(super) fn request(&self, step: &str) -> engine::RequestId {
        engine::RequestId(format!("path/{}/{}/{step}", self.name, self.number))
    }

    pub(super) fn end(&mut self, side: Side) -> &mut DraftEnd {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }

    pub(super) fn opened(self, request: &PathRequest) -> Opened {
        let end = |end: DraftEnd, request: &EndRequest| OpenedEnd {
            chain: request.chain.clone(),
            client: end.client,
            connection: end.connection,
            port: request.port.clone(),
            channel: end.channel,
        };
        Opened { a: end(self.a, &request.a), b: end(self.b, &request.b) }
    }
}

impl DraftEnd {
    fn take(&mut self, request: &EndRequest) {
        if request.client.is_some() {
            self.client.clone_from(&request.client);
        }
        if request.connection.is_some() {
            self.connection.clone_from(&request.connection);
        }
    }
}

/// Equal requests have equal names: what makes them equal is what the operator asked for.
fn name(request: &PathRequest) -> String {
    let end = |end: &EndRequest| {
        let client = end.client.as_ref().map_or("new", ClientId::as_str);
        let connection = end.connection.as_ref().map_or("new", ConnectionId::as_str);
        format!("{}:{client}:{connection}", end.chain)
    };
    let (a, b) = (end(&request.a), end(&request.b));
    // Names from before there were delays stay what they were.
    let delay = match request.delay_period {
        Duration::ZERO => String::new(),
        period => format!("/delay:{}", period.as_secs()),
    };
    match request.goal {
        Goal::Client => format!("client/{a}/{b}"),
        Goal::Connection => format!("connection/{a}/{b}{delay}"),
        Goal::Channel => {
            let (a_port, b_port) = (&request.a.port, &request.b.port);
            format!("channel/{a}:{a_port}/{b}:{b_port}/{}/{}{delay}", request.order, request.version)
        }
    }
}
