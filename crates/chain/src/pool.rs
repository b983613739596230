//! Several endpoints of one chain: the first is the primary, the others stand by.
//!
//! Each endpoint's chain id is checked before its first use and after each time it was out of use. One that fails three
//! times running is left alone for a growing, jittered while. What must stay with one node (account, simulation,
//! broadcast) takes [`Pool::current`] once and keeps it.

pub(crate) mod breaker;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use types::ChainId;

use self::breaker::Breaker;
use crate::endpoint::Endpoint;
use crate::error::{ChainError, Failure};

/// Several endpoints of one chain. Cheap to clone.
#[derive(Clone)]
pub struct Pool {
    slots: Arc<[Slot]>,
    chain_id: Option<ChainId>,
}

struct Slot {
    endpoint: Endpoint,
    breaker: Breaker,
    /// How often it was left alone for a while.
    outages: AtomicU64,
}

impl Slot {
    fn new(endpoint: Endpoint, breaker: Breaker) -> Self {
        Self { endpoint, breaker, outages: AtomicU64::new(0) }
    }

    fn failed(&self, error: &ChainError) {
        if self.breaker.failed() {
            self.outages.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(endpoint = %self.endpoint, %error, "endpoint is left alone for a while");
        }
    }

    fn succeeded(&self) {
        if self.breaker.succeeded() {
            tracing::info!(endpoint = %self.endpoint, "endpoint answers again");
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slots.iter().map(|slot| &slot.endpoint)).finish()
    }
}

impl From<Endpoint> for Pool {
    /// The endpoint alone, its chain id not checked.
    fn from(endpoint: Endpoint) -> Self {
        Self { slots: Arc::new([Slot::new(endpoint, Breaker::checked())]), chain_id: None }
    }
}

impl Pool {
    /// Endpoints of `chain_id`, of which at least one must answer now.
    ///
    /// # Errors
    /// When one of them serves another chain (both ids are named), when none answers (the first one's error), or when
    /// there is none.
    pub async fn connect(chain_id: &ChainId, endpoints: Vec<Endpoint>) -> Result<Self, ChainError> {
        let slots = endpoints.into_iter().map(|endpoint| Slot::new(endpoint, Breaker::unchecked()));
        let pool = Self { slots: slots.collect(), chain_id: Some(chain_id.clone()) };
        let checks = futures::future::join_all(pool.slots.iter().map(|slot| pool.check(slot))).await;
        let (mut is_one_up, mut first_error) = (false, None);
        for check in checks {
            match check {
                Ok(()) => is_one_up = true,
                Err(error) if matches!(error.failure, Failure::WrongChain { .. }) => return Err(error),
                Err(error) => {
                    tracing::warn!(%chain_id, %error, "endpoint does not answer now");
                    first_error = first_error.or(Some(error));
                }
            }
        }
        if is_one_up {
            return Ok(pool);
        }
        let none = || ChainError::new("nowhere", "connect", Failure::Address(format!("chain {chain_id} has no rpc")));
        Err(first_error.unwrap_or_else(none))
    }

    /// The endpoint that was named first.
    pub fn primary(&self) -> &Endpoint {
        &self.slots[0].endpoint
    }

    /// All endpoints, in their order.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.slots.iter().map(|slot| &slot.endpoint)
    }

    /// The first endpoint that is in use; the primary, if none is.
    pub fn current(&self) -> &Endpoint {
        let in_use = self.slots.iter().find(|slot| slot.breaker.is_checked() && !slot.breaker.is_open());
        &in_use.unwrap_or(&self.slots[0]).endpoint
    }

    /// How often an endpoint was left alone for a while so far. Whoever sees it rise, and then an answer, knows that an
    /// outage is over.
    pub fn outages(&self) -> u64 {
        self.slots.iter().map(|slot| slot.outages.load(Ordering::Relaxed)).sum()
    }

    /// Makes a call at the first endpoint that can answer it. The next one is asked only where it may know better
    /// ([`ChainError::is_nodes_own`]).
    ///
    /// # Errors
    /// The first error that was made.
    pub async fn run<T, Made>(&self, call: impl Fn(Endpoint) -> Made) -> Result<T, ChainError>
    where
        Made: Future<Output = Result<T, ChainError>>,
    {
        let mut first_error = None;
        // Endpoints that are left alone come last, so that a call is never refused without having been made.
        let (open, closed): (Vec<&Slot>, Vec<&Slot>) = self.slots.iter().partition(|slot| slot.breaker.is_open());
        for slot in closed.into_iter().chain(open) {
            let made = match self.check(slot).await {
                Ok(()) => call(slot.endpoint.clone()).await,
                Err(error) => Err(error),
            };
            match made {
                Ok(answer) => {
                    slot.succeeded();
                    return Ok(answer);
                }
                Err(error) if error.is_nodes_own() => {
                    slot.failed(&error);
                    first_error = first_error.or(Some(error));
                }
                Err(error) => return Err(error),
            }
        }
        Err(first_error
            .unwrap_or_else(|| ChainError::new("nowhere", "run", Failure::Address("no endpoint".to_owned()))))
    }

    /// Tells the pool that a call which was made outside of [`Pool::run`] failed, as a head's watcher does.
    pub(crate) fn failed(&self, endpoint: &Endpoint, error: &ChainError) {
        for slot in self.slots.iter().filter(|slot| slot.endpoint.is_same(endpoint)) {
            slot.failed(error);
        }
    }

    /// An endpoint said what is not so: the others are preferred for a while. Tells whether that is news.
    pub fn distrust(&self, endpoint: &Endpoint) -> bool {
        let mut is_news = false;
        for slot in self.slots.iter().filter(|slot| slot.endpoint.is_same(endpoint)) {
            is_news |= slot.breaker.distrusted();
        }
        is_news
    }

    /// Tells the pool that a call which was made outside of [`Pool::run`] succeeded.
    pub(crate) fn succeeded(&self, endpoint: &Endpoint) {
        for slot in self.slots.iter().filter(|slot| slot.endpoint.is_same(endpoint)) {
            slot.succeeded();
        }
    }

    /// Is the endpoint the right chain's? Asked once, and again after it was out of use.
    async fn check(&self, slot: &Slot) -> Result<(), ChainError> {
        let Some(expected) = &self.chain_id else { return Ok(()) };
        if slot.breaker.is_checked() {
            return Ok(());
        }
        let actual = slot.endpoint.status().await?.chain_id;
        if actual != *expected {
            let failure = Failure::WrongChain { expected: expected.clone(), actual };
            return Err(slot.endpoint.error("status", failure));
        }
        slot.breaker.check_passed();
        Ok(())
    }
}
