//! What holds of all evidence, whatever blocks it is made of.

use proto::Message;

use super::*;
use crate::{
    Divergence, LightBlock, ValidatorSet, signed_header_from_proto,
    test_chain::{TestChain, held, time_of},
};

fn read(bytes: &[u8]) -> Option<LightBlock> {
    let raw = raw::LightBlock::decode(bytes).ok()?;
    Some(LightBlock {
        signed_header: signed_header_from_proto(raw.signed_header?).ok()?,
        validators: ValidatorSet::try_from(raw.validator_set?).ok()?,
        next_validators: None,
    })
}

#[test]
fn no_blocks_make_evidence_panic() {
    let mut chain = TestChain::of(2);
    let (common, truth, lie) = (chain.block(3), chain.block(5), chain.block(6));
    let (client, states) = held(&mut chain, &[3]);
    let id = "07-tendermint-0".parse().unwrap();
    let bytes =
        raw::LightBlock { signed_header: Some(lie.signed_header.into()), validator_set: Some(lie.validators.into()) }
            .encode_to_vec();
    let mut made = 0;
    for index in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[index] ^= 0x01;
        let Some(block) = read(&bytes) else { continue };
        for blocks in [[&common, &truth, &block], [&block, &truth, &common], [&common, &block, &truth]] {
            let [common, trusted, conflicting] = blocks.map(Clone::clone);
            let case = Divergence::new(common, vec![trusted], conflicting);
            let attack = Evidence::LightClientAttack(Box::new(LightClientAttack::of(&case)));
            let votes = DuplicateVote::of(&case).into_iter().map(|votes| Evidence::DuplicateVote(Box::new(votes)));
            for evidence in core::iter::once(attack).chain(votes) {
                assert!(serde_json::to_string(&evidence).is_ok());
                assert!(!evidence.hash().is_empty());
                assert!(!raw::Evidence::from(evidence).encode_to_vec().is_empty());
                made += 1;
            }
            let client = HeldClient { id: &id, state: &client, states: &states };
            let plan = plan_misbehaviour(client, &case, &[], time_of(7));
            assert!(!matches!(plan, Plan::NotActive(_)));
        }
    }
    assert!(made > 100, "too few changes could be read");
}
