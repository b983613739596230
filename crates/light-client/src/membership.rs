//! ICS-23 and ICS-24: what stands, or does not stand, under a key of a chain's state, told by a verified app hash.
//!
//! A chain of the Cosmos SDK keeps each store in an iavl tree and the stores' roots in a simple Merkle tree. A proof
//! has one part for each, lowest first (ibc-go `23-commitment/types/merkle.go`). Only these two trees are known here;
//! a client with other proof specs is none that Lightship relays for, see [`is_known_proof_specs`].
//!
//! The crate `ics23` does the hashing. What it lets through, and what would make it panic, is refused before:
//! see the module `structure`. A root is believed only because a [`crate::verify()`]d header holds it, and the state
//! after block h stands in the header of h + 1 ([`types::QueryHeight::proof_height`]).

use core::fmt;

use ics23::{
    CommitmentProof, ExistenceProof, HostFunctionsManager, NonExistenceProof, ProofSpec, commitment_proof::Proof,
};
use proto::{Message, ibc::core::commitment::v1::MerkleProof};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod proof_ops;
mod structure;

pub use proof_ops::{ProofOpsError, proof_from_ops};

/// The most inner nodes on the way from a leaf to its root (the default of ics23 since v0.11).
pub const PROOF_DEPTH_MAX: usize = 128;
/// The most bytes of a proof, both parts together.
pub const PROOF_BYTES_MAX: usize = 512 * 1024;

/// The root of a chain's state: the app hash of a header.
#[derive(Clone, PartialEq, Eq)]
pub struct Root(pub Vec<u8>);

/// Why a proof does not prove what it is said to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The root is empty.
    #[error("root of the state is empty")]
    EmptyRoot,
    /// A key of the path is empty.
    #[error("key of the path is empty")]
    EmptyKey,
    /// The value is empty: absence is proven by another kind of proof.
    #[error("value is empty")]
    EmptyValue,
    /// The proof has not one part for the store and one for the stores' roots.
    #[error("proof has {0} parts, not 2")]
    Parts(usize),
    /// The proof is larger than [`PROOF_BYTES_MAX`].
    #[error("proof has {0} bytes, more than {max}", max = PROOF_BYTES_MAX)]
    TooLarge(usize),
    /// A part is deeper than [`PROOF_DEPTH_MAX`].
    #[error("part {part} of the proof has {depth} inner nodes, more than {max}", max = PROOF_DEPTH_MAX)]
    TooDeep {
        /// 0 for the store, 1 for the stores' roots.
        part: usize,
        /// The inner nodes.
        depth: usize,
    },
    /// A part proves existence where absence is asked for, or the reverse, or is of a batch or empty.
    #[error("part {part} of the proof is not one of {expected}")]
    Kind {
        /// 0 for the store, 1 for the stores' roots.
        part: usize,
        /// What it should prove.
        expected: &'static str,
    },
    /// A node of the proof is none that such a tree has.
    #[error("part {part} of the proof is malformed: {reason}")]
    Structure {
        /// 0 for the store, 1 for the stores' roots.
        part: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The part does not lead from key and value to the root of its tree.
    #[error("part {part} of the proof does not prove it")]
    NotProven {
        /// 0 for the store, 1 for the stores' roots.
        part: usize,
    },
    /// The proof leads to another root.
    #[error("proof leads to root {got}, not to {expected}")]
    WrongRoot {
        /// The root of the verified header.
        expected: Root,
        /// The root that the proof leads to.
        got: Root,
    },
}

/// Are these the proof specs of an SDK chain: those that this module verifies by (ibc-go `GetSDKSpecs`)?
pub fn is_known_proof_specs(specs: &[ProofSpec]) -> bool {
    specs == known_proof_specs()
}

/// The specs of an SDK chain's trees, lowest first; what a new client's state is made with.
pub fn known_proof_specs() -> [ProofSpec; 2] {
    [ics23::iavl_spec(), ics23::tendermint_spec()]
}

/// Does `value` stand under `path`, which is the store's name and the key in it?
///
/// # Errors
/// When the proof does not prove that.
pub fn verify_membership(root: &Root, proof: &MerkleProof, path: [&[u8]; 2], value: &[u8]) -> Result<(), ProofError> {
    let [store, key] = path;
    let [lower, upper] = parts(root, proof, path)?;
    if value.is_empty() {
        return Err(ProofError::EmptyValue);
    }
    let store_root = verify_existence(0, lower, key, value)?;
    verify_store_root(root, upper, store, &store_root)
}

