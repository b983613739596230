use proto::Message;
use proto::ibc::core::channel::v1::{
    Channel as RawChannel, Counterparty as RawCounterparty, MsgChannelCloseInit, MsgChannelOpenAck,
    MsgChannelOpenConfirm, MsgChannelOpenInit, MsgChannelOpenInitResponse, MsgChannelOpenTry,
    MsgChannelOpenTryResponse,
};
use types::ConnectionState;

use super::super::testing::{World, channel, code};
use super::*;

fn raw(state: ChannelState, order: Order, remote: &str, version: &str) -> RawChannel {
    RawChannel {
        state: proto::ibc::core::channel::v1::State::from(state).into(),
        ordering: proto::ibc::core::channel::v1::Order::from(order).into(),
        counterparty: Some(RawCounterparty { port_id: "probe".to_owned(), channel_id: remote.to_owned() }),
        connection_hops: vec!["connection-0".to_owned()],
        version: version.to_owned(),
        upgrade_sequence: 0,
    }
}

fn init(world: &World, port: &str, order: Order, version: &str) -> MsgChannelOpenInit {
    let channel = Some(raw(ChannelState::Init, order, "", version));
    MsgChannelOpenInit { port_id: port.to_owned(), channel, signer: world.relayer() }
}

fn open_try_message(world: &mut World, version: &str) -> MsgChannelOpenTry {
    let proof_init = world.remote_end(ChannelState::Init, Order::Ordered, version, None);
    MsgChannelOpenTry {
        port_id: "probe".to_owned(),
        channel: Some(raw(ChannelState::TryOpen, Order::Ordered, "channel-1", "")),
        counterparty_version: version.to_owned(),
        proof_init,
        proof_height: Some(world.proof_height().into()),
        signer: world.relayer(),
        ..MsgChannelOpenTry::default()
    }
}

#[test]
fn channels_are_numbered_and_count_from_one() {
    let mut world = World::connected("probe");
    for number in 0..2 {
        let message = init(&world, "probe", Order::Ordered, "");
        let response = MsgChannelOpenInitResponse::decode(world.deliver(&message).unwrap().as_slice()).unwrap();
        assert_eq!((response.channel_id, response.version), (format!("channel-{number}"), "probe-1".to_owned()));
    }
    for key in ["nextSequenceSend", "nextSequenceRecv", "nextSequenceAck"] {
        assert!(world.has(&format!("{key}/ports/probe/channels/channel-1")));
    }
    let event = &world.ctx.events[0];
    let keys: Vec<_> = event.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(event.kind, "channel_open_init");
    assert_eq!(keys, ["port_id", "channel_id", "counterparty_port_id", "connection_id", "version"]);
}

#[test]
fn a_channel_is_made_over_an_active_client_and_a_known_connection() {
    let mut world = World::connected("probe");
    let message = init(&world, "probe", Order::Ordered, "");
    let mut elsewhere = message.clone();
    elsewhere.channel.as_mut().unwrap().connection_hops = vec!["connection-7".to_owned()];
    let refused = world.deliver(&elsewhere).unwrap_err();
    assert_eq!(refused.log, "channel handshake open init failed: connection-7: connection not found");
    world.client_is(Status::Expired);
    let refused = world.deliver(&message).unwrap_err();
    assert_eq!(
        refused.log,
        "channel handshake open init failed: client (07-tendermint-0) status is Expired: client state is not active"
    );
    assert!(!world.has("channelEnds/ports/probe/channels/channel-0"));
}

#[test]
fn a_port_without_an_application_opens_no_channel() {
    let mut world = World::connected("probe");
    let message = init(&world, "oracle", Order::Ordered, "");
    assert_eq!(world.deliver(&message).unwrap_err().log, "route not found to portID: oracle: route not found");
}

#[test]
fn tokens_travel_on_unordered_channels_of_their_own_port_and_version() {
    let mut world = World::connected("transfer");
    let mut refused = |port: &str, order, version: &str| {
        let message = init(&world, port, order, version);
        world.deliver(&message).unwrap_err()
    };
    let ordered = refused("transfer", Order::Ordered, "");
    assert_eq!(code(&ordered), ("channel", 6));
    assert_eq!(
        ordered.log,
        "channel open init callback failed for port ID: transfer, channel ID: channel-0: expected ORDER_UNORDERED channel, got ORDER_ORDERED : invalid channel ordering"
    );
    assert_eq!(code(&refused("transfer-2", Order::Unordered, "")), ("port", 4));
    let version = refused("transfer", Order::Unordered, "ics20-2");
    assert_eq!(code(&version), ("transfer", 4));
    assert!(version.log.ends_with("expected one of [ics20-1], got ics20-2: invalid ICS20 version"));
    let message = init(&world, "transfer", Order::Unordered, " ");
    let response = MsgChannelOpenInitResponse::decode(world.deliver(&message).unwrap().as_slice()).unwrap();
    assert_eq!(response.version, "ics20-1");
}

#[test]
fn the_second_step_needs_a_proof_of_the_first() {
    let mut world = World::connected("probe");
    let message = open_try_message(&mut world, "v");
    let wrong = MsgChannelOpenTry { proof_init: b"wrong".to_vec(), ..message.clone() };
    assert!(world.deliver(&wrong).unwrap_err().log.starts_with("channel handshake open try failed: "));
    let response = MsgChannelOpenTryResponse::decode(world.deliver(&message).unwrap().as_slice()).unwrap();
    assert_eq!((response.channel_id.as_str(), response.version.as_str()), ("channel-0", "v"));
    assert_eq!(world.end().state, ChannelState::TryOpen);
    let keys: Vec<_> = world.ctx.events[0].attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(
        keys,
        ["port_id", "channel_id", "counterparty_port_id", "counterparty_channel_id", "connection_id", "version"]
    );
}

