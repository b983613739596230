//! One gRPC call carried by `abci_query`: its frame taken off, the answer's put on.

use bytes::{BufMut, Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt, Full, Limited};
use tonic::body::Body;
use tower::BoxError;
use types::{BlockHeight, QueryHeight};

use super::HEIGHT_METADATA;
use crate::endpoint::Endpoint;
use crate::error::Failure;
use crate::rpc::abci::AbciQuery;

/// A request's size at most, in bytes: what fits a JSON-RPC request in hex.
const REQUEST_BYTES_MAX: usize = 490_000;
/// A gRPC frame's header: one byte of flags, four of length.
const FRAME_HEADER_BYTES: usize = 5;

/// Carries one unary call. Failures come back as errors, not as gRPC statuses, so that nothing of them is lost.
pub(super) async fn call(endpoint: Endpoint, request: http::Request<Body>) -> Result<http::Response<Body>, BoxError> {
    let (parts, body) = request.into_parts();
    let method = parts.uri.path().to_owned();
    let failed = |failure| BoxError::from(endpoint.error(method.clone(), failure));
    let at = asked_height(&parts.headers).map_err(failed)?;
    let body = Limited::new(body, REQUEST_BYTES_MAX).collect().await;
    let body = body.map_err(|_| failed(Failure::RequestTooLarge(REQUEST_BYTES_MAX)))?.to_bytes();
    let data = unframed(&body).map_err(failed)?;
    let query = AbciQuery { path: method.clone(), data: data.to_vec(), at, prove: false };
    let answer = endpoint.abci_query_checked(query).await?;
    let mut response = http::Response::new(Body::new(Full::new(framed(&answer.value).map_err(failed)?)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(HEIGHT_METADATA, HeaderValue::from(answer.height.0.0));
    headers.insert("grpc-status", HeaderValue::from_static("0"));
    Ok(response)
}

fn asked_height(headers: &HeaderMap) -> Result<Option<QueryHeight>, Failure> {
    let Some(value) = headers.get(HEIGHT_METADATA) else { return Ok(None) };
    let height = value.to_str().ok().and_then(|text| text.parse().ok());
    let height = height.ok_or_else(|| Failure::Malformed(format!("{HEIGHT_METADATA} is no height")))?;
    Ok(Some(QueryHeight(BlockHeight(height))))
}

/// The message of a body of exactly one uncompressed frame.
fn unframed(body: &[u8]) -> Result<&[u8], Failure> {
    let refuse = || Failure::Malformed("a request that is not one uncompressed gRPC frame".to_owned());
    let (header, message) = body.split_first_chunk::<FRAME_HEADER_BYTES>().ok_or_else(refuse)?;
    let [0, length @ ..] = *header else { return Err(refuse()) };
    if u32::from_be_bytes(length) as usize == message.len() { Ok(message) } else { Err(refuse()) }
}

fn framed(message: &[u8]) -> Result<Bytes, Failure> {
    let length = u32::try_from(message.len()).map_err(|_| Failure::TooLarge(u32::MAX as usize))?;
    let mut frame = BytesMut::with_capacity(FRAME_HEADER_BYTES + message.len());
    frame.put_u8(0);
    frame.put_u32(length);
    frame.put_slice(message);
    Ok(frame.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_put_on_comes_off_again() {
        assert_eq!(unframed(&framed(b"message").unwrap()).unwrap(), b"message");
        assert_eq!(unframed(&framed(b"").unwrap()).unwrap(), b"");
    }

    #[test]
    fn any_other_frame_is_refused() {
        for body in [&b""[..], b"\0\0\0\0", b"\x01\0\0\0\x01a", b"\0\0\0\0\x02a", b"\0\0\0\0\x01ab"] {
            assert!(unframed(body).is_err(), "{body:?}");
        }
    }
}
