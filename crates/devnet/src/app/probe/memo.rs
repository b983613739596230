//! What memos can ask for (`tests/simd/probe/memo.go`).

use proto::Message;
use proto::ibc::core::channel::v1::Packet as RawPacket;
use types::{Height, Packet, Timestamp};

use super::data::{bool_value, fields, number, octets, optional, read_text};
use super::{MALFORMED_MEMO, NOT_LATE, PORT, REFUSAL, STORE, count, late_key};
use crate::app::context::{Ctx, Mode};
use crate::app::error::Result;
use crate::app::ibc::channel;
use crate::app::ibc::channel::errors::{ibc, panicked};
use crate::app::ibc::channel::json::{self, Json};

const SEND_COUNT_MAX: u64 = 1_000;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct MemoAction {
    send: Option<SendAction>,
    ack: Option<AckAction>,
    close: Option<CloseAction>,
    refuse: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct SendAction {
    port: String,
    channel: String,
    data: Vec<u8>,
    timeout_height: String,
    timeout_timestamp: u64,
    count: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct AckAction {
    channel: String,
    sequence: u64,
    ack: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct CloseAction {
    port: String,
    channel: String,
}

/// Acts on a transaction's memo once its messages have succeeded (a post handler), in delivery and simulation; in
/// CheckTx it only looks whether the memo is malformed.
///
/// # Errors
/// Those of the codespace `probe`, and those of core IBC.
pub fn act_on_memo(ctx: &mut Ctx, memo: &str) -> Result<()> {
    let actions = parse(memo).map_err(|error| MALFORMED_MEMO.wrap(error))?;
    match ctx.mode {
        Mode::Deliver | Mode::Simulate => actions.into_iter().try_for_each(|action| perform(ctx, action)),
        // CheckTx runs no messages either: its state is older than the block's.
        Mode::Check | Mode::Recheck | Mode::Query => Ok(()),
    }
}

/// One action or a list of them; a memo that isn't ours has none.
fn parse(memo: &str) -> Result<Vec<MemoAction>, String> {
    let Ok(memo) = json::parse(memo.as_bytes()) else { return Ok(Vec::new()) };
    match memo.value("probe") {
        None => Ok(Vec::new()),
        Some(Json::Array(actions)) => actions.iter().cloned().map(MemoAction::from_json).collect(),
        Some(action) => Ok(vec![MemoAction::from_json(action.clone())?]),
    }
}

/// A misspelt field would otherwise pass for its default.
fn unknown(field: &str) -> String {
    format!("json: unknown field {}", json::quote(field))
}

impl MemoAction {
    fn from_json(action: Json) -> Result<Self, String> {
        let mut read = Self::default();
        for (key, value) in fields(action)? {
            match key.as_str() {
                "send" => read.send = optional(value, SendAction::from_json)?,
                "ack" => read.ack = optional(value, AckAction::from_json)?,
                "close" => read.close = optional(value, CloseAction::from_json)?,
                "refuse" => read.refuse = optional(value, bool_value)?,
                other => return Err(unknown(other)),
            }
        }
        Ok(read)
    }
}

impl SendAction {
    fn from_json(action: Json) -> Result<Self, String> {
        let mut read = Self::default();
        for (key, value) in fields(action)? {
            match key.as_str() {
                "port" => read_text(value, &mut read.port)?,
                "channel" => read_text(value, &mut read.channel)?,
                "data" => read.data = octets(value)?,
                "timeout_height" => read_text(value, &mut read.timeout_height)?,
                "timeout_timestamp" => read.timeout_timestamp = number(&value)?,
                "count" => read.count = optional(value, |value| number(&value))?,
                other => return Err(unknown(other)),
            }
        }
        Ok(read)
    }
}

impl AckAction {
    fn from_json(action: Json) -> Result<Self, String> {
        let mut read = Self::default();
        for (key, value) in fields(action)? {
            match key.as_str() {
                "channel" => read_text(value, &mut read.channel)?,
                "sequence" => read.sequence = number(&value)?,
                "ack" => read.ack = octets(value)?,
                other => return Err(unknown(other)),
            }
        }
        Ok(read)
    }
}

impl CloseAction {
    fn from_json(action: Json) -> Result<Self, String> {
        let mut read = Self::default();
        for (key, value) in fields(action)? {
            match key.as_str() {
                "port" => read_text(value, &mut read.port)?,
                "channel" => read_text(value, &mut read.channel)?,
                other => return Err(unknown(other)),
            }
        }
        Ok(read)
    }
}

fn perform(ctx: &mut Ctx, action: MemoAction) -> Result<()> {
    match action {
        MemoAction { send: Some(send), .. } => perform_send(ctx, &send),
        MemoAction { ack: Some(ack), .. } => perform_ack(ctx, &ack),
        MemoAction { close: Some(close), .. } => channel::close_init(ctx, port_or_own(&close.port), &close.channel),
        MemoAction { refuse: Some(true), .. } => ctx.delete(STORE, REFUSAL),
        MemoAction { refuse: Some(false), .. } => ctx.set(STORE, REFUSAL, *b"off"),
        MemoAction { refuse: None, .. } => Err(MALFORMED_MEMO.wrap("an action is one of send, ack, close, refuse")),
    }
}

fn perform_send(ctx: &mut Ctx, action: &SendAction) -> Result<()> {
    let height = parse_height(&action.timeout_height)?;
    let count_to_send = action.count.unwrap_or(1);
    if count_to_send > SEND_COUNT_MAX {
        return Err(MALFORMED_MEMO.wrap(format!("count is over {SEND_COUNT_MAX}")));
    }
    for _ in 0..count_to_send {
        let time = Timestamp(action.timeout_timestamp);
        channel::send_packet(ctx, port_or_own(&action.port), &action.channel, height, time, action.data.clone())?;
        count(ctx, "sent", &action.channel)?;
    }
    Ok(())
}

/// A height that is left out is none.
fn parse_height(text: &str) -> Result<Height> {
    if text.is_empty() {
        return Ok(Height::ZERO);
    }
    text.parse().map_err(|_| {
        let cause =
            ibc::INVALID_HEIGHT.wrap(format!("expected height string format: {{revision}}-{{height}}. Got: {text}"));
        MALFORMED_MEMO.wrap(cause)
    })
}

fn perform_ack(ctx: &mut Ctx, action: &AckAction) -> Result<()> {
    let key = late_key(&action.channel, action.sequence);
    let Some(waiting) = ctx.get(STORE, &key)? else {
        return Err(NOT_LATE.wrap(format!("{}, sequence {}", action.channel, action.sequence)));
    };
    let raw = RawPacket::decode(&*waiting).map_err(panicked)?;
    let packet = Packet::try_from(raw).map_err(panicked)?;
    ctx.delete(STORE, &key)?;
    channel::write_acknowledgement(ctx, &packet, &action.ack)
}

fn port_or_own(port: &str) -> &str {
    if port.is_empty() { PORT } else { port }
}

#[cfg(test)]
mod tests;
