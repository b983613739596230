//! The `Header` of an ICS-07 client update (`ibc.lightclients.tendermint.v1`), as a chain wants it.

use proto::ibc::{core::client::v1::Height as RawHeight, lightclients::tendermint::v1 as raw};
use tendermint::block::signed_header::SignedHeader;
use types::{ChainId, Height};

use crate::{LightBlock, LightBlockError, ValidatorSet, ValidatorSetError, light_block::signed_header_from_proto};

/// A header, and what it is verified by: a height that the client knows, and the validators of the height after it.
///
/// A chain refuses validator sets without a proposer; those here always have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The header and its commit.
    pub signed_header: SignedHeader,
    /// The validators of the header.
    pub validators: ValidatorSet,
    /// The height of a consensus state that the client holds.
    pub trusted_height: Height,
    /// The validators of the block after `trusted_height`; their hash stands in that consensus state.
    pub trusted_validators: ValidatorSet,
}

/// Why a message is not an ICS-07 header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// A part is missing.
    #[error("header of a client update has no {0}")]
    Missing(&'static str),
    /// The signed header is malformed.
    #[error(transparent)]
    SignedHeader(#[from] LightBlockError),
    /// A validator set is malformed.
    #[error("{0}: {1}")]
    Validators(&'static str, ValidatorSetError),
    /// The chain id is malformed.
    #[error("header of a client update: {0}")]
    ChainId(#[from] types::IdentifierError),
}

impl Header {
    /// The type URL of the message, for the `Any` of a `MsgUpdateClient`.
    pub const TYPE_URL: &'static str = "/ibc.lightclients.tendermint.v1.Header";

    /// The update that brings a client from `trusted_height` to a block. `trusted_validators` are the next validators
    /// of the trusted height, which [`crate::verify()`] was given.
    pub fn new(block: LightBlock, trusted_height: Height, trusted_validators: ValidatorSet) -> Self {
        Self { signed_header: block.signed_header, validators: block.validators, trusted_height, trusted_validators }
    }

    /// The height that the client has after the update.
    ///
    /// # Errors
    /// When the header's chain id is malformed.
    pub fn height(&self) -> Result<Height, HeaderError> {
        let header = &self.signed_header.header;
        let chain_id: ChainId = header.chain_id.as_str().parse()?;
        Ok(Height { revision_number: chain_id.revision_number(), revision_height: header.height.value() })
    }

    /// The block of the header, to be verified as any other.
    pub fn light_block(&self) -> LightBlock {
        LightBlock {
            signed_header: self.signed_header.clone(),
            validators: self.validators.clone(),
            next_validators: None,
        }
    }
}

impl From<Header> for raw::Header {
    fn from(header: Header) -> Self {
        let Height { revision_number, revision_height } = header.trusted_height;
        Self {
            signed_header: Some(header.signed_header.into()),
            validator_set: Some(header.validators.into()),
            trusted_height: Some(RawHeight { revision_number, revision_height }),
            trusted_validators: Some(header.trusted_validators.into()),
        }
    }
}

impl TryFrom<raw::Header> for Header {
    type Error = HeaderError;

    /// Reads a header as ibc-go decodes it. What it claims is not checked here: see [`crate::verify()`].
    fn try_from(raw: raw::Header) -> Result<Self, HeaderError> {
        let signed_header = raw.signed_header.ok_or(HeaderError::Missing("signed header"))?;
        let trusted_height = raw.trusted_height.ok_or(HeaderError::Missing("trusted height"))?;
        Ok(Self {
            signed_header: signed_header_from_proto(signed_header)?,
            validators: validators("validator set", raw.validator_set)?,
            trusted_height: Height {
                revision_number: trusted_height.revision_number,
                revision_height: trusted_height.revision_height,
            },
            trusted_validators: validators("trusted validators", raw.trusted_validators)?,
        })
    }
}

fn validators(
    part: &'static str,
    raw: Option<proto::tendermint_proto::types::ValidatorSet>,
) -> Result<ValidatorSet, HeaderError> {
    let raw = raw.ok_or(HeaderError::Missing(part))?;
    if raw.proposer.is_none() {
        return Err(HeaderError::Validators(part, ValidatorSetError::Proposer("it is missing".to_owned())));
    }
    ValidatorSet::try_from(raw).map_err(|error| HeaderError::Validators(part, error))
}

#[cfg(test)]
mod tests {
    use proto::Message;

    use super::*;
    use crate::{
        Verdict,
        test_chain::{TestChain, options, time_of},
        verify,
    };

    fn header() -> Header {
        let mut chain = TestChain::of(4);
        let trusted = chain.block(2).next_validators.unwrap();
        Header::new(chain.block(9), Height { revision_number: 1, revision_height: 2 }, trusted)
    }

    #[test]
    fn a_header_survives_its_protobuf() {
        let header = header();
        let bytes = raw::Header::from(header.clone()).encode_to_vec();
        let read = Header::try_from(raw::Header::decode(bytes.as_slice()).unwrap()).unwrap();
        assert_eq!(read, header);
        assert_eq!(read.height().unwrap(), Height { revision_number: 1, revision_height: 9 });
    }

    #[test]
    fn both_validator_sets_are_sent_with_a_proposer_that_is_a_member() {
        let raw = raw::Header::from(header());
        for set in [raw.validator_set.unwrap(), raw.trusted_validators.unwrap()] {
            assert!(set.validators.contains(&set.proposer.unwrap()));
        }
    }

    #[test]
    fn a_header_that_lacks_a_part_is_refused() {
        type Clear = fn(&mut raw::Header);
        let clear: [(Clear, &str); 4] = [
            (|raw| raw.signed_header = None, "signed header"),
            (|raw| raw.validator_set = None, "validator set"),
            (|raw| raw.trusted_height = None, "trusted height"),
            (|raw| raw.trusted_validators = None, "trusted validators"),
        ];
        for (clear, part) in clear {
            let mut raw = raw::Header::from(header());
            clear(&mut raw);
            assert_eq!(Header::try_from(raw).unwrap_err(), HeaderError::Missing(part));
        }
    }

    #[test]
    fn a_set_without_a_proposer_is_refused_as_a_chain_does() {
        let mut raw = raw::Header::from(header());
        raw.trusted_validators.as_mut().unwrap().proposer = None;
        assert!(matches!(Header::try_from(raw).unwrap_err(), HeaderError::Validators("trusted validators", _)));
    }

    #[test]
    fn no_byte_of_a_header_can_be_changed_into_another_header_that_verifies() {
        let mut chain = TestChain::of(4);
        let (trusted, next_validators) = chain.trusted(2);
        let block = chain.block(9);
        let hash = block.header_hash();
        let bytes = raw::Header::from(Header::new(block, trusted.height, next_validators)).encode_to_vec();
        let mut refused = 0;
        for index in 0..bytes.len() {
            for mask in [0x01, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[index] ^= mask;
                let Ok(raw) = raw::Header::decode(bytes.as_slice()) else { continue };
                let Ok(header) = Header::try_from(raw) else { continue };
                let block = header.light_block();
                match verify(&block, &trusted, &header.trusted_validators, &options(), time_of(10)) {
                    // What a chain does not look at may differ: a vote behind the threshold, a priority, a proposer.
                    Verdict::Success => assert_eq!(block.header_hash(), hash, "byte {index}, mask {mask:#x}"),
                    Verdict::NotEnoughTrust(_) | Verdict::Invalid(_) => refused += 1,
                }
            }
        }
        assert!(refused > 0, "no change got as far as the rules");
    }
}
