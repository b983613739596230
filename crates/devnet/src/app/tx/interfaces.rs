//! What messages hold in an `Any`: with the messages, a transaction's decoder reads what they hold (cosmos-sdk
//! `codec/types/interface_registry.go` `UnpackAny`; ibc-go `02-client/types/msgs.go` `UnpackInterfaces`).

use prost::DecodeError;
use proto::Message;
use proto::google::protobuf::Any;
use proto::ibc::lightclients::tendermint::v1 as tendermint;

use super::wire;

const CLIENT_STATE: &str = "*exported.ClientState";
const CONSENSUS_STATE: &str = "*exported.ConsensusState";
const CLIENT_MESSAGE: &str = "*exported.ClientMessage";

/// A kind of message with an `Any` in it.
struct Holder {
    url: &'static str,
    /// The fields.
    numbers: &'static [u64],
    /// What each of them must be; none where ibc-go does not look into it any more.
    interfaces: &'static [&'static str],
}

const HOLDERS: [Holder; 6] = [
    Holder {
        url: "/ibc.core.client.v1.MsgCreateClient",
        numbers: &[1, 2],
        interfaces: &[CLIENT_STATE, CONSENSUS_STATE],
    },
    Holder { url: "/ibc.core.client.v1.MsgUpdateClient", numbers: &[2], interfaces: &[CLIENT_MESSAGE] },
    Holder {
        url: "/ibc.core.client.v1.MsgUpgradeClient",
        numbers: &[2, 3],
        interfaces: &[CLIENT_STATE, CONSENSUS_STATE],
    },
    Holder { url: "/ibc.core.client.v1.MsgSubmitMisbehaviour", numbers: &[2], interfaces: &[CLIENT_MESSAGE] },
    Holder { url: "/ibc.core.connection.v1.MsgConnectionOpenTry", numbers: &[3], interfaces: &[] },
    Holder { url: "/ibc.core.connection.v1.MsgConnectionOpenAck", numbers: &[4], interfaces: &[] },
];

/// A type that is registered for an interface.
struct Implementation {
    url: &'static str,
    interface: &'static str,
    decode: fn(&[u8]) -> Result<(), DecodeError>,
}

const IMPLEMENTATIONS: [Implementation; 4] = [
    Implementation {
        url: "/ibc.lightclients.tendermint.v1.ClientState",
        interface: CLIENT_STATE,
        decode: |bytes| tendermint::ClientState::decode(bytes).map(drop),
    },
    Implementation {
        url: "/ibc.lightclients.tendermint.v1.ConsensusState",
        interface: CONSENSUS_STATE,
        decode: |bytes| tendermint::ConsensusState::decode(bytes).map(drop),
    },
    Implementation {
        url: "/ibc.lightclients.tendermint.v1.Header",
        interface: CLIENT_MESSAGE,
        decode: |bytes| tendermint::Header::decode(bytes).map(drop),
    },
    Implementation {
        url: "/ibc.lightclients.tendermint.v1.Misbehaviour",
        interface: CLIENT_MESSAGE,
        decode: |bytes| tendermint::Misbehaviour::decode(bytes).map(drop),
    },
];

/// The fields of a message that hold an `Any`.
pub(super) fn anys(url: &str) -> &'static [u64] {
    HOLDERS.iter().find(|holder| holder.url == url).map_or(&[], |holder| holder.numbers)
}

/// Can a message hold this type?
pub(super) fn is_held(url: &str) -> bool {
    IMPLEMENTATIONS.iter().any(|implementation| implementation.url == url)
}

/// Reads what a message holds.
///
/// # Errors
/// When it is of a type that may not stand there, or can't be read.
pub(super) fn unpack(message: &Any) -> Result<(), String> {
    let Some(holder) = HOLDERS.iter().find(|holder| holder.url == message.type_url) else { return Ok(()) };
    for (number, interface) in holder.numbers.iter().zip(holder.interfaces) {
        let Some(any) = wire::last(&message.value, *number) else { continue };
        let url = String::from_utf8_lossy(wire::last(any, 1).unwrap_or_default());
        if url.is_empty() {
            continue;
        }
        let fits = |known: &&Implementation| known.url == url && known.interface == *interface;
        let implementation = IMPLEMENTATIONS
            .iter()
            .find(fits)
            .ok_or_else(|| format!("no concrete type registered for type URL {url} against interface {interface}"))?;
        let value = wire::last(any, 2).unwrap_or_default();
        (implementation.decode)(value)
            .map_err(|error| wire::go_fault(value).map_or_else(|| error.to_string(), str::to_owned))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proto::ibc::core::client::v1::{MsgCreateClient, MsgUpdateClient};

    use super::*;

    fn any(name: &str, value: &[u8]) -> Option<Any> {
        Some(Any { type_url: format!("/ibc.lightclients.tendermint.v1.{name}"), value: value.to_vec() })
    }

    fn create(client_state: Option<Any>, consensus_state: Option<Any>) -> Result<(), String> {
        unpack(&types::wire::pack(&MsgCreateClient { client_state, consensus_state, signer: String::new() }))
    }

    #[test]
    fn what_a_message_holds_must_be_of_the_interface_that_it_asks_for() {
        assert_eq!(create(any("ClientState", &[]), any("ConsensusState", &[])), Ok(()));
        // What is missing is told by the message's own checks.
        assert_eq!(create(None, Some(Any::default())), Ok(()));
        let refused = create(any("ClientState", &[]), any("Header", &[])).unwrap_err();
        let url = "/ibc.lightclients.tendermint.v1.Header";
        let expected =
            format!("no concrete type registered for type URL {url} against interface *exported.ConsensusState");
        assert_eq!(refused, expected);
    }

    #[test]
    fn what_a_message_holds_must_be_readable() {
        let update = |client_message| {
            unpack(&types::wire::pack(&MsgUpdateClient { client_message, ..MsgUpdateClient::default() }))
        };
        assert_eq!(update(any("Misbehaviour", &[])), Ok(()));
        assert_eq!(update(any("Header", &[0x0a, 0x05])).unwrap_err(), "unexpected EOF");
        assert_eq!(update(any("Header", &[0xff; 11])).unwrap_err(), "proto: integer overflow");
    }
}
