//! One subscription to new block headers over a WebSocket, from connecting to the first thing that goes wrong.

use std::convert::Infallible;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Request};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use url::Url;

use super::poll::Pace;
use super::{Head, Heads, WEBSOCKET_BACKOFF_MIN};
use crate::endpoint::Endpoint;
use crate::node_errors::clean;
use crate::rpc::lenient::Number;
use crate::rpc::timestamp;
use crate::timer;

/// How long connecting and subscribing may take.
const OPEN_DEADLINE: Duration = Duration::from_secs(10);
/// How long a ping may wait to be sent.
const SEND_DEADLINE: Duration = Duration::from_secs(5);
const PING_EVERY: Duration = Duration::from_secs(10);
/// How long a node may say nothing at all, not even a pong.
const SILENCE_MAX: Duration = Duration::from_secs(25);
/// How long no head may come before the node is asked whether there is one.
const HEADLESS_MAX: Duration = Duration::from_secs(15);
/// A header's event has some kilobytes.
const MESSAGE_BYTES_MAX: usize = 4 << 20;

const SUBSCRIBE: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"query":"tm.event='NewBlockHeader'"}}"#;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects, subscribes, and waits for the node's consent.
pub(super) async fn open(address: &Url) -> Result<Socket, String> {
    let opened = timeout(OPEN_DEADLINE, async {
        let mut socket = connect(address).await?;
        socket.send(Message::text(SUBSCRIBE)).await.map_err(|error| shown(&error))?;
        while let Spoken::Nothing = spoken(&heard(socket.next().await)?)? {}
        Ok(socket)
    });
    opened.await.map_err(|_| "no subscription in time")?
}

/// Passes heads on until something goes wrong; tells what. Resets `backoff` with the first head.
pub(super) async fn follow(
    socket: Socket,
    endpoint: &Endpoint,
    heads: &Heads,
    pace: &mut Pace,
    backoff: &mut Duration,
) -> String {
    match listen(socket, endpoint, heads, pace, backoff).await {
        Ok(never) => match never {},
        Err(reason) => clean(&reason),
    }
}

async fn listen(
    mut socket: Socket,
    endpoint: &Endpoint,
    heads: &Heads,
    pace: &mut Pace,
    backoff: &mut Duration,
) -> Result<Infallible, String> {
    let mut ping = interval(PING_EVERY);
    let mut last_word = timer::now();
    let mut last_head = timer::now();
    loop {
        tokio::select! {
            message = socket.next() => {
                let message = heard(message)?;
                last_word = timer::now();
                if let Spoken::Head(head) = spoken(&message)? {
                    last_head = timer::now();
                    *backoff = WEBSOCKET_BACKOFF_MIN;
                    pace.polled(heads.seen(head, endpoint), head);
                }
            }
            _ = ping.tick() => {
                if last_word.elapsed() > SILENCE_MAX {
                    return Err("the node fell silent".to_owned());
                }
                if last_head.elapsed() > HEADLESS_MAX {
                    ask(endpoint, heads, pace).await?;
                    last_head = timer::now();
                }
                let sent = timeout(SEND_DEADLINE, socket.send(Message::Ping(Bytes::new()))).await;
                sent.map_err(|_| "the node reads nothing")?.map_err(|error| shown(&error))?;
            }
        }
    }
}

fn heard(message: Option<Result<Message, Error>>) -> Result<Message, String> {
    message.ok_or("the node closed the connection")?.map_err(|error| shown(&error))
}

/// No head came for a while. If the node has one, the subscription is dead and was not told so.
async fn ask(endpoint: &Endpoint, heads: &Heads, pace: &mut Pace) -> Result<(), String> {
    let status = endpoint.status().await.map_err(|error| error.to_string())?;
    let head = Head { height: status.height, time: status.time };
    let is_new = heads.seen(head, endpoint);
    pace.polled(is_new, head);
    if is_new { Err("the subscription left a head out".to_owned()) } else { Ok(()) }
}

async fn connect(url: &Url) -> Result<Socket, String> {
    let config =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_BYTES_MAX)).max_frame_size(Some(MESSAGE_BYTES_MAX));
    let connected = connect_async_with_config(request(url)?, Some(config), true).await;
    connected.map(|(socket, _)| socket).map_err(|error| shown(&error))
}

