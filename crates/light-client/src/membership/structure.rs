//! What a node of an iavl or simple Merkle proof looks like, checked before `ics23` hashes it.
//!
//! ics23 0.12 is older than some of the rules that chains check by today (Dragonberry and after: `ops.go`, `proof.go`
//! of ics23 v0.11), and it panics on an absence proof whose neighbours never part. A chain's own trees keep all rules
//! of this module; some of them are stricter than a chain's:
//! - a leaf of an iavl tree has height 0 and size 1;
//! - each inner node has exactly one sibling, left or right (Dragonfruit);
//! - an absence proof names the key that is absent.

use ics23::{ExistenceProof, InnerOp, LeafOp, NonExistenceProof};
use proto::prost::encoding::decode_varint;

use super::{PROOF_DEPTH_MAX, ProofError};

const HASH_LEN: usize = 32;
/// An iavl node writes the length of a child's hash before it.
const HASH_LEN_BYTE: u8 = 32;
/// The first byte of an inner node of a simple Merkle tree (RFC 6962).
const INNER_PREFIX: u8 = 1;

pub(super) fn check_existence(part: usize, proof: &ExistenceProof) -> Result<(), ProofError> {
    if proof.path.len() > PROOF_DEPTH_MAX {
        return Err(ProofError::TooDeep { part, depth: proof.path.len() });
    }
    let malformed = |reason| ProofError::Structure { part, reason };
    let leaf = proof.leaf.as_ref().ok_or(malformed("it has no leaf"))?;
    if part > 0 {
        return proof.path.iter().try_for_each(check_simple_inner).map_err(malformed);
    }
    check_iavl_leaf(leaf).map_err(malformed)?;
    // The first inner node is right above the leaf, at height 1 or, in a lopsided tree, higher.
    (1..).zip(&proof.path).try_for_each(|(height, inner)| check_iavl_inner(inner, height)).map_err(malformed)
}

pub(super) fn check_absence(part: usize, proof: &NonExistenceProof, key: &[u8]) -> Result<(), ProofError> {
    let malformed = |reason| ProofError::Structure { part, reason };
    if proof.key != key {
        return Err(malformed("it is about another key"));
    }
    for neighbour in [&proof.left, &proof.right].into_iter().flatten() {
        check_existence(part, neighbour)?;
    }
    if let (Some(left), Some(right)) = (&proof.left, &proof.right)
        && !do_part(&left.path, &right.path)
    {
        return Err(malformed("its neighbours are not two places of one tree"));
    }
    Ok(())
}

/// Do two ways from the root part before either ends? `ensure_left_neighbor` of ics23 takes that for granted.
fn do_part(left: &[InnerOp], right: &[InnerOp]) -> bool {
    left.iter()
        .rev()
        .zip(right.iter().rev())
        .any(|(left, right)| (&left.prefix, &left.suffix) != (&right.prefix, &right.suffix))
}

fn check_simple_inner(inner: &InnerOp) -> Result<(), &'static str> {
    if inner.prefix.first() != Some(&INNER_PREFIX) {
        return Err("an inner node does not begin as one");
    }
    match (inner.prefix.len() - 1, inner.suffix.len()) {
        (0, HASH_LEN) | (HASH_LEN, 0) => Ok(()),
        _ => Err("an inner node has not exactly one sibling"),
    }
}

fn check_iavl_leaf(leaf: &LeafOp) -> Result<(), &'static str> {
    let (height, size, rest) = iavl_prefix(&leaf.prefix)?;
    if height != 0 || size != 1 || !rest.is_empty() {
        return Err("a leaf does not begin as one");
    }
    Ok(())
}

fn check_iavl_inner(inner: &InnerOp, height_min: i64) -> Result<(), &'static str> {
    let (height, _, rest) = iavl_prefix(&inner.prefix)?;
    if height < height_min {
        return Err("an inner node is lower than its place");
    }
    let is_child_length = |byte: Option<&u8>| byte == Some(&HASH_LEN_BYTE);
    let is_one_sibling = match (rest.len(), inner.suffix.len()) {
        (1, right) if right == 1 + HASH_LEN => is_child_length(rest.first()) && is_child_length(inner.suffix.first()),
        (left, 0) if left == 2 + HASH_LEN => is_child_length(rest.first()) && is_child_length(rest.last()),
        _ => false,
    };
    if is_one_sibling { Ok(()) } else { Err("an inner node has not exactly one sibling") }
}

/// Height, size and what is left of an iavl node's beginning: three signed varints, none of them negative.
fn iavl_prefix(prefix: &[u8]) -> Result<(i64, i64, &[u8]), &'static str> {
    let (height, rest) = varint(prefix)?;
    let (size, rest) = varint(rest)?;
    let (_version, rest) = varint(rest)?;
    Ok((height, size, rest))
}

/// A zigzag varint as Go's `binary.ReadVarint` reads it, refused when negative.
fn varint(mut bytes: &[u8]) -> Result<(i64, &[u8]), &'static str> {
    let unsigned = decode_varint(&mut bytes).map_err(|_| "a node begins without its numbers")?;
    if unsigned & 1 != 0 {
        return Err("a number of a node is negative");
    }
    let value = i64::try_from(unsigned >> 1).map_err(|_| "a number of a node is out of range")?;
    Ok((value, bytes))
}
