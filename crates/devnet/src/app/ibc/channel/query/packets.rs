//! What is in flight, received and acknowledged on a channel end.

use proto::Message;
use proto::ibc::core::channel::v1 as raw;
use types::{ChannelId, Order, PortId, Sequence};

use super::super::errors::{CHANNEL_NOT_FOUND, SEQUENCE_RECEIVE_NOT_FOUND};
use super::super::{STORE, state};
use super::{Answer, Entry, channel_end, invalid, not_found, parsed, self_height, validate};
use crate::app::context::Ctx;
use crate::app::kind::{Code, Status, read_request};
use crate::app::paging::paginate;

pub(super) fn commitment(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let raw::QueryPacketCommitmentRequest { port_id, channel_id, sequence } = read_request(request)?;
    let (port, channel) = known_end_of(ctx, &port_id, &channel_id, Some(sequence))?;
    let commitment = state::commitment(ctx, &port, &channel, Sequence(sequence))?
        .ok_or_else(|| Status::new(Code::NotFound, "packet commitment hash not found"))?;
    let response = raw::QueryPacketCommitmentResponse {
        commitment: commitment.to_vec(),
        proof: Vec::new(),
        proof_height: self_height(ctx),
    };
    Ok(response.encode_to_vec())
}

pub(super) fn commitments(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let raw::QueryPacketCommitmentsRequest { port_id, channel_id, pagination } = read_request(request)?;
    known_end_of(ctx, &port_id, &channel_id, None)?;
    let prefix = format!("commitments/ports/{port_id}/channels/{channel_id}/sequences");
    let kept = ctx.with_prefix(STORE, prefix.as_bytes())?;
    let (page, pagination) = paginate(kept, prefix.len(), pagination)?;
    let response = raw::QueryPacketCommitmentsResponse {
        commitments: packet_states(&port_id, &channel_id, &page)?,
        pagination: Some(pagination),
        height: self_height(ctx),
    };
    Ok(response.encode_to_vec())
}

pub(super) fn receipt(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let raw::QueryPacketReceiptRequest { port_id, channel_id, sequence } = read_request(request)?;
    let (port, channel) = known_end_of(ctx, &port_id, &channel_id, Some(sequence))?;
    let response = raw::QueryPacketReceiptResponse {
        received: state::has_receipt(ctx, &port, &channel, Sequence(sequence))?,
        proof: Vec::new(),
        proof_height: self_height(ctx),
    };
    Ok(response.encode_to_vec())
}

pub(super) fn acknowledgement(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let raw::QueryPacketAcknowledgementRequest { port_id, channel_id, sequence } = read_request(request)?;
    let (port, channel) = known_end_of(ctx, &port_id, &channel_id, Some(sequence))?;
    let acknowledgement = state::acknowledgement(ctx, &port, &channel, Sequence(sequence))?
        .ok_or_else(|| Status::new(Code::NotFound, "packet acknowledgement hash not found"))?;
    let response = raw::QueryPacketAcknowledgementResponse {
        acknowledgement: acknowledgement.to_vec(),
        proof: Vec::new(),
        proof_height: self_height(ctx),
    };
    Ok(response.encode_to_vec())
}

/// Those of a list of sequences as far as they are there, or else a page of all.
pub(super) fn acknowledgements(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: raw::QueryPacketAcknowledgementsRequest = read_request(request)?;
    let (port_id, channel_id) = (request.port_id, request.channel_id);
    let (port, channel) = known_end_of(ctx, &port_id, &channel_id, None)?;
    let (acknowledgements, pagination) = if request.packet_commitment_sequences.is_empty() {
        let prefix = format!("acks/ports/{port_id}/channels/{channel_id}/sequences");
        let kept = ctx.with_prefix(STORE, prefix.as_bytes())?;
        let (page, pagination) = paginate(kept, prefix.len(), request.pagination)?;
        (packet_states(&port_id, &channel_id, &page)?, Some(pagination))
    } else {
        let mut found = Vec::new();
        for sequence in request.packet_commitment_sequences {
            if let Some(hash) = state::acknowledgement(ctx, &port, &channel, Sequence(sequence))? {
                found.push(packet_state(&port_id, &channel_id, sequence, &hash));
            }
        }
        (found, None)
    };
    let response = raw::QueryPacketAcknowledgementsResponse { acknowledgements, pagination, height: self_height(ctx) };
    Ok(response.encode_to_vec())
}

