//! A packet that nothing hinders, to be spoilt by tests.

use engine::{ChannelKey, PacketKey};
use types::channel::ChannelState;
use types::client::Status;
use types::{BlockHeight, Height, Order, Sequence, Timestamp};

use super::PacketFacts;
use super::report::{
    ChannelFacts, ClientFacts, EndFacts, EndpointFacts, Fact, Facts, Place, RelayerFacts, TimeoutFacts, WalletFacts,
};

const NOW: u64 = 1_000;

pub(super) fn place() -> Place {
    Place { height: BlockHeight(10), time: Some(Fact::Known(Timestamp::from_seconds(NOW))), signer: None }
}

fn end(chain: &str, tracks: &str) -> EndFacts {
    EndFacts {
        chain: chain.parse().unwrap(),
        port: "transfer".parse().unwrap(),
        channel: "channel-0".parse().unwrap(),
        word_of: Some(format!("http://{chain}")),
        endpoints: vec![EndpointFacts {
            endpoint: format!("http://{chain}"),
            height: Fact::Known(BlockHeight(10)),
            behind: 0,
        }],
        head: Fact::Known(place()),
        end: Fact::Known(Some(ChannelFacts {
            state: ChannelState::Open,
            ordering: Order::Unordered,
            connection: None,
            counterparty_port: "transfer".parse().unwrap(),
            counterparty_channel: Some("channel-0".parse().unwrap()),
        })),
        client: Fact::Known(ClientFacts {
            client: "07-tendermint-0".parse().unwrap(),
            tracks: tracks.parse().unwrap(),
            status: Status::Active,
            latest_height: Height { revision_number: 0, revision_height: 9 },
            expires_at: None,
        }),
        wallet: Fact::Known(WalletFacts {
            address: format!("wallet-of-{chain}"),
            denom: "stake".to_owned(),
            amount: 5,
            is_needed: true,
        }),
    }
}

/// What a relayer says of a packet that it relays.
pub(super) fn runs() -> PacketFacts {
    PacketFacts { is_configured: true, ..PacketFacts::default() }
}

/// Sent from chain-a to chain-b, not received yet, and a relayer runs.
pub(super) fn facts() -> Facts {
    let source = ChannelKey {
        chain: "chain-a".parse().unwrap(),
        port: "transfer".parse().unwrap(),
        channel: "channel-0".parse().unwrap(),
    };
    Facts {
        packet: PacketKey { source, sequence: Sequence(7) },
        path: Some(engine::PathId("a-b".into())),
        source: end("chain-a", "chain-b"),
        destination: Fact::Known(end("chain-b", "chain-a")),
        sent: Fact::Known(true),
        sent_at: Fact::Known(place()),
        committed: Fact::Known(true),
        data_size: Fact::Known(100),
        timeout: Fact::Known(TimeoutFacts {
            height: Height::ZERO,
            timestamp: Timestamp::from_seconds(NOW + 3_600),
            is_past: Fact::Known(false),
            is_near: false,
        }),
        received: Fact::Known(false),
        received_at: None,
        next_received: None,
        next_acknowledged: None,
        acknowledgement: Fact::Known(None),
        refused: None,
        relayer: RelayerFacts::Runs(Box::new(runs())),
    }
}
