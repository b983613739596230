//! What a chain makes of a message for an ICS-07 client that it holds: refused, taken, or the client's end.
//!
//! These are ibc-go's rules (v7 to v11, read in v10.7: `02-client/keeper/client.go` `UpdateClient`,
//! `07-tendermint/update.go`, `misbehaviour.go`, `misbehaviour_handle.go`), so that what a message will do is known
//! before it is sent. The time of a check, `now`, is that of the chain's block, not a clock's.
//!
//! The specification of ICS-07 differs from ibc-go about misbehaviour: it compares app hashes instead of block ids, and
//! asks of both headers what it asks of an update. What runs decides here.

mod header;
mod misbehaviour;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use types::{ClientState, ConsensusState, Height, Timestamp, client::Status};

use crate::{Invalid, Tally};

pub(crate) use self::misbehaviour::verify_one;

pub use self::{
    header::{StateField, header_conflict, judge_header, state_differences, verify_header},
    misbehaviour::{MisbehaviourRefused, Place, judge_misbehaviour, misbehaviour_conflict, verify_misbehaviour},
};

/// The consensus states that a client holds, by their heights.
pub type ConsensusStates = BTreeMap<Height, ConsensusState>;

/// What a message does to the client, once it is executed. A transaction that ends well proves none of them.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The client gains a consensus state at this height.
    Updates(Height),
    /// The client is frozen for ever, unless governance recovers it.
    Freezes(Conflict),
    /// The message is valid, and changes nothing: a header that is known already, or two headers that can both be true.
    Nothing,
}

/// Two things that can't both be true of one chain. This is all that a client wants to know of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Conflict {
    /// Two blocks of one height.
    Fork,
    /// A block that is not later than a lower one (the BFT time of CometBFT increases with the height).
    Time,
}

/// Why a client refuses a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// 02-client: only an active client takes messages.
    #[error("client is {0}")]
    NotActive(Status),
    /// The client has no consensus state at the height that the header names as trusted.
    #[error("client has no consensus state at {0}")]
    NoConsensusState(Height),
    /// ibc-go `Header.ValidateBasic`: the trusted height is below the header's, whatever their revisions.
    #[error("header is at {header}, not above its trusted height {trusted}")]
    NotAboveTrusted {
        /// The height that the header names as trusted.
        trusted: Height,
        /// The height of the header.
        header: Height,
    },
    /// Too few of the trusted validators signed it; an update to a height in between may bridge the gap.
    #[error("too few of the trusted validators signed: {0}")]
    NotEnoughTrust(Tally),
    /// A rule about the header or its commit is broken.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

/// ibc-go `ClientState.status`: frozen comes before expired, and a client without its newest consensus state is expired.
pub fn client_status(client: &ClientState, states: &ConsensusStates, now: Timestamp) -> Status {
    if client.is_frozen() {
        return Status::Frozen;
    }
    match states.get(&client.latest_height) {
        Some(latest) if is_trusted(client, latest, now) => Status::Active,
        Some(_) | None => Status::Expired,
    }
}

/// ibc-go `ClientState.IsExpired`, the other way round: at the very moment that the trusting period ends, it has ended.
pub(crate) fn is_trusted(client: &ClientState, state: &ConsensusState, now: Timestamp) -> bool {
    u128::from(state.timestamp.0) + client.trusting_period.as_nanos() > u128::from(now.0)
}

fn is_active(client: &ClientState, states: &ConsensusStates, now: Timestamp) -> Result<(), Refused> {
    match client_status(client, states, now) {
        Status::Active => Ok(()),
        other @ (Status::Frozen | Status::Expired | Status::Unauthorized | Status::Unknown) => {
            Err(Refused::NotActive(other))
        }
    }
}

/// The height of a header, with the revision that its chain id names.
pub(crate) fn height_of(header: &tendermint::block::Header) -> Result<Height, Invalid> {
    let chain_id = crate::rules::chain_id(header)?;
    Ok(Height { revision_number: chain_id.revision_number(), revision_height: header.height.value() })
}
