//! What a person should know.

use core::time::Duration;

use types::{BlockHeight, ChainId, ClientId, Refusal};

use crate::{ChannelKey, Hopeless, LaneId, Leg, PacketKey, Progress, Purpose, Refused, TxId};

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A leg failed alone too often; it is tried again at growing distances.
    Quarantined {
        /// The packet.
        packet: PacketKey,
        /// The leg that fails.
        leg: Leg,
        /// What the chain wrote.
        reason: String,
    },
    /// The wallet can't pay, or the chain refuses us for another lasting reason.
    LaneBlocked {
        /// The wallet.
        lane: LaneId,
        /// What the chain wrote.
        reason: String,
    },
    /// The lane works again.
    LaneUnblocked {
        /// The wallet.
        lane: LaneId,
    },
    /// A transaction of ours stands in a block and succeeded.
    TxCommitted {
        /// The transaction.
        tx: TxId,
        /// The wallet.
        lane: LaneId,
        /// The block.
        height: BlockHeight,
        /// What it did.
        purpose: Purpose,
        /// What it used.
        gas_used: u64,
    },
    /// A transaction of ours failed in delivery.
    TxFailed {
        /// The transaction.
        tx: TxId,
        /// The wallet.
        lane: LaneId,
        /// Why.
        refusal: Refusal,
    },
    /// A transaction of ours can't be in any block any more, or nodes have thrown it out: its work is planned again.
    TxVoid {
        /// The transaction.
        tx: TxId,
        /// The wallet.
        lane: LaneId,
    },
    /// An event's claim was refuted, by a proof or by the state that a sweep read.
    ClaimRefuted {
        /// The packet that the claim was about.
        packet: PacketKey,
    },
    /// A client is frozen, expired or unknown.
    ClientUnusable {
        /// The chain that hosts it.
        chain: ChainId,
        /// The client.
        client: ClientId,
        /// What was found.
        reason: String,
    },
    /// A packet came to its end.
    PacketEnded {
        /// The packet.
        packet: PacketKey,
        /// How it ended; the last that was seen of it, if its end was not seen.
        progress: Progress,
        /// From the source's block that sent it to the one that ended it; none if either was not seen.
        blocks: Option<u64>,
        /// How long this process has known of it; none if it was sent before.
        lasted: Option<Duration>,
    },
    /// The path's policy refuses a packet.
    PacketRefused {
        /// The packet.
        packet: PacketKey,
        /// Why.
        refused: Refused,
    },
    /// A packet's next leg will never be taken; it is not tried again.
    PacketHopeless {
        /// The packet.
        packet: PacketKey,
        /// Why.
        hopeless: Hopeless,
    },
    /// Messages of ours that somebody else's made useless.
    Redundant {
        /// The wallet.
        lane: LaneId,
        /// How many.
        messages: usize,
        /// Do they stand in a block, so that they were paid for?
        is_paid: bool,
    },
    /// A channel's end on the packets' source was seen closed.
    SourceClosed {
        /// The channel end.
        channel: ChannelKey,
    },
    /// Blocks that nobody keeps any more were closed by a sweep.
    BlocksPruned {
        /// The chain.
        chain: ChainId,
        /// The first of them.
        from: BlockHeight,
        /// The last of them.
        to: BlockHeight,
    },
}