/// Does nothing stand under `path`, which is the store's name and the key in it?
///
/// # Errors
/// When the proof does not prove that.
pub fn verify_non_membership(root: &Root, proof: &MerkleProof, path: [&[u8]; 2]) -> Result<(), ProofError> {
    let [store, key] = path;
    let [lower, upper] = parts(root, proof, path)?;
    let store_root = verify_absence(lower, key)?;
    verify_store_root(root, upper, store, &store_root)
}

/// ibc-go `validateVerificationArgs`, and the limits of ours.
fn parts<'a>(root: &Root, proof: &'a MerkleProof, path: [&[u8]; 2]) -> Result<[&'a CommitmentProof; 2], ProofError> {
    if root.0.is_empty() {
        return Err(ProofError::EmptyRoot);
    }
    if path.iter().any(|key| key.is_empty()) {
        return Err(ProofError::EmptyKey);
    }
    let [lower, upper] = proof.proofs.as_slice() else { return Err(ProofError::Parts(proof.proofs.len())) };
    let bytes = proof.encoded_len();
    if bytes > PROOF_BYTES_MAX {
        return Err(ProofError::TooLarge(bytes));
    }
    Ok([lower, upper])
}

fn spec(part: usize) -> ProofSpec {
    if part == 0 { ics23::iavl_spec() } else { ics23::tendermint_spec() }
}

fn existence(part: usize, proof: &CommitmentProof) -> Result<&ExistenceProof, ProofError> {
    match &proof.proof {
        Some(Proof::Exist(existence)) => Ok(existence),
        // A batch may hold proofs of many keys; ibc-go takes none either.
        Some(Proof::Nonexist(_) | Proof::Batch(_) | Proof::Compressed(_)) | None => {
            Err(ProofError::Kind { part, expected: "existence" })
        }
    }
}

/// Checks one part, and gives the root that it leads to.
fn verify_existence(part: usize, proof: &CommitmentProof, key: &[u8], value: &[u8]) -> Result<Vec<u8>, ProofError> {
    let existence = existence(part, proof)?;
    structure::check_existence(part, existence)?;
    let root = subroot(part, existence)?;
    if leads_to(&root, part, proof, key, value) { Ok(root) } else { Err(ProofError::NotProven { part }) }
}

fn leads_to(root: &Vec<u8>, part: usize, proof: &CommitmentProof, key: &[u8], value: &[u8]) -> bool {
    ics23::verify_membership::<HostFunctionsManager>(proof, &spec(part), root, key, value)
}

/// Checks that the store does not hold the key, and gives the store's root.
fn verify_absence(proof: &CommitmentProof, key: &[u8]) -> Result<Vec<u8>, ProofError> {
    const PART: usize = 0;
    let absence = match &proof.proof {
        Some(Proof::Nonexist(absence)) => absence,
        Some(Proof::Exist(_) | Proof::Batch(_) | Proof::Compressed(_)) | None => {
            return Err(ProofError::Kind { part: PART, expected: "absence" });
        }
    };
    structure::check_absence(PART, absence, key)?;
    let root = subroot(PART, neighbour(absence)?)?;
    let is_proven = ics23::verify_non_membership::<HostFunctionsManager>(proof, &spec(PART), &root, key);
    if is_proven { Ok(root) } else { Err(ProofError::NotProven { part: PART }) }
}

/// Either neighbour leads to the root; `ics23` checks that the other leads to the same.
fn neighbour(absence: &NonExistenceProof) -> Result<&ExistenceProof, ProofError> {
    let missing = ProofError::Structure { part: 0, reason: "it has neither neighbour" };
    absence.left.as_ref().or(absence.right.as_ref()).ok_or(missing)
}

fn subroot(part: usize, proof: &ExistenceProof) -> Result<Vec<u8>, ProofError> {
    ics23::calculate_existence_root::<HostFunctionsManager>(proof).map_err(|_| ProofError::NotProven { part })
}

/// The upper part: the store's root stands under the store's name in the tree whose root is the app hash.
fn verify_store_root(root: &Root, upper: &CommitmentProof, store: &[u8], store_root: &[u8]) -> Result<(), ProofError> {
    const PART: usize = 1;
    structure::check_existence(PART, existence(PART, upper)?)?;
    // Where it leads is asked only of one that does not lead here: each answer costs all of its hashes.
    if leads_to(&root.0, PART, upper, store, store_root) {
        return Ok(());
    }
    let got = Root(verify_existence(PART, upper, store, store_root)?);
    Err(ProofError::WrongRoot { expected: root.clone(), got })
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root({self})")
    }
}

impl Serialize for Root {
    /// As hex in human-readable and binary formats alike.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        types::hex_bytes::serialize(&self.0.as_slice().into(), serializer)
    }
}

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        types::hex_bytes::deserialize(deserializer).map(|bytes| Self(bytes.to_vec()))
    }
}

#[cfg(test)]
mod tests;
