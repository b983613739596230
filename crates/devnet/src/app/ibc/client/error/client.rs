//! Codespace `client` (ibc-go `02-client/types/errors.go`).

use crate::app::error::Registered;

const fn of(code: u32, description: &'static str) -> Registered {
    Registered::new("client", code, description)
}

/// Code 2: light client already exists.
pub const CLIENT_EXISTS: Registered = of(2, "light client already exists");
/// Code 3: light client is invalid.
pub const INVALID_CLIENT: Registered = of(3, "light client is invalid");
/// Code 4: light client not found.
pub const CLIENT_NOT_FOUND: Registered = of(4, "light client not found");
/// Code 5: light client is frozen due to misbehaviour.
pub const CLIENT_FROZEN: Registered = of(5, "light client is frozen due to misbehaviour");
/// Code 6: invalid client metadata.
pub const INVALID_CLIENT_METADATA: Registered = of(6, "invalid client metadata");
/// Code 7: consensus state not found.
pub const CONSENSUS_STATE_NOT_FOUND: Registered = of(7, "consensus state not found");
/// Code 8: invalid consensus state.
pub const INVALID_CONSENSUS: Registered = of(8, "invalid consensus state");
/// Code 9: client type not found.
pub const CLIENT_TYPE_NOT_FOUND: Registered = of(9, "client type not found");
/// Code 10: invalid client type.
pub const INVALID_CLIENT_TYPE: Registered = of(10, "invalid client type");
/// Code 11: commitment root not found.
pub const ROOT_NOT_FOUND: Registered = of(11, "commitment root not found");
/// Code 12: invalid client header.
pub const INVALID_HEADER: Registered = of(12, "invalid client header");
/// Code 13: invalid light client misbehaviour.
pub const INVALID_MISBEHAVIOUR: Registered = of(13, "invalid light client misbehaviour");
/// Code 14: client state verification failed.
pub const FAILED_CLIENT_STATE_VERIFICATION: Registered = of(14, "client state verification failed");
/// Code 15: client consensus state verification failed.
pub const FAILED_CLIENT_CONSENSUS_STATE_VERIFICATION: Registered = of(15, "client consensus state verification failed");
/// Code 16: connection state verification failed.
pub const FAILED_CONNECTION_STATE_VERIFICATION: Registered = of(16, "connection state verification failed");
/// Code 17: channel state verification failed.
pub const FAILED_CHANNEL_STATE_VERIFICATION: Registered = of(17, "channel state verification failed");
/// Code 18: packet commitment verification failed.
pub const FAILED_PACKET_COMMITMENT_VERIFICATION: Registered = of(18, "packet commitment verification failed");
/// Code 19: packet acknowledgement verification failed.
pub const FAILED_PACKET_ACK_VERIFICATION: Registered = of(19, "packet acknowledgement verification failed");
/// Code 20: packet receipt verification failed.
pub const FAILED_PACKET_RECEIPT_VERIFICATION: Registered = of(20, "packet receipt verification failed");
/// Code 21: next sequence receive verification failed.
pub const FAILED_NEXT_SEQ_RECV_VERIFICATION: Registered = of(21, "next sequence receive verification failed");
/// Code 22: self consensus state not found.
pub const SELF_CONSENSUS_STATE_NOT_FOUND: Registered = of(22, "self consensus state not found");
/// Code 23: unable to update light client.
pub const UPDATE_CLIENT_FAILED: Registered = of(23, "unable to update light client");
/// Code 24: invalid recovery client.
pub const INVALID_RECOVERY_CLIENT: Registered = of(24, "invalid recovery client");
/// Code 25: invalid client upgrade.
pub const INVALID_UPGRADE_CLIENT: Registered = of(25, "invalid client upgrade");
/// Code 26: invalid height.
pub const INVALID_HEIGHT: Registered = of(26, "invalid height");
/// Code 27: invalid client state substitute.
pub const INVALID_SUBSTITUTE: Registered = of(27, "invalid client state substitute");
/// Code 28: invalid upgrade proposal.
pub const INVALID_UPGRADE_PROPOSAL: Registered = of(28, "invalid upgrade proposal");
/// Code 29: client state is not active.
pub const CLIENT_NOT_ACTIVE: Registered = of(29, "client state is not active");
/// Code 30: membership verification failed.
pub const FAILED_MEMBERSHIP_VERIFICATION: Registered = of(30, "membership verification failed");
/// Code 31: non-membership verification failed.
pub const FAILED_NON_MEMBERSHIP_VERIFICATION: Registered = of(31, "non-membership verification failed");
/// Code 32: light client module route not found.
pub const ROUTE_NOT_FOUND: Registered = of(32, "light client module route not found");
/// Code 33: client type not supported.
pub const CLIENT_TYPE_NOT_SUPPORTED: Registered = of(33, "client type not supported");
