//! The keys of ICS-24.

use lightship_types::{ChannelId, ClientId, CommitmentKey, PortId, Sequence, host};

use crate::{GOLDEN, bytes, entries, height, number, text};

fn as_text(key: CommitmentKey) -> String {
    String::from_utf8(key.into_bytes()).unwrap()
}

#[test]
fn client_and_connection_keys_are_those_of_ibc_go() {
    for entry in entries(&GOLDEN["v1_paths"]["clients"]) {
        let client: ClientId = text(&entry["client_id"]).parse().unwrap();
        assert_eq!(as_text(host::client_state_key(&client)), text(&entry["client_state"]));
        let key = host::consensus_state_key(&client, height(&entry["height"]));
        assert_eq!(as_text(key), text(&entry["consensus_state"]));
    }
    for entry in entries(&GOLDEN["v1_paths"]["connections"]) {
        let connection = text(&entry["connection_id"]).parse().unwrap();
        assert_eq!(as_text(host::connection_key(&connection)), text(&entry["connection"]));
    }
}

#[test]
fn channel_and_packet_keys_are_those_of_ibc_go() {
    for entry in entries(&GOLDEN["v1_paths"]["packets"]) {
        let port: PortId = text(&entry["port_id"]).parse().unwrap();
        let channel: ChannelId = text(&entry["channel_id"]).parse().unwrap();
        let sequence = Sequence(number(&entry["sequence"]));
        let keys = [
            ("channel_end", host::channel_end_key(&port, &channel)),
            ("packet_commitment", host::commitment_key(&port, &channel, sequence)),
            ("packet_receipt", host::receipt_key(&port, &channel, sequence)),
            ("packet_acknowledgement", host::acknowledgement_key(&port, &channel, sequence)),
            ("next_sequence_send", host::next_sequence_send_key(&port, &channel)),
            ("next_sequence_recv", host::next_sequence_recv_key(&port, &channel)),
            ("next_sequence_ack", host::next_sequence_ack_key(&port, &channel)),
        ];
        for (name, key) in keys {
            assert_eq!(as_text(key), text(&entry[name]), "{name}");
        }
    }
}

#[test]
fn packet_keys_of_v2_are_those_of_ibc_go() {
    for entry in entries(&GOLDEN["v2_keys"]) {
        let client: ClientId = text(&entry["client_id"]).parse().unwrap();
        let sequence = Sequence(number(&entry["sequence"]));
        assert_eq!(*host::v2::commitment_key(&client, sequence).as_bytes(), *bytes(&entry["packet_commitment"]));
        assert_eq!(*host::v2::receipt_key(&client, sequence).as_bytes(), *bytes(&entry["packet_receipt"]));
        let acknowledgement = host::v2::acknowledgement_key(&client, sequence);
        assert_eq!(*acknowledgement.as_bytes(), *bytes(&entry["packet_acknowledgement"]));
    }
}
