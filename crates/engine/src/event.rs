//! What happened: blocks that were read, and the results of our own actions. Past tense.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::event::ObservedBlock;
use types::{AccountSequence, BlockHeight, ChainId, Class, Refusal, Sequence, Timestamp};

use crate::{
    BatchId, ChannelKey, ChannelPath, FoundAcknowledgement, FoundPacket, LaneId, PathId, Prepared, Request, RequestId,
    TxId,
};

/// The newest block of a chain, as far as we know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Head {
    /// Its height.
    pub height: BlockHeight,
    /// Its header's time.
    pub time: Timestamp,
}

/// The answer of a node to a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// CheckTx accepted it, or the node has it already.
    Accepted,
    /// CheckTx refused it: it is in no mempool of that node.
    Refused(Refusal),
    /// No answer: it may or may not have arrived.
    Unknown,
}

/// What a chain's state says of one direction of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The channel end that packets are sent from.
    pub channel: ChannelKey,
    /// The source's height that `commitments` was read at.
    pub source_height: BlockHeight,
    /// The destination's height that the rest was read at.
    pub destination_height: BlockHeight,
    /// Packets whose commitment stands on the source.
    pub commitments: BTreeSet<Sequence>,
    /// Those of `commitments` that the destination says it has not received.
    pub unreceived: BTreeSet<Sequence>,
    /// Those of `commitments` whose acknowledgement stands on the destination.
    pub acknowledged: BTreeSet<Sequence>,
    /// Is the source's end closed?
    pub source_closed: bool,
    /// Is the destination's end closed?
    pub destination_closed: bool,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A chain has a new head.
    HeadObserved {
        /// The chain.
        chain: ChainId,
        /// Its head.
        head: Head,
    },
    /// A block was read whole. Any order; the engine keeps cursor and gaps.
    BlockObserved {
        /// The chain.
        chain: ChainId,
        /// The block.
        block: ObservedBlock,
    },
    /// Blocks that no endpoint keeps any more: what stood in them is found by a sweep.
    BlocksPruned {
        /// The chain.
        chain: ChainId,
        /// The first of them.
        from: BlockHeight,
        /// The last of them.
        to: BlockHeight,
    },
    /// `Action::Rescan` could not read the blocks now.
    RescanFailed {
        /// The chain.
        chain: ChainId,
        /// As asked.
        from: BlockHeight,
        /// As asked.
        to: BlockHeight,
    },
    /// `Action::Sweep` is done.
    Swept {
        /// What was read.
        sweep: Sweep,
    },
    /// `Action::Sweep` failed.
    SweepFailed {
        /// As asked.
        channel: ChannelKey,
    },
    /// `Action::PrepareBatch` is done.
    BatchPrepared {
        /// As asked.
        batch: BatchId,
        /// What was made.
        prepared: Prepared,
    },
    /// `Action::PrepareBatch` failed as a whole.
    BatchFailed {
        /// As asked.
        batch: BatchId,
        /// How to react.
        class: Class,
        /// What was found.
        reason: String,
    },
    /// Somebody beside the packet machine wants messages on a chain: a handshake, a transfer, a client update.
    RequestMade {
        /// What is wanted.
        request: Request,
    },
    /// `Action::ReadAccount` is done: the account in the committed state.
    AccountRead {
        /// As asked.
        lane: LaneId,
        /// The account's number.
        account_number: u64,
        /// The sequence of its next transaction.
        account_sequence: AccountSequence,
    },
    /// `Action::ReadAccount` failed.
    AccountFailed {
        /// As asked.
        lane: LaneId,
        /// How to react; terminal where the account does not exist.
        class: Class,
        /// What was found.
        reason: String,
    },
    /// `Action::SignTx` is done: simulated, within limits, signed.
    TxSigned {
        /// As asked.
        tx: TxId,
        /// `TxRaw`.
        bytes: Arc<[u8]>,
        /// The only signature in it.
        signature: Vec<u8>,
        /// `Fee.gas_limit`.
        gas_limit: u64,
    },
    /// `Action::SignTx` came to an end without a signature: simulation refused it, or it can't be made.
    TxRefused {
        /// As asked.
        tx: TxId,
        /// Why.
        refusal: Refusal,
    },
    /// `Action::Broadcast` is done.
    TxChecked {
        /// As asked.
        tx: TxId,
        /// The node's answer.
        checked: Checked,
    },
    /// Simulation showed these messages, counted from 0 with the updates, to do nothing any more (ibc-go's
    /// `ResponseResultType` `NOOP`): somebody else's are in a block or in the node's mempool. Nothing was signed.
    TxPartlyRedundant {
        /// As asked.
        tx: TxId,
        /// Which messages.
        messages: BTreeSet<usize>,
    },
    /// `Action::Recover` is done. What was found came as `PacketsFound` or `AcknowledgementsFound` before; what could not be
    /// searched now is told by neither, and asked for again by the next sweep.
    Recovered {
        /// As asked.
        channel: ChannelKey,
        /// Sends that stand nowhere that was searched.
        sends: BTreeSet<Sequence>,
        /// Acknowledgements that stand nowhere that was searched.
        acknowledgements: BTreeSet<Sequence>,
    },
    /// Sends were looked for and found; what was found together is relayed together.
    PacketsFound {
        /// The chain that sent them.
        chain: ChainId,
        /// Each with its block.
        packets: Vec<FoundPacket>,
    },
    /// Bytes of acknowledgements were looked for and found.
    AcknowledgementsFound {
        /// Each with its packet.
        acknowledgements: Vec<FoundAcknowledgement>,
    },
    /// A channel of a configured path has opened: it is relayed from now on.
    ChannelOpened {
        /// The path.
        path: PathId,
        /// The channel.
        channel: ChannelPath,
    },
    /// Somebody wants these channel ends' packets cleared now: they are swept, and what was set aside or searched for in
    /// vain is tried again.
    ClearRequested {
        /// Channel ends that packets are sent from.
        channels: Vec<ChannelKey>,
    },
    /// A chain that did not answer does again: nothing waits any longer because of its silence.
    ChainAnswered {
        /// The chain.
        chain: ChainId,
    },
    /// The caller of a request does not wait for it any more.
    RequestForgotten {
        /// Which.
        request: RequestId,
    },
    /// New work is refused from now on; what is in flight is brought to an end or recorded.
    StopRequested,
    /// `Step::wake_at` has come.
    Woken,
}
