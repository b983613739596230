//! What a test looks for in a step.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of action")]

use crate::{Action, BatchId, Leg, Notice, PacketKey, Step, TxId};

/// The batch that a step has prepared.
pub(crate) fn prepared(step: &Step) -> Option<(BatchId, Vec<(PacketKey, Leg)>)> {
    step.actions.iter().find_map(|action| match action {
        Action::PrepareBatch { batch, legs, .. } => Some((*batch, legs.clone())),
        _ => None,
    })
}

/// The legs that a step has prepared.
pub(crate) fn legs(step: &Step) -> Vec<(u64, Leg)> {
    let legs = prepared(step).map(|(_, legs)| legs).unwrap_or_default();
    legs.into_iter().map(|(key, leg)| (key.sequence.0, leg)).collect()
}

/// The transaction that a step has signed: its number, account sequence, and messages.
pub(crate) fn signing(step: &Step) -> Option<(TxId, u64, Vec<String>)> {
    step.actions.iter().find_map(|action| match action {
        Action::SignTx { tx, account_sequence, messages, .. } => {
            Some((*tx, account_sequence.0, messages.iter().map(|message| message.type_url.clone()).collect()))
        }
        _ => None,
    })
}

/// The transaction that a step broadcasts.
pub(crate) fn broadcast(step: &Step) -> Option<TxId> {
    step.actions.iter().find_map(|action| match action {
        Action::Broadcast { tx, .. } => Some(*tx),
        _ => None,
    })
}

/// The notices of a step.
pub(crate) fn notices(step: &Step) -> Vec<&Notice> {
    let mut notices = Vec::new();
    for action in &step.actions {
        if let Action::Notify { notice } = action {
            notices.push(notice);
        }
    }
    notices
}

impl Step {
    /// A test does not look at this step.
    pub(crate) fn discard(self) {}
}
