//! Denominations and the ways that they came (`types/denom.go`, `types/hop.go`).

use prost::Message;
use sha2::{Digest, Sha256};

use super::errors::INVALID_DENOM;
use crate::app::bank::coin::is_denom;
use crate::app::error::Result;
use crate::app::ibc::channel::errors::wrap;
use crate::app::ibc::channel::identifier::{is_channel_id, is_client_id, validate_channel, validate_port};
use crate::app::ibc::channel::json::quote;

/// What a token is on the chain where it was made, and over which channels it came.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Denom {
    /// Its name on the first chain.
    #[prost(string, tag = "1")]
    pub base: String,
    /// The last hop first.
    #[prost(message, repeated, tag = "3")]
    pub trace: Vec<Hop>,
}

/// A channel end that a token came in by.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Hop {
    /// Port.
    #[prost(string, tag = "1")]
    pub port_id: String,
    /// Channel.
    #[prost(string, tag = "2")]
    pub channel_id: String,
}

impl Denom {
    /// `ExtractDenomFromPath`: pairs at the front are hops as long as their second part looks like an id that an SDK
    /// chain gives.
    pub fn from_path(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        let is_hop = |pair: &[&str]| pair.len() == 2 && (is_channel_id(pair[1]) || is_client_id(pair[1]));
        let hops = if parts.len() > 2 { parts.chunks(2).take_while(|pair| is_hop(pair)).count() } else { 0 };
        let trace = parts.chunks(2).take(hops).map(|pair| Hop::new(pair[0], pair[1])).collect();
        Self { base: parts[2 * hops..].join("/"), trace }
    }

    /// The whole name: hops and base.
    pub fn path(&self) -> String {
        let hops = self.trace.iter().map(|hop| format!("{}/{}/", hop.port_id, hop.channel_id));
        hops.chain([self.base.clone()]).collect()
    }

    /// What its voucher is called by.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.path().as_bytes()).into()
    }

    /// What it is called on the chain that it came to: `ibc/..`, or its own name where it came from nowhere.
    pub fn ibc_denom(&self) -> String {
        if self.trace.is_empty() { self.base.clone() } else { format!("ibc/{}", hex::encode_upper(self.hash())) }
    }

    /// Did it come in by this channel end last?
    pub fn has_prefix(&self, port: &str, channel: &str) -> bool {
        self.trace.first().is_some_and(|hop| hop.port_id == port && hop.channel_id == channel)
    }

    /// `Denom.Validate`
    pub(super) fn validate(&self) -> Result<()> {
        if self.base.trim().is_empty() {
            return Err(INVALID_DENOM.wrap("base denomination cannot be blank"));
        }
        self.trace.iter().try_for_each(|hop| hop.validate().map_err(wrap("invalid trace")))
    }

    /// `json.Marshal`, as events show it.
    pub(super) fn to_json(&self) -> String {
        let base = if self.base.is_empty() { String::new() } else { format!("\"base\":{},", quote(&self.base)) };
        let hops: Vec<String> = self.trace.iter().map(Hop::to_json).collect();
        let trace = if hops.is_empty() { "null".to_owned() } else { format!("[{}]", hops.join(",")) };
        format!("{{{base}\"trace\":{trace}}}")
    }
}

impl Hop {
    /// A hop.
    pub fn new(port: impl Into<String>, channel: impl Into<String>) -> Self {
        Self { port_id: port.into(), channel_id: channel.into() }
    }

    fn validate(&self) -> Result<()> {
        let Self { port_id, channel_id } = self;
        validate_port(port_id).map_err(wrap(format!("invalid hop source port ID {port_id}")))?;
        validate_channel(channel_id).map_err(wrap(format!("invalid hop source channel ID {channel_id}")))
    }

    fn to_json(&self) -> String {
        let field = |name: &str, value: &str| (!value.is_empty()).then(|| format!("\"{name}\":{}", quote(value)));
        let fields = [field("port_id", &self.port_id), field("channel_id", &self.channel_id)];
        format!("{{{}}}", fields.into_iter().flatten().collect::<Vec<_>>().join(","))
    }
}

/// `ParseHexHash`: 32 bytes; none at all pass too.
pub(super) fn parse_hash(text: &str) -> Result<Vec<u8>, String> {
    let bytes = crate::go::decode_hex(text)?;
    match bytes.len() {
        0 | 32 => Ok(bytes),
        length => Err(format!("expected size to be 32 bytes, got {length} bytes")),
    }
}

/// `validateIBCDenom`: the name of a coin, and of a voucher a whole hash.
pub(super) fn is_sendable(denom: &str) -> bool {
    let is_hash = |hash: &str| !hash.trim().is_empty() && parse_hash(hash).is_ok();
    is_denom(denom) && denom != "ibc" && denom.strip_prefix("ibc/").is_none_or(is_hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_end_where_no_channel_follows() {
        let hops = |path: &str| {
            let denom = Denom::from_path(path);
            assert_eq!(denom.path(), path);
            (denom.trace.len(), denom.base)
        };
        assert_eq!(hops("uatom"), (0, "uatom".to_owned()));
        assert_eq!(hops("gamm/pool/1"), (0, "gamm/pool/1".to_owned()));
        assert_eq!(hops("transfer/channel-0/uatom"), (1, "uatom".to_owned()));
        assert_eq!(hops("transfer/channel-0/gamm/pool/1"), (1, "gamm/pool/1".to_owned()));
        assert_eq!(hops("a/channel-0/b/channel-1/c/channel-x/d"), (2, "c/channel-x/d".to_owned()));
        assert_eq!(hops("transfer/07-tendermint-0/uatom"), (1, "uatom".to_owned()));
        assert_eq!(hops("transfer/channel-0"), (0, "transfer/channel-0".to_owned()));
        assert_eq!(hops(""), (0, String::new()));
    }

    #[test]
    fn a_path_that_ends_with_a_hop_has_no_base() {
        let denom = Denom::from_path("transfer/channel-0/transfer/channel-1");
        assert_eq!((denom.trace.len(), denom.base.as_str()), (2, ""));
        assert_eq!(
            denom.validate().unwrap_err().log,
            "base denomination cannot be blank: invalid denomination for cross-chain transfer"
        );
    }

    #[test]
    fn a_voucher_is_called_by_the_hash_of_its_path() {
        let denom = Denom::from_path("transfer/channel-0/uatom");
        // The voucher of the Cosmos Hub on chains that know it by channel-0.
        assert_eq!(denom.ibc_denom(), "ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2");
        assert_eq!(Denom::from_path("uatom").ibc_denom(), "uatom");
    }

    #[test]
    fn events_show_denominations_as_go_marshals_them() {
        assert_eq!(Denom::from_path("uatom").to_json(), r#"{"base":"uatom","trace":null}"#);
        assert_eq!(
            Denom::from_path("transfer/channel-0/uatom").to_json(),
            r#"{"base":"uatom","trace":[{"port_id":"transfer","channel_id":"channel-0"}]}"#
        );
    }

    #[test]
    fn names_of_coins_are_held_to_the_sdk_s_form() {
        for denom in
            ["stake", "gamm/pool/1", "a:b", "ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2"]
        {
            assert!(is_sendable(denom), "{denom}");
        }
        for denom in ["", "ab", "1abc", "a b c", "ibc", "ibc/", "ibc/00", "ibc/xyz"] {
            assert!(!is_sendable(denom), "{denom}");
        }
    }
}
