//! `cosmos.base.node.v1beta1.Service`: what a node tells of itself (cosmos-sdk `client/grpc/node/service.go`).

use proto::Message;
use proto::cosmos::base::node::v1beta1::{ConfigResponse, StatusResponse};
use proto::google::protobuf::Timestamp;

use super::App;
use super::bank::coin::Price;
use super::context::BlockInfo;

/// `Config`: the minimum gas price and how states are pruned.
pub(super) fn config(app: &App) -> Vec<u8> {
    let prices = Price::read_all(&app.genesis.minimum_gas_price);
    let (kept, interval) = app.genesis.states_kept.map_or((0, 0), |kept| (kept, 1));
    let config = ConfigResponse {
        minimum_gas_price: prices.iter().map(Price::to_string).collect::<Vec<_>>().join(","),
        pruning_keep_recent: kept.to_string(),
        pruning_interval: interval.to_string(),
        halt_height: 0,
    };
    config.encode_to_vec()
}

/// `Status` of the block whose state is asked. Its header holds the app hash of the block before.
pub(super) fn status(app: &App, block: &BlockInfo) -> Vec<u8> {
    let before = block.height.checked_sub(1).and_then(|height| app.saved.get(&height));
    let nanoseconds = block.time.0 % 1_000_000_000;
    let status = StatusResponse {
        earliest_store_height: 0,
        height: block.height,
        timestamp: Some(Timestamp {
            seconds: i64::try_from(block.time.as_seconds()).unwrap_or(i64::MAX),
            nanos: i32::try_from(nanoseconds).unwrap_or_default(),
        }),
        app_hash: before.map(|saved| saved.state.app_hash().to_vec()).unwrap_or_default(),
        validator_hash: block.next_validators_hash.to_vec(),
    };
    status.encode_to_vec()
}
