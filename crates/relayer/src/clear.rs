//! Clearing: everything that is pending on some channels is brought to its end, and what is left is told with its
//! reason. The same engine as the daemon's; whoever runs it (a daemon or a command of its own) is the same here.
//!
//! What is asked for is what the chains hold when the clearing begins; packets sent later are no part of it. The engine
//! relays; here it is only watched: until every packet asked for has ended, or nothing can be done about it now. Then
//! the chains are asked a second time, another node of each where one is configured, and only their word counts.

mod left;
mod look;
mod obstacles;
mod patience;
mod plan;
mod word;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::{ChannelKey, Event, PacketKey};
use serde::{Deserialize, Serialize};
use types::{BlockHeight, ChainId, Sequence};

use crate::control::{Handle, Stopping};
use crate::reason::Reason;
use left::Blocked;
use look::{Asked, Seen};
use obstacles::Obstacles;
use patience::Patience;
use word::Word;

pub use left::is_relayable;
pub(crate) use obstacles::routes;
pub use plan::{Plan, Planned, plan};

/// How often the engine is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// How often a chain that does not answer is asked what is pending on it, and how long lies between.
const ASKS_MAX: u32 = 3;
const ASK_PAUSE: Duration = Duration::from_secs(2);
/// How often the chains may contradict the engine before their word is told as it is.
const LOOKS_AGAIN_MAX: u32 = 3;

/// What is to be cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearRequest {
    /// Channel ends that packets are sent from.
    pub channels: BTreeSet<ChannelKey>,
    /// Only these packets of theirs, if given.
    pub packets: Option<BTreeSet<PacketKey>>,
    /// Blocks of these chains below these are not searched for packets that were sent before.
    pub search_from: BTreeMap<ChainId, BlockHeight>,
}

/// How far a clearing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearProgress {
    /// Packets that were found pending so far.
    pub found: usize,
    /// Those of them that came to their end.
    pub ended: usize,
}

/// How a clearing ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearReport {
    /// Packets that came to their end.
    pub ended: usize,
    /// What is left.
    pub left: Vec<Left>,
    /// Channel ends whose chain did not tell what is pending there.
    pub unknown: Vec<Untold>,
    /// Whose word "nothing else is left" is: addresses of nodes, without credentials.
    pub word_of: Vec<String>,
    /// Does it rest on two endpoints of each chain, or on proofs?
    pub is_confirmed: bool,
}

impl ClearReport {
    /// Is nothing left that anybody could relay?
    pub fn is_clear(&self) -> bool {
        self.unknown.is_empty() && !self.left.iter().any(|left| is_relayable(left.reason))
    }
}

/// A packet that is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The packet.
    pub packet: PacketKey,
    /// Why.
    pub reason: Reason,
    /// The same in words, with what the chain or the policy said.
    pub detail: String,
}

/// A channel end whose chain did not tell what is pending there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// The channel end.
    pub channel: ChannelKey,
    /// What was said instead.
    pub detail: String,
}

/// Why nothing can be cleared at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClearError {
    /// The driver is gone.
    #[error(transparent)]
    Stopping(#[from] Stopping),
    /// Nobody relays that channel here.
    #[error("channel {}/{} of {} is on no path of this relayer", .0.port, .0.channel, .0.chain)]
    NotConfigured(ChannelKey),
}

/// Clears, telling how far it is.
///
/// # Errors
/// [`ClearError`].
pub async fn clear(
    handle: &Handle,
    request: &ClearRequest,
    mut told: impl FnMut(ClearProgress),
) -> Result<ClearReport, ClearError> {
    let shell = handle.shell()?;
    let _bounded = shell.bounds.hold(&request.channels, &request.search_from);
    let Question { asked, unknown, is_witnessed } = ask(handle, request, true).await?;
    let found = asked.len();
    told(ClearProgress { found, ended: 0 });
    for again in 1.. {
        handle.tell(Event::ClearRequested { channels: request.channels.iter().cloned().collect() }).await?;
        let obstacles = settle(handle, &asked, |ended| told(ClearProgress { found, ended })).await?;
        let seen = look::look(handle, &asked, true).await?;
        let mut end = word::at_end(&shell, &asked).await;
        end.is_confirmed &= is_witnessed;
        let is_contradicted = seen.ended.iter().any(|packet| end.standing.contains(packet));
        if is_contradicted && again < LOOKS_AGAIN_MAX {
            continue; // A node that lags behind, or lied to the engine: it sweeps once more.
        }
        let channels: BTreeSet<ChannelKey> = seen.open.keys().map(|packet| packet.source.clone()).collect();
        let obstacles = Obstacles::probe(&shell, &channels, obstacles).await;
        let left = left::left(&seen, &end, &Blocked::of(handle, &obstacles).await?);
        told(ClearProgress { found, ended: found - left.len() });
        return Ok(report(found, left, unknown, end));
    }
    Ok(ClearReport::default())
}

