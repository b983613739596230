//! What packets of ICS-20 carry (`types/packet.go`).

use super::VERSION;
use super::amount::Amount;
use super::denom::Denom;
use super::errors::{INVALID_AMOUNT, INVALID_MEMO, INVALID_VERSION};
use crate::app::error::{AppError, Result};
use crate::app::ibc::channel::errors::{ibc, wrap};
use crate::app::ibc::channel::json::{self, Json, quote};

/// ibc-go `MaximumMemoLength`, in bytes.
pub(super) const MEMO_MAX: usize = 32_768;

/// A transfer, as the module sees it (`InternalTransferRepresentation`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferData {
    /// What.
    pub denom: Denom,
    /// How much, as text.
    pub amount: String,
    /// Who had it.
    pub sender: String,
    /// Who gets it.
    pub receiver: String,
    /// What they want to be told.
    pub memo: String,
}

/// `FungibleTokenPacketData`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PacketData {
    pub(super) denom: String,
    pub(super) amount: String,
    pub(super) sender: String,
    pub(super) receiver: String,
    pub(super) memo: String,
}

impl PacketData {
    /// `ValidateBasic`
    pub(super) fn validate(&self) -> Result<()> {
        positive(&self.amount)?;
        refuse_blank(&self.sender, "sender")?;
        refuse_blank(&self.receiver, "receiver")?;
        Denom::from_path(&self.denom).validate()
    }

    /// `json.Marshal`
    pub(super) fn to_json(&self) -> Vec<u8> {
        let Self { denom, amount, sender, receiver, memo } = self;
        let named = [("denom", denom), ("amount", amount), ("sender", sender), ("receiver", receiver), ("memo", memo)];
        let written = named.iter().filter(|(_, value)| !value.is_empty());
        let fields: Vec<String> = written.map(|(name, value)| format!("\"{name}\":{}", quote(value))).collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    }

    /// `json.Unmarshal`, by the type's own `UnmarshalJSON`: names in any case, but none that is unknown.
    fn from_json(bytes: &[u8]) -> Result<Self> {
        let entries = match json::parse(bytes).map_err(unreadable)? {
            Json::Object(entries) => entries,
            // Go sets the interface to nil, and finds no packet data in it.
            Json::Null => {
                return Err(ibc::INVALID_TYPE.wrap("cannot convert proto message into FungibleTokenPacketData"));
            }
            other => {
                let kind = other.kind();
                return Err(unreadable(format!("json: cannot unmarshal {kind} into Go value of type types.ftpdAlias")));
            }
        };
        let mut data = Self::default();
        for (key, value) in entries {
            let Some((name, field)) = data.field(&key) else {
                return Err(unreadable(format!("json: unknown field {}", quote(&key))));
            };
            match value {
                Json::Text(text) => *field = text,
                Json::Null => {}
                other => {
                    let kind = other.kind();
                    return Err(unreadable(format!(
                        "json: cannot unmarshal {kind} into Go struct field ftpdAlias.{name} of type string"
                    )));
                }
            }
        }
        Ok(data)
    }

    fn field(&mut self, key: &str) -> Option<(&'static str, &mut String)> {
        match json::fold(key).as_str() {
            "denom" => Some(("denom", &mut self.denom)),
            "amount" => Some(("amount", &mut self.amount)),
            "sender" => Some(("sender", &mut self.sender)),
            "receiver" => Some(("receiver", &mut self.receiver)),
            "memo" => Some(("memo", &mut self.memo)),
            _ => None,
        }
    }
}

impl TransferData {
    /// `UnmarshalPacketData`
    pub(super) fn from_packet(bytes: &[u8], version: &str) -> Result<Self> {
        if version != VERSION {
            return Err(INVALID_VERSION.wrap(version));
        }
        let data = PacketData::from_json(bytes)?;
        data.validate().map_err(wrap("invalid packet data"))?;
        let PacketData { denom, amount, sender, receiver, memo } = data;
        Ok(Self { denom: Denom::from_path(&denom), amount, sender, receiver, memo })
    }

    /// `InternalTransferRepresentation.ValidateBasic`
    pub(super) fn validate(&self) -> Result<()> {
        refuse_blank(&self.sender, "sender")?;
        refuse_blank(&self.receiver, "receiver")?;
        self.denom.validate().map_err(wrap("invalid token denom"))?;
        positive(&self.amount)?;
        if self.memo.len() > MEMO_MAX {
            return Err(INVALID_MEMO.wrap(format!("memo must not exceed {MEMO_MAX} bytes")));
        }
        Ok(())
    }

