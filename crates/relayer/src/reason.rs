//! Why a packet is where it is: stable codes, for tables, programs, and people at night.

use serde::{Deserialize, Serialize};

/// Why a packet is where it is. The codes are stable: programs may rest on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Over: the source took the acknowledgement or the timeout, or the packet was never sent.
    Over,
    /// The source has never sent it.
    NeverSent,
    /// It waits for a block that proves it, or is being relayed.
    BeingRelayed,
    /// Received; the application has not written its acknowledgement yet. Nobody can relay it.
    AcknowledgementAwaited,
    /// Too near to its timeout to be delivered; it times out soon.
    TimeoutAwaited,
    /// Its leg failed alone too often; it is tried at growing distances.
    Quarantined,
    /// The chain will never take its acknowledgement.
    AcknowledgementMalformed,
    /// Received, and the source's channel, which would have to take the acknowledgement, is closed.
    SourceClosed,
    /// The path's policy refuses it.
    PolicyRefused,
    /// Its bytes, or its acknowledgement's, stand in no block that a node keeps.
    BytesUnknown,
    /// The client that would have to prove it is frozen.
    ClientFrozen,
    /// The client that would have to prove it is expired.
    ClientExpired,
    /// The wallet can't pay.
    WalletEmpty,
    /// A chain does not answer.
    ChainUnreachable,
    /// Nobody relays this channel: no configured path has it.
    NotConfigured,
    /// No relayer runs on this store.
    NotRunning,
}
