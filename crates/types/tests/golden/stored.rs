//! What stands in a chain's store, decoded and encoded again.

use lightship_types::channel::{ChannelEnd, ChannelState, Counterparty};
use lightship_types::client::{self, TrustThreshold};
use lightship_types::connection::{self, ConnectionEnd, ConnectionState, Version};
use lightship_types::{ClientState, ConsensusState, Height, MerklePrefix, Order, Timestamp, wire};
use proto::Message;
use proto::google::protobuf::Any;
use proto::ibc::core::channel::v1::Channel;
use proto::ibc::core::connection::v1::ConnectionEnd as RawConnectionEnd;

use crate::{GOLDEN, bytes, entries, octets};

const DAY: u64 = 24 * 60 * 60;

fn stored(name: &str) -> Vec<u8> {
    let mut named = entries(&GOLDEN["stored"]).iter();
    bytes(&named.find(|entry| entry["name"] == name).unwrap()["value"]).to_vec()
}

/// What the Go program makes, with the values that are usual for a chain of the Cosmos SDK.
pub(crate) fn client_state() -> ClientState {
    ClientState {
        chain_id: "chain-a".parse().unwrap(),
        trust_level: TrustThreshold::ONE_THIRD,
        trusting_period: std::time::Duration::from_secs(14 * DAY),
        unbonding_period: std::time::Duration::from_secs(21 * DAY),
        max_clock_drift: std::time::Duration::from_secs(10),
        frozen_height: None,
        latest_height: Height { revision_number: 0, revision_height: 17 },
        proof_specs: client::sdk_proof_specs(),
        upgrade_path: client::sdk_upgrade_path(),
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    }
}

pub(crate) fn consensus_state() -> ConsensusState {
    ConsensusState {
        timestamp: Timestamp(1_700_000_000_123_456_789),
        root: octets(32, 1),
        next_validators_hash: octets(32, 2),
    }
}

#[test]
fn a_client_state_is_read_and_written_as_it_stands() {
    let bytes = stored("client state");
    let any = Any::decode(&*bytes).unwrap();
    assert_eq!(ClientState::try_from(any), Ok(client_state()));
    assert_eq!(Any::from(client_state()).encode_to_vec(), bytes);
}

#[test]
fn a_consensus_state_is_read_and_written_as_it_stands() {
    let bytes = stored("consensus state");
    let any = Any::decode(&*bytes).unwrap();
    assert_eq!(ConsensusState::try_from(any), Ok(consensus_state()));
    assert_eq!(Any::from(consensus_state()).encode_to_vec(), bytes);
}

#[test]
fn a_connection_end_is_read_and_written_as_it_stands() {
    let end = ConnectionEnd {
        client: "07-tendermint-0".parse().unwrap(),
        versions: vec![Version::default()],
        state: ConnectionState::Open,
        counterparty: connection::Counterparty {
            client: "07-tendermint-3".parse().unwrap(),
            connection: Some("connection-2".parse().unwrap()),
            prefix: MerklePrefix::default(),
        },
        delay_period: std::time::Duration::ZERO,
    };
    let bytes = stored("connection");
    assert_eq!(ConnectionEnd::try_from(wire::decode::<RawConnectionEnd>(&bytes).unwrap()), Ok(end.clone()));
    assert_eq!(RawConnectionEnd::from(end).encode_to_vec(), bytes);
}

#[test]
fn channel_ends_are_read_and_written_as_they_stand() {
    let ordered = ChannelEnd {
        state: ChannelState::TryOpen,
        ordering: Order::Ordered,
        counterparty: Counterparty { port: "probe".parse().unwrap(), channel: Some("channel-5".parse().unwrap()) },
        connection_hops: vec!["connection-0".parse().unwrap()],
        version: "probe-1".to_owned(),
        upgrade_sequence: 0,
    };
    let unordered = ChannelEnd {
        state: ChannelState::Init,
        ordering: Order::Unordered,
        counterparty: Counterparty { port: "transfer".parse().unwrap(), channel: None },
        connection_hops: vec!["connection-0".parse().unwrap()],
        version: "ics20-1".to_owned(),
        upgrade_sequence: 0,
    };
    for (name, end) in [("ordered channel", ordered), ("unordered channel", unordered)] {
        let bytes = stored(name);
        assert_eq!(ChannelEnd::try_from(wire::decode::<Channel>(&bytes).unwrap()), Ok(end.clone()), "{name}");
        assert_eq!(Channel::from(end).encode_to_vec(), bytes, "{name}");
    }
}
