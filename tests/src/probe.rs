//! The probe application, which both test chains hold under the port `probe`: what a packet does at its destination
//! stands in its data, and a transaction's memo makes it send, acknowledge late, close, and stop refusing.
//! `tests/simd/probe` says which orders it knows.

use anyhow::{Context, Result};
use proto::cosmos::bank::v1beta1::MsgSend;
use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;
use proto::{Message, Name};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::chain_under_test::{ChainUnderTest, Role};
use crate::json_rpc;
use crate::user;

/// The port of the application.
pub const PORT: &str = "probe";

/// When a packet times out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// So many seconds after the destination's newest block.
    Seconds(u64),
    /// So many blocks above the destination's newest block.
    Blocks(u64),
}

/// Has the probe of `chain` do something: `action` is one of `send`, `ack`, `close`, `refuse`, or a list of them.
/// Returns the block that it was done in.
///
/// # Errors
/// When the chain refuses.
pub fn command(chain: &dyn ChainUnderTest, role: Role, action: &Value) -> Result<u64> {
    let address = &chain.account(role).address;
    let coin = Coin { denom: chain.fee_denom().to_owned(), amount: "1".to_owned() };
    let payment = MsgSend { from_address: address.clone(), to_address: address.clone(), amount: vec![coin] };
    let payment = Any { type_url: MsgSend::type_url(), value: payment.encode_to_vec() };
    user::submit(chain, role, vec![payment], &json!({ "probe": action }).to_string())
}

/// Sends packets of the user through a channel of the probe: `data` as the probe writes octets, such as `text:hello`,
/// `hex:00ff`, or `text:{"probe":"late"}`. Returns the block that sent them.
///
/// # Errors
/// When the chain refuses.
pub fn send(
    source: &dyn ChainUnderTest,
    destination: &dyn ChainUnderTest,
    channel: &str,
    data: &str,
    count: usize,
    timeout: Timeout,
) -> Result<u64> {
    let mut send = json!({ "channel": channel, "data": data, "count": count });
    match timeout {
        Timeout::Seconds(seconds) => {
            send["timeout_timestamp"] = json!(timeout_timestamp(destination, seconds)?);
        }
        Timeout::Blocks(blocks) => {
            let revision =
                destination.id().rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(0u64);
            send["timeout_height"] = json!(format!("{revision}-{}", destination.height()? + blocks));
        }
    }
    command(source, Role::User, &json!({ "send": send }))
}

/// So many seconds after a chain's newest block, in nanoseconds since 1970, as the probe reads it.
pub fn timeout_timestamp(chain: &dyn ChainUnderTest, seconds: u64) -> Result<String> {
    let status = json_rpc::call(chain.rpc(), "status", &json!({}))?;
    let time = status["sync_info"]["latest_block_time"].as_str().context("status without a time")?;
    let time = OffsetDateTime::parse(time, &Rfc3339)?.unix_timestamp_nanos();
    Ok((u128::try_from(time)? + u128::from(seconds) * 1_000_000_000).to_string())
}
