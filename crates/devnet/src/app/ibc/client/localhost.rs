//! The client of the chain itself (ICS-09, ibc-go `09-localhost/light_client_module.go`): it has no state, reads the
//! store where others take proofs, and can't be updated.

use super::error::{client, commitment};
use crate::app::context::{Ctx, store::IBC};
use crate::app::error::Result;

/// What stands where a proof would (`SentinelProof`).
const SENTINEL_PROOF: &[u8] = &[1];

pub(super) fn verify_membership(ctx: &mut Ctx, proof: &[u8], path: [&[u8]; 2], value: &[u8]) -> Result<()> {
    check_proof(proof)?;
    let [_, key] = path;
    let Some(stored) = ctx.get(IBC, key)? else {
        return Err(client::FAILED_MEMBERSHIP_VERIFICATION.wrap(format!("value not found for path {}", text(path))));
    };
    if *stored != *value {
        let text = format!("value provided does not equal value stored at path: {}", text(path));
        return Err(client::FAILED_MEMBERSHIP_VERIFICATION.wrap(text));
    }
    Ok(())
}

pub(super) fn verify_non_membership(ctx: &mut Ctx, proof: &[u8], path: [&[u8]; 2]) -> Result<()> {
    check_proof(proof)?;
    let [_, key] = path;
    if ctx.has(IBC, key)? {
        return Err(client::FAILED_NON_MEMBERSHIP_VERIFICATION.wrap(format!("value found for path {}", text(path))));
    }
    Ok(())
}

fn check_proof(proof: &[u8]) -> Result<()> {
    if proof == SENTINEL_PROOF {
        return Ok(());
    }
    let got = String::from_utf8_lossy(proof);
    Err(commitment::INVALID_PROOF.wrap(format!("expected {}, got {got}", String::from_utf8_lossy(SENTINEL_PROOF))))
}

/// A path as the protobuf text of a `MerklePath`.
fn text(path: [&[u8]; 2]) -> String {
    path.map(|key| format!("key_path:\"{}\" ", key.escape_ascii())).concat()
}
