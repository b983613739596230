//! From the message to two votes that contradict each other in form (CometBFT `DuplicateVoteEvidenceFromProto`, `Vote
//! .ValidateBasic`, `DuplicateVoteEvidence.ValidateBasic`). Whose they are, and whether they were cast, says the judge.

use proto::tendermint_proto::types as raw;
use tendermint::{account, vote};
use types::BlockHeight;

use super::{DuplicateVote, key};

/// CometBFT `types.MaxSignatureSize`.
const SIGNATURE_BYTES_MAX: usize = 64;
/// A block's hash, and that of its parts.
const HASH_BYTES: usize = 32;

/// Why a message is no evidence of two votes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VotesError {
    /// A part is missing, or a number out of range.
    #[error("evidence of two votes has no valid {0}")]
    Missing(&'static str),
    /// A vote is one that no validator casts.
    #[error("evidence of two votes: {vote} has no valid {part}")]
    Vote {
        /// Which of the two, by its name in the message.
        vote: &'static str,
        /// What of it.
        part: &'static str,
    },
    /// The vote for the lower block id comes first, and they differ.
    #[error("the votes of the evidence are not in the order of their blocks")]
    Order,
}

impl TryFrom<raw::DuplicateVoteEvidence> for DuplicateVote {
    type Error = VotesError;

    /// Reads evidence, as it stands in a block. What it claims is not checked here: see [`DuplicateVote::judge`].
    fn try_from(raw: raw::DuplicateVoteEvidence) -> Result<Self, VotesError> {
        let missing = VotesError::Missing;
        let (vote_a, vote_b) = (raw.vote_a.ok_or(missing("vote_a"))?, raw.vote_b.ok_or(missing("vote_b"))?);
        let address = well_formed("vote_a", &vote_a)?;
        well_formed("vote_b", &vote_b)?;
        if key(&vote_a) >= key(&vote_b) {
            return Err(VotesError::Order);
        }
        Ok(Self {
            address,
            power: power(raw.validator_power).ok_or(missing("validator power"))?,
            height: BlockHeight(vote_a.height.try_into().map_err(|_| missing("height"))?),
            total_power: power(raw.total_voting_power).ok_or(missing("total voting power"))?,
            time: raw.timestamp.and_then(|time| time.try_into().ok()).ok_or(missing("timestamp"))?,
            vote_a,
            vote_b,
        })
    }
}

fn power(raw: i64) -> Option<u64> {
    vote::Power::try_from(raw).ok().map(Into::into)
}

/// `Vote.ValidateBasic`, and whose vote it says it is.
fn well_formed(name: &'static str, vote: &raw::Vote) -> Result<account::Id, VotesError> {
    let wrong = |part: &'static str| VotesError::Vote { vote: name, part };
    let is_precommit = vote.r#type == raw::SignedMsgType::Precommit as i32;
    if !is_precommit && vote.r#type != raw::SignedMsgType::Prevote as i32 {
        return Err(wrong("type"));
    }
    if vote.height <= 0 {
        return Err(wrong("height"));
    }
    if vote.round < 0 {
        return Err(wrong("round"));
    }
    if vote.timestamp.is_none() {
        return Err(wrong("timestamp"));
    }
    let is_for_nothing = is_nothing(vote).ok_or(wrong("block id"))?;
    if vote.validator_index < 0 {
        return Err(wrong("validator index"));
    }
    if vote.signature.is_empty() || vote.signature.len() > SIGNATURE_BYTES_MAX {
        return Err(wrong("signature"));
    }
    let (extension, signature) = (&vote.extension, &vote.extension_signature);
    let may_extend = is_precommit && !is_for_nothing;
    let has_extension = !extension.is_empty() || !signature.is_empty();
    let is_signed = extension.is_empty() || !signature.is_empty();
    if has_extension && !(may_extend && is_signed && signature.len() <= SIGNATURE_BYTES_MAX) {
        return Err(wrong("extension"));
    }
    account::Id::try_from(vote.validator_address.clone()).map_err(|_| wrong("validator address"))
}

/// Is the vote for no block? None, if its block id is neither empty nor whole.
fn is_nothing(vote: &raw::Vote) -> Option<bool> {
    let id = vote.block_id.clone().unwrap_or_default();
    let parts = id.part_set_header.unwrap_or_default();
    let lengths = (id.hash.len(), parts.total, parts.hash.len());
    match lengths {
        (0, 0, 0) => Some(true),
        (HASH_BYTES, 1.., HASH_BYTES) => Some(false),
        (_, _, _) => None,
    }
}
