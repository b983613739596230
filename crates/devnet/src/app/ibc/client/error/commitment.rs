//! Codespace `commitment` (ibc-go `23-commitment/types/errors.go`).

use crate::app::error::Registered;

const fn of(code: u32, description: &'static str) -> Registered {
    Registered::new("commitment", code, description)
}

/// Code 2: invalid proof.
pub const INVALID_PROOF: Registered = of(2, "invalid proof");
/// Code 3: invalid prefix.
pub const INVALID_PREFIX: Registered = of(3, "invalid prefix");
/// Code 4: invalid merkle proof.
pub const INVALID_MERKLE_PROOF: Registered = of(4, "invalid merkle proof");
