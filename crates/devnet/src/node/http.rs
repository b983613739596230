//! JSON-RPC over HTTP, and the same methods by URI (CometBFT `rpc/jsonrpc/server`).

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method as Verb, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Value, json};

use super::connection::{Peer, Sockets};
use super::fault::{Fault, faulty_body};
use super::json_rpc::{self, Call, Failure};
use super::method::Method;
use super::params::Params;
use super::{NodeState, methods, websocket};

/// Bytes of a request, at most (`max_body_bytes`).
const BODY_MAX: usize = 1_000_000;

/// Calls in a batch, at most (`max_request_batch_size`).
const BATCH_MAX: usize = 10;

/// The id in answers to calls by URI.
const URI_ID: i64 = -1;

/// Serves until it is dropped.
pub(super) async fn serve(node: Arc<NodeState>, sockets: Sockets) {
    let router = Router::new().fallback(answer).with_state(node.clone());
    let served = axum::serve(sockets, router.into_make_service_with_connect_info::<Peer>()).await;
    if let Err(error) = served {
        tracing::warn!(address = %node.rpc, %error, "JSON-RPC ended");
    }
}

/// What is asked in one HTTP request.
enum Question {
    /// Calls of a POST; `None` is a notification.
    Calls(Vec<Option<Call>>),
    /// A path with parameters.
    Uri(Method, Params),
    /// Nothing that can be done.
    Refused(Response<Bytes>),
}

async fn answer(
    State(node): State<Arc<NodeState>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response<Body> {
    if request.uri().path() == "/websocket" {
        return websocket::upgrade(node, peer, request).await;
    }
    let question = read(request).await;
    let methods = question.methods();
    methods.iter().for_each(|method| node.count(method.name()));
    let faults = node.faults.of_any(&methods);
    for fault in &faults {
        match fault {
            Fault::Stall => {
                peer.cut.cancelled().await;
                // Nobody hears this any more; what was asked for is not done.
                return faulty_body(plain(StatusCode::OK, "text/plain", ""), &[]);
            }
            Fault::DroppedBefore => peer.cut.cancel(),
            Fault::Http(status, body) => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                return faulty_body(plain(status, "text/plain", body.clone()), &faults);
            }
            _ => {}
        }
    }
    let response = match question {
        Question::Calls(calls) => answer_calls(&node, calls).await,
        Question::Uri(method, params) => answer_uri(&node, method, &params).await,
        Question::Refused(response) => response,
    };
    faulty_body(response, &faults)
}

impl Question {
    fn methods(&self) -> Vec<Method> {
        match self {
            Self::Calls(calls) => calls.iter().flatten().filter_map(|call| Method::parse(&call.method)).collect(),
            Self::Uri(method, _) => vec![*method],
            Self::Refused(_) => Vec::new(),
        }
    }
}

/// The checks of `PreChecksHandler`, then those of the handler that the path leads to.
async fn read(request: Request) -> Question {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, BODY_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            let reason = if error.is::<LengthLimitError>() {
                "http: request body too large".to_owned()
            } else {
                error.to_string()
            };
            let answer = json_rpc::invalid_request(&format!("error reading request body: {reason}"));
            return Question::Refused(rpc(StatusCode::BAD_REQUEST, &answer));
        }
    };
    let calls = json_rpc::read(&body);
    if calls.as_ref().is_ok_and(|calls| calls.len() > BATCH_MAX) {
        let text = format!("batch request exceeds maximum ({BATCH_MAX}) allowed number of requests");
        return Question::Refused(rpc(StatusCode::OK, &json_rpc::invalid_request(&text)));
    }
    let path = head.uri.path().trim_start_matches('/');
    if path.is_empty() {
        return match calls {
            _ if body.is_empty() => Question::Refused(list_of_endpoints(&head.headers)),
            Ok(calls) => Question::Calls(calls),
            Err(reason) => Question::Refused(rpc(StatusCode::INTERNAL_SERVER_ERROR, &json_rpc::parse_error(&reason))),
        };
    }
    match Method::parse(path) {
        Some(method) if method.is_subscription() => {
            Question::Refused(rpc(StatusCode::NOT_FOUND, &json_rpc::method_not_found(&json!(URI_ID))))
        }
        Some(method) => {
            // A form's fields are parameters too.
            let form = if head.method == Verb::POST { String::from_utf8_lossy(&body) } else { "".into() };
            let query = [head.uri.query().unwrap_or_default(), &form].join("&");
            Question::Uri(method, Params::from_uri(&query))
        }
        None => Question::Refused(plain(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "404 page not found\n")),
    }
}

