//! `/app/simulate`: the gas that a transaction would use (cosmos-sdk `baseapp/abci.go`, `handleQueryApp`: the JSON form
//! of `SimulationResponse`).

use serde::Deserialize;

use super::lenient::Number;
use crate::error::Failure;
use crate::node_errors::clean;

#[derive(Deserialize)]
struct Raw {
    gas_info: GasInfo,
}

#[derive(Deserialize)]
struct GasInfo {
    gas_used: Number,
}

/// Reads the value of an answer to `/app/simulate`.
///
/// # Errors
/// When it is none, or tells of no gas at all.
pub fn decode(value: &[u8]) -> Result<u64, Failure> {
    let raw: Raw = serde_json::from_slice(value).map_err(|error| Failure::Malformed(clean(&error.to_string())))?;
    match raw.gas_info.gas_used.unsigned() {
        Some(gas) if gas > 0 => Ok(gas),
        _ => Err(Failure::Malformed("a simulation that used no gas".to_owned())),
    }
}
