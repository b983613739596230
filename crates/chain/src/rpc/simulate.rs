//! `/app/simulate`: the gas that a transaction would use, and what its messages would do (cosmos-sdk `baseapp/abci.go`,
//! `handleQueryApp`: the JSON form of `SimulationResponse`).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use prost::Message as _;
use proto::cosmos::base::abci::v1beta1::TxMsgData;
use proto::google::protobuf::Any;
use proto::ibc::core::channel::v1::{MsgRecvPacketResponse, ResponseResultType};
use serde::Deserialize;

use super::lenient::Number;
use crate::error::Failure;
use crate::node_errors::clean;

/// What a transaction would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// The gas that it would use.
    pub gas_used: u64,
    /// Its messages, counted from 0, that would do nothing: a packet that is received, acknowledged or timed out already
    /// (ibc-go `RESPONSE_RESULT_TYPE_NOOP`). None on a chain that does not tell.
    pub redundant: BTreeSet<usize>,
}

#[derive(Deserialize)]
struct Raw {
    gas_info: GasInfo,
    #[serde(default)]
    result: Option<RawResult>,
}

#[derive(Deserialize)]
struct GasInfo {
    gas_used: Number,
}

#[derive(Default, Deserialize)]
struct RawResult {
    /// `TxMsgData`, where the chain still fills it.
    #[serde(default)]
    data: Option<String>,
    /// From SDK 0.46 on.
    #[serde(default)]
    msg_responses: Option<Vec<RawResponse>>,
}

#[derive(Deserialize)]
struct RawResponse {
    #[serde(rename = "@type", default)]
    type_url: String,
    #[serde(default)]
    result: serde_json::Value,
}

/// Reads the value of an answer to `/app/simulate`.
///
/// # Errors
/// When it is none, or tells of no gas at all.
pub fn decode(value: &[u8]) -> Result<Simulation, Failure> {
    let raw: Raw = serde_json::from_slice(value).map_err(|error| Failure::Malformed(clean(&error.to_string())))?;
    match raw.gas_info.gas_used.unsigned() {
        Some(gas_used) if gas_used > 0 => Ok(Simulation { gas_used, redundant: redundant(raw.result) }),
        _ => Err(Failure::Malformed("a simulation that used no gas".to_owned())),
    }
}

/// What can't be read tells of nothing redundant: the transaction is sent, and the chain judges.
fn redundant(result: Option<RawResult>) -> BTreeSet<usize> {
    let RawResult { data, msg_responses } = result.unwrap_or_default();
    let of_text = |responses: Vec<RawResponse>| indices(responses.iter().map(is_noop_text));
    let of_data = |data: String| {
        let data = TxMsgData::decode(BASE64.decode(data).ok()?.as_slice()).ok()?;
        Some(indices(data.msg_responses.iter().map(is_noop)))
    };
    match msg_responses.map(of_text) {
        Some(found) if !found.is_empty() => found,
        Some(_) | None => data.and_then(of_data).unwrap_or_default(),
    }
}

fn indices(is_noop: impl Iterator<Item = bool>) -> BTreeSet<usize> {
    is_noop.enumerate().filter(|(_, is_noop)| *is_noop).map(|(index, _)| index).collect()
}

/// The responses of all four packet messages have the same only field.
fn is_packet_response(type_url: &str) -> bool {
    let name = type_url.strip_prefix("/ibc.core.channel.v1.Msg").and_then(|name| name.strip_suffix("Response"));
    matches!(name, Some("RecvPacket" | "Acknowledgement" | "Timeout" | "TimeoutOnClose"))
}

fn is_noop(response: &Any) -> bool {
    let result = || MsgRecvPacketResponse::decode(response.value.as_slice()).ok().map(|response| response.result);
    is_packet_response(&response.type_url) && result() == Some(ResponseResultType::Noop.into())
}

fn is_noop_text(response: &RawResponse) -> bool {
    is_packet_response(&response.type_url) && response.result == ResponseResultType::Noop.as_str_name()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RECV: &str = "/ibc.core.channel.v1.MsgRecvPacketResponse";
    const UPDATE: &str = "/ibc.core.client.v1.MsgUpdateClientResponse";

    fn redundant_of(result: serde_json::Value) -> Vec<usize> {
        let answer = json!({ "gas_info": { "gas_wanted": "0", "gas_used": "77" }, "result": result });
        let simulation = decode(answer.to_string().as_bytes()).unwrap();
        assert_eq!(simulation.gas_used, 77);
        simulation.redundant.into_iter().collect()
    }

    fn data(results: &[(&str, ResponseResultType)]) -> String {
        let response = |(url, result): &(&str, ResponseResultType)| Any {
            type_url: (*url).to_owned(),
            value: MsgRecvPacketResponse { result: (*result).into() }.encode_to_vec(),
        };
        let msg_responses = results.iter().map(response).collect();
        BASE64.encode(TxMsgData { msg_responses, ..TxMsgData::default() }.encode_to_vec())
    }

    #[test]
    fn packet_messages_that_would_do_nothing_are_told_by_their_index() {
        let [noop, success] = ["RESPONSE_RESULT_TYPE_NOOP", "RESPONSE_RESULT_TYPE_SUCCESS"];
        let responses = json!([
            { "@type": UPDATE },
            { "@type": RECV, "result": noop },
            { "@type": RECV, "result": success },
            { "@type": "/ibc.core.channel.v1.MsgTimeoutOnCloseResponse", "result": noop },
            { "@type": "/another.MsgResponse", "result": noop },
        ]);
        assert_eq!(redundant_of(json!({ "data": "", "msg_responses": responses })), [1, 3]);
        let data = data(&[
            (UPDATE, ResponseResultType::Noop),
            (RECV, ResponseResultType::Success),
            ("/ibc.core.channel.v1.MsgAcknowledgementResponse", ResponseResultType::Noop),
        ]);
        assert_eq!(redundant_of(json!({ "data": data, "msg_responses": [] })), [2]);
    }

    #[test]
    fn a_chain_that_tells_of_no_responses_tells_of_nothing_redundant() {
        for result in [json!(null), json!({}), json!({ "data": null, "msg_responses": null }), json!({ "data": "?" })] {
            assert_eq!(redundant_of(result), [0; 0]);
        }
        let bare = json!({ "gas_info": { "gas_used": "5" } }).to_string();
        assert_eq!(decode(bare.as_bytes()).unwrap(), Simulation { gas_used: 5, redundant: BTreeSet::new() });
    }
}
