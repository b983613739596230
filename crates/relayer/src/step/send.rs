//! What was prepared, signed through the driver and brought into blocks.

use engine::{Message, Outcome, PreparedLeg, RequestId};
use types::{BlockHeight, ChainId, Refusal};

use super::{StepError, Stepped};
use crate::chain::Chain;
use crate::control::Handle;

/// Signs through the driver, and waits for each transaction's end.
pub(super) struct Sender<'a> {
    pub(super) host: &'a Chain,
    pub(super) handle: &'a Handle,
    /// What its requests are named by; no two runs share it.
    pub(super) name: String,
}

impl Sender<'_> {
    /// The first transaction that stands in a block brings the updates.
    pub(super) async fn send(
        &self,
        mut updates: Vec<Message>,
        legs: Vec<PreparedLeg>,
    ) -> Result<Vec<Stepped>, StepError> {
        let mut done = Vec::new();
        if legs.is_empty() && !updates.is_empty() {
            // An update without legs begins a connection's delay.
            if let Err(reason) = self.submit("delay", updates).await? {
                tracing::warn!(chain = %self.host.id, reason, "the client could not be updated");
            }
            return Ok(done);
        }
        for (number, chunk) in self.chunks(legs).into_iter().enumerate() {
            let outcome = self.submit_legs(&number.to_string(), &mut updates, &chunk).await?;
            if outcome.is_ok() || chunk.len() == 1 {
                done.extend(chunk.iter().map(|leg| stepped(leg, outcome.clone())));
                continue;
            }
            // One of them spoils the others: each goes alone.
            for leg in chunk {
                let name = format!("{number}/{}", leg.packet.sequence);
                let outcome = self.submit_legs(&name, &mut updates, std::slice::from_ref(&leg)).await?;
                done.push(stepped(&leg, outcome));
            }
        }
        Ok(done)
    }

    /// Behind the updates, which are there afterwards only if they are wanted still.
    async fn submit_legs(
        &self,
        name: &str,
        updates: &mut Vec<Message>,
        legs: &[PreparedLeg],
    ) -> Result<Result<BlockHeight, String>, StepError> {
        let messages = updates.iter().chain(legs.iter().map(|leg| &leg.message)).cloned().collect();
        let outcome = self.submit(name, messages).await?;
        if outcome.is_ok() {
            updates.clear();
        }
        Ok(outcome)
    }

    /// By the chain's limits of a transaction.
    fn chunks(&self, legs: Vec<PreparedLeg>) -> Vec<Vec<PreparedLeg>> {
        let limits = self.host.config().limits;
        let mut chunks: Vec<Vec<PreparedLeg>> = Vec::new();
        let mut bytes = 0;
        for leg in legs {
            let size = leg.message.size();
            match chunks.last_mut() {
                Some(chunk) if chunk.len() < limits.batch_msgs_max && bytes + size <= limits.tx_bytes_max => {
                    bytes += size;
                    chunk.push(leg);
                }
                Some(_) | None => {
                    bytes = size;
                    chunks.push(vec![leg]);
                }
            }
        }
        chunks
    }

    async fn submit(&self, name: &str, messages: Vec<Message>) -> Result<Result<BlockHeight, String>, StepError> {
        let id = RequestId(format!("{}/{name}", self.name));
        let outcome = self.handle.submit(id.clone(), self.host.lane(), messages).await?;
        self.handle.forget(id).await?;
        Ok(match outcome {
            Outcome::Committed { height, .. } => Ok(height),
            Outcome::Failed { refusal } => Err(refused(&self.host.id, &refusal)),
            Outcome::Void => Err(format!("it never made it into a block of {}; run the command again", self.host.id)),
        })
    }
}

fn stepped(leg: &PreparedLeg, outcome: Result<BlockHeight, String>) -> Stepped {
    Stepped { sequence: leg.packet.sequence, leg: Some(leg.leg), outcome }
}

fn refused(chain: &ChainId, refusal: &Refusal) -> String {
    let Refusal { log, codespace, code, .. } = refusal;
    format!("{chain} refused it: {log} (codespace {codespace:?}, code {code})")
}
