//! Why a packet is where it is: what is known of it ([`Facts`], gathered from both chains and the relayer), and what
//! follows from that ([`judge`]). Facts are a node's word, and say whose; nothing here is proven, nothing is changed.

mod end;
mod gather;
mod judge;
mod life;
mod look;
mod place;
mod relayer;
mod report;
#[cfg(test)]
mod testing;

pub(crate) mod facts;

use engine::{Hopeless, Leg, PacketRecord, Refused};
use serde::{Deserialize, Serialize};

pub use gather::{ChainAccess, Question, gather};
pub use judge::{Verdict, judge, refusal, what};
pub use report::{
    AcknowledgementFacts, ChannelFacts, ClientFacts, EndFacts, EndpointFacts, Fact, Facts, Outcome, Place,
    RelayerFacts, TimeoutFacts, WalletFacts, utc,
};

/// What the relayer itself knows of a packet: the engine's view, as data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketFacts {
    /// Is the channel one of a configured path?
    pub is_configured: bool,
    /// Its record; none if the relayer knows of no such packet.
    pub record: Option<PacketRecord>,
    /// The leg that is waited for, proven or submitted.
    pub leg: Option<Leg>,
    /// How often that failed.
    pub tries: u32,
    /// Is it quarantined?
    pub is_quarantined: bool,
    /// What was said when the leg failed alone, the last time.
    pub failure: Option<String>,
    /// Why the chain will never take its next leg.
    pub hopeless: Option<Hopeless>,
    /// Why the path's policy refuses it.
    pub refused: Option<Refused>,
    /// Were its bytes, or its acknowledgement's, searched for in vain?
    pub is_unfound: bool,
    /// Is the wallet that would pay for the leg paused?
    pub is_wallet_blocked: bool,
}
