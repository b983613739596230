//! What a node sees of its chain, honestly or not, while it answers one call.

use std::borrow::Cow;
use std::sync::Arc;

use super::fault::Fault;
use crate::app::event::Event;
use crate::app::{AbciAnswer, AbciQuery, TxResult};
use crate::chain::{Block, Chain, ConsensusParams};

/// A chain, or two of them that are told as one, up to a head.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    chain: &'a Chain,
    /// Heights above its common height are told from here; see `Node::follow`.
    fork: Option<&'a Chain>,
    head: u64,
    faults: &'a [Fault],
}

impl<'a> View<'a> {
    /// What is seen of a chain and of the fork that is followed.
    pub(crate) fn new(chain: &'a Chain, fork: Option<&'a Chain>, faults: &'a [Fault]) -> Self {
        let head = fork.map_or(chain.height(), |fork| fork.height().max(chain.height()));
        let stale = |head: u64, fault: &Fault| match fault {
            Fault::StaleAt(height) => head.min(*height),
            Fault::StaleBy(blocks) => head.saturating_sub(*blocks),
            _ => head,
        };
        // Before its first block a chain has no oldest one either.
        let head = faults.iter().fold(head, stale).max(chain.earliest_height().min(chain.height()));
        Self { chain, fork, head, faults }
    }

    /// The same, but blocks are those of another chain, if that fault is in force.
    pub(crate) fn of_blocks(&self) -> Self {
        let other = self.faults.iter().find_map(|fault| match fault {
            Fault::OtherChain(chain) => Some(chain),
            _ => None,
        });
        match other {
            Some(chain) => Self::new(chain, None, self.faults),
            None => *self,
        }
    }

    /// The chain whose head is the newest.
    pub(crate) fn newest_chain(&self) -> &'a Chain {
        self.chain_at(self.head)
    }

    /// What the validators agree on.
    pub(crate) fn params(&self) -> &'a ConsensusParams {
        self.newest_chain().params()
    }

    /// The newest height.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// The oldest height with a block.
    pub(crate) fn earliest(&self) -> u64 {
        self.chain.earliest_height()
    }

    /// The chain that answers for a height.
    pub(crate) fn chain_at(&self, height: u64) -> &'a Chain {
        match self.fork {
            Some(fork) if height > fork.common_height().unwrap_or(0) && height <= fork.height() => fork,
            Some(_) | None => self.chain,
        }
    }

    /// A block that is not above the head.
    pub(crate) fn block(&self, height: u64) -> Option<&'a Arc<Block>> {
        if height > self.head { None } else { self.chain_at(height).block(height) }
    }

    /// The newest block.
    pub(crate) fn newest(&self) -> Option<&'a Arc<Block>> {
        self.block(self.head)
    }

    /// All blocks above a height, in order: the chain's up to where the fork leaves it, the fork's, and what the chain
    /// has above the fork's head.
    pub(crate) fn blocks_above(&self, height: u64) -> impl DoubleEndedIterator<Item = &'a Arc<Block>> {
        let first = height.saturating_add(1);
        let (common, fork_head) = self.fork_heights();
        let shared = self.chain.blocks(first, self.head.min(common));
        let above = self.chain.blocks(first.max(fork_head.saturating_add(1)), self.head);
        shared.chain(self.own_blocks_of_fork().filter(move |block| block.header.height.value() >= first)).chain(above)
    }

    /// The blocks that the fork does not share with the chain.
    pub(crate) fn own_blocks_of_fork(&self) -> impl DoubleEndedIterator<Item = &'a Arc<Block>> {
        let (common, fork_head) = self.fork_heights();
        let last = self.head.min(fork_head);
        self.fork.into_iter().flat_map(move |fork| fork.blocks(common.saturating_add(1), last))
    }

    /// Where the fork leaves the chain, and where it ends; both at the top where there is no fork.
    fn fork_heights(&self) -> (u64, u64) {
        self.fork.map_or((u64::MAX, u64::MAX), |fork| {
            let common = fork.common_height().unwrap_or(0);
            (common, fork.height().max(common))
        })
    }

    /// Are the results of this block lost?
    pub(crate) fn has_lost_results(&self, height: u64) -> bool {
        self.faults.iter().any(|fault| matches!(fault, Fault::ResultsMissing(lost) if *lost == height))
    }

    /// What a block did, as it is told.
    pub(crate) fn results(&self, block: &'a Block) -> (Cow<'a, [TxResult]>, Cow<'a, [Event]>) {
        let (mut txs, mut events) = (Cow::from(&block.results), Cow::from(&block.events));
        for fault in self.faults {
            if let Fault::Events(rewrite) = fault {
                rewrite.apply(block.header.height.value(), txs.to_mut(), events.to_mut());
            }
        }
        (txs, events)
    }

    /// Asks the application.
    pub(crate) fn query(&self, mut query: AbciQuery) -> AbciAnswer {
        query.height = self.state_height(query.height);
        self.chain_at(if query.height == 0 { self.head } else { query.height }).query(&query)
    }

    /// Asks the application over gRPC.
    pub(crate) fn ask(
        &self,
        path: &str,
        request: &[u8],
        height: u64,
    ) -> Result<(Vec<u8>, u64), crate::app::kind::Status> {
        let height = self.state_height(height);
        self.chain_at(if height == 0 { self.head } else { height }).app().ask(path, request, height)
    }

    /// The height to ask an application for: 0 is its own newest, unless the node's newest is another. What is above
    /// the head is not there yet, though the chain may have it.
    fn state_height(&self, asked: u64) -> u64 {
        let newest = self.newest_chain().height();
        match asked {
            0 if newest == self.head => 0,
            0 => self.head,
            asked if asked > self.head => asked.max(newest + 1),
            asked => asked,
        }
    }
}
