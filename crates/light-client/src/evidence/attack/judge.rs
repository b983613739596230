//! What a full node makes of the evidence of an attack (CometBFT `evidence/verify.go`, `LightClientAttackEvidence
//! .ValidateBasic`): whether it will take it, before it is sent.

use tendermint::{Hash, Time};
use types::BlockHeight;

use super::LightClientAttack;
use crate::{
    Invalid, LightBlock, MadeUp, Tally, TrustThreshold,
    detection::{byzantine_validators, made_up},
    rules,
    voting_power::{self, Checked, Count, Votes},
};

/// Why a full node refuses the evidence of an attack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are told by the message of their variant")]
pub enum AttackRefused {
    /// The node compares with its own block at the common height.
    #[error("the common height of the evidence is {expected}, the block is of {got}")]
    CommonBlock { expected: BlockHeight, got: BlockHeight },
    /// `Pool.verify`: the time is that of the block at the common height.
    #[error("the time of the evidence is {got}, that of its common block is {expected}")]
    Time { expected: Time, got: Time },
    /// `ValidateBasic`: the common height is at most that of the conflicting block, and not 0.
    #[error("the common height {common} of the evidence is 0, or above its conflicting block at {conflicting}")]
    CommonHeight { common: BlockHeight, conflicting: BlockHeight },
    /// A rule about the conflicting block or its votes is broken. All votes are checked.
    #[error("conflicting block: {0}")]
    Conflicting(#[from] Invalid),
    /// `VerifyLightClientAttack`: more than a third of the validators at the common height signed the block.
    #[error("too few validators of the common height signed the conflicting block: {0}")]
    NotEnoughTrust(Tally),
    /// `VerifyLightClientAttack`: what is told by its own height alone is not made up.
    #[error("the conflicting block has the common height, but its {0:?} is made up")]
    NotDerived(MadeUp),
    /// `validateABCIEvidence`: the voting power is that of the common height.
    #[error("the evidence has a total power of {got}, the common height has {expected}")]
    TotalPower { expected: u64, got: u64 },
    /// `VerifyLightClientAttack`: a block above the node's head is not later than the head.
    #[error("the conflicting block of {conflicting} is above the head and later than its {head}")]
    TimeIsMonotonic { head: Time, conflicting: Time },
    /// `VerifyLightClientAttack`: the block is another one than the node's.
    #[error("the conflicting block {0} is the node's own")]
    SameBlock(Hash),
    /// `validateABCIEvidence`: the culprits are those that the node finds, in its order.
    #[error("the evidence names other validators than signed")]
    Byzantine,
}

impl LightClientAttack {
    /// Will a full node take it? `common` is the node's block at the common height, `trusted` that at the height of the
    /// conflicting block, or its head where it has not come so far. Whether the evidence is too old depends on the
    /// chain's parameters, and is not asked here.
    ///
    /// # Errors
    /// The rule that is broken, in CometBFT's order.
    pub fn judge(&self, common: &LightBlock, trusted: &LightBlock) -> Result<(), AttackRefused> {
        self.is_well_formed()?;
        let (expected, got) = (self.common_height, common.height());
        if expected != got {
            return Err(AttackRefused::CommonBlock { expected, got });
        }
        let (expected, got) = (common.signed_header.header.time, self.time);
        if expected != got {
            return Err(AttackRefused::Time { expected, got });
        }
        self.is_signed(common, trusted)?;
        let (expected, got) = (common.validators.total_power(), self.total_power);
        if expected != got {
            return Err(AttackRefused::TotalPower { expected, got });
        }
        let (ours, theirs) = (&trusted.signed_header.header, &self.conflicting.signed_header.header);
        if theirs.height > ours.height && theirs.time > ours.time {
            return Err(AttackRefused::TimeIsMonotonic { head: ours.time, conflicting: theirs.time });
        }
        if ours.hash() == theirs.hash() {
            return Err(AttackRefused::SameBlock(ours.hash()));
        }
        let expected = byzantine_validators(&self.conflicting, &trusted.signed_header, &common.validators);
        let key = |info: &tendermint::validator::Info| (info.address, info.pub_key, info.power);
        if expected.iter().map(key).eq(self.byzantine.iter().map(key)) { Ok(()) } else { Err(AttackRefused::Byzantine) }
    }

    /// `ValidateBasic`.
    fn is_well_formed(&self) -> Result<(), AttackRefused> {
        let (common, conflicting) = (self.common_height, self.conflicting.height());
        if common == BlockHeight(0) || common > conflicting {
            return Err(AttackRefused::CommonHeight { common, conflicting });
        }
        rules::signed_header_is_valid(&self.conflicting.signed_header)?;
        Ok(rules::validators_are_of_header(&self.conflicting.signed_header.header, &self.conflicting.validators)?)
    }

    /// Would a light client have believed the block, or is it one that a correct execution may have made?
    fn is_signed(&self, common: &LightBlock, trusted: &LightBlock) -> Result<(), AttackRefused> {
        let chain_id = &trusted.signed_header.header.chain_id;
        let block = &self.conflicting.signed_header;
        let mut checked = Checked::default();
        if common.height() != self.conflicting.height() {
            let third = TrustThreshold::ONE_THIRD;
            match voting_power::count_trusted(
                chain_id,
                &block.commit,
                &common.validators,
                third,
                Votes::All,
                &mut checked,
            )? {
                Count::Enough => {}
                Count::NotEnough(tally) => return Err(AttackRefused::NotEnoughTrust(tally)),
            }
        } else if let Some(field) = made_up(&block.header, &trusted.signed_header.header).first() {
            return Err(AttackRefused::NotDerived(*field));
        }
        Ok(voting_power::check_two_thirds(
            chain_id,
            &block.commit,
            &self.conflicting.validators,
            Votes::All,
            &mut checked,
        )?)
    }
}
