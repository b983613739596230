//! Transcripts: events in, steps out, one claim each.

mod arbitrary;
mod claims;
mod clear;
mod closed;
mod delay;
mod evicted;
mod evicted_requests;
mod harness;
mod packets;
mod poison;
mod policy;
mod priority;
mod requests;
mod rivals;
mod transactions;
mod views;

use types::Sequence;

use super::Engine;
use crate::TxId;
use crate::submitter::Work;

impl Engine {
    /// The packets of the transaction that is being signed.
    pub(crate) fn signing_legs(&self, tx: TxId) -> Vec<Sequence> {
        let job = self.submitter.lanes.values().find_map(|lane| lane.signing(tx)).map(|signing| &signing.job.work);
        match job {
            Some(Work::Packets { legs, .. }) => legs.iter().map(|(at, _)| at.sequence).collect(),
            Some(Work::Update { .. } | Work::Request(_)) | None => Vec::new(),
        }
    }
}
