//! What is learned from the chain, unless it was configured.

use std::sync::PoisonError;
use std::time::Duration;

use chain::{AbciQuery, ChainError, Failure};
use engine::Head;
use tracing::debug;
use types::{ChannelId, ConnectionId, MerklePrefix, PortId};

use super::Chain;
use crate::headers::Headers;
use crate::proofs::Delay;

/// Blocks that the block time is measured over.
const BLOCKS_MEASURED: u64 = 20;
/// The block time while it is neither configured nor measured: what most chains are near to.
const BLOCK_TIME_DEFAULT: Duration = Duration::from_secs(6);

/// What is learned from the chain, unless it was configured.
impl Chain {
    /// Usual time between two blocks: as configured, else as measured when the chain was reached first.
    pub fn block_time(&self) -> Duration {
        self.config.block_time.or_else(|| self.block_time.get().copied()).unwrap_or(BLOCK_TIME_DEFAULT)
    }

    /// Measures over the last blocks, once; what can't be measured now is left for the next time.
    pub(super) async fn measure_block_time(&self, head: Head) {
        let blocks = BLOCKS_MEASURED.min(head.height.0.saturating_sub(1));
        if self.config.block_time.is_some() || self.block_time.initialized() || blocks == 0 {
            return;
        }
        match self.endpoint().header_time(head.height.back(blocks)).await {
            Ok(earlier) => {
                let measured = Duration::from_nanos(head.time.0.saturating_sub(earlier.0) / blocks);
                // Only the first measurement counts; another one at the same time says the same.
                if self.block_time.set(measured.max(Duration::from_millis(1))).is_ok() {
                    debug!(chain = %self.id, block_time_ms = measured.as_millis(), "block time measured");
                }
            }
            Err(error) => debug!(chain = %self.id, %error, "block time can't be measured now"),
        }
    }

    /// Its verified headers.
    ///
    /// # Errors
    /// When the trusting period is neither configured nor learned.
    pub async fn headers(&self) -> Result<&Headers, ChainError> {
        self.headers
            .get_or_try_init(|| async {
                let options = light_client::Options {
                    trust_threshold: self.config.trust_threshold,
                    trusting_period: self.trusting_period().await?,
                    clock_drift: self.config.clock_drift,
                };
                let (trust, store, clock) = (self.config.trust, self.store.clone(), self.clock.clone());
                Ok(Headers::new(self.id.clone(), options, trust, store, clock))
            })
            .await
    }

    /// How long its validators' stake stays bound (`/cosmos.staking.v1beta1.Query/Params`).
    ///
    /// # Errors
    /// When the chain does not tell; `unbonding_period` in the configuration does.
    pub async fn unbonding_period(&self) -> Result<Duration, ChainError> {
        if let Some(configured) = self.config.unbonding_period {
            return Ok(configured);
        }
        self.unbonding_period.get_or_try_init(|| async { self.query().unbonding_period().await }).await.copied()
    }

    /// How long its headers stay trusted: as configured, else two thirds of the unbonding period.
    ///
    /// # Errors
    /// When neither is known.
    pub async fn trusting_period(&self) -> Result<Duration, ChainError> {
        match self.config.trusting_period {
            Some(configured) => Ok(configured),
            None => Ok(self.unbonding_period().await? * 2 / 3),
        }
    }

    /// The delay of a connection of it (ICS-03), asked for once: it never changes.
    ///
    /// # Errors
    /// When the chain does not answer, or has no such connection.
    pub(crate) async fn delay(&self, connection: &ConnectionId) -> Result<Delay, ChainError> {
        let known = self.delays.lock().unwrap_or_else(PoisonError::into_inner).get(connection).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let period = self.query().connection(connection).await?.delay_period;
        let delay = match period {
            Duration::ZERO => Delay::NONE,
            period => Delay::new(period, self.query().time_per_block_max().await?),
        };
        self.delays.lock().unwrap_or_else(PoisonError::into_inner).insert(connection.clone(), delay);
        Ok(delay)
    }

    /// The connection that a channel end of it is on, asked for once: it never changes. None if it has no such end.
    ///
    /// # Errors
    /// When the chain does not answer.
    pub(crate) async fn connection(
        &self,
        port: &PortId,
        channel: &ChannelId,
    ) -> Result<Option<ConnectionId>, ChainError> {
        let end = (port.clone(), channel.clone());
        let known = self.connections.lock().unwrap_or_else(PoisonError::into_inner).get(&end).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let hop = match self.query().channel(port, channel).await {
            Ok(end) => end.connection_hops.into_iter().next(),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        if let Some(hop) = &hop {
            self.connections.lock().unwrap_or_else(PoisonError::into_inner).insert(end, hop.clone());
        }
        Ok(hop)
    }

    /// The name of its IBC store: as configured, else the one that answers.
    ///
    /// # Errors
    /// When the chain does not answer, or has no store of a usual name.
    pub async fn store_prefix(&self) -> Result<&MerklePrefix, ChainError> {
        self.store_prefix
            .get_or_try_init(|| async {
                match &self.config.store_prefix {
                    Some(configured) => Ok(configured.clone()),
                    None => self.probe_store_prefix().await,
                }
            })
            .await
    }
}

impl Chain {
    async fn probe_store_prefix(&self) -> Result<MerklePrefix, ChainError> {
        let prefix = MerklePrefix::default();
        let path = format!("/store/{}/key", String::from_utf8_lossy(&prefix.0));
        let query = AbciQuery { path: path.clone(), data: b"nextClientSequence".to_vec(), at: None, prove: false };
        let answer = self.endpoint().abci_query(query).await?;
        if answer.code == 0 {
            return Ok(prefix);
        }
        Err(ChainError {
            endpoint: self.endpoint().name().to_owned(),
            method: path,
            failure: Failure::Missing("the IBC store (name it by `store_prefix`)".to_owned()),
        })
    }
}
