use types::Order;

use super::super::testing::World;
use super::*;

fn ask<R: Message + Default>(world: &mut World, method: &str, request: &impl Message) -> Result<R, Status> {
    let path = format!("/ibc.core.channel.v1.Query/{method}");
    let kind = QUERIES.iter().find(|kind| kind.path == path).unwrap();
    let answer = (kind.answer)(&mut world.ctx, &request.encode_to_vec())?;
    Ok(R::decode(answer.as_slice()).unwrap())
}

fn port_and_channel() -> (String, String) {
    ("probe".to_owned(), "channel-0".to_owned())
}

#[test]
fn a_channel_is_shown_with_this_chain_s_height() {
    let mut world = World::open(Order::Ordered);
    let (port_id, channel_id) = port_and_channel();
    let request = raw::QueryChannelRequest { port_id, channel_id };
    let answer: raw::QueryChannelResponse = ask(&mut world, "Channel", &request).unwrap();
    assert_eq!(answer.channel.unwrap().version, "probe-1");
    assert_eq!(answer.proof_height, Some(RawHeight { revision_number: 1, revision_height: 20 }));
}

#[test]
fn what_is_not_there_is_not_found_and_what_is_no_id_is_invalid() {
    let mut world = World::open(Order::Ordered);
    let mut refused = |port_id: &str, channel_id: &str| {
        let request = raw::QueryChannelRequest { port_id: port_id.to_owned(), channel_id: channel_id.to_owned() };
        ask::<raw::QueryChannelResponse>(&mut world, "Channel", &request).unwrap_err()
    };
    let unknown = refused("probe", "channel-7");
    assert_eq!(unknown.code, Code::NotFound);
    assert_eq!(unknown.message, "port-id: probe, channel-id channel-7: channel not found");
    let malformed = refused("probe", "");
    assert_eq!(malformed.code, Code::InvalidArgument);
    assert_eq!(malformed.message, "identifier cannot be blank: invalid identifier");
}

#[test]
fn channels_are_listed_all_or_by_their_connection() {
    let mut world = World::open(Order::Ordered);
    let all: raw::QueryChannelsResponse =
        ask(&mut world, "Channels", &raw::QueryChannelsRequest { pagination: None }).unwrap();
    let ids: Vec<_> = all.channels.iter().map(|channel| (&*channel.port_id, &*channel.channel_id)).collect();
    assert_eq!(ids, [("probe", "channel-0")]);
    for (connection, count) in [("connection-0", 1), ("connection-1", 0)] {
        let request = raw::QueryConnectionChannelsRequest { connection: connection.to_owned(), pagination: None };
        let answer: raw::QueryConnectionChannelsResponse = ask(&mut world, "ConnectionChannels", &request).unwrap();
        assert_eq!(answer.channels.len(), count, "{connection}");
    }
}

#[test]
fn the_client_behind_a_channel_is_shown() {
    let mut world = World::open(Order::Ordered);
    let (port_id, channel_id) = port_and_channel();
    let request = raw::QueryChannelClientStateRequest { port_id: port_id.clone(), channel_id: channel_id.clone() };
    let answer: raw::QueryChannelClientStateResponse = ask(&mut world, "ChannelClientState", &request).unwrap();
    assert_eq!(answer.identified_client_state.unwrap().client_id, "07-tendermint-0");
    let mut request =
        raw::QueryChannelConsensusStateRequest { port_id, channel_id, revision_number: 1, revision_height: 10 };
    let answer: raw::QueryChannelConsensusStateResponse = ask(&mut world, "ChannelConsensusState", &request).unwrap();
    assert_eq!(answer.client_id, "07-tendermint-0");
    request.revision_height = 11;
    let unknown =
        ask::<raw::QueryChannelConsensusStateResponse>(&mut world, "ChannelConsensusState", &request).unwrap_err();
    assert_eq!(unknown.message, "client-id: 07-tendermint-0: consensus state not found");
    assert_eq!(unknown.code, Code::NotFound);
}

#[test]
fn packets_in_flight_are_shown_and_listed() {
    let mut world = World::open(Order::Unordered);
    world.send(b"1");
    world.send(b"2");
    let (port_id, channel_id) = port_and_channel();
    let request = raw::QueryPacketCommitmentsRequest {
        port_id: port_id.clone(),
        channel_id: channel_id.clone(),
        pagination: None,
    };
    let answer: raw::QueryPacketCommitmentsResponse = ask(&mut world, "PacketCommitments", &request).unwrap();
    assert_eq!(answer.commitments.iter().map(|state| state.sequence).collect::<Vec<_>>(), [1, 2]);
    let mut request = raw::QueryPacketCommitmentRequest { port_id, channel_id, sequence: 2 };
    let answer: raw::QueryPacketCommitmentResponse = ask(&mut world, "PacketCommitment", &request).unwrap();
    assert_eq!(answer.commitment.len(), 32);
    request.sequence = 3;
    let unknown = ask::<raw::QueryPacketCommitmentResponse>(&mut world, "PacketCommitment", &request).unwrap_err();
    assert_eq!((unknown.code, unknown.message.as_str()), (Code::NotFound, "packet commitment hash not found"));
    request.sequence = 0;
    let zero = ask::<raw::QueryPacketCommitmentResponse>(&mut world, "PacketCommitment", &request).unwrap_err();
    assert_eq!((zero.code, zero.message.as_str()), (Code::InvalidArgument, "packet sequence cannot be 0"));
}

