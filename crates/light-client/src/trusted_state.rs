//! What is believed of a chain at one height, and how that starts.

use serde::{Deserialize, Serialize};
use tendermint::{Hash, block::Header};
use types::{ChainId, Height, Timestamp};

use crate::{
    Invalid, LightBlock, Root, ValidatorSet, rules,
    voting_power::{self, Checked, Votes},
};

/// The facts of a verified header that later headers and proofs are checked against (ICS-07 `ConsensusState`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedState {
    /// The chain that made the header.
    pub chain_id: ChainId,
    /// The header's height, with the revision of the chain.
    pub height: Height,
    /// The header's time.
    pub time: Timestamp,
    /// The header's app hash: the root of the state after the block before.
    pub root: Root,
    /// The hash of the validators of the next height.
    pub next_validators_hash: Hash,
    /// The hash of the header; a consensus state on another chain does not know it.
    pub header_hash: Option<Hash>,
}

impl TrustedState {
    /// The state of a block that [`crate::verify()`] accepted.
    ///
    /// # Errors
    /// [`Invalid::ChainIdMalformed`] and [`Invalid::TimeOutOfRange`] for a header that no client could hold.
    pub fn of_verified(block: &LightBlock) -> Result<Self, Invalid> {
        Self::of_header(&block.signed_header.header)
    }

    /// The state of a header that is trusted.
    pub(crate) fn of_header(header: &Header) -> Result<Self, Invalid> {
        let chain_id = rules::chain_id(header)?;
        Ok(Self {
            height: Height { revision_number: chain_id.revision_number(), revision_height: header.height.value() },
            chain_id,
            time: rules::timestamp(header.time)?,
            root: Root(header.app_hash.as_bytes().to_vec()),
            next_validators_hash: header.next_validators_hash,
            header_hash: Some(header.hash()),
        })
    }

    /// The state that a client on another chain holds, by the fields of its ICS-07 consensus state.
    ///
    /// # Errors
    /// [`Invalid::HashLength`] when the hash of the next validators has not 32 bytes.
    pub fn from_consensus_state(
        chain_id: ChainId,
        height: Height,
        time: Timestamp,
        root: Root,
        next_validators_hash: &[u8],
    ) -> Result<Self, Invalid> {
        let next_validators_hash = rules::sha256(next_validators_hash)?;
        Ok(Self { chain_id, height, time, root, next_validators_hash, header_hash: None })
    }

    /// Starts trust from a block whose hash somebody vouches for (CometBFT `initializeWithTrustOptions`). Gives the
    /// state and the validators of the next height, as [`crate::verify()`] and [`crate::Bisection`] take them.
    ///
    /// # Errors
    /// When the block has another hash, is not valid by itself, is not signed by more than two thirds of its
    /// validators, or comes without the next validators.
    pub fn anchor(block: &LightBlock, hash: Hash) -> Result<(Self, ValidatorSet), Invalid> {
        let header = &block.signed_header.header;
        rules::header_is_the_anchor(header, hash)?;
        rules::signed_header_is_valid(&block.signed_header)?;
        rules::validators_are_of_header(header, &block.validators)?;
        let next_validators = block.next_validators.as_ref().ok_or(Invalid::NextValidatorsMissing)?;
        rules::next_validators_are_of_header(header, next_validators)?;
        let state = Self::of_verified(block)?;
        voting_power::check_two_thirds(
            &header.chain_id,
            &block.signed_header.commit,
            &block.validators,
            Votes::Enough,
            &mut Checked::default(),
        )?;
        Ok((state, next_validators.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_chain::TestChain;

    #[test]
    fn an_anchor_must_have_the_hash_that_is_vouched_for() {
        let mut chain = TestChain::of(4);
        let block = chain.block(5);
        let (state, next) = TrustedState::anchor(&block, block.header_hash()).unwrap();
        assert_eq!(state.height, Height { revision_number: 1, revision_height: 5 });
        assert_eq!(next.hash(), state.next_validators_hash);
        let other = Hash::Sha256([7; 32]);
        let error = TrustedState::anchor(&block, other).unwrap_err();
        assert_eq!(error, Invalid::AnchorHash { expected: other, got: block.header_hash() });
    }

    #[test]
    fn an_anchor_must_be_signed_by_more_than_two_thirds() {
        let mut chain = TestChain::of(3);
        let mut block = chain.block(5);
        block.signed_header.commit.signatures[1] = tendermint::block::CommitSig::BlockIdFlagAbsent;
        let error = TrustedState::anchor(&block, block.header_hash()).unwrap_err();
        assert!(matches!(error, Invalid::NotEnoughPower(_)), "{error}");
    }

    #[test]
    fn an_anchor_needs_its_next_validators() {
        let mut chain = TestChain::of(3);
        let mut block = chain.block(5);
        block.next_validators = None;
        assert_eq!(TrustedState::anchor(&block, block.header_hash()).unwrap_err(), Invalid::NextValidatorsMissing);
        block.next_validators = Some(TestChain::of(2).validators());
        let error = TrustedState::anchor(&block, block.header_hash()).unwrap_err();
        assert!(matches!(error, Invalid::NextValidatorsHash { .. }), "{error}");
    }

    #[test]
    fn a_state_survives_its_json() {
        let mut chain = TestChain::of(3);
        let block = chain.block(5);
        let state = TrustedState::of_verified(&block).unwrap();
        let json = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<TrustedState>(&json).unwrap(), state);
    }

    #[test]
    fn a_consensus_state_needs_a_hash_of_32_bytes() {
        let chain_id: ChainId = "chain-1".parse().unwrap();
        let of = |bytes: &[u8]| {
            let height = Height { revision_number: 1, revision_height: 9 };
            TrustedState::from_consensus_state(chain_id.clone(), height, Timestamp(1), Root(vec![1; 32]), bytes)
        };
        assert!(of(&[1; 32]).is_ok());
        assert_eq!(of(&[1; 31]).unwrap_err(), Invalid::HashLength(31));
        assert_eq!(of(&[]).unwrap_err(), Invalid::HashLength(0));
    }
}
