//! One wallet: its account sequence, what is signed, and what waits to be.
//!
//! At most one transaction is being signed, at most one is with the node, and the next is signed only after the node
//! took all earlier ones. A transaction stands in the window until a block or the passing of its timeout height says how
//! it ended; only a refusal ends it at once that tells that no node holds its bytes. Nodes may throw out what they took:
//! see `evicted`.

mod account;
mod confirm;
mod evicted;
mod flight;
mod queue;
mod room;
mod window;

use std::collections::{BTreeMap, VecDeque};

use types::{AccountSequence, BlockHeight, ChainId, Refusal};

use super::{Ended, How, Job, JobId, Work};
use crate::backoff::Backoff;
use crate::batcher::Turns;
use crate::recovery::{GAS_TRIES_MAX, Reaction, reaction};
use crate::{Action, ChainOptions, Instant, LaneId, OutboxRecord, Priority, Purpose, Record, Step, TxId};
pub(crate) use flight::Flight;
use flight::FlightState;
use room::Room;

/// A sequence that was refused this often in a row is not read and signed again at once.
const SEQUENCE_MISSES_MAX: u32 = 3;

/// What is known of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// It is to be read, after the window has emptied if `drain`.
    Unknown { drain: bool },
    /// It is being read.
    Reading,
    /// The number, and the sequence of the next transaction.
    Known { number: u64, next: AccountSequence },
}

/// A transaction that is being signed.
#[derive(Debug)]
pub(crate) struct Signing {
    pub(crate) tx: TxId,
    pub(crate) job: Job,
    account_number: u64,
    sequence: AccountSequence,
    signed_at: BlockHeight,
    timeout_height: BlockHeight,
}

/// The wallet can't sign usefully now.
#[derive(Debug)]
struct Blocked {
    retry_at: Instant,
    tries: u32,
}

/// One wallet.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) id: LaneId,
    in_flight_max: usize,
    tx_lifetime_blocks: u64,
    account: Account,
    queue: BTreeMap<(Priority, JobId), Job>,
    signing: Option<Signing>,
    /// Several of one sequence where nodes threw out a request: one of them lands at most.
    window: BTreeMap<(AccountSequence, TxId), Flight>,
    /// How much of the window the backlog may have.
    room: Room,
    /// Whose turn it is to be signed.
    turns: Turns,
    /// The transaction that is with the node.
    broadcasting: Option<TxId>,
    blocked: Option<Blocked>,
    /// No account is read and nothing signed before this instant.
    not_before: Option<Instant>,
    account_tries: u32,
    sequence_misses: u32,
    sign_tries: u32,
}

impl Lane {
    pub(crate) fn new(options: &ChainOptions) -> Self {
        Self {
            id: options.lane.clone(),
            in_flight_max: options.in_flight_max.max(1),
            tx_lifetime_blocks: options.tx_lifetime_blocks.max(1),
            account: Account::Unknown { drain: false },
            queue: BTreeMap::new(),
            signing: None,
            window: BTreeMap::new(),
            room: Room::new(options.in_flight_max),
            turns: Turns::default(),
            broadcasting: None,
            blocked: None,
            not_before: None,
            account_tries: 0,
            sequence_misses: 0,
            sign_tries: 0,
        }
    }

    pub(crate) fn chain(&self) -> &ChainId {
        &self.id.chain
    }

    /// Takes back what an earlier process signed.
    pub(crate) fn restore(&mut self, record: OutboxRecord, job: Job) {
        self.window.insert((record.account_sequence, record.tx), Flight::restored(record, job));
    }

    /// Is the outlook so bad that no batch should be prepared for this lane?
    pub(crate) fn is_blocked(&self, now: Instant) -> bool {
        // Once the pause is over and nothing is queued, somebody must make a transaction to try it with.
        self.blocked.as_ref().is_some_and(|blocked| blocked.retry_at > now || !self.queue.is_empty())
    }

