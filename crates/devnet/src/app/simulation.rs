//! Simulation of transactions: `cosmos.tx.v1beta1.Service/Simulate` (cosmos-sdk `x/auth/tx/service.go`) and
//! `/app/simulate`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proto::Message;
use proto::cosmos::base::abci::v1beta1::{GasInfo, Result as SimulationResult};
use proto::cosmos::tx::v1beta1::SimulateResponse;
use proto::tendermint_proto::v0_38::abci::{Event as RawEvent, EventAttribute};
use serde::Serialize;

use super::App;
use super::context::Mode;
use super::error::AppError;
use super::event::Event;
use super::kind::{Code, Status};
use super::run::{Done, Runner};
use super::tx::wire;

/// What a simulation learned.
#[derive(Debug)]
struct Simulation {
    gas: GasInfo,
    done: Done,
}

impl App {
    /// Runs a transaction on a copy of the check state.
    fn simulate(&self, tx: &[u8]) -> Result<Simulation, (AppError, u64)> {
        let runner = Runner { genesis: &self.genesis, block: &self.block, mode: Mode::Simulate };
        let outcome = runner.run(&mut self.check_state.clone(), tx);
        let gas = GasInfo { gas_wanted: outcome.gas_wanted, gas_used: outcome.gas_used };
        outcome.done.map(|done| Simulation { gas, done }).map_err(|error| (error, outcome.gas_used))
    }

    /// `Service/Simulate`: a `SimulateRequest` in, a `SimulateResponse` out.
    pub(super) fn simulate_grpc(&self, request: &[u8]) -> Result<Vec<u8>, Status> {
        // An old field holds the transaction as a message, of the same form as the bytes.
        let tx = wire::last(request, 2).or_else(|| wire::last(request, 1));
        let tx = tx.ok_or_else(|| Status::new(Code::InvalidArgument, "empty txBytes is not allowed"))?;
        let Simulation { gas, done } = self
            .simulate(tx)
            .map_err(|(error, gas_used)| Status::new(Code::Unknown, format!("{error} with gas used: '{gas_used}'")))?;
        #[expect(deprecated, reason = "the SDK still fills the old field")]
        let result = SimulationResult {
            data: done.data,
            log: String::new(),
            events: done.events.into_iter().map(raw_event).collect(),
            msg_responses: done.responses,
        };
        Ok(SimulateResponse { gas_info: Some(gas), result: Some(result) }.encode_to_vec())
    }

    /// `/app/simulate`: the bytes of a transaction in, JSON out.
    pub(super) fn simulate_json(&self, tx: &[u8]) -> Result<Vec<u8>, AppError> {
        // Here a panic is an error already, and wrapped like any other.
        let failed = |error: AppError| AppError { log: format!("failed to simulate tx: {error}"), ..error };
        let simulation = self.simulate(tx).map_err(|(error, _)| failed(error))?;
        serde_json::to_vec(&JsonSimulation::from(simulation))
            .map_err(|error| AppError::unregistered(error).wrap("failed to JSON encode simulation response"))
    }
}

/// The SDK marks no event of a simulation for the index.
fn raw_event(event: Event) -> RawEvent {
    let attributes = event.attributes.into_iter();
    RawEvent {
        r#type: event.kind,
        attributes: attributes
            .map(|attribute| EventAttribute { key: attribute.key, value: attribute.value, index: false })
            .collect(),
    }
}

#[derive(Serialize)]
struct JsonSimulation {
    gas_info: JsonGas,
    result: JsonResult,
}

#[derive(Serialize)]
struct JsonGas {
    gas_wanted: String,
    gas_used: String,
}

#[derive(Serialize)]
struct JsonResult {
    data: String,
    log: String,
    events: Vec<JsonEvent>,
    msg_responses: Vec<JsonResponse>,
}

#[derive(Serialize)]
struct JsonEvent {
    r#type: String,
    attributes: Vec<JsonAttribute>,
}

#[derive(Serialize)]
struct JsonAttribute {
    key: String,
    value: String,
    index: bool,
}

/// The SDK writes the fields of a response; here are its bytes, if it has any.
#[derive(Serialize)]
struct JsonResponse {
    #[serde(rename = "@type")]
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
}

impl From<Simulation> for JsonSimulation {
    fn from(Simulation { gas, done }: Simulation) -> Self {
        let responses = done.responses.into_iter();
        Self {
            gas_info: JsonGas { gas_wanted: gas.gas_wanted.to_string(), gas_used: gas.gas_used.to_string() },
            result: JsonResult {
                data: STANDARD.encode(done.data),
                log: String::new(),
                events: done.events.into_iter().map(JsonEvent::from).collect(),
                msg_responses: responses
                    .map(|response| JsonResponse { url: response.type_url, value: STANDARD.encode(response.value) })
                    .collect(),
            },
        }
    }
}

impl From<Event> for JsonEvent {
    fn from(event: Event) -> Self {
        let attributes = event.attributes.into_iter();
        Self {
            r#type: event.kind,
            attributes: attributes
                .map(|attribute| JsonAttribute { key: attribute.key, value: attribute.value, index: false })
                .collect(),
        }
    }
}