/// The request that opens the socket; credentials of the address go in its header, as reqwest does for HTTP.
fn request(url: &Url) -> Result<Request<()>, String> {
    let mut bare = url.clone();
    let unusable = |()| "the WebSocket's address can't be used".to_owned();
    bare.set_username("").map_err(unusable)?;
    bare.set_password(None).map_err(unusable)?;
    let mut request = bare.as_str().into_client_request().map_err(|error| shown(&error))?;
    if !url.username().is_empty() || url.password().is_some() {
        let mut credentials = unescaped(url.username());
        credentials.push(b':');
        credentials.extend(unescaped(url.password().unwrap_or_default()));
        let mut value = HeaderValue::from_str(&format!("Basic {}", BASE64.encode(credentials)))
            .map_err(|_| "the WebSocket's credentials can't be sent")?;
        value.set_sensitive(true);
        request.headers_mut().insert("authorization", value);
    }
    Ok(request)
}

/// The bytes behind an address' `%` escapes.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind.get(..2).filter(|_| *first == b'%').and_then(|digits| hex::decode(digits).ok());
        match escaped {
            Some(byte) => {
                bytes.extend(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    bytes
}

/// An error without what the peer wrote into it at length, and without addresses.
fn shown(error: &Error) -> String {
    match error {
        Error::Http(response) => format!("HTTP status {}", response.status().as_u16()),
        Error::Url(_) => "the WebSocket's address can't be used".to_owned(),
        other => other.to_string(),
    }
}

enum Spoken {
    Head(Head),
    Confirmed,
    Nothing,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    result: Option<ResultPart>,
    #[serde(default)]
    error: Option<ErrorPart>,
}

#[derive(Deserialize)]
struct ErrorPart {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    data: Option<String>,
}

#[derive(Deserialize)]
struct ResultPart {
    #[serde(default)]
    data: Option<DataPart>,
}

#[derive(Deserialize)]
struct DataPart {
    value: Option<ValuePart>,
}

#[derive(Deserialize)]
struct ValuePart {
    header: Option<HeaderPart>,
}

#[derive(Deserialize)]
struct HeaderPart {
    height: Number,
    time: tendermint::Time,
}

/// What a message says. An error answer ends the subscription: the node refused it, or cancelled it.
fn spoken(message: &Message) -> Result<Spoken, String> {
    let text = match message {
        Message::Text(text) => text.as_str(),
        Message::Close(_) => return Err("the node closed the connection".to_owned()),
        Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(Spoken::Nothing),
    };
    let envelope: Envelope = serde_json::from_str(text).map_err(|error| format!("unreadable event: {error}"))?;
    if let Some(error) = envelope.error {
        let parts = [error.message, error.data];
        return Err(parts.into_iter().flatten().collect::<Vec<_>>().join(": "));
    }
    let value = envelope.result.and_then(|result| result.data).and_then(|data| data.value);
    let Some(header) = value.and_then(|value| value.header) else { return Ok(Spoken::Confirmed) };
    let height = header.height.unsigned().ok_or("a negative height")?;
    let time = timestamp(header.time).map_err(|failure| failure.to_string())?;
    Ok(Spoken::Head(Head { height: types::BlockHeight(height), time }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Message {
        Message::text(json.to_owned())
    }

    #[test]
    fn a_header_event_is_a_head() {
        let event = text(
            r#"{"id":1,"jsonrpc":"2.0","result":{"query":"tm.event='NewBlockHeader'","data":{"type":"tendermint/event/NewBlockHeader",
            "value":{"header":{"height":"12","time":"2023-05-17T14:12:53.605374524Z","chain_id":"a"}}}}}"#,
        );
        let Ok(Spoken::Head(head)) = spoken(&event) else { panic!("no head") };
        assert_eq!(head.height.0, 12);
        assert_eq!(head.time.0, 1_684_332_773_605_374_524);
    }

    #[test]
    fn an_empty_result_confirms_the_subscription() {
        assert!(matches!(spoken(&text(r#"{"id":1,"jsonrpc":"2.0","result":{}}"#)), Ok(Spoken::Confirmed)));
    }

    #[test]
    fn a_refused_and_a_cancelled_subscription_end_it() {
        let refused = r#"{"id":1,"error":{"code":-32603,"message":"Internal error","data":"max_subscriptions_per_client 5 reached"}}"#;
        assert_eq!(spoken(&text(refused)).err().unwrap(), "Internal error: max_subscriptions_per_client 5 reached");
        assert!(spoken(&text("no JSON")).is_err());
        assert!(spoken(&Message::Close(None)).is_err());
    }

    #[test]
    fn credentials_travel_in_the_header_and_not_in_the_address() {
        let request = request(&"wss://user:s3c%2Fret@node.example/websocket".parse().unwrap()).unwrap();
        assert_eq!(request.uri().to_string(), "wss://node.example/websocket");
        assert_eq!(request.headers()["authorization"], "Basic dXNlcjpzM2MvcmV0");
        assert!(!format!("{request:?}").contains("dXNlcjpz"));
    }
}
