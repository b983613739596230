//! Proofs against a consensus state (`07-tendermint/client_state.go`, `23-commitment/types/merkle.go`).

use light_client::{ProofError, Root};
use proto::Message;
use proto::ibc::core::commitment::v1::MerkleProof;
use proto::ics23::commitment_proof::Proof;
use types::{ConsensusState, Height};

use super::super::Delay;
use super::super::error::{client, commitment, core_ibc};
use super::{client_state, consensus_states, delay, header::braced};
use crate::app::context::Ctx;
use crate::app::error::{AppError, Result};

/// `verifyMembership`.
pub(in super::super) fn verify_membership(
    ctx: &mut Ctx,
    id: &str,
    at: (Height, Delay),
    proof: &[u8],
    path: [&[u8]; 2],
    value: &[u8],
) -> Result<()> {
    let (proof, state) = prepare(ctx, id, at, proof)?;
    check_membership(&state, &proof, path, value)
}

/// `verifyNonMembership`.
pub(in super::super) fn verify_non_membership(
    ctx: &mut Ctx,
    id: &str,
    at: (Height, Delay),
    proof: &[u8],
    path: [&[u8]; 2],
) -> Result<()> {
    let (proof, state) = prepare(ctx, id, at, proof)?;
    light_client::verify_non_membership(&Root(state.root), &proof, path)
        .map_err(|error| refusal(&error, &proof, path, None))
}

/// `MerkleProof.VerifyMembership`.
pub(super) fn check_membership(
    state: &ConsensusState,
    proof: &MerkleProof,
    path: [&[u8]; 2],
    value: &[u8],
) -> Result<()> {
    light_client::verify_membership(&Root(state.root.clone()), proof, path, value)
        .map_err(|error| refusal(&error, proof, path, Some(value)))
}

/// What comes before the proof itself: the client knows the height, and has known it for long enough.
fn prepare(
    ctx: &mut Ctx,
    id: &str,
    (height, delay): (Height, Delay),
    proof: &[u8],
) -> Result<(MerkleProof, ConsensusState)> {
    let latest = client_state(ctx, id)?.latest_height;
    if latest < height {
        return Err(core_ibc::INVALID_HEIGHT.wrap(format!(
            "client state height < proof height ({} < {}), please ensure the client has been updated",
            braced(latest),
            braced(height)
        )));
    }
    delay::check(ctx, id, height, delay)?;
    let proof = MerkleProof::decode(proof)
        .map_err(|_| commitment::INVALID_PROOF.wrap("failed to unmarshal proof into ICS 23 commitment merkle proof"))?;
    let not_found = || {
        let text = "please ensure the proof was constructed against a height that exists on the client";
        client::CONSENSUS_STATE_NOT_FOUND.wrap(text)
    };
    Ok((proof, consensus_states::get(ctx, id, height)?.ok_or_else(not_found)?))
}

/// The error of ibc-go for a proof that does not prove; `value` is none where absence was to be proven.
fn refusal(error: &ProofError, proof: &MerkleProof, path: [&[u8]; 2], value: Option<&[u8]>) -> AppError {
    let invalid = |text: String| commitment::INVALID_PROOF.wrap(text);
    match error {
        ProofError::EmptyRoot => commitment::INVALID_MERKLE_PROOF.wrap("root cannot be empty"),
        ProofError::Parts(0) => commitment::INVALID_MERKLE_PROOF.wrap("proof must not be empty"),
        ProofError::Parts(parts) => {
            let text = format!("length of specs: 2 not equal to length of proof: {parts}");
            commitment::INVALID_MERKLE_PROOF.wrap(text)
        }
        ProofError::EmptyValue => invalid("empty value in membership proof".to_owned()),
        ProofError::EmptyKey | ProofError::TooLarge(_) | ProofError::TooDeep { .. } => invalid(error.to_string()),
        ProofError::Kind { part: 0, .. } if value.is_none() => invalid(
            "commitment proof must be non-existence proof for verifying non-membership. got: *ics23.CommitmentProof"
                .to_owned(),
        ),
        ProofError::Kind { part, .. } => {
            invalid(format!("commitment proof must be existence proof. got: *ics23.CommitmentProof at index {part}"))
        }
        ProofError::Structure { part, .. } | ProofError::NotProven { part } => {
            invalid(unproven(*part, &reason(error, proof, *part, path, value), path, value.is_none()))
        }
        ProofError::WrongRoot { expected, got } => invalid(format!(
            "proof did not commit to expected root: {expected}, got: {got}. Please ensure proof was submitted with \
             correct proofHeight and to the correct chain."
        )),
    }
}

fn unproven(part: usize, reason: &str, [_, key]: [&[u8]; 2], is_absence: bool) -> String {
    if is_absence && part == 0 {
        let key = String::from_utf8_lossy(key);
        return format!("failed to verify non-membership proof with key {key}: {reason}");
    }
    format!("failed to verify membership proof at index {part}: {reason}")
}

/// What ics23 says: first of the key, then of the value, at last of the tree.
fn reason(error: &ProofError, proof: &MerkleProof, part: usize, path: [&[u8]; 2], value: Option<&[u8]>) -> String {
    let existence = match proof.proofs.get(part).and_then(|part| part.proof.as_ref()) {
        Some(Proof::Exist(existence)) => existence,
        Some(Proof::Nonexist(_) | Proof::Batch(_) | Proof::Compressed(_)) | None => return error.to_string(),
    };
    let is_other_value = match (part, value) {
        (0, Some(value)) => existence.value != value,
        // The value of the upper part is the root of the lower one, whatever it is.
        _ => true,
    };
    match error {
        ProofError::NotProven { .. } if existence.key != path[1 - part.min(1)] => {
            "provided key doesn't match proof".to_owned()
        }
        ProofError::NotProven { .. } if is_other_value => "provided value doesn't match proof".to_owned(),
        other => other.to_string(),
    }
}
