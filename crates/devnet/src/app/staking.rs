//! Queries of `cosmos.staking.v1beta1`. Validators of a devnet are not chosen by stake, so there are parameters alone.

use proto::Message;
use proto::cosmos::staking::v1beta1::{Params, QueryParamsResponse};
use proto::google::protobuf::Duration;

use super::genesis::Genesis;

const VALIDATORS_MAX: u32 = 100;
const ENTRIES_MAX: u32 = 7;
const HISTORICAL_ENTRIES: u32 = 10_000;

/// `Query/Params`: the SDK's defaults, with the chain's own unbonding period and denomination.
pub(super) fn params(genesis: &Genesis) -> Vec<u8> {
    let period = genesis.unbonding_period;
    let params = Params {
        unbonding_time: Some(Duration {
            seconds: i64::try_from(period.as_secs()).unwrap_or(i64::MAX),
            nanos: period.subsec_nanos().cast_signed(),
        }),
        max_validators: VALIDATORS_MAX,
        max_entries: ENTRIES_MAX,
        historical_entries: HISTORICAL_ENTRIES,
        bond_denom: genesis.fee_denom.clone(),
        min_commission_rate: "0".to_owned(),
    };
    QueryParamsResponse { params: Some(params) }.encode_to_vec()
}
