//! One leg of given packets by hand, for the bad day: the same proofs and the same checks as in the daemon, but nothing
//! is planned, and nothing is tried again.

mod bytes;
mod route;
mod send;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chain::ChainError;
use engine::{ChannelKey, Dropped, Hopeless, Leg, PacketKey};
use types::{BlockHeight, ChainId, ChannelId, ChannelState, ConnectionId, Order, PortId, Sequence};

use crate::chain::Chain;
use crate::clock::Clock;
use crate::control::{Handle, Stopping};
use crate::packets::{PrepareError, Wanted};
use route::Route;
use send::Sender;

/// Which leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Deliver to the destination.
    Recv,
    /// Bring the acknowledgement back.
    Ack,
    /// Time out at the source; on close, where the destination's end is closed.
    Timeout,
}

/// One leg of which packets.
#[derive(Clone, Debug)]
pub struct StepRequest {
    /// Which leg.
    pub kind: StepKind,
    /// The channel end that the packets were sent from.
    pub source: ChannelKey,
    /// Where they go.
    pub destination: ChainId,
    /// Which packets; `None` for all that need this leg.
    pub sequences: Option<BTreeSet<Sequence>>,
    /// The block that sent them (of an acknowledgement: that wrote it), where a person knows; else blocks are searched.
    pub bytes_at: Option<BlockHeight>,
}

/// What became of a packet's leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stepped {
    /// The packet.
    pub sequence: Sequence,
    /// The leg; none where it could not be told.
    pub leg: Option<Leg>,
    /// The block that took it, or why none did.
    pub outcome: Result<BlockHeight, String>,
}

/// Why nothing at all can be done.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A chain that is not connected.
    #[error("chain {0} is not connected; add it to `[[chains]]`")]
    UnknownChain(ChainId),
    /// There is no such channel.
    #[error("there is no channel {port}/{channel} on {chain}")]
    NoChannel {
        /// The chain.
        chain: ChainId,
        /// The port.
        port: PortId,
        /// The channel.
        channel: ChannelId,
    },
    /// The channel's other end is not known yet.
    #[error("channel {port}/{channel} on {chain} is {state}: it has no other end yet")]
    NotOpened {
        /// The chain.
        chain: ChainId,
        /// The port.
        port: PortId,
        /// The channel.
        channel: ChannelId,
        /// Its state.
        state: ChannelState,
    },
    /// The messages can't be made.
    #[error("{0}")]
    Prepare(String),
    /// A node did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The process is stopping.
    #[error(transparent)]
    Stopping(#[from] Stopping),
}

impl From<PrepareError> for StepError {
    fn from(error: PrepareError) -> Self {
        Self::Prepare(error.to_string())
    }
}

/// Takes one leg of the packets asked for. Says of each what became of it, in their order.
///
/// # Errors
/// See [`StepError`].
pub async fn step(
    chains: &BTreeMap<ChainId, Arc<Chain>>,
    handle: &Handle,
    clock: &Clock,
    request: &StepRequest,
) -> Result<Vec<Stepped>, StepError> {
    let route = Route::find(chains, request).await?;
    let sequences = match &request.sequences {
        Some(sequences) => sequences.clone(),
        None => route.pending(request.kind).await?,
    };
    let mut done: Vec<Stepped> = Vec::new();
    let wanted = route.wanted(request, &sequences, &mut done).await?;
    let site = route.site(request.kind).await?;
    let prepared = site.prepare(wanted).await?;
    for (packet, leg, reason) in prepared.dropped {
        // Nobody named it, and it needs no timeout yet.
        if request.sequences.is_none() && reason == Dropped::TimeoutMisjudged {
            continue;
        }
        let outcome = Err(why(reason, site.host, &route));
        done.push(Stepped { sequence: packet.sequence, leg: Some(leg), outcome });
    }
    let sender = Sender { host: site.host, handle, name: format!("step/{}/{}", site.host.id, clock.timestamp().0) };
    done.extend(sender.send(prepared.update, prepared.legs).await?);
    done.sort_by_key(|stepped| stepped.sequence);
    Ok(done)
}

impl Route<'_> {
    /// The legs whose bytes were found; the others are said to be left.
    async fn wanted(
        &self,
        request: &StepRequest,
        sequences: &BTreeSet<Sequence>,
        done: &mut Vec<Stepped>,
    ) -> Result<Vec<Wanted>, StepError> {
        let leg = self.leg(request.kind).await?;
        let connection = match request.kind {
            StepKind::Recv => &self.connections.1,
            StepKind::Ack | StepKind::Timeout => &self.connections.0,
        };
        let mut found = self.bytes(request, sequences).await?;
        let unfound: BTreeSet<_> = sequences.iter().filter(|one| !found.contains_key(one)).copied().collect();
        let absent = self.absent(request.kind, &unfound).await?;
        let mut wanted = Vec::new();
        for sequence in sequences {
            let Some((packet, acknowledgement)) = found.remove(sequence) else {
                let outcome = Err(absent.get(sequence).cloned().unwrap_or_else(|| bytes_unknown(request.bytes_at)));
                done.push(Stepped { sequence: *sequence, leg: Some(leg), outcome });
                continue;
            };
            let packet_key = PacketKey { source: self.key.clone(), sequence: *sequence };
            let channel: (Order, ConnectionId) = (self.end.ordering, connection.clone());
            wanted.push(Wanted::new(packet_key, leg, packet, acknowledgement, channel));
        }
        Ok(wanted)
    }
}

fn bytes_unknown(bytes_at: Option<BlockHeight>) -> String {
    match bytes_at {
        Some(height) => format!("its bytes do not stand in block {height}; leave the height out to search for them"),
        None => "its bytes stand in no block that the node keeps; name the block by --packet-data-query-height at a \
                 node that has it"
            .to_owned(),
    }
}

/// Why a leg got no message, in words.
fn why(reason: Dropped, host: &Chain, route: &Route<'_>) -> String {
    let (source, destination) = (&route.source.id, &route.destination.id);
    match reason {
        Dropped::AlreadyReceived => format!("{destination} has received it already"),
        Dropped::CommitmentGone => format!("{source} holds no commitment of it: it is over, or was never sent"),
        Dropped::ClaimRefuted => format!("{source} holds another packet's commitment: these are not its bytes"),
        Dropped::AcknowledgementRefuted => {
            format!("{destination} holds no such acknowledgement, or another one than these bytes")
        }
        Dropped::NotYet => "it can't be proven yet; run the command again".to_owned(),
        Dropped::BytesUnknown => bytes_unknown(None),
        Dropped::TimeoutMisjudged => format!("by the verified header of {destination} it has not timed out"),
        Dropped::DestinationClosed => {
            format!("its channel on {destination} is closed; time it out by packet-timeout")
        }
        Dropped::Delayed { blocks } => {
            format!("its connection has a delay; run the command again after {blocks} blocks of {}", host.id)
        }
        Dropped::Hopeless(Hopeless::AcknowledgementMalformed) => {
            format!("{source} will never take this acknowledgement: it would be written otherwise than it reads")
        }
        Dropped::Hopeless(Hopeless::SourceClosed) => {
            format!("its channel on {source} is closed, and takes no acknowledgement any more")
        }
    }
}
