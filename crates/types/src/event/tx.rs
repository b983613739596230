//! From ABCI events of type `tx` to who signed a transaction (cosmos-sdk `x/auth/ante/sigverify.go`). The ante handler
//! emits them for failed deliveries too, so that a transaction of ours is known without its hash.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::AccountSequence;
use crate::event::EventError;
use crate::event::attributes::Attributes;

/// What an event of type `tx` says of its transaction's signers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerFact {
    /// An account signed with this sequence (`acc_seq`); not emitted for unordered transactions.
    Sequence {
        /// The account's address.
        address: String,
        /// The sequence that it used.
        sequence: AccountSequence,
    },
    /// A signature (`signature`).
    Signature(Vec<u8>),
}

/// Decodes what an event says of signers; nothing, if it is of another type than `tx` or speaks of fees alone.
///
/// # Errors
/// When the account sequence or the signature is none.
pub fn decode_signers<'a>(
    kind: &str,
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<SignerFact>, EventError> {
    if kind != "tx" {
        return Ok(Vec::new());
    }
    let found = Attributes::new("tx", attributes);
    let facts = found.iter().filter_map(|(key, value)| match key {
        "acc_seq" => Some(account_sequence(&found, value)),
        "signature" => Some(signature(&found, value)),
        _ => None,
    });
    facts.collect()
}

fn account_sequence(found: &Attributes<'_>, value: &str) -> Result<SignerFact, EventError> {
    let parts = value.rsplit_once('/').filter(|(address, _)| !address.is_empty());
    let Some((address, sequence)) = parts else {
        return Err(found.malformed("acc_seq", "is not of the form ADDRESS/SEQUENCE"));
    };
    let sequence = AccountSequence(found.parse_text("acc_seq", sequence)?);
    Ok(SignerFact::Sequence { address: address.to_owned(), sequence })
}

fn signature(found: &Attributes<'_>, value: &str) -> Result<SignerFact, EventError> {
    let bytes = STANDARD.decode(value).map_err(|error| found.malformed("signature", &error.to_string()))?;
    Ok(SignerFact::Signature(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signers_and_signatures_are_read_and_fees_are_not() {
        let sequence = decode_signers("tx", [("acc_seq", "cosmos1abc/42"), ("msg_index", "0")]).unwrap();
        let expected = SignerFact::Sequence { address: "cosmos1abc".to_owned(), sequence: AccountSequence(42) };
        assert_eq!(sequence, [expected]);
        assert_eq!(decode_signers("tx", [("signature", "AQID")]).unwrap(), [SignerFact::Signature(vec![1, 2, 3])]);
        assert_eq!(decode_signers("tx", [("fee", "1stake"), ("fee_payer", "cosmos1abc")]).unwrap(), []);
        assert_eq!(decode_signers("transfer", [("acc_seq", "cosmos1abc/42")]).unwrap(), []);
    }

    #[test]
    fn a_sequence_or_signature_that_is_none_is_an_error() {
        for value in ["", "cosmos1abc", "cosmos1abc/", "/1", "cosmos1abc/-1", "cosmos1abc/18446744073709551616"] {
            assert!(decode_signers("tx", [("acc_seq", value)]).is_err(), "{value:?}");
        }
        assert!(decode_signers("tx", [("signature", "not base64!")]).is_err());
    }
}