/// A batch of one is answered like a call alone.
async fn answer_calls(node: &NodeState, calls: Vec<Option<Call>>) -> Response<Bytes> {
    let mut answers = Vec::new();
    for call in calls.into_iter().flatten() {
        let Some(method) = Method::parse(&call.method).filter(|method| !method.is_subscription()) else {
            answers.push(json_rpc::method_not_found(&call.id));
            continue;
        };
        let outcome = match Params::from_json(method, call.params) {
            Ok(params) => methods::call(node, method, &params).await,
            Err(failure) => Err(failure),
        };
        answers.push(match outcome {
            Ok(result) => json_rpc::success(&call.id, result),
            Err(Failure::Params(text)) => {
                json_rpc::invalid_params(&call.id, &format!("error converting json params to arguments: {text}"))
            }
            Err(Failure::Internal(text)) => json_rpc::internal(&call.id, &text),
            Err(Failure::Panicked) => {
                let answer = json_rpc::internal(&json!(URI_ID), json_rpc::TOO_FEW);
                return rpc(StatusCode::INTERNAL_SERVER_ERROR, &answer);
            }
        });
    }
    match answers.as_slice() {
        [] => plain(StatusCode::OK, "application/json", ""),
        [one] => rpc(StatusCode::OK, one),
        _ => rpc(StatusCode::OK, &Value::Array(answers)),
    }
}

async fn answer_uri(node: &NodeState, method: Method, params: &Params) -> Response<Bytes> {
    let id = json!(URI_ID);
    match methods::call(node, method, params).await {
        Ok(result) => rpc(StatusCode::OK, &json_rpc::success(&id, result)),
        Err(Failure::Params(text)) => {
            let text = format!("error converting http params to arguments: {text}");
            rpc(StatusCode::INTERNAL_SERVER_ERROR, &json_rpc::invalid_params(&id, &text))
        }
        Err(Failure::Internal(text)) => rpc(StatusCode::INTERNAL_SERVER_ERROR, &json_rpc::internal(&id, &text)),
        Err(Failure::Panicked) => rpc(StatusCode::INTERNAL_SERVER_ERROR, &json_rpc::internal(&id, json_rpc::TOO_FEW)),
    }
}

/// What a browser sees at `/`.
fn list_of_endpoints(headers: &HeaderMap) -> Response<Bytes> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte));
    let host = if is_plain(host) { host } else { "" };
    let link = |(name, parameters): (&str, &[&str])| {
        let query: Vec<_> = parameters.iter().map(|parameter| format!("{parameter}=_")).collect();
        let link = format!("//{host}/{name}?{}", query.join("&"));
        format!("<a href=\"{link}\">{link}</a></br>")
    };
    // CometBFT counts the context of a call as an argument: all of them have one.
    let links: String = Method::listed().map(link).collect();
    let page = format!(
        "<html><body><br>Available endpoints:<br><br>Endpoints that require arguments:<br>{links}</body></html>"
    );
    plain(StatusCode::OK, "text/html", page)
}

fn rpc(status: StatusCode, answer: &Value) -> Response<Bytes> {
    plain(status, "application/json", answer.to_string())
}

fn plain(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
