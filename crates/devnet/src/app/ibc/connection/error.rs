//! Codespace `connection` (ibc-go `03-connection/types/errors.go`).

use crate::app::error::Registered;

const fn of(code: u32, description: &'static str) -> Registered {
    Registered::new("connection", code, description)
}

/// Code 2: connection already exists.
pub const CONNECTION_EXISTS: Registered = of(2, "connection already exists");
/// Code 3: connection not found.
pub const CONNECTION_NOT_FOUND: Registered = of(3, "connection not found");
/// Code 4: light client connection paths not found.
pub const CLIENT_CONNECTION_PATHS_NOT_FOUND: Registered = of(4, "light client connection paths not found");
/// Code 5: connection path is not associated to the given light client.
pub const CONNECTION_PATH: Registered = of(5, "connection path is not associated to the given light client");
/// Code 6: invalid connection state.
pub const INVALID_CONNECTION_STATE: Registered = of(6, "invalid connection state");
/// Code 7: invalid counterparty connection.
pub const INVALID_COUNTERPARTY: Registered = of(7, "invalid counterparty connection");
/// Code 8: invalid connection.
pub const INVALID_CONNECTION: Registered = of(8, "invalid connection");
/// Code 9: invalid connection version.
pub const INVALID_VERSION: Registered = of(9, "invalid connection version");
/// Code 10: connection version negotiation failed.
pub const VERSION_NEGOTIATION_FAILED: Registered = of(10, "connection version negotiation failed");
/// Code 11: invalid connection identifier.
pub const INVALID_CONNECTION_IDENTIFIER: Registered = of(11, "invalid connection identifier");
