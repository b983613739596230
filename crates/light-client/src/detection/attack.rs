//! What kind of attack two blocks show, and whose (CometBFT `types/evidence.go`).

use core::cmp::Reverse;

use serde::{Deserialize, Serialize};
use tendermint::{
    account,
    block::{Commit, CommitSig, Header, signed_header::SignedHeader},
    validator::Info,
};

use crate::{LightBlock, ValidatorSet, voting_power};

/// The case against one side: where the branches part, and what that side has there.
///
/// Its JSON is for keeping; what others take are [`crate::Evidence`] and [`crate::Misbehaviour`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divergence {
    /// The last block that both sides have, of those that were compared.
    pub common: LightBlock,
    /// What the other side has: the blocks that lead from the common one to the block that is compared, each verified
    /// by the one before it. Empty only where the common block itself is compared.
    pub branch: Vec<LightBlock>,
    /// What this side has instead: verified by the common block in one step.
    pub conflicting: LightBlock,
    /// What it did.
    pub kind: AttackKind,
    /// Who can be punished for it, highest power first, then lowest address; nobody for amnesia.
    #[serde(with = "written")]
    pub byzantine: Vec<Info>,
}

/// What a side did that has the conflicting block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttackKind {
    /// Two blocks in one round of one height, both as a correct execution may make them: validators voted twice.
    Equivocation,
    /// Two blocks in different rounds of one height: validators forgot what they were locked on. Who can't be told.
    Amnesia,
    /// A block that no execution has made: see [`made_up`].
    Lunatic,
    /// A made-up block above the head of the chain, told by a time that the head has reached already.
    ForwardLunatic,
    /// Blocks of two heights whose times do not increase, neither of which is known to be made up.
    TimeViolation,
}

/// A field of a header that a correct execution leaves no choice about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the header's fields")]
pub enum MadeUp {
    ValidatorsHash,
    NextValidatorsHash,
    ConsensusHash,
    AppHash,
    LastResultsHash,
}

impl Divergence {
    /// The case that blocks make which were verified already: the branch by the common block, step by step, the
    /// conflicting block by the common block. A [`crate::Detector`] makes it itself.
    ///
    /// Votes that nobody cast are left out first, so that they name no innocent validator.
    pub fn new(common: LightBlock, mut branch: Vec<LightBlock>, conflicting: LightBlock) -> Self {
        let conflicting = without_wrong_votes(conflicting);
        if let Some(last) = branch.pop() {
            branch.push(without_wrong_votes(last));
        }
        let trusted = branch.last().unwrap_or(&common);
        let kind = AttackKind::of(&conflicting.signed_header, &trusted.signed_header);
        let byzantine = byzantine_validators(&conflicting, &trusted.signed_header, &common.validators);
        Self { common, branch, conflicting, kind, byzantine }
    }

    /// The block of the other side that the conflicting one is compared with.
    pub fn trusted(&self) -> &LightBlock {
        self.branch.last().unwrap_or(&self.common)
    }

    /// The common block and the branch of the other side.
    pub(super) fn path(&self) -> Vec<LightBlock> {
        core::iter::once(&self.common).chain(&self.branch).cloned().collect()
    }
}

impl AttackKind {
    /// What a conflicting block shows, measured by one that is held for true.
    pub fn of(conflicting: &SignedHeader, trusted: &SignedHeader) -> Self {
        let is_made_up = !made_up(&conflicting.header, &trusted.header).is_empty();
        if conflicting.header.height != trusted.header.height {
            let is_above = conflicting.header.height > trusted.header.height;
            return if is_made_up && is_above { Self::ForwardLunatic } else { Self::TimeViolation };
        }
        if is_made_up {
            Self::Lunatic
        } else if conflicting.commit.round == trusted.commit.round {
            Self::Equivocation
        } else {
            Self::Amnesia
        }
    }
}

/// CometBFT `ConflictingHeaderIsInvalid`: the fields that no correct execution has made, measured by a header that is
/// held for true.
pub fn made_up(conflicting: &Header, trusted: &Header) -> Vec<MadeUp> {
    let differs = [
        (conflicting.validators_hash != trusted.validators_hash, MadeUp::ValidatorsHash),
        (conflicting.next_validators_hash != trusted.next_validators_hash, MadeUp::NextValidatorsHash),
        (conflicting.consensus_hash != trusted.consensus_hash, MadeUp::ConsensusHash),
        (conflicting.app_hash != trusted.app_hash, MadeUp::AppHash),
        (conflicting.last_results_hash != trusted.last_results_hash, MadeUp::LastResultsHash),
    ];
    differs.into_iter().filter_map(|(differs, field)| differs.then_some(field)).collect()
}

/// CometBFT `GetByzantineValidators`: of a made-up block those signers whom the common set knows; of two blocks in one
/// round those who signed both; of two rounds nobody. Highest power first, then lowest address. Votes for nil count for
/// nothing.
///
/// Signatures are not looked at here: a commit that was verified may end in votes that nobody cast. Those of a
/// [`Divergence`] were looked at.
pub fn byzantine_validators(
    conflicting: &LightBlock,
    trusted: &SignedHeader,
    common_validators: &ValidatorSet,
) -> Vec<Info> {
    let signed = &conflicting.signed_header;
    let mut byzantine: Vec<Info> = if !made_up(&signed.header, &trusted.header).is_empty() {
        signers(&signed.commit).filter_map(|(_, address)| member(common_validators, &address)).collect()
    } else if signed.commit.round == trusted.commit.round {
        let signed_both = |index: usize| trusted.commit.signatures.get(index).is_some_and(CommitSig::is_commit);
        let twice = signers(&signed.commit).filter(|(index, _)| signed_both(*index));
        twice.filter_map(|(_, address)| member(&conflicting.validators, &address)).collect()
    } else {
        Vec::new()
    };
    byzantine.sort_by_key(|info| (Reverse(info.power), info.address));
    byzantine
}

fn without_wrong_votes(mut block: LightBlock) -> LightBlock {
    let SignedHeader { header, commit, .. } = &block.signed_header;
    let commit = voting_power::without_wrong_votes(&header.chain_id, commit, &block.validators);
    block.signed_header.commit = commit;
    block
}

fn member(set: &ValidatorSet, address: &account::Id) -> Option<Info> {
    set.by_address(address).map(|(_, info)| info.clone())
}

/// Who voted for the block, with their seats.
fn signers(commit: &Commit) -> impl Iterator<Item = (usize, account::Id)> {
    let seats = commit.signatures.iter().enumerate();
    seats.filter(|(_, vote)| vote.is_commit()).filter_map(|(seat, vote)| Some((seat, vote.validator_address()?)))
}

/// Validators as their messages: the JSON of [`Info`] loses their proposer priorities, and they would not be the same.
mod written {
    use proto::tendermint_proto::types as raw;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use tendermint::validator::Info;

    use crate::validator_set::validator_from_proto;

    pub(super) fn serialize<S: Serializer>(validators: &[Info], serializer: S) -> Result<S::Ok, S::Error> {
        let validators: Vec<raw::Validator> = validators.iter().cloned().map(Into::into).collect();
        validators.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Info>, D::Error> {
        let validators = Vec::<raw::Validator>::deserialize(deserializer)?.into_iter().enumerate();
        validators.map(|(index, raw)| validator_from_proto(index, raw).map_err(D::Error::custom)).collect()
    }
}
