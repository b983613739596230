//! One end of a channel as a model chain holds it. History is kept, so that the state of any height can be proven.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::Progress;
use types::event::IbcEvent;
use types::{Acknowledgement, ChannelId, Order, Packet, PortId};

/// A packet that was sent from here.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) packet: Packet,
    pub(crate) at: u64,
    /// When the commitment went, how, and by whom.
    pub(crate) ended: Option<(u64, Progress, String)>,
}

/// One end of a channel.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) port: PortId,
    pub(crate) channel: ChannelId,
    pub(crate) order: Order,
    pub(crate) closed_at: Option<u64>,
    pub(crate) sends: BTreeMap<u64, Sent>,
    /// When it was received, and by whose transaction.
    pub(crate) receipts: BTreeMap<u64, (u64, String)>,
    pub(crate) acks: BTreeMap<u64, (u64, Acknowledgement)>,
    pub(crate) next_recv: u64,
    pub(crate) next_ack: u64,
    /// Acknowledgements that the application writes in a later block.
    pub(crate) late: Vec<(u64, Packet)>,
}

impl End {
    pub(crate) fn new(port: &str, channel: &str, order: Order) -> Self {
        Self {
            port: port.parse().expect("a port"),
            channel: channel.parse().expect("a channel"),
            order,
            closed_at: None,
            sends: BTreeMap::new(),
            receipts: BTreeMap::new(),
            acks: BTreeMap::new(),
            next_recv: 1,
            next_ack: 1,
            late: Vec::new(),
        }
    }

    /// The packet whose commitment stands after block `height`.
    pub(crate) fn commitment_at(&self, sequence: u64, height: u64) -> Option<&Packet> {
        let sent = self.sends.get(&sequence)?;
        let stands = sent.at <= height && sent.ended.as_ref().is_none_or(|(at, ..)| *at > height);
        stands.then_some(&sent.packet)
    }

    pub(crate) fn is_received_at(&self, sequence: u64, height: u64) -> bool {
        self.receipts.get(&sequence).is_some_and(|(at, _)| *at <= height)
    }

    pub(crate) fn ack_at(&self, sequence: u64, height: u64) -> Option<&Acknowledgement> {
        self.acks.get(&sequence).filter(|(at, _)| *at <= height).map(|(_, ack)| ack)
    }

    pub(crate) fn is_closed_at(&self, height: u64) -> bool {
        self.closed_at.is_some_and(|at| at <= height)
    }

    pub(crate) fn write_ack(&mut self, packet: &Packet, height: u64) -> IbcEvent {
        let bytes: Arc<[u8]> = format!("{{\"result\":\"{}\"}}", packet.sequence).into_bytes().into();
        let acknowledgement = Acknowledgement(bytes);
        self.acks.insert(packet.sequence.0, (height, acknowledgement.clone()));
        IbcEvent::WriteAcknowledgement { packet: packet.clone(), acknowledgement }
    }

    pub(crate) fn finish(&mut self, sequence: u64, height: u64, progress: Progress, by: &str) {
        if let Some(sent) = self.sends.get_mut(&sequence) {
            sent.ended = Some((height, progress, by.to_owned()));
        }
    }
}