#[test]
fn a_blank_version_of_the_counterparty_is_refused_by_the_application() {
    let mut world = World::connected("probe");
    let message = open_try_message(&mut world, " ");
    let refused = world.deliver(&message).unwrap_err();
    assert_eq!(code(&refused), ("channel", 24));
    assert!(
        refused.log.starts_with("channel open try callback failed for port ID: probe, channel ID: channel-0: blank")
    );
}

#[test]
fn the_second_step_needs_an_open_connection() {
    let mut world = World::connected("probe");
    let message = open_try_message(&mut world, "v");
    world.set_connection(ConnectionState::Init);
    assert_eq!(code(&world.deliver(&message).unwrap_err()), ("connection", 6));
}

#[test]
fn the_third_step_takes_over_what_the_counterparty_chose() {
    let mut world = World::connected("probe");
    let message = init(&world, "probe", Order::Ordered, "mine");
    world.deliver(&message).unwrap();
    let proof_try = world.remote_end(ChannelState::TryOpen, Order::Ordered, "theirs", Some("channel-0"));
    let message = MsgChannelOpenAck {
        port_id: "probe".to_owned(),
        channel_id: "channel-0".to_owned(),
        counterparty_channel_id: "channel-1".to_owned(),
        counterparty_version: "theirs".to_owned(),
        proof_try,
        proof_height: Some(world.proof_height().into()),
        signer: world.relayer(),
    };
    let wrong = MsgChannelOpenAck { proof_try: b"wrong".to_vec(), ..message.clone() };
    assert!(world.deliver(&wrong).is_err());
    world.deliver(&message).unwrap();
    let end = world.end();
    assert_eq!((end.state, end.version.as_str()), (ChannelState::Open, "theirs"));
    assert_eq!(end.counterparty.channel, Some(channel("channel-1")));
    let again = world.deliver(&message).unwrap_err();
    assert_eq!(
        again.log,
        "channel handshake open ack failed: channel state should be INIT (got STATE_OPEN): invalid channel state"
    );
}

#[test]
fn the_last_step_opens_the_second_end() {
    let mut world = World::connected("probe");
    let message = open_try_message(&mut world, "v");
    world.deliver(&message).unwrap();
    world.ctx.events.clear();
    let proof_ack = world.remote_end(ChannelState::Open, Order::Ordered, "v", Some("channel-0"));
    let message = MsgChannelOpenConfirm {
        port_id: "probe".to_owned(),
        channel_id: "channel-0".to_owned(),
        proof_ack,
        proof_height: Some(world.proof_height().into()),
        signer: world.relayer(),
    };
    world.deliver(&message).unwrap();
    assert_eq!(world.end().state, ChannelState::Open);
    assert_eq!(world.kinds(), ["channel_open_confirm"]);
    let again = world.deliver(&message).unwrap_err();
    assert!(again.log.contains("channel state is not TRYOPEN (got STATE_OPEN)"));
}

#[test]
fn nobody_closes_a_channel_that_tokens_travel_on() {
    let mut world = World::open_on("transfer", Order::Unordered, "ics20-1");
    let close = |port: &str, world: &World| MsgChannelCloseInit {
        port_id: port.to_owned(),
        channel_id: "channel-0".to_owned(),
        signer: world.relayer(),
    };
    let message = close("transfer", &world);
    let refused = world.deliver(&message).unwrap_err();
    assert_eq!(code(&refused), ("ibc", 8));
    assert_eq!(
        refused.log,
        "channel close init callback failed for port ID: transfer, channel ID: channel-0: user cannot close channel: invalid request"
    );
    let mut world = World::open(Order::Unordered);
    let message = close("probe", &world);
    world.deliver(&message).unwrap();
    assert_eq!(world.end().state, ChannelState::Closed);
    let again = world.deliver(&message).unwrap_err();
    assert_eq!(again.log, "channel handshake close init failed: channel is already CLOSED: invalid channel state");
}

#[test]
fn an_order_that_the_connection_does_not_carry_is_refused() {
    let version = Version { identifier: "1".to_owned(), features: vec!["ORDER_UNORDERED".to_owned()] };
    let mut end = ConnectionEnd {
        client: "07-tendermint-0".parse().unwrap(),
        versions: vec![version],
        state: ConnectionState::Open,
        counterparty: types::connection::Counterparty {
            client: "07-tendermint-0".parse().unwrap(),
            connection: None,
            prefix: types::MerklePrefix::default(),
        },
        delay_period: core::time::Duration::ZERO,
    };
    assert!(refuse_order_of_other_versions(&end, Order::Unordered).is_ok());
    assert_eq!(
        refuse_order_of_other_versions(&end, Order::Ordered).unwrap_err().log,
        "connection version identifier:\"1\" features:\"ORDER_UNORDERED\"  does not support channel ordering: ORDER_ORDERED: invalid connection version"
    );
    end.versions.clear();
    assert_eq!(code(&refuse_order_of_other_versions(&end, Order::Ordered).unwrap_err()), ("connection", 9));
}