    /// Is nothing queued, being signed, or in flight?
    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.signing.is_none() && self.window.is_empty()
    }

    /// Is nothing with a driver, whose answer we would lose?
    pub(crate) fn is_quiet(&self) -> bool {
        self.signing.is_none() && self.broadcasting.is_none()
    }

    /// Transactions signed and not yet seen in a block.
    pub(crate) fn in_flight_count(&self) -> usize {
        self.window.len()
    }

    /// Is the lane paused?
    pub(crate) fn is_paused(&self) -> bool {
        self.blocked.is_some()
    }

    /// Is that job signed and in the window?
    pub(crate) fn is_in_flight(&self, job: JobId) -> bool {
        self.window.values().any(|flight| flight.job.id == job)
    }

    /// When something of this lane is due that no event brings.
    pub(crate) fn next_instant(&self) -> Option<Instant> {
        let broadcast = self.window.values().find_map(Flight::broadcast_at);
        let work = !self.queue.is_empty();
        let blocked = self.blocked.as_ref().map(|blocked| blocked.retry_at);
        let sign = if work { self.not_before } else { None };
        broadcast.into_iter().chain(sign).chain(blocked).min()
    }

    /// Has a job signed. `newest` is the newest block that is known of the chain.
    pub(crate) fn sign(&mut self, job: Job, tx: TxId, newest: BlockHeight, step: &mut Step) {
        let Account::Known { number, next } = self.account else { return self.enqueue(job) };
        let timeout_height = newest.forward(self.tx_lifetime_blocks);
        step.actions.push(Action::SignTx {
            tx,
            lane: self.id.clone(),
            account_number: number,
            account_sequence: next,
            messages: job.messages.clone(),
            timeout_height,
            out_of_gas_tries: job.gas_tries,
        });
        let signed_at = newest;
        self.signing = Some(Signing { tx, job, account_number: number, sequence: next, signed_at, timeout_height });
    }

    /// The transaction that is being signed, if it is this one.
    pub(crate) fn signing(&self, tx: TxId) -> Option<&Signing> {
        self.signing.as_ref().filter(|signing| signing.tx == tx)
    }

    /// Takes a signing out, if it is this one.
    fn take_signing(&mut self, tx: TxId) -> Option<Signing> {
        self.signing(tx)?;
        self.signing.take()
    }

    /// Puts a signed transaction into the window and its record into the step; gives the job back where the signature
    /// came too late to be used.
    pub(crate) fn signed(&mut self, tx: TxId, signed: Signed, purpose: Purpose, now: Instant, step: &mut Step) {
        let Some(signing) = self.take_signing(tx) else { return };
        self.sign_tries = 0;
        let Account::Known { number, next } = self.account else { return self.enqueue(signing.job) };
        if next != signing.sequence {
            // A block or a refusal moved the sequence meanwhile: these bytes were never handed out.
            return self.enqueue(signing.job);
        }
        let record = OutboxRecord {
            tx,
            lane: self.id.clone(),
            account_number: signing.account_number,
            account_sequence: signing.sequence,
            signed_at: signing.signed_at,
            timeout_height: signing.timeout_height,
            signature: signed.signature,
            gas_limit: signed.gas_limit,
            bytes: signed.bytes,
            purpose,
        };
        step.writes.push(Record::Outbox { tx: record.clone() });
        self.window.insert((signing.sequence, tx), Flight::fresh(record, signing.job, now));
        self.proceed_from(number, next.next());
    }

    /// Gives a job that is being signed back unsigned: it became moot.
    pub(crate) fn unsign(&mut self, tx: TxId) -> Option<Job> {
        self.take_signing(tx).map(|signing| signing.job)
    }

    /// No signature came: simulation refused it, or it can't be made.
    pub(crate) fn refused(&mut self, tx: TxId, refusal: Refusal, cx: &mut Context<'_>) -> Option<Ended> {
        let signing = self.take_signing(tx)?;
        self.react(signing.job, signing.sequence, refusal, cx)
    }

    /// What becomes of a job whose transaction is in no block and no mempool.
    fn react(
        &mut self,
        mut job: Job,
        sequence: AccountSequence,
        refusal: Refusal,
        cx: &mut Context<'_>,
    ) -> Option<Ended> {
        let reaction = reaction(&refusal);
        match reaction {
            Reaction::WrongSequence => self.resync(sequence, refusal.expected_sequence, cx),
            Reaction::MoreGas if job.gas_tries < GAS_TRIES_MAX => job.gas_tries += 1,
            Reaction::Block => self.block(refusal.log, cx.now, cx.backoff, cx.step),
            Reaction::Again => {
                self.not_before = Some(cx.backoff.after(cx.now, self.sign_tries));
                self.sign_tries = self.sign_tries.saturating_add(1);
            }
            Reaction::MoreGas | Reaction::Reject => return Some(Ended { job, how: How::Rejected(refusal) }),
            Reaction::Redundant => return Some(Ended { job, how: How::Redundant(refusal) }),
            Reaction::Replan => return Some(Ended { job, how: How::Stale(refusal) }),
        }
        self.enqueue(job);
        None
    }
}

/// What came out of a signature.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) bytes: std::sync::Arc<[u8]>,
    pub(crate) signature: Vec<u8>,
    pub(crate) gas_limit: u64,
}

/// What a lane needs to react.
pub(crate) struct Context<'a> {
    pub(crate) now: Instant,
    pub(crate) backoff: &'a mut Backoff,
    pub(crate) step: &'a mut Step,
}

/// A job's dependents, and theirs, in the order to be told.
pub(crate) fn cancel_dependents(lane: &mut Lane, of: JobId) -> Vec<Ended> {
    let mut cancelled = Vec::new();
    let mut parents = VecDeque::from([of]);
    while let Some(parent) = parents.pop_front() {
        for job in lane.take_dependents(parent) {
            parents.push_back(job.id);
            cancelled.push(Ended { job, how: How::Cancelled });
        }
    }
    cancelled
}

/// How many legs a job carries.
pub(crate) fn leg_count(work: &Work) -> usize {
    match work {
        Work::Packets { legs, .. } => legs.len(),
        Work::Update { .. } | Work::Request(_) => 0,
    }
}
