//! Bodies that are too long, too slow, or too short.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};

use super::Fault;

/// How much filling is made at a time.
const CHUNK: usize = 64 * 1024;

/// A slow body moves so many times a second.
const DRIPS_A_SECOND: u32 = 10;

/// An answer, spoilt by the faults that concern its body.
pub(crate) fn faulty_body(mut response: Response<Bytes>, faults: &[Fault]) -> Response<Body> {
    if faults.iter().any(|fault| matches!(fault, Fault::GzipBomb)) {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    match faults.iter().find_map(|fault| stream_of(fault, response.body())) {
        Some(body) => response.map(|_| body),
        None => response.map(Body::from),
    }
}

fn stream_of(fault: &Fault, body: &Bytes) -> Option<Body> {
    let whole = body.clone();
    let spaces = Bytes::from(vec![b' '; CHUNK]);
    if let Fault::Padded(size) = fault {
        let padding = size.saturating_sub(whole.len());
        let rest = spaces.slice(..padding % CHUNK);
        let filling = stream::repeat(spaces).take(padding / CHUNK).chain(stream::iter([rest]));
        return Some(Body::from_stream(stream::iter([whole]).chain(filling).map(Ok::<_, io::Error>)));
    }
    if let Fault::Endless = fault {
        return Some(endless(whole, spaces));
    }
    if let Fault::GzipBomb = fault {
        let (head, repeated) = bomb();
        return Some(endless(head, repeated));
    }
    if let Fault::Drip(speed) = fault {
        return Some(Body::from_stream(drip(whole, *speed)));
    }
    if let Fault::DroppedMidway = fault {
        let half = whole.slice(..whole.len() / 2);
        // Behind the half there is nothing but the end of the connection.
        let cut = stream::once(async {
            // The half leaves first.
            tokio::task::yield_now().await;
            Err(io::Error::from(io::ErrorKind::ConnectionAborted))
        });
        return Some(Body::from_stream(stream::iter([Ok(half)]).chain(cut)));
    }
    None
}

fn endless(head: Bytes, repeated: Bytes) -> Body {
    Body::from_stream(stream::iter([head]).chain(stream::repeat(repeated)).map(Ok::<_, io::Error>))
}

fn drip(body: Bytes, speed: u32) -> impl Stream<Item = io::Result<Bytes>> {
    let (size, period) = match speed / DRIPS_A_SECOND {
        0 => (1, Duration::from_secs(1) / speed.max(1)),
        size => (size as usize, Duration::from_secs(1) / DRIPS_A_SECOND),
    };
    stream::unfold((body, tokio::time::interval(period)), move |(mut rest, mut ticks)| async move {
        if rest.is_empty() {
            return None;
        }
        ticks.tick().await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok(piece), (rest, ticks)))
    })
}

/// A gzip header (RFC 1952) and a deflate stream (RFC 1951) without end: a space, and then for ever: the 258 bytes
/// before, once more. A repetition has 13 bits, eight of them are a pattern of 13 bytes.
fn bomb() -> (Bytes, Bytes) {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    // Not the last block; fixed codes (the number 1, low bit first); the literal 0x20 is the code 0x30 + 0x20.
    let start = [false, true, false].into_iter().chain(code(0x50));
    // Length 258 is the code 0xc5 of 8 bits, distance 1 the code 0 of 5.
    let repetition = code(0xc5).chain([false; 5]);
    let bits: Vec<bool> = start.chain((0..16).flat_map(|_| repetition.clone())).collect();
    let bytes: Vec<u8> = bits
        .chunks_exact(8)
        .map(|byte| byte.iter().enumerate().fold(0, |sum, (place, bit)| sum | (u8::from(*bit) << place)))
        .collect();
    // The pattern begins at the first whole byte behind the literal, which ends in the second.
    let (start, pattern) = (&bytes[..2], &bytes[2..15]);
    ([&HEADER[..], start].concat().into(), pattern.repeat(CHUNK / 13).into())
}

/// The bits of a Huffman code: high bit first.
fn code(value: u8) -> impl Iterator<Item = bool> + Clone {
    (0..8).rev().map(move |bit| (value >> bit) & 1 == 1)
}
