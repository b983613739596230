//! What a full node makes of two votes (CometBFT `evidence/verify.go`, `Pool.verify` and `VerifyDuplicateVote`).

use proto::{Message, tendermint_proto::types as raw};
use tendermint::{Signature, Time, account, chain, crypto::default::signature::Verifier, validator::Info};
use types::BlockHeight;

use super::DuplicateVote;
use crate::{Invalid, LightBlock, rules};

/// Why a full node refuses the evidence of two votes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are told by the message of their variant")]
pub enum VotesRefused {
    /// The node compares with its own block at the height of the votes.
    #[error("the votes are of height {expected}, the block is of {got}")]
    Block { expected: BlockHeight, got: BlockHeight },
    /// The validators of that block are those that its header names.
    #[error(transparent)]
    Validators(#[from] Invalid),
    /// `Pool.verify`: the time is that of the node's block.
    #[error("the time of the evidence is {got}, that of the block is {expected}")]
    Time { expected: Time, got: Time },
    /// The voter is a validator of that height.
    #[error("{address} was no validator at height {height}")]
    NotAValidator { address: account::Id, height: BlockHeight },
    /// Height, round and kind of both votes are the same.
    #[error("the votes are of different heights, rounds or kinds")]
    OtherVote,
    /// Both votes are of one validator.
    #[error("the votes are of different validators")]
    OtherValidator,
    /// The voting power is that of the validator.
    #[error("the evidence has a power of {got}, the validator has {expected}")]
    Power { expected: u64, got: u64 },
    /// The total voting power is that of the set.
    #[error("the evidence has a total power of {got}, the validators have {expected}")]
    TotalPower { expected: u64, got: u64 },
    /// Both votes were cast.
    #[error("{address} did not sign {vote}")]
    Signature { vote: &'static str, address: account::Id },
}

impl DuplicateVote {
    /// Will a full node take it? `block` is the node's own at the height of the votes, with its validators. Whether the
    /// evidence is too old depends on the chain's parameters, and is not asked here.
    ///
    /// # Errors
    /// The rule that is broken, in CometBFT's order.
    pub fn judge(&self, block: &LightBlock) -> Result<(), VotesRefused> {
        let (expected, got) = (self.height, block.height());
        if expected != got {
            return Err(VotesRefused::Block { expected, got });
        }
        let header = &block.signed_header.header;
        rules::validators_are_of_header(header, &block.validators)?;
        let (expected, got) = (header.time, self.time);
        if expected != got {
            return Err(VotesRefused::Time { expected, got });
        }
        let (address, height) = (self.address, self.height);
        let not_a_validator = VotesRefused::NotAValidator { address, height };
        let (_, validator) = block.validators.by_address(&address).ok_or(not_a_validator)?;
        self.is_of_one_vote()?;
        let (expected, got) = (validator.power(), self.power);
        if expected != got {
            return Err(VotesRefused::Power { expected, got });
        }
        let (expected, got) = (block.validators.total_power(), self.total_power);
        if expected != got {
            return Err(VotesRefused::TotalPower { expected, got });
        }
        was_cast("vote_a", &self.vote_a, &header.chain_id, validator)?;
        was_cast("vote_b", &self.vote_b, &header.chain_id, validator)
    }

    /// That the blocks differ is a matter of form: the votes could not be ordered.
    fn is_of_one_vote(&self) -> Result<(), VotesRefused> {
        let place = |vote: &raw::Vote| (vote.height, vote.round, vote.r#type);
        if place(&self.vote_a) != place(&self.vote_b) {
            return Err(VotesRefused::OtherVote);
        }
        if self.vote_a.validator_address != self.vote_b.validator_address {
            return Err(VotesRefused::OtherValidator);
        }
        Ok(())
    }
}

fn was_cast(name: &'static str, vote: &raw::Vote, chain_id: &chain::Id, validator: &Info) -> Result<(), VotesRefused> {
    let refused = VotesRefused::Signature { vote: name, address: validator.address };
    let Ok(Some(signature)) = Signature::new(vote.signature.as_slice()) else { return Err(refused) };
    validator.verify_signature::<Verifier>(&sign_bytes(vote, chain_id), &signature).map_err(|_| refused)
}

/// CometBFT `VoteSignBytes`, of prevotes and precommits. A vote for nothing has no block id.
fn sign_bytes(vote: &raw::Vote, chain_id: &chain::Id) -> Vec<u8> {
    let id = vote.block_id.clone().filter(|id| !id.hash.is_empty());
    let canonical = raw::CanonicalVote {
        r#type: vote.r#type,
        height: vote.height,
        round: vote.round.into(),
        block_id: id.map(|id| {
            let parts = id.part_set_header.unwrap_or_default();
            let part_set_header = raw::CanonicalPartSetHeader { total: parts.total, hash: parts.hash };
            raw::CanonicalBlockId { hash: id.hash, part_set_header: Some(part_set_header) }
        }),
        timestamp: vote.timestamp,
        chain_id: chain_id.to_string(),
    };
    canonical.encode_length_delimited_to_vec()
}
