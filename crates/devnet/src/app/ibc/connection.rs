//! Connections (ICS-03), by ibc-go's rules.
//!
//! Written after ibc-go v10.7.0, `modules/core/03-connection`. Crossing hellos are gone: a try always makes a new end.

pub mod error;
mod handshake;
mod messages;
mod queries;
mod store;
#[cfg(test)]
mod tests;
mod version;

use proto::Message;
use types::host::{
    CommitmentKey, acknowledgement_key, channel_end_key, commitment_key, next_sequence_recv_key, receipt_key,
};
use types::{ChannelEnd, ChannelId, ConnectionEnd, ConnectionId, Height, PortId, Sequence};

use super::client::error::{commitment, panic};
use super::client::{self, Delay};
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::kind::{MessageKind, QueryKind};

/// Messages: open init, try, ack, confirm.
pub const MESSAGES: &[MessageKind] =
    &[messages::OPEN_INIT, messages::OPEN_TRY, messages::OPEN_ACK, messages::OPEN_CONFIRM];
/// Queries of `ibc.core.connection.v1`.
pub const QUERIES: &[QueryKind] = queries::ALL;

/// Writes what the module's part of a genesis begins with, with the connection of the chain with itself. To be called
/// once, before the first block.
///
/// # Errors
/// When the gas is used up.
pub fn init_genesis(ctx: &mut Ctx) -> Result<()> {
    store::init_genesis(ctx)
}

/// A connection, or ibc-go's error 3 of codespace `connection`.
///
/// # Errors
/// When there is none.
pub fn connection(ctx: &mut Ctx, id: &ConnectionId) -> Result<ConnectionEnd> {
    ConnectionEnd::try_from(store::get(ctx, id.as_str())?).map_err(panic)
}

/// A proof by the counterparty's state, at a height that the connection's client knows.
#[derive(Clone, Copy, Debug)]
pub struct ProofAt<'a> {
    /// A protobuf `MerkleProof`.
    pub proof: &'a [u8],
    /// The height of the root that proves.
    pub height: Height,
}

/// Where packets go to or come from, on the counterparty.
#[derive(Clone, Copy, Debug)]
pub struct RemoteEnd<'a> {
    /// Port.
    pub port: &'a PortId,
    /// Channel.
    pub channel: &'a ChannelId,
}

/// `VerifyChannelState`.
///
/// # Errors
/// Those of [`client::verify_membership`].
pub fn verify_channel_state(
    ctx: &mut Ctx,
    connection: &ConnectionEnd,
    proof: ProofAt<'_>,
    end: RemoteEnd<'_>,
    expected: &ChannelEnd,
) -> Result<()> {
    let key = channel_end_key(end.port, end.channel);
    let value = proto::ibc::core::channel::v1::Channel::from(expected.clone()).encode_to_vec();
    verify(ctx, connection, proof, Delay::default(), (&key, Some(&value)), "channel state")
}

/// `VerifyPacketCommitment`.
///
/// # Errors
/// Those of [`client::verify_membership`].
pub fn verify_packet_commitment(
    ctx: &mut Ctx,
    connection: &ConnectionEnd,
    proof: ProofAt<'_>,
    end: RemoteEnd<'_>,
    sequence: Sequence,
    commitment: &[u8],
) -> Result<()> {
    let key = commitment_key(end.port, end.channel, sequence);
    let delay = delay_of(ctx, connection)?;
    verify(ctx, connection, proof, delay, (&key, Some(commitment)), "packet commitment")
}

/// `VerifyPacketAcknowledgement`; `commitment` is the acknowledgement's hash.
///
/// # Errors
/// Those of [`client::verify_membership`].
pub fn verify_packet_acknowledgement(
    ctx: &mut Ctx,
    connection: &ConnectionEnd,
    proof: ProofAt<'_>,
    end: RemoteEnd<'_>,
    sequence: Sequence,
    commitment: &[u8],
) -> Result<()> {
    let key = acknowledgement_key(end.port, end.channel, sequence);
    let delay = delay_of(ctx, connection)?;
    verify(ctx, connection, proof, delay, (&key, Some(commitment)), "packet acknowledgement")
}

/// `VerifyPacketReceiptAbsence`.
///
/// # Errors
/// Those of [`client::verify_non_membership`].
pub fn verify_packet_receipt_absence(
    ctx: &mut Ctx,
    connection: &ConnectionEnd,
    proof: ProofAt<'_>,
    end: RemoteEnd<'_>,
    sequence: Sequence,
) -> Result<()> {
    let key = receipt_key(end.port, end.channel, sequence);
    let delay = delay_of(ctx, connection)?;
    verify(ctx, connection, proof, delay, (&key, None), "packet receipt absence")
}

/// `VerifyNextSequenceRecv`.
///
/// # Errors
/// Those of [`client::verify_membership`].
pub fn verify_next_sequence_recv(
    ctx: &mut Ctx,
    connection: &ConnectionEnd,
    proof: ProofAt<'_>,
    end: RemoteEnd<'_>,
    next: Sequence,
) -> Result<()> {
    let key = next_sequence_recv_key(end.port, end.channel);
    let delay = delay_of(ctx, connection)?;
    let value = next.0.to_be_bytes();
    verify(ctx, connection, proof, delay, (&key, Some(&value)), "next sequence receive")
}

/// Does the counterparty's store hold `value` under the key, or nothing where there is no value?
fn verify(
    ctx: &mut Ctx,
    connection: &ConnectionEnd,
    proof: ProofAt<'_>,
    delay: Delay,
    (key, value): (&CommitmentKey, Option<&[u8]>),
    what: &str,
) -> Result<()> {
    let prefix = connection.counterparty.prefix.0.as_slice();
    if prefix.is_empty() {
        return Err(commitment::INVALID_PREFIX.wrap("prefix can't be empty"));
    }
    let path = [prefix, key.as_bytes()];
    let (client, ProofAt { proof, height }) = (&connection.client, proof);
    let verified = match value {
        Some(value) => client::verify_membership(ctx, client, height, delay, proof, path, value),
        None => client::verify_non_membership(ctx, client, height, delay, proof, path),
    };
    verified.map_err(|error| error.wrap(format!("failed {what} verification for client ({client})")))
}

/// The delay of a connection, and its blocks: as many as the chain would make in that time at its slowest
/// (`getBlockDelay`).
fn delay_of(ctx: &mut Ctx, connection: &ConnectionEnd) -> Result<Delay> {
    let time = u64::try_from(connection.delay_period.as_nanos()).unwrap_or(u64::MAX);
    let blocks = match store::params(ctx)?.max_expected_time_per_block {
        0 => 0,
        time_per_block => time.div_ceil(time_per_block),
    };
    Ok(Delay { time, blocks })
}
