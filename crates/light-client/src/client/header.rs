//! A header that shall update a client (ibc-go `verifyHeader` and `CheckForMisbehaviour`).

use tendermint::block::Header as Block;
use types::{ClientState, ConsensusState, Height, Timestamp};

use super::{Conflict, ConsensusStates, Effect, Refused, height_of, is_active};
use crate::{Header, Invalid, Options, Root, TrustedState, Verdict, rules, verify};

/// What a header will do to a client: ibc-go `UpdateClient`. A true header freezes a client that believes another one.
///
/// # Errors
/// When the client is not active, or refuses the header.
pub fn judge_header(
    client: &ClientState,
    states: &ConsensusStates,
    header: &Header,
    now: Timestamp,
) -> Result<Effect, Refused> {
    is_active(client, states, now)?;
    verify_header(client, states, header, now)?;
    if let Some(conflict) = header_conflict(states, header)? {
        return Ok(Effect::Freezes(conflict));
    }
    let height = height_of(&header.signed_header.header)?;
    Ok(if states.contains_key(&height) { Effect::Nothing } else { Effect::Updates(height) })
}

/// Would the client believe this header? ibc-go `Header.ValidateBasic` and `verifyHeader`.
///
/// # Errors
/// The rule that is broken, in ibc-go's order as far as it can be told.
pub fn verify_header(
    client: &ClientState,
    states: &ConsensusStates,
    header: &Header,
    now: Timestamp,
) -> Result<(), Refused> {
    validate_basic(header)?;
    let height = header.trusted_height;
    let trusted = states.get(&height).ok_or(Refused::NoConsensusState(height))?;
    let root = Root(trusted.root.clone());
    let chain_id = client.chain_id.clone();
    let trusted =
        TrustedState::from_consensus_state(chain_id, height, trusted.timestamp, root, &trusted.next_validators_hash)?;
    let options = Options {
        trust_threshold: client.trust_level,
        trusting_period: client.trusting_period,
        clock_drift: client.max_clock_drift,
    };
    match verify(&header.light_block(), &trusted, &header.trusted_validators, &options, now) {
        Verdict::Success => Ok(()),
        Verdict::NotEnoughTrust(tally) => Err(Refused::NotEnoughTrust(tally)),
        Verdict::Invalid(invalid) => Err(invalid.into()),
    }
}

/// ibc-go `CheckForMisbehaviour` of a header that the client would believe: does it contradict what the client holds?
///
/// # Errors
/// When the header's chain id or time is none that a client could hold.
pub fn header_conflict(states: &ConsensusStates, header: &Header) -> Result<Option<Conflict>, Invalid> {
    let header = &header.signed_header.header;
    let (height, time) = (height_of(header)?, rules::timestamp(header.time)?);
    if let Some(held) = states.get(&height) {
        return Ok((!state_differences(held, header)?.is_empty()).then_some(Conflict::Fork));
    }
    let before = states.range(..height).next_back().is_some_and(|(_, below)| below.timestamp >= time);
    let after = states.range(height..).next().is_some_and(|(_, above)| above.timestamp <= time);
    Ok((before || after).then_some(Conflict::Time))
}

/// What a consensus state says of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateField {
    /// Its time.
    Timestamp,
    /// Its app hash, by which everything is proven.
    Root,
    /// The hash of the validators of the next height.
    NextValidatorsHash,
}

/// In what a consensus state differs from the header of its height, which was verified: in nothing, unless the client
/// was deceived. Whoever put it there, and however, it is told by this.
///
/// # Errors
/// When the header's time is none that a client could hold.
pub fn state_differences(held: &ConsensusState, header: &Block) -> Result<Vec<StateField>, Invalid> {
    let differs = [
        (held.timestamp != rules::timestamp(header.time)?, StateField::Timestamp),
        (held.root != header.app_hash.as_bytes(), StateField::Root),
        (held.next_validators_hash != header.next_validators_hash.as_bytes(), StateField::NextValidatorsHash),
    ];
    Ok(differs.into_iter().filter_map(|(differs, field)| differs.then_some(field)).collect())
}

/// ibc-go `Header.ValidateBasic`; gives the header's height.
pub(super) fn validate_basic(header: &Header) -> Result<Height, Refused> {
    rules::signed_header_is_valid(&header.signed_header)?;
    let block = &header.signed_header.header;
    let height = height_of(block)?;
    if header.trusted_height >= height {
        return Err(Refused::NotAboveTrusted { trusted: header.trusted_height, header: height });
    }
    rules::validators_are_of_header(block, &header.validators)?;
    Ok(height)
}
