//! What chains say is pending. A second node of each is asked too, where one is configured and answers; where the two
//! contradict each other, a proof decides (ICS-23).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chain::{ChainError, Endpoint, Failure};
use engine::{ChannelKey, PacketKey};
use futures::future;
use tracing::warn;
use types::{BlockHeight, QueryHeight, Sequence, host};

use super::Untold;
use super::look::Asked;
use crate::chain::Chain;
use crate::driver::Shell;
use crate::pending;
use crate::proofs::{ProofBase, ProofError};

/// How long is waited for a header that proves the newest state that was told.
const PROOF_WITHIN: Duration = Duration::from_secs(20);

/// Keys that are proven at a time, at most.
const PROOFS_MAX: usize = 200;

/// What chains say is pending.
#[derive(Debug, Default)]
pub(super) struct Word {
    /// Packets whose commitment stands.
    pub(super) standing: BTreeSet<PacketKey>,
    /// Of those, what not every node shows.
    pub(super) disputed: BTreeMap<PacketKey, Dispute>,
    /// The source height that each channel end was read at.
    pub(super) heights: BTreeMap<ChannelKey, BlockHeight>,
    /// The nodes that were asked.
    pub(super) nodes: BTreeSet<String>,
    /// Channel ends whose chain told nothing.
    pub(super) untold: Vec<Untold>,
    /// Is every part of it told by two nodes, or proven?
    pub(super) is_confirmed: bool,
}

/// What one node shows and another does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dispute {
    /// The node that does not show it.
    pub(super) hidden_by: String,
    /// Is it proven that it stands?
    pub(super) is_proven: bool,
}

/// Everything that either node of a chain shows: what only one of them does is settled at the end.
pub(super) async fn at_start(shell: &Shell, channels: &BTreeSet<ChannelKey>) -> Word {
    let mut word = Word { is_confirmed: true, ..Word::default() };
    for (channel, told) in read_all(shell, channels.iter()).await {
        match told {
            Ok(told) => {
                // What one node hides now is never asked for again, so that its word alone would decide.
                word.is_confirmed &= told.second.is_some();
                let shown = told.first.union(told.second.as_ref().unwrap_or(&told.first)).copied();
                word.standing.extend(shown.map(|sequence| key(channel, sequence)));
                word.heights.insert(channel.clone(), told.height);
            }
            Err(error) => word.untold.push(Untold { channel: channel.clone(), detail: error.to_string() }),
        }
    }
    word
}

/// What still stands of what was asked for.
pub(super) async fn at_end(shell: &Shell, asked: &Asked) -> Word {
    let mut word = Word { is_confirmed: true, ..Word::default() };
    for (channel, told) in read_all(shell, asked.swept_from.keys()).await {
        let empty = BTreeSet::new();
        let sequences = asked.packets.get(channel).unwrap_or(&empty);
        match told {
            Ok(told) => {
                let Some(chain) = shell.chains.get(&channel.chain) else { continue };
                word.take(chain, channel, sequences, told).await;
            }
            Err(error) => {
                // Nothing is known to have ended.
                word.standing.extend(sequences.iter().map(|sequence| key(channel, *sequence)));
                word.untold.push(Untold { channel: channel.clone(), detail: error.to_string() });
            }
        }
    }
    word
}

impl Word {
    async fn take(&mut self, chain: &Chain, channel: &ChannelKey, asked: &BTreeSet<Sequence>, told: Told) {
        self.nodes.extend(told.nodes.iter().cloned());
        let first: BTreeSet<Sequence> = told.first.intersection(asked).copied().collect();
        let Some(second) = told.second else {
            self.is_confirmed = false;
            self.standing.extend(first.into_iter().map(|sequence| key(channel, sequence)));
            return;
        };
        let second: BTreeSet<Sequence> = second.intersection(asked).copied().collect();
        self.standing.extend(first.intersection(&second).map(|sequence| key(channel, *sequence)));
        for disputed in first.symmetric_difference(&second).copied().collect::<Vec<_>>().chunks(PROOFS_MAX) {
            let proven = prove(chain, channel, disputed, told.newest).await;
            let is_proven = proven.is_ok();
            self.is_confirmed &= is_proven;
            // What can't be proven now is taken to stand: it is looked at again by the next run.
            let stands = proven.unwrap_or_else(|error| {
                warn!(chain = %chain.id, channel = %channel.channel, %error, "two nodes contradict each other, and neither can be proven right now");
                disputed.iter().copied().collect()
            });
            for sequence in stands {
                let hiding = if first.contains(&sequence) { told.nodes.last() } else { told.nodes.first() };
                let dispute = |node: &String| Dispute { hidden_by: node.clone(), is_proven };
                self.disputed.extend(hiding.map(|node| (key(channel, sequence), dispute(node))));
                self.standing.insert(key(channel, sequence));
            }
        }
    }
}

