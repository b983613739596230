//! A proof as CometBFT hands it out (`ProofOps` of an `abci_query`), turned into the one that a chain takes.

use ics23::CommitmentProof;
use proto::{Message, ibc::core::commitment::v1::MerkleProof};

use super::PROOF_BYTES_MAX;

/// The types of the two parts (cosmos-sdk `store/types/proof.go`), lowest first.
const TYPES: [&str; 2] = ["ics23:iavl", "ics23:simple"];

/// Why the operations of an answer are not a proof of an SDK chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofOpsError {
    /// There are not two operations, as where no proof was asked for or the store keeps none.
    #[error("answer holds {0} proof operations, not 2")]
    Count(usize),
    /// An operation is of another type.
    #[error("proof operation {index} has type {got:?}, not {expected}")]
    Type {
        /// Its place.
        index: usize,
        /// The type it should have.
        expected: &'static str,
        /// Its type, at most 80 characters of it.
        got: String,
    },
    /// The operations are larger than [`PROOF_BYTES_MAX`].
    #[error("proof operations have {0} bytes, more than {max}", max = PROOF_BYTES_MAX)]
    TooLarge(usize),
    /// The bytes of an operation are not an ICS-23 proof.
    #[error("proof operation {index} is malformed: {reason}")]
    Malformed {
        /// Its place.
        index: usize,
        /// What the decoder says.
        reason: String,
    },
}

/// Puts the operations of an answer together, each given by its type and data (ibc-go `ConvertProofs`).
///
/// # Errors
/// When they are not an iavl and a simple Merkle proof of bounded size.
pub fn proof_from_ops<'a>(ops: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Result<MerkleProof, ProofOpsError> {
    // One more than fits tells too many from enough.
    let ops: Vec<(&str, &[u8])> = ops.into_iter().take(TYPES.len() + 1).collect();
    if ops.len() != TYPES.len() {
        return Err(ProofOpsError::Count(ops.len()));
    }
    let bytes = ops.iter().map(|(_, data)| data.len()).fold(0, usize::saturating_add);
    if bytes > PROOF_BYTES_MAX {
        return Err(ProofOpsError::TooLarge(bytes));
    }
    let part = |(index, ((got, data), expected)): (usize, ((&str, &[u8]), &'static str))| {
        if got != expected {
            return Err(ProofOpsError::Type { index, expected, got: got.chars().take(80).collect() });
        }
        CommitmentProof::decode(data).map_err(|error| ProofOpsError::Malformed { index, reason: error.to_string() })
    };
    let proofs = ops.into_iter().zip(TYPES).enumerate().map(part).collect::<Result<Vec<_>, _>>()?;
    Ok(MerkleProof { proofs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_parts_keep_their_order() {
        let proof = proof_from_ops([("ics23:iavl", &[][..]), ("ics23:simple", &[][..])]).unwrap();
        assert_eq!(proof.proofs.len(), 2);
    }

    #[test]
    fn another_number_of_parts_is_refused() {
        assert_eq!(proof_from_ops([]), Err(ProofOpsError::Count(0)));
        assert_eq!(proof_from_ops([("ics23:iavl", &[][..])]), Err(ProofOpsError::Count(1)));
        let endless = core::iter::repeat(("ics23:iavl", &[][..]));
        assert_eq!(proof_from_ops(endless), Err(ProofOpsError::Count(3)));
    }

    #[test]
    fn parts_of_another_type_or_order_are_refused() {
        let swapped = proof_from_ops([("ics23:simple", &[][..]), ("ics23:iavl", &[][..])]).unwrap_err();
        assert!(matches!(swapped, ProofOpsError::Type { index: 0, expected: "ics23:iavl", .. }));
        let sparse = proof_from_ops([("ics23:smt", &[][..]), ("ics23:simple", &[][..])]).unwrap_err();
        assert_eq!(sparse.to_string(), "proof operation 0 has type \"ics23:smt\", not ics23:iavl");
    }

    #[test]
    fn bytes_that_are_no_proof_are_refused() {
        let error = proof_from_ops([("ics23:iavl", &[][..]), ("ics23:simple", &[0xff][..])]).unwrap_err();
        assert!(matches!(error, ProofOpsError::Malformed { index: 1, .. }));
        let large = vec![0; PROOF_BYTES_MAX + 1];
        let error = proof_from_ops([("ics23:iavl", &large[..]), ("ics23:simple", &[][..])]).unwrap_err();
        assert_eq!(error, ProofOpsError::TooLarge(PROOF_BYTES_MAX + 1));
    }
}
