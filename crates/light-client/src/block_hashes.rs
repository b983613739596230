//! What a header commits its block to: the transactions and the evidence in it (CometBFT `types/block.go`). A node that
//! hands out a block's contents can neither hide nor invent anything once the header is verified.

use proto::{
    Message,
    tendermint_proto::types::{self as raw, evidence::Sum},
};
use tendermint::{
    Hash,
    block::Header,
    crypto::{Sha256 as _, default::Sha256},
    merkle::simple_hash_from_byte_vectors,
};

/// CometBFT `Txs.Hash`: the header's `data_hash` over the transactions' bytes, in the order of the block.
pub fn data_hash<T: AsRef<[u8]>>(transactions: &[T]) -> Hash {
    let leaves: Vec<[u8; 32]> = transactions.iter().map(|tx| Sha256::digest(tx.as_ref())).collect();
    root(&leaves)
}

/// CometBFT `EvidenceList.Hash`: the header's `evidence_hash` over the evidence's own bytes, in the order of the block,
/// without the envelope that says of which kind it is.
pub fn evidence_hash(evidence: &[raw::Evidence]) -> Hash {
    let bytes = |evidence: &raw::Evidence| match &evidence.sum {
        Some(Sum::DuplicateVoteEvidence(votes)) => votes.encode_to_vec(),
        Some(Sum::LightClientAttackEvidence(attack)) => attack.encode_to_vec(),
        None => Vec::new(),
    };
    let leaves: Vec<Vec<u8>> = evidence.iter().map(bytes).collect();
    root(&leaves)
}

/// Does the block of this header hold evidence?
pub fn commits_evidence(header: &Header) -> bool {
    header.evidence_hash.is_some_and(|hash| hash != evidence_hash(&[]))
}

fn root<T: AsRef<[u8]>>(leaves: &[T]) -> Hash {
    Hash::Sha256(simple_hash_from_byte_vectors::<Sha256>(leaves))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_chain::TestChain;

    #[test]
    fn nothing_has_the_hash_of_no_bytes() {
        let nothing = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
        assert_eq!(data_hash::<Vec<u8>>(&[]).to_string(), nothing);
        assert_eq!(evidence_hash(&[]).to_string(), nothing);
    }

    #[test]
    fn transactions_are_hashed_before_the_tree_hashes_them() {
        // 0x00 before a leaf, RFC 6962.
        let leaf = [&[0], Sha256::digest(b"tx").as_slice()].concat();
        assert_eq!(data_hash(&[b"tx"]), Hash::Sha256(Sha256::digest(leaf)));
        assert_ne!(data_hash(&[b"a", b"b"]), data_hash(&[b"b", b"a"]));
    }

    #[test]
    fn a_header_tells_whether_its_block_holds_evidence() {
        let mut header = TestChain::of(1).block(3).signed_header.header;
        header.evidence_hash = Some(evidence_hash(&[]));
        assert!(!commits_evidence(&header));
        header.evidence_hash = None;
        assert!(!commits_evidence(&header));
        header.evidence_hash = Some(data_hash(&[b"evidence"]));
        assert!(commits_evidence(&header));
    }
}
