//! Packets, acknowledgements and their commitments, of both generations.

use lightship_types::acknowledgement::is_refused_for_ever;
use lightship_types::packet_v2::{Payload, UNIVERSAL_ERROR};
use lightship_types::{Acknowledgement, Packet, Sequence, Timestamp, UnixSeconds, commitment, packet_v2};
use proto::Message;
use proto::ibc::core::channel::{v1, v2};
use serde_json::Value;

use crate::{GOLDEN, bytes, entries, height, number, text};

fn packet(value: &Value) -> Packet {
    Packet {
        sequence: Sequence(number(&value["sequence"])),
        source_port: text(&value["source_port"]).parse().unwrap(),
        source_channel: text(&value["source_channel"]).parse().unwrap(),
        destination_port: text(&value["destination_port"]).parse().unwrap(),
        destination_channel: text(&value["destination_channel"]).parse().unwrap(),
        data: bytes(&value["data"]),
        timeout_height: height(&value["timeout_height"]),
        timeout_timestamp: Timestamp(number(&value["timeout_timestamp"])),
    }
}

#[test]
fn packets_encode_and_commit_as_in_ibc_go() {
    for entry in entries(&GOLDEN["v1_packets"]) {
        let packet = packet(&entry["packet"]);
        assert_eq!(commitment::packet_commitment(&packet), *bytes(&entry["commitment"]), "{packet:?}");
        assert_eq!(v1::Packet::from(packet).encode_to_vec(), *bytes(&entry["protobuf"]));
    }
}

#[test]
fn packets_decode_unless_ibc_go_would_refuse_them() {
    let mut refused = 0;
    for entry in entries(&GOLDEN["v1_packets"]) {
        let packet = packet(&entry["packet"]);
        let has_timeout = !packet.timeout_height.is_zero() || !packet.timeout_timestamp.is_zero();
        let decoded = Packet::try_from(v1::Packet::decode(&*bytes(&entry["protobuf"])).unwrap());
        if has_timeout && !packet.data.is_empty() {
            assert_eq!(decoded, Ok(packet));
        } else {
            assert!(decoded.is_err(), "{decoded:?}");
            refused += 1;
        }
    }
    assert_eq!(refused, 2, "one without data, one without a timeout");
}

#[test]
fn acknowledgements_commit_as_in_ibc_go() {
    for entry in entries(&GOLDEN["v1_acknowledgements"]) {
        let acknowledgement = Acknowledgement(bytes(&entry["acknowledgement"]));
        let expected = bytes(&entry["commitment"]);
        assert_eq!(commitment::acknowledgement_commitment(&acknowledgement), *expected, "{}", entry["name"]);
    }
}

#[test]
fn an_acknowledgement_is_refused_for_ever_as_by_ibc_go() {
    let mut counted = [0, 0];
    for entry in entries(&GOLDEN["v1_acknowledgement_forms"]) {
        let acknowledgement = Acknowledgement(bytes(&entry["acknowledgement"]));
        for (is_transfer, by) in [(false, "refused_by_core"), (true, "refused_by_transfer")] {
            let expected = entry[by].as_bool().unwrap();
            assert_eq!(is_refused_for_ever(&acknowledgement, is_transfer), expected, "{by}: {}", entry["text"]);
            counted[usize::from(is_transfer)] += usize::from(expected);
        }
    }
    assert!(counted[0] > 30 && counted[1] > counted[0] + 30, "too few of a kind: {counted:?}");
}

/// Packets whose identifiers are none can't be written down with our types.
fn packet_v2(value: &Value) -> Option<packet_v2::Packet> {
    let payload = |value: &Value| {
        Some(Payload {
            source_port: text(&value["source_port"]).parse().ok()?,
            destination_port: text(&value["destination_port"]).parse().ok()?,
            version: text(&value["version"]).to_owned(),
            encoding: text(&value["encoding"]).to_owned(),
            value: bytes(&value["value"]),
        })
    };
    Some(packet_v2::Packet {
        sequence: Sequence(number(&value["sequence"])),
        source_client: text(&value["source_client"]).parse().ok()?,
        destination_client: text(&value["destination_client"]).parse().ok()?,
        timeout_timestamp: UnixSeconds(number(&value["timeout_timestamp"])),
        payloads: value["payloads"].as_array()?.iter().map(payload).collect::<Option<_>>()?,
    })
}

#[test]
fn packets_of_v2_encode_commit_and_decode_as_in_ibc_go() {
    let mut decoded_count = 0;
    for entry in entries(&GOLDEN["v2_packets"]) {
        let raw = v2::Packet::decode(&*bytes(&entry["protobuf"])).unwrap();
        assert_eq!(raw.encode_to_vec(), *bytes(&entry["protobuf"]), "a field is missing from our proto file");
        let decoded = packet_v2::Packet::try_from(raw.clone());
        let Some(packet) = packet_v2(&entry["packet"]) else {
            assert!(decoded.is_err(), "{decoded:?}");
            continue;
        };
        assert_eq!(commitment::v2::packet_commitment(&packet), *bytes(&entry["commitment"]), "{packet:?}");
        assert_eq!(v2::Packet::from(packet.clone()), raw);
        if packet.payloads.is_empty() {
            assert!(decoded.is_err(), "{decoded:?}");
        } else {
            assert_eq!(decoded, Ok(packet));
            decoded_count += 1;
        }
    }
    assert_eq!(decoded_count, 4, "all but those of empty fields, of ports of one character, and of no payload");
}

#[test]
fn acknowledgements_of_v2_encode_commit_and_decode_as_in_ibc_go() {
    for entry in entries(&GOLDEN["v2_acknowledgements"]) {
        let answers: Vec<_> =
            entry["app_acknowledgements"].as_array().unwrap().iter().map(|a| bytes(a).to_vec()).collect();
        let is_refused = answers.is_empty() || answers.iter().any(Vec::is_empty);
        let acknowledgement = packet_v2::Acknowledgement { app_acknowledgements: answers };
        let raw = v2::Acknowledgement::from(acknowledgement.clone());
        assert_eq!(commitment::v2::acknowledgement_commitment(&acknowledgement), *bytes(&entry["commitment"]));
        assert_eq!(raw.encode_to_vec(), *bytes(&entry["protobuf"]));
        assert_eq!(packet_v2::Acknowledgement::try_from(raw).is_err(), is_refused, "{}", entry["name"]);
    }
}

#[test]
fn the_universal_error_is_that_of_ibc_go() {
    let mut named = entries(&GOLDEN["v2_acknowledgements"]).iter();
    let entry = named.find(|entry| entry["name"] == "the universal error").unwrap();
    assert_eq!(UNIVERSAL_ERROR, *bytes(&entry["app_acknowledgements"][0]));
}
