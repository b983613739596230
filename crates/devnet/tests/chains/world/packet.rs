//! Packets from A to B, and what becomes of them.

use lightship_devnet::account::Account;
use lightship_devnet::app::TxResult;
use types::event::IbcEvent;
use types::message::{Any, MsgAcknowledgement, MsgRecvPacket, MsgTimeout, MsgTransfer, Signer};
use types::{Acknowledgement, Height, Packet, Sequence, Timestamp, host};

use super::{Side, World, ibc_events};

impl World {
    /// A transfer of the user on A to the user on B.
    pub(crate) fn transfer(&self, amount: u128, receiver: &str, timeout: Timestamp) -> Any {
        MsgTransfer {
            source_port: "transfer".parse().unwrap(),
            source_channel: self.channel(Side::A),
            denom: "token".to_owned(),
            amount,
            sender: Signer::from(self.user.address().to_text("cosmos")),
            receiver: receiver.to_owned(),
            timeout_height: Height::ZERO,
            timeout_timestamp: timeout,
            memo: String::new(),
        }
        .into()
    }

    /// Sends it; a block more, so that it can be proven.
    pub(crate) fn send(&mut self, amount: u128, receiver: &str, timeout: Timestamp) -> Packet {
        let message = self.transfer(amount, receiver, timeout);
        let user = self.user.clone();
        let result = self.run(Side::A, &user, vec![message]);
        assert_eq!((result.code, result.log.as_str()), (0, ""));
        self.tick();
        sent(&result)
    }

    pub(crate) fn recv(&self, packet: &Packet) -> Any {
        let key = host::commitment_key(&packet.source_port, &packet.source_channel, packet.sequence);
        let proof = self.proof(Side::A, &key);
        MsgRecvPacket { packet: packet.clone(), proof, signer: self.signer() }.into()
    }

    /// Delivers it to B; a block more, so that the acknowledgement can be proven.
    pub(crate) fn deliver(&mut self, packet: &Packet) -> Acknowledgement {
        let messages = vec![self.update(Side::B), self.recv(packet)];
        let events = self.relay(Side::B, messages);
        self.tick();
        let written = events.into_iter().find_map(|event| match event {
            IbcEvent::WriteAcknowledgement { acknowledgement, .. } => Some(acknowledgement),
            _ => None,
        });
        written.unwrap()
    }

    pub(crate) fn acknowledgement(&self, packet: &Packet, acknowledgement: Acknowledgement) -> Any {
        let key = host::acknowledgement_key(&packet.destination_port, &packet.destination_channel, packet.sequence);
        let proof = self.proof(Side::B, &key);
        MsgAcknowledgement { packet: packet.clone(), acknowledgement, proof, signer: self.signer() }.into()
    }

    pub(crate) fn timeout(&self, packet: &Packet) -> Any {
        let key = host::receipt_key(&packet.destination_port, &packet.destination_channel, packet.sequence);
        let proof = self.proof(Side::B, &key);
        MsgTimeout { packet: packet.clone(), proof, next_sequence_recv: Sequence(1), signer: self.signer() }.into()
    }

    /// What B's user calls the tokens of A.
    pub(crate) fn voucher(&self) -> String {
        types::transfer::voucher_denom(&"transfer".parse().unwrap(), &self.channel(Side::B), "token")
    }

    pub(crate) fn user_text(&self) -> String {
        self.user.address().to_text("cosmos")
    }

    pub(crate) fn late(&self) -> Timestamp {
        Timestamp(self.now.0 + 3_600_000_000_000)
    }

    pub(crate) fn relayer(&self) -> Account {
        self.relayer.clone()
    }
}

/// The packet that a transaction sent.
pub(crate) fn sent(result: &TxResult) -> Packet {
    let sent = ibc_events(result).into_iter().find_map(|event| match event {
        IbcEvent::SendPacket { packet } => Some(packet),
        _ => None,
    });
    sent.unwrap()
}
