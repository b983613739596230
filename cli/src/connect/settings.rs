//! What the relayer is told of the configuration.

use chain::Websocket;
use keyring::Signer;
use relayer::respond::{ResponseOptions, Webhook};
use relayer::{Limits, RelayOptions, Trust};

use crate::config::{self, ChainConfig, Config};
use crate::exit::Failure;

/// What the relayer is told of a chain.
pub(super) fn relayer_config(config: &ChainConfig, signer: Option<Signer>) -> Result<relayer::ChainConfig, Failure> {
    Ok(relayer::ChainConfig {
        id: config.id.clone(),
        rpc: config.rpc.iter().map(|address| address.url().clone()).collect(),
        websocket: match &config.websocket {
            None => Websocket::Derived,
            Some(config::Websocket::At(address)) => Websocket::At(address.url().clone()),
            Some(config::Websocket::Off) => Websocket::Off,
        },
        grpc: config.grpc.as_ref().map(|address| address.url().clone()),
        signer,
        gas_price: config.gas_price.clone(),
        gas_multiplier_permille: config.gas_multiplier_permille,
        gas_max: config.max_gas,
        fee_max: config.max_fee.as_ref().map(|coin| coin.amount),
        memo: config.memo.clone(),
        store_prefix: config.store_prefix.as_ref().map(|name| types::MerklePrefix(name.clone().into_bytes())),
        unbonding_period: config.unbonding,
        trusting_period: config.trusting_period,
        trust_threshold: config.trust_threshold,
        clock_drift: config.clock_drift,
        trust: config.trust.map(|trust| Trust { height: trust.height, hash: trust.hash.0 }),
        block_time: config.block_time,
        block_time_max: config.block_time_max,
        requests_in_flight_max: config.requests_in_flight_max,
        request_deadline: config.request_deadline,
        limits: Limits {
            batch_msgs_max: config.batch_msgs_max,
            tx_bytes_max: config.tx_bytes_max,
            in_flight_max: config.in_flight_max,
            tx_lifetime_blocks: config.tx_lifetime_blocks,
            sweep_interval_blocks: config.sweep_interval_blocks,
            timeout_margin_blocks: config.timeout_margin_blocks,
        },
    })
}

/// The engine's limits over all chains.
pub(super) fn relay_options(config: &Config) -> RelayOptions {
    RelayOptions {
        backoff_min: config.relayer.backoff_min,
        backoff_max: config.relayer.backoff_max,
        leg_tries_max: config.relayer.leg_tries_max,
        batch_legs_max: config.relayer.batch_legs_max,
        handshakes: config.handshakes.clone(),
        discover: config.discover.clone(),
        response: response_options(config),
        ..RelayOptions::default()
    }
}

/// Where evidence is kept, and who else is told.
pub(crate) fn response_options(config: &Config) -> ResponseOptions {
    ResponseOptions {
        directory: config.evidence.clone(),
        webhook: config.webhook.as_ref().map(|address| Webhook(address.url().clone())),
    }
}
