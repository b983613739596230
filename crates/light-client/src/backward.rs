//! Older headers by the chain of hashes: no signature is needed, since a trusted header commits to the one before it.

use tendermint::block::Header;

use crate::{Invalid, rules};

/// Is `older` the block right before `trusted` (CometBFT `VerifyBackwards`)?
///
/// # Errors
/// When it is of another chain, not older, or not the last block that `trusted` names.
pub fn verify_backward(older: &Header, trusted: &Header) -> Result<(), Invalid> {
    rules::block_protocol_is_known(older)?;
    rules::is_of_chain(older, &trusted.chain_id)?;
    if older.time >= trusted.time {
        return Err(Invalid::TimeNotBefore { trusted: trusted.time, got: older.time });
    }
    let (expected, got) = (trusted.last_block_id.map(|id| id.hash), older.hash());
    if expected == Some(got) { Ok(()) } else { Err(Invalid::LastBlock { expected, got }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_chain::TestChain;

    #[test]
    fn a_header_leads_to_the_one_before_it_alone() {
        let mut chain = TestChain::of(3);
        let [third, fourth, fifth] = [3, 4, 5].map(|height| chain.block(height).signed_header.header);
        assert_eq!(verify_backward(&fourth, &fifth), Ok(()));
        assert_eq!(verify_backward(&third, &fourth), Ok(()));
        let skipping = verify_backward(&third, &fifth).unwrap_err();
        assert_eq!(skipping, Invalid::LastBlock { expected: Some(fourth.hash()), got: third.hash() });
    }

    #[test]
    fn an_older_header_is_of_the_same_chain_and_earlier() {
        let mut chain = TestChain::of(3);
        let [fourth, fifth] = [4, 5].map(|height| chain.block(height).signed_header.header);
        let mut foreign = fourth.clone();
        foreign.chain_id = "other-1".parse().unwrap();
        assert!(matches!(verify_backward(&foreign, &fifth), Err(Invalid::ChainId { .. })));
        let mut late = fourth.clone();
        late.time = fifth.time;
        assert!(matches!(verify_backward(&late, &fifth), Err(Invalid::TimeNotBefore { .. })));
        let mut strange = fourth;
        strange.version.block = 10;
        assert_eq!(verify_backward(&strange, &fifth), Err(Invalid::BlockProtocol(10)));
    }
}
