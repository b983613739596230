//! Codespace `upgrade` (cosmossdk.io/x/upgrade `types/errors.go`).

use crate::app::error::Registered;

const fn of(code: u32, description: &'static str) -> Registered {
    Registered::new("upgrade", code, description)
}

/// Code 3: upgrade plan not found.
pub const NO_UPGRADE_PLAN_FOUND: Registered = of(3, "upgrade plan not found");
/// Code 4: upgraded client not found.
pub const NO_UPGRADED_CLIENT_FOUND: Registered = of(4, "upgraded client not found");
/// Code 5: upgraded consensus state not found.
pub const NO_UPGRADED_CONSENSUS_STATE_FOUND: Registered = of(5, "upgraded consensus state not found");