#[test]
fn packets_that_were_received_and_acknowledged_are_shown() {
    let mut world = World::open(Order::Unordered);
    let message = world.recv_message(&world.incoming(2, b"x"));
    world.deliver(&message).unwrap();
    let (port_id, channel_id) = port_and_channel();
    for (sequence, received) in [(1, false), (2, true)] {
        let request =
            raw::QueryPacketReceiptRequest { port_id: port_id.clone(), channel_id: channel_id.clone(), sequence };
        let answer: raw::QueryPacketReceiptResponse = ask(&mut world, "PacketReceipt", &request).unwrap();
        assert_eq!(answer.received, received);
        let request = raw::QueryPacketAcknowledgementRequest {
            port_id: port_id.clone(),
            channel_id: channel_id.clone(),
            sequence,
        };
        let answer = ask::<raw::QueryPacketAcknowledgementResponse>(&mut world, "PacketAcknowledgement", &request);
        assert_eq!(answer.is_ok(), received);
    }
    for (sequences, paged) in [(vec![], true), (vec![1, 2], false)] {
        let request = raw::QueryPacketAcknowledgementsRequest {
            port_id: port_id.clone(),
            channel_id: channel_id.clone(),
            pagination: None,
            packet_commitment_sequences: sequences,
        };
        let answer: raw::QueryPacketAcknowledgementsResponse =
            ask(&mut world, "PacketAcknowledgements", &request).unwrap();
        assert_eq!(answer.acknowledgements.iter().map(|state| state.sequence).collect::<Vec<_>>(), [2]);
        assert_eq!(answer.pagination.is_some(), paged);
    }
}

#[test]
fn what_is_still_to_relay_is_told() {
    for (order, unreceived) in [(Order::Unordered, vec![2, 3]), (Order::Ordered, vec![2, 3])] {
        let mut world = World::open(order);
        let message = world.recv_message(&world.incoming(1, b"x"));
        world.deliver(&message).unwrap();
        let (port_id, channel_id) = port_and_channel();
        let mut request =
            raw::QueryUnreceivedPacketsRequest { port_id, channel_id, packet_commitment_sequences: vec![1, 2, 3] };
        let answer: raw::QueryUnreceivedPacketsResponse = ask(&mut world, "UnreceivedPackets", &request).unwrap();
        assert_eq!(answer.sequences, unreceived);
        request.packet_commitment_sequences = vec![1, 0];
        let refused =
            ask::<raw::QueryUnreceivedPacketsResponse>(&mut world, "UnreceivedPackets", &request).unwrap_err();
        assert_eq!(refused.message, "packet sequence 1 cannot be 0");
    }
    let mut world = World::open(Order::Unordered);
    world.send(b"1");
    let (port_id, channel_id) = port_and_channel();
    let request = raw::QueryUnreceivedAcksRequest { port_id, channel_id, packet_ack_sequences: vec![1, 2] };
    let answer: raw::QueryUnreceivedAcksResponse = ask(&mut world, "UnreceivedAcks", &request).unwrap();
    assert_eq!(answer.sequences, [1]);
}

#[test]
fn next_sequences_are_told_of_receiving_on_ordered_channels_only() {
    for (order, expected) in [(Order::Unordered, 0), (Order::Ordered, 2)] {
        let mut world = World::open(order);
        let message = world.recv_message(&world.incoming(1, b"x"));
        world.deliver(&message).unwrap();
        world.send(b"1");
        let (port_id, channel_id) = port_and_channel();
        let request = raw::QueryNextSequenceReceiveRequest { port_id: port_id.clone(), channel_id: channel_id.clone() };
        let answer: raw::QueryNextSequenceReceiveResponse = ask(&mut world, "NextSequenceReceive", &request).unwrap();
        assert_eq!(answer.next_sequence_receive, expected);
        let request = raw::QueryNextSequenceSendRequest { port_id, channel_id: channel_id.clone() };
        let answer: raw::QueryNextSequenceSendResponse = ask(&mut world, "NextSequenceSend", &request).unwrap();
        assert_eq!(answer.next_sequence_send, 2);
    }
}
