//! The `Misbehaviour` of an ICS-07 client (`ibc.lightclients.tendermint.v1`): two headers that can't both be true.

use proto::ibc::lightclients::tendermint::v1 as raw;
use types::{ClientId, IdentifierError};

use crate::{Header, HeaderError};

/// Two headers of one chain, the higher one first. Whether a client takes it says [`crate::judge_misbehaviour`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misbehaviour {
    /// The client that shall be frozen. Deprecated in the message; ibc-go still wants it well-formed.
    pub client_id: ClientId,
    /// The higher header, if they differ in height.
    pub header_1: Header,
    /// The other header.
    pub header_2: Header,
}

/// Why a message is not a misbehaviour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MisbehaviourError {
    /// A header is missing.
    #[error("misbehaviour has no {0}")]
    Missing(&'static str),
    /// A header is malformed.
    #[error("{0} of the misbehaviour: {1}")]
    Header(&'static str, #[source] HeaderError),
    /// The client id is malformed.
    #[error("misbehaviour: {0}")]
    ClientId(#[from] IdentifierError),
}

impl Misbehaviour {
    /// The type URL of the message, for the `Any` of a `MsgUpdateClient`.
    pub const TYPE_URL: &'static str = "/ibc.lightclients.tendermint.v1.Misbehaviour";

    /// Puts two headers into the order that ibc-go wants: the higher one first. Those of one height stay as they came.
    pub fn new(client_id: ClientId, one: Header, other: Header) -> Self {
        let height = |header: &Header| header.signed_header.header.height;
        let (header_1, header_2) = if height(&one) < height(&other) { (other, one) } else { (one, other) };
        Self { client_id, header_1, header_2 }
    }
}

impl From<Misbehaviour> for raw::Misbehaviour {
    fn from(misbehaviour: Misbehaviour) -> Self {
        #[expect(deprecated, reason = "ibc-go still checks the field")]
        Self {
            client_id: misbehaviour.client_id.into(),
            header_1: Some(misbehaviour.header_1.into()),
            header_2: Some(misbehaviour.header_2.into()),
        }
    }
}

impl TryFrom<raw::Misbehaviour> for Misbehaviour {
    type Error = MisbehaviourError;

    /// Reads a message as it stands, in whatever order.
    fn try_from(raw: raw::Misbehaviour) -> Result<Self, MisbehaviourError> {
        #[expect(deprecated, reason = "ibc-go still checks the field")]
        let client_id = raw.client_id.parse()?;
        Ok(Self { client_id, header_1: header("header 1", raw.header_1)?, header_2: header("header 2", raw.header_2)? })
    }
}

fn header(name: &'static str, raw: Option<raw::Header>) -> Result<Header, MisbehaviourError> {
    let raw = raw.ok_or(MisbehaviourError::Missing(name))?;
    Header::try_from(raw).map_err(|error| MisbehaviourError::Header(name, error))
}
