//! Connections and channels, step by step.

use std::time::Duration;

use types::connection::{Counterparty, Version};
use types::event::IbcEvent;
use types::message::{
    MsgChannelOpenAck, MsgChannelOpenConfirm, MsgChannelOpenInit, MsgChannelOpenTry, MsgConnectionOpenAck,
    MsgConnectionOpenConfirm, MsgConnectionOpenInit, MsgConnectionOpenTry,
};
use types::{ChannelId, ConnectionId, MerklePrefix, Order, PortId, host};

use super::{Side, World};

impl World {
    /// With clients, a connection and an unordered transfer channel.
    pub(crate) fn with_transfer() -> Self {
        Self::with_channel("transfer", "ics20-1", Order::Unordered)
    }

    /// With clients, a connection and a channel.
    pub(crate) fn with_channel(port: &str, version: &str, order: Order) -> Self {
        let mut world = Self::with_clients();
        world.open_connection();
        world.open_channel(&port.parse().unwrap(), version, order);
        world
    }

    fn open_connection(&mut self) {
        let prefix = MerklePrefix(b"ibc".to_vec());
        let init = MsgConnectionOpenInit {
            client: self.client(Side::A),
            counterparty_client: self.client(Side::B),
            counterparty_prefix: prefix.clone(),
            version: None,
            delay_period: Duration::ZERO,
            signer: self.signer(),
        };
        let on_a = self.connection_step(Side::A, vec![init.into()]);
        self.end_mut(Side::A).connection = Some(on_a.clone());

        self.tick();
        let update = self.update(Side::B);
        let open_try = MsgConnectionOpenTry {
            client: self.client(Side::B),
            counterparty: Counterparty { client: self.client(Side::A), connection: Some(on_a.clone()), prefix },
            counterparty_versions: vec![Version::default()],
            delay_period: Duration::ZERO,
            proof: self.proof(Side::A, &host::connection_key(&on_a)),
            self_client: None,
            signer: self.signer(),
        };
        let on_b = self.connection_step(Side::B, vec![update, open_try.into()]);
        self.end_mut(Side::B).connection = Some(on_b.clone());

        self.tick();
        let update = self.update(Side::A);
        let ack = MsgConnectionOpenAck {
            connection: on_a.clone(),
            counterparty_connection: on_b.clone(),
            version: Version::default(),
            proof: self.proof(Side::B, &host::connection_key(&on_b)),
            self_client: None,
            signer: self.signer(),
        };
        self.relay(Side::A, vec![update, ack.into()]);

        self.tick();
        let update = self.update(Side::B);
        let proof = self.proof(Side::A, &host::connection_key(&on_a));
        let confirm = MsgConnectionOpenConfirm { connection: on_b, proof, signer: self.signer() };
        self.relay(Side::B, vec![update, confirm.into()]);
    }

    fn open_channel(&mut self, port: &PortId, version: &str, ordering: Order) {
        let init = MsgChannelOpenInit {
            port: port.clone(),
            ordering,
            connection: self.connection(Side::A),
            counterparty_port: port.clone(),
            version: version.to_owned(),
            signer: self.signer(),
        };
        let on_a = self.channel_step(Side::A, vec![init.into()]);
        self.end_mut(Side::A).channel = Some(on_a.clone());

        self.tick();
        let update = self.update(Side::B);
        let open_try = MsgChannelOpenTry {
            port: port.clone(),
            ordering,
            connection: self.connection(Side::B),
            counterparty_port: port.clone(),
            counterparty_channel: on_a.clone(),
            counterparty_version: version.to_owned(),
            proof: self.proof(Side::A, &host::channel_end_key(port, &on_a)),
            signer: self.signer(),
        };
        let on_b = self.channel_step(Side::B, vec![update, open_try.into()]);
        self.end_mut(Side::B).channel = Some(on_b.clone());

        self.tick();
        let update = self.update(Side::A);
        let ack = MsgChannelOpenAck {
            port: port.clone(),
            channel: on_a.clone(),
            counterparty_channel: on_b.clone(),
            counterparty_version: version.to_owned(),
            proof: self.proof(Side::B, &host::channel_end_key(port, &on_b)),
            signer: self.signer(),
        };
        self.relay(Side::A, vec![update, ack.into()]);

        self.tick();
        let update = self.update(Side::B);
        let proof = self.proof(Side::A, &host::channel_end_key(port, &on_a));
        let confirm = MsgChannelOpenConfirm { port: port.clone(), channel: on_b, proof, signer: self.signer() };
        self.relay(Side::B, vec![update, confirm.into()]);
    }

    fn connection_step(&mut self, side: Side, messages: Vec<types::message::Any>) -> ConnectionId {
        let events = self.relay(side, messages);
        let opened = events.into_iter().find_map(|event| match event {
            IbcEvent::ConnectionOpen { connection, .. } => Some(connection),
            _ => None,
        });
        opened.unwrap()
    }

    fn channel_step(&mut self, side: Side, messages: Vec<types::message::Any>) -> ChannelId {
        let events = self.relay(side, messages);
        let opened = events.into_iter().find_map(|event| match event {
            IbcEvent::ChannelOpen { channel, .. } => Some(channel),
            _ => None,
        });
        opened.unwrap()
    }
}
