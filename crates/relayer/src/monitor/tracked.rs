//! A chain whose clients are watched, as its endpoints show it.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::witness::Witness;
use crate::chain::Chain;
use crate::clock::Clock;

/// Consensus states of before the start that are compared at a time: whoever relays beside this goes first.
const BACKLOG_IN_FLIGHT_MAX: usize = 2;

/// A chain whose clients are watched.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) chain: Arc<Chain>,
    pub(super) witnesses: Vec<Witness>,
    /// Who may look at what was there before the start.
    pub(super) backlog: Semaphore,
}

impl Tracked {
    pub(super) fn new(chain: Arc<Chain>, clock: &Arc<Clock>) -> Self {
        let witness = |endpoint: &chain::Endpoint| Witness::new(chain.id.clone(), endpoint.clone(), clock.clone());
        let witnesses = chain.all_endpoints().iter().map(witness).collect();
        Self { witnesses, backlog: Semaphore::new(BACKLOG_IN_FLIGHT_MAX), chain }
    }
}
