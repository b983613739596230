//! One header against a trusted one: the order of the rules (ibc-go `verifyHeader`, CometBFT `light.Verify`).

use types::{Height, Timestamp};

use crate::{
    Invalid, LightBlock, Options, Tally, TrustedState, ValidatorSet, Verdict, rules,
    voting_power::{self, Checked, Count, Votes},
};

/// Is `untrusted` a later block of the chain whose state is `trusted`, told by its next validators, at the time `now`?
///
/// `now` is the time of the chain that holds the client where the answer shall predict what that chain says.
/// The check of the block's own validators comes last, because that set may have been made large on purpose.
pub fn verify(
    untrusted: &LightBlock,
    trusted: &TrustedState,
    trusted_next_validators: &ValidatorSet,
    options: &Options,
    now: Timestamp,
) -> Verdict {
    verify_from(untrusted, trusted, Some(trusted_next_validators), options, now)
}

/// The same where the next validators may be unknown: an adjacent block is told by their hash alone.
pub(crate) fn verify_from(
    untrusted: &LightBlock,
    trusted: &TrustedState,
    trusted_next_validators: Option<&ValidatorSet>,
    options: &Options,
    now: Timestamp,
) -> Verdict {
    match check(untrusted, trusted, trusted_next_validators, options, now) {
        Ok(None) => Verdict::Success,
        Ok(Some(tally)) => Verdict::NotEnoughTrust(tally),
        Err(invalid) => Verdict::Invalid(invalid),
    }
}

fn check(
    untrusted: &LightBlock,
    trusted: &TrustedState,
    trusted_next_validators: Option<&ValidatorSet>,
    options: &Options,
    now: Timestamp,
) -> Result<Option<Tally>, Invalid> {
    let header = &untrusted.signed_header.header;
    let commit = &untrusted.signed_header.commit;
    let chain = chain_of(trusted)?;
    let trusted_time = rules::time(trusted.time)?;
    let trusted_height = block_height(trusted.height)?;
    let now = rules::time(now)?;

    if let Some(validators) = trusted_next_validators {
        rules::trusted_validators_are_of_state(trusted, validators)?;
    }
    rules::is_of_revision(header, trusted.height)?;
    rules::is_within_trusting_period(trusted_time, options, now)?;
    rules::signed_header_is_valid(&untrusted.signed_header)?;
    rules::is_of_chain(header, &chain)?;
    rules::height_is_above(header, trusted_height)?;
    rules::time_is_after(header, trusted_time)?;
    rules::is_not_from_the_future(header, options, now)?;
    rules::validators_are_of_header(header, &untrusted.validators)?;
    if let Some(next_validators) = &untrusted.next_validators {
        rules::next_validators_are_of_header(header, next_validators)?;
    }

    let is_adjacent = trusted.height.revision_height.checked_add(1) == Some(header.height.value());
    let mut checked = Checked::default();
    if is_adjacent {
        rules::adjacent_validators_were_announced(header, trusted.next_validators_hash)?;
    } else {
        let validators = trusted_next_validators.ok_or(Invalid::NoTrustedValidators)?;
        match voting_power::count_trusted(
            &chain,
            commit,
            validators,
            options.trust_threshold,
            Votes::Enough,
            &mut checked,
        )? {
            Count::Enough => {}
            Count::NotEnough(tally) => return Ok(Some(tally)),
        }
    }
    voting_power::check_two_thirds(&chain, commit, &untrusted.validators, Votes::Enough, &mut checked)?;
    Ok(None)
}

fn chain_of(trusted: &TrustedState) -> Result<tendermint::chain::Id, Invalid> {
    trusted.chain_id.as_str().parse().map_err(|error| Invalid::ChainIdMalformed(format!("{error}")))
}

fn block_height(height: Height) -> Result<tendermint::block::Height, Invalid> {
    let out_of_range = |_| Invalid::HeightOutOfRange(height.revision_height);
    tendermint::block::Height::try_from(height.revision_height).map_err(out_of_range)
}

#[cfg(test)]
mod tests;
