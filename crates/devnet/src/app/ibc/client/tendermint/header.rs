//! What clients are updated with, header or misbehaviour, and what can be seen from it alone
//! (`07-tendermint/header.go`, `misbehaviour.go`).

use ::tendermint::block::signed_header::SignedHeader;
use light_client::{LightBlock, ValidatorSet, signed_header_from_proto};
use proto::Message;
use proto::google::protobuf::Any;
use proto::ibc::lightclients::tendermint::v1 as raw;
use proto::tendermint_proto::types as cometbft;
use types::{ChainId, ConsensusState, Height};

use super::super::error::{client, core_ibc, tendermint, unregistered};
use super::{misbehaviour, update};
use crate::app::error::{AppError, Result, sdk};

/// An `exported.ClientMessage` of this type of client.
#[derive(Debug)]
pub(in super::super) enum ClientMessage {
    Header(Box<raw::Header>),
    Misbehaviour(Box<raw::Misbehaviour>),
}

impl ClientMessage {
    const HEADER_URL: &str = "/ibc.lightclients.tendermint.v1.Header";
    const MISBEHAVIOUR_URL: &str = "/ibc.lightclients.tendermint.v1.Misbehaviour";

    /// `UnpackClientMessage`; a type that no chain of ours knows is none that a transaction can be read with.
    pub(in super::super) fn unpack(any: Option<&Any>) -> Result<Self> {
        let any = any.ok_or_else(|| core_ibc::UNPACK_ANY.wrap("protobuf Any message cannot be nil"))?;
        let undecodable = |error| sdk::TX_DECODE.wrap(error);
        match any.type_url.as_str() {
            Self::HEADER_URL => {
                let header = raw::Header::decode(&*any.value).map_err(undecodable)?;
                Ok(Self::Header(Box::new(header)))
            }
            Self::MISBEHAVIOUR_URL => {
                let misbehaviour = raw::Misbehaviour::decode(&*any.value).map_err(undecodable)?;
                Ok(Self::Misbehaviour(Box::new(misbehaviour)))
            }
            url => Err(sdk::TX_DECODE.wrap(format!("unable to resolve type URL {url}"))),
        }
    }

    /// `ValidateBasic`.
    pub(in super::super) fn check(&self) -> Result<()> {
        match self {
            Self::Header(header) => check_header(header).map(drop),
            Self::Misbehaviour(misbehaviour) => misbehaviour::check(misbehaviour),
        }
    }
}

/// `Header.ValidateBasic`; gives the block that was found in it.
pub(super) fn check_header(header: &raw::Header) -> Result<LightBlock> {
    let signed = header.signed_header.as_ref();
    let signed = signed.ok_or_else(|| client::INVALID_HEADER.wrap("tendermint signed header cannot be nil"))?;
    if signed.header.is_none() {
        return Err(client::INVALID_HEADER.wrap("tendermint header cannot be nil"));
    }
    check_commit_height(signed)?;
    let signed_header = read_signed_header(header, "header is not a tendermint header")?;
    light_client::verify_signed_header(&signed_header)
        .map_err(|invalid| unregistered(update::basic_text(&invalid)).wrap("header failed basic validation"))?;
    let (trusted_height, height) = (trusted_height(header), height(header));
    if trusted_height >= height {
        let text =
            format!("TrustedHeight {} must be less than header height {}", braced(trusted_height), braced(height));
        return Err(tendermint::INVALID_HEADER_HEIGHT.wrap(text));
    }
    if header.validator_set.is_none() {
        return Err(client::INVALID_HEADER.wrap("validator set is nil"));
    }
    let part = "validator set is not tendermint validator set";
    let validators = read_validators(header.validator_set.as_ref(), part)?;
    if signed_header.header.validators_hash != validators.hash() {
        return Err(client::INVALID_HEADER.wrap("validator set does not match hash"));
    }
    Ok(LightBlock { signed_header, validators, next_validators: None })
}

/// The decoder refuses a commit of another height without telling so; ibc-go tells.
fn check_commit_height(signed: &cometbft::SignedHeader) -> Result<()> {
    match (&signed.header, &signed.commit) {
        (Some(header), Some(commit)) if header.height != commit.height => {
            let text = format!("header and commit height mismatch: {} vs {}", header.height, commit.height);
            Err(unregistered(text).wrap("header failed basic validation"))
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

/// `SignedHeaderFromProto`; `failed` stands at the front of the text.
pub(super) fn read_signed_header(header: &raw::Header, failed: &str) -> Result<SignedHeader> {
    let signed = header.signed_header.clone().ok_or_else(|| unregistered("nil SignedHeader").wrap(failed))?;
    signed_header_from_proto(signed).map_err(|error| unregistered(error).wrap(failed))
}

/// `ValidatorSetFromProto`; `failed` stands at the front of the text.
pub(super) fn read_validators(set: Option<&cometbft::ValidatorSet>, failed: &str) -> Result<ValidatorSet> {
    let refused = |text: &str| -> AppError { unregistered(text).wrap(failed) };
    let set = set.ok_or_else(|| refused("nil validator set"))?;
    if set.proposer.is_none() {
        return Err(refused("fromProto: validatorSet proposer error: nil validator"));
    }
    ValidatorSet::try_from(set.clone()).map_err(|error| refused(&error.to_string()))
}

/// `GetHeight`: the header's height, with the revision of its chain's id.
pub(super) fn height(header: &raw::Header) -> Height {
    let Some(inner) = inner(header) else { return Height::ZERO };
    let revision_number = inner.chain_id.parse::<ChainId>().map_or(0, |id| id.revision_number());
    Height { revision_number, revision_height: u64::try_from(inner.height).unwrap_or(0) }
}

/// The height that the header is to be verified by; zero if none was sent.
pub(super) fn trusted_height(header: &raw::Header) -> Height {
    header.trusted_height.map_or(Height::ZERO, Height::from)
}

/// The CometBFT header.
pub(super) fn inner(header: &raw::Header) -> Option<&cometbft::Header> {
    header.signed_header.as_ref()?.header.as_ref()
}

/// `Header.ConsensusState`: what the client would keep of it.
pub(super) fn consensus_state(header: &raw::Header) -> Result<ConsensusState> {
    let inner = inner(header).ok_or_else(|| client::INVALID_HEADER.wrap("tendermint header cannot be nil"))?;
    let time =
        inner.time.as_ref().map(|time| proto::google::protobuf::Timestamp { seconds: time.seconds, nanos: time.nanos });
    let state = raw::ConsensusState {
        timestamp: Some(time.unwrap_or_default()),
        root: Some(proto::ibc::core::commitment::v1::MerkleRoot { hash: inner.app_hash.clone() }),
        next_validators_hash: inner.next_validators_hash.clone(),
    };
    ConsensusState::try_from(state).map_err(|error| client::INVALID_HEADER.wrap(error))
}

/// A height as Go writes it for `%d`.
pub(super) fn braced(height: Height) -> String {
    format!("{{{} {}}}", height.revision_number, height.revision_height)
}
