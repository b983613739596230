//! gRPC: any unary method by its path, with raw bytes (cosmos-sdk `baseapp/grpcserver.go`).

mod raw;

use std::future::{Ready, ready};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::Response;
use bytes::Bytes;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::server::UnaryService;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::{Code, Status};

pub(super) use self::raw::RawCodec;
use super::connection::{Peer, Sockets};
use super::fault::Fault;
use super::method::Method;
use super::{NodeState, services};
use crate::app::error::sdk;
use crate::app::kind;

/// The height whose state is asked, and the one that answered.
const HEIGHT: &str = "x-cosmos-block-height";

/// Serves until it is dropped.
pub(super) async fn serve(node: Arc<NodeState>, sockets: Sockets) {
    let routes = Routes::from(Router::new().fallback(answer).with_state(node.clone()));
    let served = Server::builder().add_routes(routes).serve_with_incoming(sockets.into_stream()).await;
    if let Err(error) = served {
        tracing::warn!(address = %node.grpc, %error, "gRPC ended");
    }
}

async fn answer(State(node): State<Arc<NodeState>>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    node.count(&path);
    for fault in node.faults.of(Method::Grpc) {
        match fault {
            Fault::Stall => std::future::pending().await,
            Fault::DroppedBefore | Fault::DroppedMidway => {
                if let Some(peer) = request.extensions().get::<Peer>() {
                    peer.cut.cancel();
                }
            }
            Fault::Http(status, body) => {
                let mut response = Response::new(Body::new(http_body_util::Full::from(body)));
                *response.status_mut() = status.try_into().unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
                return response;
            }
            _ => {}
        }
    }
    tonic::server::Grpc::new(RawCodec).unary(Asked { node, path }, request).await
}

/// One call.
struct Asked {
    node: Arc<NodeState>,
    path: String,
}

impl UnaryService<Bytes> for Asked {
    type Response = Bytes;
    type Future = Ready<Result<tonic::Response<Bytes>, Status>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let answer = ask(&self.node, &self.path, request.metadata(), request.get_ref());
        ready(answer.map_err(|status| Status::new(Code::from_i32(status.code as i32), status.message)))
    }
}

fn ask(
    node: &NodeState,
    path: &str,
    metadata: &MetadataMap,
    request: &[u8],
) -> Result<tonic::Response<Bytes>, kind::Status> {
    let height = height(metadata)?;
    let (value, height) = match services::ask(node, Method::Grpc, path, request) {
        Some(answer) if height == 0 => (answer?, node.view(Method::Grpc, |view| view.head())),
        Some(answer) => (answer?, height),
        None => node.view(Method::Grpc, |view| view.ask(path, request, height))?,
    };
    let mut response = tonic::Response::new(Bytes::from(value));
    response.metadata_mut().insert(HEIGHT, height.into());
    Ok(response)
}

/// Heights that are no numbers, or negative, are refused in the SDK's words.
fn height(metadata: &MetadataMap) -> Result<u64, kind::Status> {
    let Some(value) = metadata.get(HEIGHT) else { return Ok(0) };
    let text = value.to_str().unwrap_or_default();
    let height: i64 = text.parse().map_err(|_| {
        sdk::INVALID_REQUEST.wrap(format!(
            "Baseapp.RegisterGRPCServer: invalid height header {text:?}: strconv.ParseInt: parsing {text:?}: invalid syntax"
        ))
    })?;
    let is_negative = |_| sdk::INVALID_REQUEST.wrap("cannot query with height < 0; please provide a valid height");
    Ok(u64::try_from(height).map_err(is_negative)?)
}
