//! Two nodes of a chain contradict each other about one state: a proof decides (ICS-23), and who lied is said.

use std::collections::BTreeSet;

use chain::Endpoint;
use tracing::{debug, warn};
use types::{ChainId, ChannelId, CommitmentKey, Order, PortId, QueryHeight, Sequence, host};

use crate::chain::Chain;
use crate::proofs::{ProofBase, ProofError, Proven};

/// Keys that are proven at a time, at most.
const PROOFS_MAX: usize = 200;

/// What the nodes were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Which packets were sent and are not over.
    Commitments,
    /// Which packets were received, on a channel of this order.
    Receipts(Order),
    /// Which packets' acknowledgements are written.
    Acknowledgements,
}

/// Nothing settles the contradiction now.
#[derive(Debug, thiserror::Error)]
#[error("nodes {first} and {second} of {chain} contradict each other, and neither proves its word now: {reason}")]
pub(super) struct Unsettled {
    chain: ChainId,
    first: String,
    second: String,
    reason: ProofError,
}

/// What two nodes do not agree about, of one channel end in one state.
pub(super) struct Contradiction<'a> {
    pub(super) chain: &'a Chain,
    pub(super) at: QueryHeight,
    pub(super) port: &'a PortId,
    pub(super) channel: &'a ChannelId,
    pub(super) kind: Kind,
}

impl Contradiction<'_> {
    /// What both say, and what is proven of the rest. Whoever is refuted is left alone for a while.
    pub(super) async fn settle(
        &self,
        words: [(&Endpoint, &BTreeSet<Sequence>); 2],
    ) -> Result<BTreeSet<Sequence>, Unsettled> {
        let [(first, one), (second, other)] = words;
        let disputed: Vec<Sequence> = one.symmetric_difference(other).copied().collect();
        let proven = match self.prove(first, &disputed).await {
            Ok(proven) => Ok(proven),
            Err(error) => {
                debug!(chain = %self.chain.id, endpoint = %first, %error, "a node does not prove its word");
                self.prove(second, &disputed).await
            }
        };
        let proven = proven.map_err(|reason| Unsettled {
            chain: self.chain.id.clone(),
            first: first.name().to_owned(),
            second: second.name().to_owned(),
            reason,
        })?;
        for (node, word) in words {
            let refuted = disputed.iter().find(|sequence| word.contains(sequence) != proven.contains(sequence));
            let Some(sequence) = refuted else { continue };
            if self.chain.endpoints().distrust(node) {
                warn!(
                    chain = %self.chain.id, endpoint = %node, channel = %self.channel, %sequence, about = ?self.kind, at = %self.at.0,
                    "two nodes contradict each other, and a proof refutes this one; the other is preferred"
                );
            }
        }
        Ok(one.intersection(other).copied().chain(proven).collect())
    }

    /// Those of the disputed for which the state holds what was asked for.
    async fn prove(&self, node: &Endpoint, disputed: &[Sequence]) -> Result<BTreeSet<Sequence>, ProofError> {
        let base = ProofBase::of_state(self.chain, node, self.at).await?;
        let mut standing = BTreeSet::new();
        for part in disputed.chunks(PROOFS_MAX) {
            let keys: Vec<CommitmentKey> = part.iter().map(|sequence| self.key(*sequence)).collect();
            let proven = base.prove_by(self.chain, node, &keys).await?;
            let held = part.iter().zip(&proven).filter(|(sequence, proven)| self.is_held(**sequence, proven));
            standing.extend(held.map(|(sequence, _)| *sequence));
        }
        Ok(standing)
    }

    fn key(&self, sequence: Sequence) -> CommitmentKey {
        let (port, channel) = (self.port, self.channel);
        match self.kind {
            Kind::Commitments => host::commitment_key(port, channel, sequence),
            Kind::Receipts(Order::Ordered) => host::next_sequence_recv_key(port, channel),
            Kind::Receipts(Order::Unordered) => host::receipt_key(port, channel, sequence),
            Kind::Acknowledgements => host::acknowledgement_key(port, channel, sequence),
        }
    }

    /// An ordered channel end has received all below the next one that it takes (ICS-04).
    fn is_held(&self, sequence: Sequence, proven: &Proven) -> bool {
        match (self.kind, &proven.value) {
            (_, None) => false,
            (Kind::Receipts(Order::Ordered), Some(next)) => {
                <[u8; 8]>::try_from(next.as_slice()).is_ok_and(|next| sequence.0 < u64::from_be_bytes(next))
            }
            (Kind::Commitments | Kind::Receipts(Order::Unordered) | Kind::Acknowledgements, Some(_)) => true,
        }
    }
}