/// Of the sequences that the counterparty sent, those that were not received here.
pub(super) fn unreceived_packets(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: raw::QueryUnreceivedPacketsRequest = read_request(request)?;
    let (port_id, channel_id) = (request.port_id, request.channel_id);
    let end = channel_end(ctx, &port_id, &channel_id)?;
    let (port, channel) = parsed(&port_id, &channel_id)?;
    let next = match end.ordering {
        Order::Unordered => None,
        Order::Ordered => {
            let unknown = || format!("destination port: {port_id}, destination channel: {channel_id}");
            let next = state::next_sequence_recv(ctx, &port, &channel)?;
            Some(next.ok_or_else(|| not_found(SEQUENCE_RECEIVE_NOT_FOUND.wrap(unknown())))?)
        }
    };
    let mut sequences = Vec::new();
    for (index, sequence) in request.packet_commitment_sequences.into_iter().enumerate() {
        refuse_zero(index, sequence)?;
        let is_unreceived = match next {
            None => !state::has_receipt(ctx, &port, &channel, Sequence(sequence))?,
            Some(next) => Sequence(sequence) >= next,
        };
        if is_unreceived {
            sequences.push(sequence);
        }
    }
    Ok(raw::QueryUnreceivedPacketsResponse { sequences, height: self_height(ctx) }.encode_to_vec())
}

/// Of the sequences that the counterparty acknowledged, those that are still in flight here.
pub(super) fn unreceived_acks(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: raw::QueryUnreceivedAcksRequest = read_request(request)?;
    let (port, channel) = known_end_of(ctx, &request.port_id, &request.channel_id, None)?;
    let mut sequences = Vec::new();
    for (index, sequence) in request.packet_ack_sequences.into_iter().enumerate() {
        refuse_zero(index, sequence)?;
        if state::commitment(ctx, &port, &channel, Sequence(sequence))?.is_some() {
            sequences.push(sequence);
        }
    }
    Ok(raw::QueryUnreceivedAcksResponse { sequences, height: self_height(ctx) }.encode_to_vec())
}

fn refuse_zero(index: usize, sequence: u64) -> Result<(), Status> {
    if sequence == 0 { Err(invalid(format!("packet sequence {index} cannot be 0"))) } else { Ok(()) }
}

/// The end that a request names, after the sequence that it may name too.
fn known_end_of(
    ctx: &mut Ctx,
    port: &str,
    channel: &str,
    sequence: Option<u64>,
) -> Result<(PortId, ChannelId), Status> {
    validate(port, channel)?;
    if sequence == Some(0) {
        return Err(invalid("packet sequence cannot be 0"));
    }
    if state::channel_end(ctx, port, channel)?.is_none() {
        return Err(not_found(CHANNEL_NOT_FOUND.wrap(format!("port ID ({port}) channel ID ({channel})"))));
    }
    parsed(port, channel)
}

fn packet_states(port: &str, channel: &str, page: &[Entry]) -> Result<Vec<raw::PacketState>, Status> {
    let read = |(key, value): &Entry| {
        let key = String::from_utf8_lossy(key);
        let sequence = key.rsplit('/').next().unwrap_or_default();
        let sequence = sequence.parse().map_err(|error| Status::new(Code::Unknown, error))?;
        Ok(packet_state(port, channel, sequence, value))
    };
    page.iter().map(read).collect()
}

fn packet_state(port: &str, channel: &str, sequence: u64, data: &[u8]) -> raw::PacketState {
    raw::PacketState { port_id: port.to_owned(), channel_id: channel.to_owned(), sequence, data: data.to_vec() }
}
