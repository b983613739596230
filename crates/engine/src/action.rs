//! What is to be done. Imperative. An action leaves only after its own and all earlier writes are durable.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::{AccountSequence, BlockHeight, ChainId, ClientId, Sequence};

use crate::{ChannelKey, Instant, LaneId, Leg, Message, Notice, Outcome, PacketKey, PathId, Record, RequestId};

/// Numbers a batch in preparation; not durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u64);

/// Numbers a transaction; durable, never used twice by one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TxId(pub u64);

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Prove these legs and build their messages for `chain` (where they are submitted), whose `client` tracks the
    /// chain that proves them. Answer: `BatchPrepared` or `BatchFailed`.
    PrepareBatch {
        /// Names the answer.
        batch: BatchId,
        /// The first configured path of this pair of clients.
        path: PathId,
        /// Where the legs are submitted.
        chain: ChainId,
        /// The client there.
        client: ClientId,
        /// Proofs must be of a state that includes this block of the proving chain.
        fact_height: BlockHeight,
        /// The legs, in the order to be submitted.
        legs: Vec<(PacketKey, Leg)>,
    },
    /// Simulate, choose gas and fee within limits, sign. Answer: `TxSigned` or `TxRefused`.
    SignTx {
        /// Names the answer.
        tx: TxId,
        /// The wallet.
        lane: LaneId,
        /// The account's number.
        account_number: u64,
        /// The sequence to sign with.
        account_sequence: AccountSequence,
        /// The messages, in this order.
        messages: Vec<Message>,
        /// `TxBody.timeout_height`.
        timeout_height: BlockHeight,
        /// How often this request ran out of gas so far: the estimate grows with it.
        out_of_gas_tries: u32,
    },
    /// Hand a signed transaction to the node. Answer: `TxChecked`.
    Broadcast {
        /// Names the answer.
        tx: TxId,
        /// The wallet, which is pinned to one node.
        lane: LaneId,
        /// `TxRaw`.
        bytes: Arc<[u8]>,
    },
    /// Read the account in the committed state. Answer: `AccountRead` or `AccountFailed`.
    ReadAccount {
        /// The wallet.
        lane: LaneId,
    },
    /// Read these blocks. Answer: a `BlockObserved` each, `BlocksPruned`, or `RescanFailed`.
    Rescan {
        /// The chain.
        chain: ChainId,
        /// The first block.
        from: BlockHeight,
        /// The last block.
        to: BlockHeight,
    },
    /// Read what the chains hold of one direction of a channel. Answer: `Swept` or `SweepFailed`.
    Sweep {
        /// The end that packets are sent from.
        channel: ChannelKey,
    },
    /// Find these packets' bytes, which stand in events: `SendPacket` on the source, `WriteAcknowledgement` on the
    /// destination. Answer: any number of `PacketsFound` and `AcknowledgementsFound`, then one `Recovered`.
    Recover {
        /// The end that packets are sent from.
        channel: ChannelKey,
        /// Whose `SendPacket` is missing.
        sends: Vec<Sequence>,
        /// Whose `WriteAcknowledgement` is missing.
        acknowledgements: Vec<Sequence>,
    },
    /// Tell the request's caller how it ended.
    Conclude {
        /// The request.
        request: RequestId,
        /// How it ended.
        outcome: Outcome,
    },
    /// Tell a person.
    Notify {
        /// What.
        notice: Notice,
    },
}

/// What follows from an event.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// To be made durable, in this order, before any of `actions` leaves.
    pub writes: Vec<Record>,
    /// To be performed.
    pub actions: Vec<Action>,
    /// When to bring `Event::Woken` at the latest.
    pub wake_at: Option<Instant>,
}
