//! Transfers without end: so many a second, until they are stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow};

use crate::chain_under_test::{ChainUnderTest, Role, UserMessage};
use crate::deadline::Stopwatch;
use crate::ledger::SENT_DENOM;

/// One transaction a second holds all transfers of that second.
const EVERY: Duration = Duration::from_secs(1);
const NO_TIMEOUT_SECONDS: u64 = 36_000;

/// Where transfers go.
#[derive(Debug)]
pub struct Route {
    /// Sends them.
    pub source: Arc<dyn ChainUnderTest>,
    /// Receives them.
    pub destination: Arc<dyn ChainUnderTest>,
    /// The channel's end at the source.
    pub channel: String,
}

/// What went along a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Packets that were sent, in committed blocks.
    pub sent: u64,
    /// Those that were acknowledged.
    pub acknowledged: u64,
    /// The longest time without a further acknowledgement, since the first packet was sent.
    pub longest_pause: Duration,
}

/// Traffic that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Traffic {
    is_over: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    sender: Option<JoinHandle<Result<Passed>>>,
}

impl Traffic {
    /// Sends transfers of one unit of the user of the source, so many a second. Nobody else may use that account.
    pub fn start(route: Route, packets_a_second: usize) -> Self {
        let (is_over, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (end, count) = (Arc::clone(&is_over), Arc::clone(&acknowledged));
        let sender = thread::spawn(move || route.keep_busy(packets_a_second, &end, &count));
        Self { is_over, acknowledged, sender: Some(sender) }
    }

    /// How many packets were acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Ends it, and tells what passed.
    ///
    /// # Errors
    /// When the source could not be asked, or refused a transfer for another reason than its sequence.
    pub fn stop(mut self) -> Result<Passed> {
        self.is_over.store(true, Ordering::SeqCst);
        let sender = self.sender.take().ok_or_else(|| anyhow!("the traffic is over already"))?;
        sender.join().map_err(|_| anyhow!("the sending thread panicked"))?
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

impl Route {
    fn keep_busy(&self, packets_a_second: usize, is_over: &AtomicBool, count: &AtomicU64) -> Result<Passed> {
        let transfer = UserMessage::Transfer {
            channel: self.channel.clone(),
            amount: 1,
            denom: SENT_DENOM.to_owned(),
            receiver: self.destination.account(Role::User).address.clone(),
            timeout_seconds: NO_TIMEOUT_SECONDS,
        };
        let messages = vec![transfer; packets_a_second];
        let source = &*self.source;
        let escrow = source.escrow_address(&self.channel)?;
        let before = source.balance(&escrow, SENT_DENOM)?;
        let (watch, mut passed, mut last_growth) = (Stopwatch::start(), Passed::default(), Duration::ZERO);
        let mut state = source.account_state(Role::User)?;
        for second in 1_u32.. {
            let tx = source.sign(Role::User, state, std::slice::from_ref(&messages))?.remove(0);
            match source.offer(&tx)? {
                (0, _) => state.sequence += 1,
                // A full mempool, or a sequence that the node has lost: the committed state tells.
                _ => state = source.account_state(Role::User)?,
            }
            // In this order: what is sent between the two looks counts as under way, not as acknowledged.
            let sent = source.balance(&escrow, SENT_DENOM)?.saturating_sub(before);
            let under_way = source.packet_commitments(&self.channel)?.len() as u64;
            passed.sent = u64::try_from(sent)?;
            let acknowledged = passed.sent.saturating_sub(under_way);
            if acknowledged > passed.acknowledged {
                passed.acknowledged = acknowledged;
                count.store(acknowledged, Ordering::SeqCst);
                last_growth = watch.elapsed();
            }
            passed.longest_pause = passed.longest_pause.max(watch.elapsed().saturating_sub(last_growth));
            if is_over.load(Ordering::SeqCst) {
                break;
            }
            // The beat of the traffic, not a wait for anything.
            thread::sleep((EVERY * second).saturating_sub(watch.elapsed()));
        }
        Ok(passed)
    }
}
