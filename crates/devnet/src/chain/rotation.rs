//! Which validators there are, and who proposes when (CometBFT `types/validator_set.go`).
//!
//! Each block a validator's priority grows by its power; the highest proposes, and pays with the power of all.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use light_client::{ValidatorSet, ValidatorSetError};
use tendermint::validator::{Info, ProposerPriority};
use tendermint::{PublicKey, account, vote::Power};

/// Priorities lie no further apart than so many times the power of all (`PriorityWindowSizeFactor`).
const PRIORITY_WINDOW: i128 = 2;

/// Why validators can't be changed so, or be started with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorsError {
    /// Nobody would be left.
    #[error("applying the validator changes would result in empty set")]
    Empty,
    /// One alone has more power than all may have.
    #[error("to prevent clipping/overflow, voting power can't be higher than {max}, got {0}", max = ValidatorSet::TOTAL_POWER_MAX)]
    Power(u64),
    /// All together would have more power than they may have.
    #[error("total voting power of resulting valset exceeds max {max}", max = ValidatorSet::TOTAL_POWER_MAX)]
    TotalPower,
    /// One that is to be removed is not there.
    #[error("failed to find validator {0} to remove")]
    NotThere(account::Id),
    /// One has no power at the start.
    #[error("validator {0} starts without power")]
    WithoutPower(usize),
    /// There would be too many.
    #[error(transparent)]
    Set(#[from] ValidatorSetError),
}

/// The validators of the first block (`NewValidatorSet`).
pub(super) fn genesis(members: &[(PublicKey, u64)]) -> Result<ValidatorSet, ValidatorsError> {
    if let Some(index) = members.iter().position(|(_, power)| *power == 0) {
        return Err(ValidatorsError::WithoutPower(index));
    }
    let infos = change(Vec::new(), members)?;
    rotated(infos).map_err(Into::into)
}

/// The same validators a block, or a round, later (`IncrementProposerPriority(1)`).
pub(super) fn next(set: &ValidatorSet) -> ValidatorSet {
    rotated(set.validators().to_vec()).expect("validators whose priorities move stay a set")
}

/// The validators a block later, once these have got other powers; power 0 removes one (`updateState`).
pub(super) fn next_with(set: &ValidatorSet, changes: &[(PublicKey, u64)]) -> Result<ValidatorSet, ValidatorsError> {
    if changes.is_empty() {
        return Ok(next(set));
    }
    rotated(change(set.validators().to_vec(), changes)?).map_err(Into::into)
}

/// `IncrementProposerPriority(1)`.
fn rotated(mut infos: Vec<Info>) -> Result<ValidatorSet, ValidatorSetError> {
    let total = total_power(&infos);
    rescale(&mut infos, total);
    center(&mut infos);
    for info in &mut infos {
        shift(info, i128::from(info.power()));
    }
    let first = infos.iter_mut().min_by_key(|info| (Reverse(info.proposer_priority), info.address));
    let proposer = first.map(|info| {
        shift(info, -total);
        info.address
    });
    ValidatorSet::new(infos, proposer)
}

/// `updateWithChangeSet`.
fn change(infos: Vec<Info>, changes: &[(PublicKey, u64)]) -> Result<Vec<Info>, ValidatorsError> {
    let mut members: BTreeMap<account::Id, Info> = infos.into_iter().map(|info| (info.address, info)).collect();
    let (removals, updates): (Vec<_>, Vec<_>) = changes.iter().partition(|(_, power)| *power == 0);
    let before_removals = check_change(&members, &removals, &updates)?;
    for (key, power) in updates {
        let power = Power::try_from(power).map_err(|_| ValidatorsError::Power(power))?;
        let newcomer = || Info { proposer_priority: newcomer_priority(before_removals), ..Info::new(key, power) };
        members.entry(account::Id::from(key)).or_insert_with(newcomer).power = power;
    }
    for (key, _) in removals {
        members.remove(&account::Id::from(key));
    }
    let mut infos: Vec<Info> = members.into_values().collect();
    let total = total_power(&infos);
    rescale(&mut infos, total);
    center(&mut infos);
    infos.sort_by_key(|info| (Reverse(info.power), info.address));
    Ok(infos)
}

/// `processChanges`, `verifyRemovals`, `verifyUpdates`. Gives the power of all before the removals.
fn check_change(
    members: &BTreeMap<account::Id, Info>,
    removals: &[(PublicKey, u64)],
    updates: &[(PublicKey, u64)],
) -> Result<i128, ValidatorsError> {
    if let Some((_, power)) = updates.iter().find(|(_, power)| *power > ValidatorSet::TOTAL_POWER_MAX) {
        return Err(ValidatorsError::Power(*power));
    }
    let power_of = |key: &PublicKey| members.get(&account::Id::from(*key)).map(|info| i128::from(info.power()));
    let newcomers = updates.iter().filter(|(key, _)| power_of(key).is_none()).count();
    if newcomers == 0 && members.len() == removals.len() {
        return Err(ValidatorsError::Empty);
    }
    let mut removed = 0;
    for (key, _) in removals {
        removed += power_of(key).ok_or_else(|| ValidatorsError::NotThere(account::Id::from(*key)))?;
    }
    let mut total: i128 = members.values().map(|info| i128::from(info.power())).sum();
    for (key, power) in updates {
        total += i128::from(*power) - power_of(key).unwrap_or(0);
    }
    if total - removed > i128::from(ValidatorSet::TOTAL_POWER_MAX) {
        return Err(ValidatorsError::TotalPower);
    }
    Ok(total)
}

/// Who comes new, or again, waits longer than anybody else (`computeNewPriorities`).
fn newcomer_priority(total: i128) -> ProposerPriority {
    clip(-(total + (total >> 3)))
}

/// `RescalePriorities`.
fn rescale(infos: &mut [Info], total: i128) {
    let window = PRIORITY_WINDOW * total;
    let priorities = || infos.iter().map(|info| i128::from(info.proposer_priority.value()));
    let (Some(highest), Some(lowest)) = (priorities().max(), priorities().min()) else { return };
    let distance = highest - lowest;
    if distance <= window {
        return;
    }
    let ratio = (distance + window - 1) / window;
    for info in infos {
        info.proposer_priority = clip(i128::from(info.proposer_priority.value()) / ratio);
    }
}

/// `shiftByAvgProposerPriority`; the average is rounded down.
fn center(infos: &mut [Info]) {
    let Ok(count @ 1..) = i128::try_from(infos.len()) else { return };
    let sum: i128 = infos.iter().map(|info| i128::from(info.proposer_priority.value())).sum();
    let average = sum.div_euclid(count);
    for info in infos {
        shift(info, -average);
    }
}

fn shift(info: &mut Info, by: i128) {
    info.proposer_priority = clip(i128::from(info.proposer_priority.value()) + by);
}

/// `safeAddClip`, `safeSubClip`.
fn clip(priority: i128) -> ProposerPriority {
    let clipped = priority.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    ProposerPriority::from(i64::try_from(clipped).unwrap_or_default())
}

fn total_power(infos: &[Info]) -> i128 {
    infos.iter().map(|info| i128::from(info.power())).sum()
}

#[cfg(test)]
mod tests;
