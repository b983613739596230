//! One step after the other, until nothing is to be done. Where a step fails the chains are asked again: a rival who
//! made it is no failure.
//!
//! A `Try` always makes a new end, so that two relayers who answer in the same block leave one that nobody opens.
//! Therefore each waits for its own turn, some blocks apart by its address, and looks again.

use std::hash::{DefaultHasher, Hash, Hasher};

use engine::{ChannelKey, Engine, Leg, Message, PacketStage, PacketView, Progress, RequestId};
use tracing::{debug, info};

use super::look::{Ends, Look, Planned};
use super::{Found, Subject, Watcher};
use crate::control::SubmitError;
use crate::handshake::next::Step;
use crate::handshake::{HandshakeError, Pair, channel, connection};

/// More steps than any handshake and its closing have, rivals' failures included.
const ROUNDS_MAX: usize = 16;
/// Turns of relayers who would answer the same beginning, a block each.
const TURNS: u64 = 4;

impl Watcher {
    /// Makes all steps that are next.
    pub(super) async fn settle(&mut self, subject: &Subject) -> Result<Found, HandshakeError> {
        let mut failed: Option<(Planned, HandshakeError)> = None;
        let mut has_waited = false;
        for _ in 0..ROUNDS_MAX {
            let look = match subject {
                Subject::Connection(side, id) => self.look_at_connection(*side, id).await?,
                Subject::Channel(side, port, id) => self.look_at_channel(*side, &(port.clone(), id.clone())).await?,
            };
            let planned = match look {
                Look::Do(planned) => planned,
                Look::ConnectionOpen => return Ok(Found::ConnectionOpen),
                Look::Settled => return Ok(Found::Settled),
            };
            if let Some((earlier, error)) = failed.take()
                && earlier == planned
            {
                return Err(error);
            }
            if planned.step == Step::Try && !has_waited {
                has_waited = true;
                self.wait_for_turn(&planned).await;
                continue;
            }
            if planned.step == Step::CloseConfirm && self.is_acknowledged_still(&planned).await? {
                let (host, ..) = self.seen_from(planned.on);
                return Ok(Found::Held(self.shell.clock.now().after(host.block_time())));
            }
            // What closes a channel lets its packets time out, and its opening was paid for before.
            if planned.step != Step::CloseConfirm
                && let Err(until) = self.allowance.take(self.shell.clock.now())
            {
                return Ok(Found::Spent(until));
            }
            match self.take(&planned).await {
                Ok(()) => {}
                Err(error @ (HandshakeError::Submit(SubmitError::Refused { .. }) | HandshakeError::State { .. })) => {
                    debug!(path = %self.path.id, %subject, step = name(&planned).1, %error, "a step failed; both ends are looked at again");
                    failed = Some((planned, error));
                }
                Err(error) => return Err(error),
            }
        }
        Err(HandshakeError::Disagreement(format!("{subject} does not come to an end in {ROUNDS_MAX} steps")))
    }

    /// Are acknowledgements under way to the end that is to be closed? Once it is, it takes none of them any more (ibc-go
    /// `AcknowledgePacket`), while the end that has closed lets everything else end. Those that can't be brought now, or
    /// that nobody relays here, are not waited for.
    async fn is_acknowledged_still(&self, planned: &Planned) -> Result<bool, HandshakeError> {
        let Ends::Channel { host: Some((port, channel)), .. } = &planned.ends else { return Ok(false) };
        let (host, ..) = self.seen_from(planned.on);
        let end = ChannelKey { chain: host.id.clone(), port: port.clone(), channel: channel.clone() };
        let look = move |engine: &Engine| {
            engine.is_searching(&end) || engine.packets(&end).any(|packet| is_acknowledged_soon(engine, &packet))
        };
        Ok(self.handle.inspect(look).await.map_err(SubmitError::from)?)
    }

    async fn wait_for_turn(&self, planned: &Planned) {
        let (host, ..) = self.seen_from(planned.on);
        let turn = turn(&host.lane().address, &name(planned).0);
        tokio::time::sleep(host.block_time() * turn).await;
    }

    async fn take(&self, planned: &Planned) -> Result<(), HandshakeError> {
        let (host, client, proving, proving_client) = self.seen_from(planned.on);
        let pair = Pair { host, client, proving, proving_client };
        let (name, step) = name(planned);
        let messages = messages(pair, planned).await?;
        let id = RequestId(format!("handshake/{}/{}/{name}", host.id, proving.id));
        let height = self.handle.commit(id, host.lane(), step, messages).await?.height;
        info!(path = %self.path.id, chain = %host.id, %height, step, end = name, "step of a handshake is done");
        Ok(())
    }
}

/// Was the packet received, or is it about to be, so that its acknowledgement may still be taken?
fn is_acknowledged_soon(engine: &Engine, packet: &PacketView<'_>) -> bool {
    let is_received = match packet.record.progress {
        Progress::Received | Progress::AckWritten => true,
        Progress::Sent => packet.stage == PacketStage::Submitted(Leg::Recv),
        Progress::Acknowledged | Progress::TimedOut => false,
    };
    is_received && engine.can_advance(&packet.record.key())
}

/// Differs from relayer to relayer, and from step to step, so that nobody is always the last.
fn turn(address: &str, step: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    (address, step).hash(&mut hasher);
    u32::try_from(hasher.finish() % TURNS).unwrap_or_default()
}

/// The step's durable name, and what it is called.
fn name(planned: &Planned) -> (String, &'static str) {
    match &planned.ends {
        Ends::Connection { other, .. } => {
            let step = planned.step.of_connection();
            (format!("{step}/{other}"), step)
        }
        Ends::Channel { other: (port, id), .. } => {
            let step = planned.step.of_channel();
            (format!("{step}/{port}/{id}"), step)
        }
    }
}

async fn messages(pair: Pair<'_>, planned: &Planned) -> Result<Vec<Message>, HandshakeError> {
    let step = planned.step;
    match &planned.ends {
        Ends::Connection { host, other } => match (step, host) {
            (Step::Try, _) => connection::attempt(pair, other).await,
            (Step::Ack, Some(host)) => connection::ack(pair, host, other).await,
            (Step::Confirm, Some(host)) => connection::confirm(pair, host, other).await,
            (Step::Ack | Step::Confirm, None) | (Step::CloseConfirm, _) => Err(no_end(step.of_connection())),
        },
        Ends::Channel { connection, host, other } => match (step, host) {
            (Step::Try, _) => channel::attempt(pair, connection, other).await,
            (Step::Ack, Some(host)) => channel::ack(pair, host, other).await,
            (Step::Confirm, Some(host)) => channel::confirm(pair, host, other).await,
            (Step::CloseConfirm, Some(host)) => channel::close_confirm(pair, host, other).await,
            (Step::Ack | Step::Confirm | Step::CloseConfirm, None) => Err(no_end(step.of_channel())),
        },
    }
}

fn no_end(step: &str) -> HandshakeError {
    HandshakeError::Disagreement(format!("{step} needs an end that is there"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relayers_take_turns_at_answering() {
        let turns = |address: &str| (0..64).map(|id| turn(address, &format!("conn-try/connection-{id}"))).collect();
        let (one, other): (Vec<u32>, Vec<u32>) = (turns("cosmos1one"), turns("cosmos1other"));
        let same = one.iter().zip(&other).filter(|(one, other)| one == other).count();
        assert!(same < 32, "{same} of 64 turns are the same");
        assert!(one.iter().all(|turn| u64::from(*turn) < TURNS) && one.contains(&0));
    }
}