/// What was told of one channel end.
struct Told {
    /// By the endpoint in use.
    first: BTreeSet<Sequence>,
    /// The height of its state.
    height: BlockHeight,
    /// By another; none where no other is configured, or answers.
    second: Option<BTreeSet<Sequence>>,
    /// The height of the newer of both states.
    newest: BlockHeight,
    /// Who was asked.
    nodes: Vec<String>,
}

async fn read_all<'a>(
    shell: &Shell,
    channels: impl Iterator<Item = &'a ChannelKey>,
) -> Vec<(&'a ChannelKey, Result<Told, ChainError>)> {
    let known = channels.filter_map(|channel| Some((channel, shell.chains.get(&channel.chain)?)));
    future::join_all(known.map(async |(channel, chain)| (channel, read(chain, channel).await))).await
}

async fn read(chain: &Chain, channel: &ChannelKey) -> Result<Told, ChainError> {
    let endpoint = chain.endpoint().clone();
    let height = chain.fresh_head().await?.height;
    let (first, second) = future::join(commitments(chain, &endpoint, channel, height), witnessed(chain, channel)).await;
    let mut nodes = vec![endpoint.name().to_owned()];
    let mut newest = height;
    let second = second.map(|witnessed| {
        nodes.push(witnessed.node);
        newest = newest.max(witnessed.height);
        witnessed.sequences
    });
    Ok(Told { first: first?, height, second, newest, nodes })
}

/// The same by another node.
struct Witnessed {
    node: String,
    height: BlockHeight,
    sequences: BTreeSet<Sequence>,
}

/// The word of the first other node of the chain that gives one.
async fn witnessed(chain: &Chain, channel: &ChannelKey) -> Option<Witnessed> {
    let in_use = chain.endpoint().name();
    for endpoint in chain.all_endpoints().iter().filter(|endpoint| endpoint.name() != in_use) {
        match witness(chain, endpoint, channel).await {
            Ok(witnessed) => return Some(witnessed),
            Err(error) => warn!(chain = %chain.id, %error, "a second node does not tell what is pending"),
        }
    }
    None
}

async fn witness(chain: &Chain, endpoint: &Endpoint, channel: &ChannelKey) -> Result<Witnessed, ChainError> {
    let node = endpoint.name().to_owned();
    let status = endpoint.status().await?;
    if status.chain_id != chain.id {
        let failure = Failure::WrongChain { expected: chain.id.clone(), actual: status.chain_id };
        return Err(ChainError { endpoint: node, method: "status".to_owned(), failure });
    }
    let sequences = commitments(chain, endpoint, channel, status.height).await?;
    Ok(Witnessed { node, height: status.height, sequences })
}

async fn commitments(
    chain: &Chain,
    endpoint: &Endpoint,
    channel: &ChannelKey,
    height: BlockHeight,
) -> Result<BTreeSet<Sequence>, ChainError> {
    let queries = chain.query_at(endpoint).at(QueryHeight(height));
    pending::committed(&queries, (&channel.port, &channel.channel)).await
}

/// Those whose commitment stands, by proofs against the chain's newest verified header. An absence in an older state than
/// one that was told may be that of a packet that was not sent yet: it proves nothing.
async fn prove(
    chain: &Chain,
    channel: &ChannelKey,
    sequences: &[Sequence],
    newest: BlockHeight,
) -> Result<BTreeSet<Sequence>, ProofError> {
    let needed = QueryHeight(newest).proof_height().0;
    // A node that names a height which never comes is not waited for without end.
    let head = tokio::time::timeout(PROOF_WITHIN, chain.head_at_least(needed)).await;
    head.map_err(|_| ProofError::NotYet { chain: chain.id.clone(), height: needed })?;
    let base = ProofBase::own(chain).await?;
    let commitment = |sequence: &Sequence| host::commitment_key(&channel.port, &channel.channel, *sequence);
    let proven = base.prove(chain, &sequences.iter().map(commitment).collect::<Vec<_>>()).await?;
    let standing = sequences.iter().zip(proven).filter(|(_, proven)| proven.value.is_some());
    Ok(standing.map(|(sequence, _)| *sequence).collect())
}

fn key(channel: &ChannelKey, sequence: Sequence) -> PacketKey {
    PacketKey { source: channel.clone(), sequence }
}
