//! Misbehaviour: two headers that a client would have believed, and that can't both be true
//! (ibc-go `misbehaviour.go`, `misbehaviour_handle.go`).
//!
//! The rules are looser than those of an update: no clock drift, no order of times or heights against the trusted
//! state, no announced validators. So headers above the chain's head count too.

use core::fmt;

use tendermint::chain;
use types::{ChainId, ClientState, Height, Timestamp};

use super::{Conflict, ConsensusStates, Effect, Refused, header::validate_basic, height_of, is_active, is_trusted};
use crate::{Header, Invalid, Misbehaviour, Verdict, rules, verify_commit, verify_commit_trusting};

/// Why a client refuses a misbehaviour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MisbehaviourRefused {
    /// 02-client: only an active client takes messages.
    #[error("client is {0}")]
    NotActive(types::client::Status),
    /// ibc-go `Misbehaviour.ValidateBasic`: a trusted height has a block height.
    #[error("header {0} of the misbehaviour has the trusted height 0")]
    TrustedHeightZero(Place),
    /// ibc-go `Misbehaviour.ValidateBasic`: both headers are of one chain, and of one revision.
    #[error("headers of the misbehaviour are of {0} and {1}")]
    ChainIds(String, String),
    /// ibc-go `Misbehaviour.ValidateBasic`: the higher header comes first.
    #[error("header 1 of the misbehaviour is at {0}, below header 2 at {1}")]
    Order(Height, Height),
    /// One of the headers is refused.
    #[error("header {0} of the misbehaviour: {1}")]
    Header(Place, #[source] Refused),
}

/// Which of the two headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `header_1`, the higher one, if they differ in height.
    First,
    /// `header_2`.
    Second,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "1",
            Self::Second => "2",
        })
    }
}

/// What a misbehaviour will do to a client: ibc-go `UpdateClient`. One that proves no conflict is taken, and does
/// nothing.
///
/// # Errors
/// When the client is not active, or refuses one of the headers.
pub fn judge_misbehaviour(
    client: &ClientState,
    states: &ConsensusStates,
    misbehaviour: &Misbehaviour,
    now: Timestamp,
) -> Result<Effect, MisbehaviourRefused> {
    if let Err(Refused::NotActive(status)) = is_active(client, states, now) {
        return Err(MisbehaviourRefused::NotActive(status));
    }
    verify_misbehaviour(client, misbehaviour, states, now)?;
    Ok(misbehaviour_conflict(misbehaviour).map_or(Effect::Nothing, Effect::Freezes))
}

/// Would the client have believed both headers? ibc-go `Misbehaviour.ValidateBasic` and `verifyMisbehaviour`. Whether
/// they contradict each other is another question: see [`misbehaviour_conflict`].
///
/// # Errors
/// The rule that is broken, in ibc-go's order.
pub fn verify_misbehaviour(
    client: &ClientState,
    misbehaviour: &Misbehaviour,
    states: &ConsensusStates,
    now: Timestamp,
) -> Result<(), MisbehaviourRefused> {
    check_basic(misbehaviour)?;
    for (place, header) in both(misbehaviour) {
        let height = header.trusted_height;
        if !states.contains_key(&height) {
            return Err(MisbehaviourRefused::Header(place, Refused::NoConsensusState(height)));
        }
    }
    for (place, header) in both(misbehaviour) {
        verify_one(client, states, header, now).map_err(|refused| MisbehaviourRefused::Header(place, refused))?;
    }
    Ok(())
}

/// ibc-go `CheckForMisbehaviour` of a misbehaviour that was verified: do the two headers contradict each other? Blocks
/// are told apart by the hash that their commit is for. Nothing where a chain id is malformed.
pub fn misbehaviour_conflict(misbehaviour: &Misbehaviour) -> Option<Conflict> {
    let (one, other) = (&misbehaviour.header_1.signed_header, &misbehaviour.header_2.signed_header);
    let (Ok(height_1), Ok(height_2)) = (height_of(&one.header), height_of(&other.header)) else { return None };
    if height_1 == height_2 {
        (one.commit.block_id.hash != other.commit.block_id.hash).then_some(Conflict::Fork)
    } else {
        (one.header.time <= other.header.time).then_some(Conflict::Time)
    }
}

fn both(misbehaviour: &Misbehaviour) -> [(Place, &Header); 2] {
    [(Place::First, &misbehaviour.header_1), (Place::Second, &misbehaviour.header_2)]
}

/// ibc-go `Misbehaviour.ValidateBasic`, as far as decoding has not done it.
fn check_basic(misbehaviour: &Misbehaviour) -> Result<(), MisbehaviourRefused> {
    let headers = both(misbehaviour);
    for (place, header) in headers {
        if header.trusted_height.revision_height == 0 {
            return Err(MisbehaviourRefused::TrustedHeightZero(place));
        }
    }
    let [one, other] = headers.map(|(_, header)| &header.signed_header.header);
    if one.chain_id != other.chain_id {
        return Err(MisbehaviourRefused::ChainIds(one.chain_id.to_string(), other.chain_id.to_string()));
    }
    let validate =
        |(place, header)| validate_basic(header).map_err(|refused| MisbehaviourRefused::Header(place, refused));
    let (height_1, height_2) = (validate(headers[0])?, validate(headers[1])?);
    if height_1 < height_2 {
        return Err(MisbehaviourRefused::Order(height_1, height_2));
    }
    for (place, header) in headers {
        let signed = &header.signed_header;
        verify_commit(&signed.header.chain_id, &signed.commit, &header.validators)
            .map_err(|invalid| MisbehaviourRefused::Header(place, invalid.into()))?;
    }
    Ok(())
}

/// ibc-go `checkMisbehaviourHeader`.
pub(crate) fn verify_one(
    client: &ClientState,
    states: &ConsensusStates,
    header: &Header,
    now: Timestamp,
) -> Result<(), Refused> {
    let height = header.trusted_height;
    let trusted = states.get(&height).ok_or(Refused::NoConsensusState(height))?;
    let (expected, got) = (rules::sha256(&trusted.next_validators_hash)?, header.trusted_validators.hash());
    if expected != got {
        return Err(Invalid::TrustedValidators { expected, got }.into());
    }
    if !is_trusted(client, trusted, now) {
        let time = rules::time(trusted.timestamp)?;
        let overflow = || Invalid::TimeOutOfRange(format!("{time} and {:?}", client.trusting_period));
        let expires_at = time.checked_add(client.trusting_period).ok_or_else(overflow)?;
        return Err(Invalid::TrustExpired { expires_at, now: rules::time(now)? }.into());
    }
    let revision = height_of(&header.signed_header.header)?.revision_number;
    let chain_id = with_revision(&client.chain_id, revision)?;
    let commit = &header.signed_header.commit;
    match verify_commit_trusting(&chain_id, commit, &header.trusted_validators, client.trust_level) {
        Verdict::Success => Ok(()),
        Verdict::NotEnoughTrust(tally) => Err(Refused::NotEnoughTrust(tally)),
        Verdict::Invalid(invalid) => Err(invalid.into()),
    }
}

/// ibc-go `SetRevisionNumber`, for a chain whose id has one: it may have misbehaved in another revision than the
/// client's.
fn with_revision(chain_id: &ChainId, revision: u64) -> Result<chain::Id, Invalid> {
    let text = match chain_id.as_str().rsplit_once('-') {
        Some((name, _)) if chain_id.revision_number() != 0 => format!("{name}-{revision}"),
        Some(_) | None => chain_id.as_str().to_owned(),
    };
    text.parse().map_err(|error| Invalid::ChainIdMalformed(format!("{error}")))
}
