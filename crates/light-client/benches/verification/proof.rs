//! A value under a key of an iavl tree, whose root stands among those of other stores.

use ics23::{
    CommitmentProof, ExistenceProof, HashOp, HostFunctionsManager, InnerOp, LeafOp, LengthOp, ProofSpec,
    calculate_existence_root, commitment_proof::Proof, verify_membership,
};
use lightship_light_client::Root;
use proto::ibc::core::commitment::v1::MerkleProof;

const STORE: &[u8] = b"ibc";
const KEY: &[u8] = b"commitments/ports/transfer/channels/channel-0/sequences/1";

/// The value of a packet commitment, with its proof.
pub(crate) struct Proven {
    pub(crate) root: Root,
    pub(crate) proof: MerkleProof,
    pub(crate) value: Vec<u8>,
}

impl Proven {
    /// Under so many inner nodes of the store's tree, and of the tree of stores.
    pub(crate) fn new(depth: usize, stores_depth: usize) -> Self {
        let value = vec![5; 32];
        let lower = ExistenceProof {
            key: KEY.to_vec(),
            value: value.clone(),
            leaf: Some(leaf(vec![0, 2, 6])),
            path: (1..=depth).map(iavl_node).collect(),
        };
        let upper = ExistenceProof {
            key: STORE.to_vec(),
            value: root_of(&lower),
            leaf: Some(leaf(vec![0])),
            path: vec![node([vec![1], vec![8; 32]].concat(), vec![]); stores_depth],
        };
        let root = Root(root_of(&upper));
        let proofs = [lower, upper].map(|proof| CommitmentProof { proof: Some(Proof::Exist(proof)) });
        Self { root, proof: MerkleProof { proofs: proofs.to_vec() }, value }
    }

    /// The store, and the key in it.
    pub(crate) fn path(&self) -> [&'static [u8]; 2] {
        [STORE, KEY]
    }

    /// The same by `ics23` alone, in the way of ibc-go's `verifyChainedMembershipProof`: the root of a store is known only
    /// by its proof.
    pub(crate) fn verify_alone(&self, [iavl, simple]: &[ProofSpec; 2]) -> bool {
        let [lower, upper] = [&self.proof.proofs[0], &self.proof.proofs[1]];
        let Some(Proof::Exist(existence)) = &lower.proof else { return false };
        let store_root = root_of(existence);
        verify_membership::<HostFunctionsManager>(lower, iavl, &store_root, KEY, &self.value)
            && verify_membership::<HostFunctionsManager>(upper, simple, &self.root.0, STORE, &store_root)
    }
}

/// A node of this height with one sibling to its right; size and version are numbers like any.
fn iavl_node(height: usize) -> InnerOp {
    let zigzag = u8::try_from(2 * height).expect("a height of a tree");
    node(vec![zigzag, 4, 6, 32], [vec![32], vec![7; 32]].concat())
}

fn node(prefix: Vec<u8>, suffix: Vec<u8>) -> InnerOp {
    InnerOp { hash: HashOp::Sha256.into(), prefix, suffix }
}

fn leaf(prefix: Vec<u8>) -> LeafOp {
    LeafOp {
        hash: HashOp::Sha256.into(),
        prehash_key: HashOp::NoHash.into(),
        prehash_value: HashOp::Sha256.into(),
        length: LengthOp::VarProto.into(),
        prefix,
    }
}

fn root_of(proof: &ExistenceProof) -> Vec<u8> {
    calculate_existence_root::<HostFunctionsManager>(proof).expect("a proof of existence")
}
