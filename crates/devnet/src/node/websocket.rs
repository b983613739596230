//! JSON-RPC over WebSocket, with subscriptions (CometBFT `rpc/jsonrpc/server/ws_handler.go`, `rpc/core/events.go`).

mod notice;
mod subscriptions;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::Response;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use self::notice::Notice;
use self::subscriptions::Subscriptions;
use super::connection::Peer;
use super::fault::Fault;
use super::json_rpc::{self, Call, Failure};
use super::method::Method;
use super::params::Params;
use super::{NodeState, methods};

/// Bytes of a message, at most.
const MESSAGE_MAX: usize = 1_000_000;

/// How often the node asks whether the client is still there; a client that said nothing in between is gone.
const PING_PERIOD: Duration = Duration::from_secs(27);

/// Makes a WebSocket of an HTTP request.
pub(super) async fn upgrade(node: Arc<NodeState>, peer: Peer, request: Request) -> Response<Body> {
    let (mut head, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut head, &node).await {
        Ok(upgrade) => {
            upgrade.max_message_size(MESSAGE_MAX).on_upgrade(move |socket| serve(node, peer, socket)).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn serve(node: Arc<NodeState>, peer: Peer, socket: WebSocket) {
    let cut = peer.cut.clone();
    let ended = cut.run_until_cancelled(Session::new(node, peer, socket).run()).await;
    tracing::debug!(?ended, "websocket closed");
}

/// One connection.
struct Session {
    node: Arc<NodeState>,
    peer: Peer,
    socket: WebSocket,
    subscriptions: Subscriptions,
    /// The newest height that was told.
    told: u64,
}

impl Session {
    fn new(node: Arc<NodeState>, peer: Peer, socket: WebSocket) -> Self {
        let told = node.view(Method::Subscribe, |view| view.head());
        Self { subscriptions: Subscriptions::new(node.clone()), node, peer, socket, told }
    }

    async fn run(mut self) -> Result<(), axum::Error> {
        let mut pings = interval(PING_PERIOD);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.tick().await;
        let mut is_alive = true;
        let (mut heads, mut changes) = (self.node.chain.head(), self.node.changed());
        loop {
            tokio::select! {
                message = self.socket.recv() => {
                    is_alive = true;
                    match message {
                        Some(Ok(Message::Text(text))) => self.answer(text.as_bytes()).await?,
                        Some(Ok(Message::Binary(bytes))) => self.answer(&bytes).await?,
                        // Pings are answered below this.
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Close(_))) | None => return Ok(()),
                        Some(Err(error)) => return Err(error),
                    }
                }
                Ok(()) = heads.changed() => self.tell_news().await?,
                Ok(()) = changes.changed() => self.tell_news().await?,
                _ = pings.tick() => {
                    if !std::mem::take(&mut is_alive) {
                        return Ok(());
                    }
                    self.send(Message::Ping(bytes::Bytes::new())).await?;
                }
            }
        }
    }

    async fn answer(&mut self, message: &[u8]) -> Result<(), axum::Error> {
        let call = crate::go::json::read_message(message).and_then(json_rpc::read_call);
        let answer = match call {
            Ok(Some(call)) => self.answer_call(call).await,
            Ok(None) => None,
            Err(reason) => Some(json_rpc::parse_error(&reason)),
        };
        match answer {
            Some(answer) => self.send(Message::text(answer.to_string())).await,
            None => Ok(()),
        }
    }

    /// Unlike over HTTP, parameters that can't be read are an internal error here.
    async fn answer_call(&mut self, call: Call) -> Option<Value> {
        let Some(method) = Method::parse(&call.method) else {
            return Some(json_rpc::method_not_found(&call.id));
        };
        self.node.count(&call.method);
        for fault in self.node.faults.of(method) {
            match fault {
                Fault::Stall => return None,
                Fault::DroppedBefore | Fault::DroppedMidway => self.peer.cut.cancel(),
                _ => {}
            }
        }
        let outcome = match Params::from_json(method, call.params) {
            Ok(params) => self.call(&call.id, method, &params).await,
            Err(failure) => Err(failure),
        };
        Some(match outcome {
            Ok(result) => json_rpc::success(&call.id, result),
            Err(Failure::Params(text)) => {
                json_rpc::internal(&call.id, &format!("error converting json params to arguments: {text}"))
            }
            Err(Failure::Internal(text)) => json_rpc::internal(&call.id, &text),
            Err(Failure::Panicked) => json_rpc::internal(&json!(-1), &format!("WSJSONRPC: {}", json_rpc::TOO_FEW)),
        })
    }

    async fn call(&mut self, id: &Value, method: Method, params: &Params) -> Result<Value, Failure> {
        match method {
            Method::Subscribe => self.subscriptions.add(id, &params.text("query")?)?,
            Method::Unsubscribe => self.subscriptions.remove(&params.text("query")?)?,
            Method::UnsubscribeAll => self.subscriptions.clear()?,
            _ => return methods::call(&self.node, method, params).await,
        }
        Ok(json!({}))
    }

    /// Tells subscribers of all heights that the node has come to know of.
    async fn tell_news(&mut self) -> Result<(), axum::Error> {
        let told = self.told;
        let (head, notices) = self.node.view(Method::Subscribe, |view| {
            let notices: Vec<Notice> = view.blocks_above(told).flat_map(|block| notice::of(view, block)).collect();
            (view.head(), notices)
        });
        self.told = head.max(told);
        let mut times = 1;
        for fault in self.node.faults.of(Method::Subscribe) {
            match fault {
                Fault::EventsNever | Fault::Stall => times = 0,
                Fault::EventsTwice => times *= 2,
                _ => {}
            }
        }
        for notice in notices {
            for message in self.subscriptions.messages(&notice) {
                for _ in 0..times {
                    self.send(Message::text(message.clone())).await?;
                }
            }
        }
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), axum::Error> {
        self.socket.send(message).await
    }
}
