//! ICS-02 clients, of the kind ICS-07: what a chain holds of a CometBFT chain that it tracks.

mod consensus;
mod state;
mod trust_threshold;

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

pub use consensus::ConsensusState;
pub use state::{ClientState, sdk_proof_specs, sdk_upgrade_path};
pub use trust_threshold::{TrustThreshold, TrustThresholdError};

/// What a chain says of a client of its own (ICS-02; ibc-go `exported.Status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It can be updated and can prove.
    Active,
    /// It saw misbehaviour.
    Frozen,
    /// Its newest consensus state is older than the trusting period.
    Expired,
    /// Its chain does not allow clients of its kind.
    Unauthorized,
    /// Its chain can't tell, or there is no such client.
    Unknown,
}

/// Why a text is not the status of a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("client status {0:?} is unknown")]
pub struct StatusError(String);

impl FromStr for Status {
    type Err = StatusError;

    fn from_str(text: &str) -> Result<Self, StatusError> {
        match text {
            "Active" => Ok(Self::Active),
            "Frozen" => Ok(Self::Frozen),
            "Expired" => Ok(Self::Expired),
            "Unauthorized" => Ok(Self::Unauthorized),
            "Unknown" => Ok(Self::Unknown),
            other => Err(StatusError(other.chars().take(80).collect())),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Expired => "expired",
            Self::Unauthorized => "unauthorized",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_ibc_go_writes_it() {
        let written = ["Active", "Frozen", "Expired", "Unauthorized", "Unknown"];
        for text in written {
            let status: Status = text.parse().unwrap();
            assert_eq!(status.to_string(), text.to_lowercase());
        }
        assert_eq!("active".parse::<Status>().unwrap_err().to_string(), "client status \"active\" is unknown");
    }
}
