//! A single look at one client, for `monitor --once`.

use super::{ClientWatch, RETRY_MIN, is_ahead, is_left};
use crate::monitor::{Coverage, Outcome, Unchecked};

/// How often a single look is made again, a block's time apart, where something can't be compared.
const ROUNDS_MAX: u32 = 6;

impl ClientWatch {
    /// Looks at everything that is there now, a few times where something can't be compared at once.
    pub(in crate::monitor) async fn once(mut self) -> Coverage {
        self.recall();
        for round in 1..=ROUNDS_MAX {
            let is_over = match self.look().await {
                Ok(()) => {
                    self.obstacle = None;
                    !self.outcomes.has(|outcome| match outcome {
                        Outcome::Unchecked(Unchecked::Behind) => true,
                        Outcome::Attack => false,
                        Outcome::Checked { .. } | Outcome::Suspected | Outcome::Unchecked(_) => is_left(outcome),
                    })
                }
                Err(error) => {
                    self.obstacle = Some(error.to_string());
                    false
                }
            };
            if is_over || round == ROUNDS_MAX {
                break;
            }
            tokio::time::sleep(self.tracked.chain.block_time().max(RETRY_MIN)).await;
            self.outcomes.reopen(|outcome| is_left(outcome) || is_ahead(outcome));
        }
        self.report().await;
        self.coverage()
    }
}
