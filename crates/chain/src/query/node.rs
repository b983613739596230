//! `cosmos.base.node`, `cosmos.staking`: what a node and its chain ask for.

use std::time::Duration;

use proto::cosmos::base::node::v1beta1::{ConfigRequest, ConfigResponse};
use proto::cosmos::staking::v1beta1::{QueryParamsRequest, QueryParamsResponse};
use types::QueryHeight;

use super::Queries;
use crate::error::ChainError;
use crate::tx::GasPrice;

const CONFIG: &str = "/cosmos.base.node.v1beta1.Service/Config";
const STAKING_PARAMS: &str = "/cosmos.staking.v1beta1.Query/Params";

impl Queries {
    /// The gas prices that the node takes at least, one a denomination; none where it asks for none. The node's own
    /// setting, not the chain's: others may ask for more.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn min_gas_price(&self) -> Result<Vec<GasPrice>, ChainError> {
        let answer: ConfigResponse = self.ask(CONFIG, ConfigRequest {}).await?;
        let prices = answer.minimum_gas_price.split(',').map(str::trim).filter(|price| !price.is_empty());
        prices.map(|price| price.parse().map_err(|error| self.malformed(CONFIG, error))).collect()
    }

    /// The height of the newest state, where the node tells.
    pub(super) async fn latest_height(&self) -> Result<Option<QueryHeight>, ChainError> {
        let answer = self.ask_with_height::<_, ConfigResponse>(CONFIG, ConfigRequest {}).await?;
        Ok(answer.height)
    }

    /// How long stake is bound after its unbonding: the bound of every trusting period.
    ///
    /// # Errors
    /// See [`ChainError`]; consumer chains have no staking module of their own.
    pub async fn unbonding_period(&self) -> Result<Duration, ChainError> {
        let answer: QueryParamsResponse = self.ask(STAKING_PARAMS, QueryParamsRequest {}).await?;
        let period = answer.params.and_then(|params| params.unbonding_time);
        let period = period.ok_or_else(|| self.missing(STAKING_PARAMS, "the unbonding period"))?;
        match (u64::try_from(period.seconds), u32::try_from(period.nanos)) {
            (Ok(seconds), Ok(nanos @ 0..=999_999_999)) if seconds > 0 => Ok(Duration::new(seconds, nanos)),
            _ => Err(self.malformed(STAKING_PARAMS, "the unbonding period is none")),
        }
    }
}