fn report(found: usize, left: Vec<Left>, mut unknown: Vec<Untold>, end: Word) -> ClearReport {
    let is_confirmed = end.is_confirmed && unknown.is_empty() && end.untold.is_empty();
    for untold in end.untold {
        if !unknown.iter().any(|known| known.channel == untold.channel) {
            unknown.push(untold);
        }
    }
    ClearReport { ended: found - left.len(), left, unknown, word_of: end.nodes.into_iter().collect(), is_confirmed }
}

/// What is asked for, and by whose word.
struct Question {
    asked: Arc<Asked>,
    /// Channel ends whose chain did not tell.
    unknown: Vec<Untold>,
    /// Did two nodes tell of each channel end what is pending?
    is_witnessed: bool,
}

/// What is asked for: of what the chains hold now, what the request names.
async fn ask(handle: &Handle, request: &ClearRequest, acts: bool) -> Result<Question, ClearError> {
    let shell = handle.shell()?;
    let configured = look::channels(handle).await?;
    if let Some(stranger) = request.channels.iter().find(|channel| !configured.contains(*channel)) {
        return Err(ClearError::NotConfigured(stranger.clone()));
    }
    let mut word = word::at_start(&shell, &request.channels).await;
    for _ in 1..ASKS_MAX {
        if word.untold.is_empty() {
            break;
        }
        tokio::time::sleep(ASK_PAUSE).await;
        word = word::at_start(&shell, &request.channels).await;
    }
    let mut packets: BTreeMap<ChannelKey, BTreeSet<Sequence>> = BTreeMap::new();
    for packet in word.standing {
        if request.packets.as_ref().is_none_or(|only| only.contains(&packet)) {
            packets.entry(packet.source).or_default().insert(packet.sequence);
        }
    }
    let lanes = shell.chains.iter().map(|(id, chain)| (id.clone(), chain.lane())).collect();
    let asked = Asked { packets, swept_from: word.heights, routes: routes(&shell), lanes, acts };
    Ok(Question { asked: Arc::new(asked), unknown: word.untold, is_witnessed: word.is_confirmed })
}

/// Watches until everything asked for has ended or can't be brought further now.
async fn settle(handle: &Handle, asked: &Arc<Asked>, mut told: impl FnMut(usize)) -> Result<Obstacles, Stopping> {
    let shell = handle.shell()?;
    let mut patience = Patience::new(shell.clock.now());
    let mut obstacles = Obstacles::default();
    loop {
        let mut seen: Seen = look::look(handle, asked, false).await?;
        // Blocks that can't be read are tried again without end: they are not waited for as a search is.
        seen.is_searching &= !shell.searches.is_held_up(&seen.busy);
        told(seen.ended_count);
        let now = shell.clock.now();
        if seen.is_settled() || patience.is_over(&seen, &obstacles, now) {
            return Ok(obstacles);
        }
        if patience.wants_probe(now) {
            obstacles = Obstacles::probe(&shell, &seen.busy, obstacles).await;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use types::Height;
    use types::event::PacketId;

    use engine::{PacketRecord, Progress};

    use super::*;

    pub(super) fn record(sequence: u64) -> PacketRecord {
        let id = PacketId {
            sequence: Sequence(sequence),
            source_port: "transfer".parse().unwrap(),
            source_channel: "channel-0".parse().unwrap(),
            destination_port: "transfer".parse().unwrap(),
            destination_channel: "channel-0".parse().unwrap(),
        };
        PacketRecord {
            id,
            source_chain: "chain-a".parse().unwrap(),
            timeout_height: Height::ZERO,
            timeout_timestamp: types::Timestamp::ZERO,
            data_size: 100,
            sent_at: BlockHeight(5),
            progress: Progress::Sent,
            progress_at: BlockHeight(5),
            refused: None,
        }
    }

    fn left(reason: Reason) -> Left {
        Left { packet: record(1).key(), reason, detail: String::new() }
    }

    #[test]
    fn a_report_is_clear_if_nothing_relayable_is_left() {
        let report = |reasons: &[Reason]| ClearReport {
            left: reasons.iter().map(|reason| left(*reason)).collect(),
            ..ClearReport::default()
        };
        assert!(report(&[]).is_clear());
        assert!(report(&[Reason::AcknowledgementAwaited, Reason::PolicyRefused]).is_clear());
        assert!(!report(&[Reason::AcknowledgementAwaited, Reason::Quarantined]).is_clear());
    }

    #[test]
    fn what_no_chain_told_is_not_clear() {
        let untold = Untold { channel: record(1).key().source, detail: "refused".to_owned() };
        let report = ClearReport { unknown: vec![untold], ..ClearReport::default() };
        assert!(!report.is_clear());
    }
}