    /// `json.Marshal` of the token, as events show it.
    pub(super) fn token_json(&self) -> String {
        let amount =
            if self.amount.is_empty() { String::new() } else { format!(",\"amount\":{}", quote(&self.amount)) };
        format!("{{\"denom\":{}{amount}}}", self.denom.to_json())
    }
}

fn unreadable(error: String) -> AppError {
    ibc::INVALID_TYPE.wrap(format!("cannot unmarshal ICS20-V1 transfer packet data: {error}"))
}

fn positive(amount: &str) -> Result<()> {
    let parsed = Amount::parse(amount);
    let parsed = parsed
        .ok_or_else(|| INVALID_AMOUNT.wrap(format!("unable to parse transfer amount ({amount}) into math.Int")))?;
    if parsed.is_positive() {
        Ok(())
    } else {
        Err(INVALID_AMOUNT.wrap(format!("amount must be strictly positive: got {parsed}")))
    }
}

fn refuse_blank(address: &str, whose: &str) -> Result<()> {
    if address.trim().is_empty() {
        return Err(ibc::INVALID_ADDRESS.wrap(format!("{whose} address cannot be blank")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: &str = r#"{"denom":"stake","amount":"12","sender":"a","receiver":"b"}"#;

    fn read(text: &str) -> Result<TransferData> {
        TransferData::from_packet(text.as_bytes(), VERSION)
    }

    #[test]
    fn packet_data_is_written_as_ibc_go_writes_it() {
        let data = PacketData::from_json(USUAL.as_bytes()).unwrap();
        assert_eq!(data.to_json(), USUAL.as_bytes());
        let with_memo = PacketData { memo: "<&>".to_owned(), ..data };
        assert!(with_memo.to_json().ends_with(br#","memo":"\u003c\u0026\u003e"}"#));
    }

    #[test]
    fn packet_data_is_read_as_leniently_as_go_reads_it_but_for_unknown_fields() {
        let odd = r#" {"DENOM":"x","denom":"stake","Amount":"0xc","sender":"a","receiver":"b","memo":null} "#;
        let data = read(odd).unwrap();
        assert_eq!((data.denom.base.as_str(), data.amount.as_str(), data.memo.as_str()), ("stake", "0xc", ""));
        let more = read(&USUAL.replace("{", "{\"more\":[1],")).unwrap_err();
        assert!(more.log.contains("json: unknown field \"more\""), "{more}");
    }

    #[test]
    fn packet_data_that_is_none_is_refused() {
        for text in ["", "mock", "null", "[]", "{}{}", r#"{"denom":1}"#] {
            let refused = read(text).unwrap_err();
            assert_eq!((refused.codespace, refused.code), ("ibc", 12), "{text}");
        }
        assert_eq!(
            read("mock").unwrap_err().log,
            "cannot unmarshal ICS20-V1 transfer packet data: invalid character 'm' looking for beginning of value: invalid type"
        );
        let other = TransferData::from_packet(USUAL.as_bytes(), "ics20-2").unwrap_err();
        assert_eq!(other.log, "ics20-2: invalid ICS20 version");
    }

    #[test]
    fn amounts_must_be_above_zero() {
        for amount in ["0", "-1", "", "1.5"] {
            let refused = read(&USUAL.replace("12", amount)).unwrap_err();
            assert_eq!((refused.codespace, refused.code), ("transfer", 5), "{amount}");
        }
        assert_eq!(
            read(&USUAL.replace("12", "x")).unwrap_err().log,
            "invalid packet data: unable to parse transfer amount (x) into math.Int: invalid token amount"
        );
    }

    #[test]
    fn sender_receiver_and_denomination_must_be_there() {
        for (from, to) in [("\"a\"", "\" \""), ("\"b\"", "\"\"")] {
            assert_eq!(read(&USUAL.replace(from, to)).unwrap_err().codespace, "ibc");
        }
        assert_eq!(read(&USUAL.replace("stake", " ")).unwrap_err().codespace, "transfer");
    }

    #[test]
    fn a_memo_that_is_too_long_is_refused_on_receipt() {
        let data = TransferData { memo: "m".repeat(MEMO_MAX + 1), ..read(USUAL).unwrap() };
        assert_eq!(data.validate().unwrap_err().log, "memo must not exceed 32768 bytes: invalid memo");
    }

    #[test]
    fn events_show_tokens_as_go_marshals_them() {
        assert_eq!(read(USUAL).unwrap().token_json(), r#"{"denom":{"base":"stake","trace":null},"amount":"12"}"#);
    }
}
