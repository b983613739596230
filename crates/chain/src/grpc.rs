//! gRPC without a gRPC server: unary queries travel through `abci_query`, whose path is the method's and whose data is
//! the message. [`GrpcChannel`] is a service that generated clients run over all the same; behind it stands either
//! that, or a real channel.

mod carried;

use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::uri::PathAndQuery;
use prost::Message;
use tonic::body::Body;
use tonic::codec::ProstCodec;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint as TonicEndpoint};
use tower::{BoxError, Service};
use types::{BlockHeight, QueryHeight};
use url::Url;

use crate::endpoint::{Endpoint, EndpointOptions, redacted};
use crate::error::{ChainError, Failure};
use crate::node_errors::clean;

/// The metadata key that names the state to ask, and in an answer the state that answered (cosmos-sdk `types/grpc`).
pub const HEIGHT_METADATA: &str = "x-cosmos-block-height";

/// An answer's size at most, in bytes.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// Where gRPC queries go.
#[derive(Clone, Debug)]
pub enum GrpcChannel {
    /// Through `abci_query` of a node's RPC.
    AbciQuery(Endpoint),
    /// To a real gRPC server.
    Real {
        /// The connection.
        channel: Channel,
        /// What messages call it.
        name: String,
    },
}

/// An answer and the state that it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct GrpcAnswer<T> {
    /// The answer.
    pub message: T,
    /// The state that answered, where the server tells.
    pub height: Option<QueryHeight>,
}

/// A channel to a real server; connects when first used.
pub(crate) fn real_channel(url: &Url, options: &EndpointOptions) -> Result<Channel, String> {
    let unusable = |error: tonic::transport::Error| format!("grpc address {}: {error}", redacted(url));
    let mut endpoint = TonicEndpoint::from_shared(url.to_string()).map_err(unusable)?;
    if url.scheme() == "https" {
        endpoint = endpoint.tls_config(ClientTlsConfig::new().with_native_roots()).map_err(unusable)?;
    }
    let endpoint = endpoint
        .timeout(options.deadline)
        .connect_timeout(Duration::from_secs(5))
        .concurrency_limit(options.in_flight_max.max(1));
    Ok(endpoint.connect_lazy())
}

impl GrpcChannel {
    /// Queries through a node's `abci_query`.
    pub fn abci_query(endpoint: Endpoint) -> Self {
        Self::AbciQuery(endpoint)
    }

    /// Queries to a real server that messages call `name`.
    pub fn real(channel: Channel, name: String) -> Self {
        Self::Real { channel, name }
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        match self {
            Self::AbciQuery(endpoint) => endpoint.name(),
            Self::Real { name, .. } => name,
        }
    }

    /// One unary query of `path`, such as `/cosmos.auth.v1beta1.Query/Account`, of the state `at` or the newest.
    ///
    /// # Errors
    /// See [`ChainError`]; the application's refusals keep codespace and code where they came through `abci_query`.
    pub async fn unary<Request, Answer>(
        &self,
        path: &'static str,
        request: Request,
        at: Option<QueryHeight>,
    ) -> Result<GrpcAnswer<Answer>, ChainError>
    where
        Request: Message + Send + Sync + 'static,
        Answer: Message + Default + Send + Sync + 'static,
    {
        let failed = |failure| ChainError::new(self.name(), path, failure);
        let mut request = tonic::Request::new(request);
        if let Some(height) = at {
            request.metadata_mut().insert(HEIGHT_METADATA, height.0.0.into());
        }
        let mut grpc = tonic::client::Grpc::new(self.clone()).max_decoding_message_size(ANSWER_BYTES_MAX);
        grpc.ready().await.map_err(|error| failed(Failure::Unreachable(clean(&error.to_string()))))?;
        let codec: ProstCodec<Request, Answer> = ProstCodec::default();
        let response = grpc.unary(request, PathAndQuery::from_static(path), codec).await;
        let response = response.map_err(|status| failed(failure_of(&status)))?;
        let height = response.metadata().get(HEIGHT_METADATA).and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(GrpcAnswer { height: height.map(|height| QueryHeight(BlockHeight(height))), message: response.into_inner() })
    }
}

/// What a status tells. A failure of our own below it comes out again as it went in.
fn failure_of(status: &tonic::Status) -> Failure {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if let Some(ours) = error.downcast_ref::<ChainError>() {
            return ours.failure.clone();
        }
        cause = error.source();
    }
    match status.code() {
        tonic::Code::Unavailable => Failure::Unreachable(clean(status.message())),
        code => Failure::Grpc { code, message: clean(status.message()) },
    }
}

impl Service<http::Request<Body>> for GrpcChannel {
    type Response = http::Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self {
            Self::AbciQuery(_) => Poll::Ready(Ok(())),
            Self::Real { channel, .. } => Service::poll_ready(channel, context).map_err(Into::into),
        }
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        match self {
            Self::AbciQuery(endpoint) => Box::pin(carried::call(endpoint.clone(), request)),
            Self::Real { channel, .. } => {
                let answer = Service::call(channel, request);
                Box::pin(async move { answer.await.map_err(Into::into) })
            }
        }
    }
}
