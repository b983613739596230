//! What a block of a host chain told of clients.

use std::sync::Arc;

use types::ChainId;
use types::event::{IbcEvent, ObservedBlock, ObservedTx};

/// What a block told of clients: claims, which say where to look.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    /// Who holds the clients.
    pub(crate) chain: ChainId,
    /// The block, with nothing but the events of clients and the transactions that made them.
    pub(crate) block: Arc<ObservedBlock>,
}

impl Sighting {
    /// What this block tells of clients; none if it tells nothing.
    pub(crate) fn of(chain: &ChainId, block: &ObservedBlock) -> Option<Self> {
        let events = |events: &[IbcEvent]| events.iter().filter(|event| is_of_client(event)).cloned().collect();
        let transactions = block.transactions.iter().filter(|tx| tx.events.iter().any(is_of_client));
        let transactions = transactions.map(|tx| ObservedTx { events: events(&tx.events), ..tx.clone() });
        let transactions: Vec<_> = transactions.collect();
        let block_events: Vec<IbcEvent> = events(&block.block_events);
        let is_empty = transactions.is_empty() && block_events.is_empty();
        let block = ObservedBlock { height: block.height, block_events, transactions };
        (!is_empty).then(|| Self { chain: chain.clone(), block: Arc::new(block) })
    }
}

/// Does it tell of a client that was made, updated or frozen?
pub(super) fn is_of_client(event: &IbcEvent) -> bool {
    match event {
        IbcEvent::CreateClient { .. } | IbcEvent::UpdateClient { .. } | IbcEvent::ClientMisbehaviour { .. } => true,
        IbcEvent::SendPacket { .. }
        | IbcEvent::RecvPacket { .. }
        | IbcEvent::WriteAcknowledgement { .. }
        | IbcEvent::AcknowledgePacket { .. }
        | IbcEvent::TimeoutPacket { .. }
        | IbcEvent::ConnectionOpen { .. }
        | IbcEvent::ChannelOpen { .. }
        | IbcEvent::ChannelClosed { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use types::{BlockHeight, Height};

    use super::*;

    fn update() -> IbcEvent {
        let height = Height { revision_number: 0, revision_height: 9 };
        IbcEvent::UpdateClient { client: "07-tendermint-0".parse().unwrap(), consensus_heights: vec![height] }
    }

    fn block(transactions: Vec<ObservedTx>, block_events: Vec<IbcEvent>) -> ObservedBlock {
        ObservedBlock { height: BlockHeight(3), block_events, transactions }
    }

    fn tx(index: u32, events: Vec<IbcEvent>) -> ObservedTx {
        ObservedTx {
            index,
            signers: Vec::new(),
            signatures: Vec::new(),
            code: 0,
            codespace: String::new(),
            log: String::new(),
            gas_wanted: 0,
            gas_used: 0,
            events,
        }
    }

    fn closed() -> IbcEvent {
        IbcEvent::ChannelClosed { port: "transfer".parse().unwrap(), channel: "channel-0".parse().unwrap() }
    }

    #[test]
    fn an_update_is_seen_in_a_transaction_and_outside_of_any() {
        let chain: ChainId = "chain-a".parse().unwrap();
        let both = block(vec![tx(0, vec![closed()]), tx(1, vec![closed(), update()])], vec![update(), closed()]);
        let sighting = Sighting::of(&chain, &both).unwrap();
        assert_eq!(*sighting.block, block(vec![tx(1, vec![update()])], vec![update()]));
        assert!(Sighting::of(&chain, &block(vec![tx(0, vec![closed()])], vec![closed()])).is_none());
    }
}
