//! Codespace `host` (ibc-go `24-host/errors.go`).

use crate::app::error::Registered;

const fn of(code: u32, description: &'static str) -> Registered {
    Registered::new("host", code, description)
}

/// Code 2: invalid identifier.
pub const INVALID_ID: Registered = of(2, "invalid identifier");
/// Code 3: invalid path.
pub const INVALID_PATH: Registered = of(3, "invalid path");
/// Code 4: invalid packet.
pub const INVALID_PACKET: Registered = of(4, "invalid packet");
