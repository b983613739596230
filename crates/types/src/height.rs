//! Heights: ICS-02 [`Height`], CometBFT [`BlockHeight`], and the two that must never be mixed up,
//! [`QueryHeight`] (state that is asked for) and [`ProofHeight`] (header whose root proves it).

use core::fmt;

use serde::{Deserialize, Serialize};

/// ICS-02 height: ordered by revision first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Height {
    /// The revision of the chain, see [`crate::ChainId::revision_number`].
    pub revision_number: u64,
    /// The block height within the revision.
    pub revision_height: u64,
}

impl Height {
    /// The height that stands for "no height", as in a packet without a height timeout.
    pub const ZERO: Self = Self { revision_number: 0, revision_height: 0 };

    /// Is this [`Height::ZERO`]?
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.revision_number, self.revision_height)
    }
}

/// Why a text is not a height of the form `REVISION-HEIGHT`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("height {0:?} is not of the form REVISION-HEIGHT")]
pub struct HeightError(String);

impl core::str::FromStr for Height {
    type Err = HeightError;
    fn from_str(text: &str) -> Result<Self, HeightError> {
        let refuse = || HeightError(text.chars().take(80).collect());
        let (number, height) = text.split_once('-').ok_or_else(refuse)?;
        let parse = |part: &str| match part.bytes().all(|byte| byte.is_ascii_digit()) {
            true => part.parse::<u64>().map_err(|_| refuse()),
            false => Err(refuse()),
        };
        Ok(Self { revision_number: parse(number)?, revision_height: parse(height)? })
    }
}

/// The height of a block of one chain, as CometBFT counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockHeight(pub u64);

impl BlockHeight {
    /// The height of the next block.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The height `blocks` lower, at least 0.
    pub fn back(self, blocks: u64) -> Self {
        Self(self.0.saturating_sub(blocks))
    }

    /// The height `blocks` higher.
    pub fn forward(self, blocks: u64) -> Self {
        Self(self.0.saturating_add(blocks))
    }
}

impl fmt::Display for BlockHeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The height whose state is asked for: what was committed by that block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueryHeight(pub BlockHeight);

impl QueryHeight {
    /// The state after block h is in the app hash of header h + 1.
    pub fn proof_height(self) -> ProofHeight {
        ProofHeight(self.0.next())
    }
}

/// The height of the header whose app hash proves a [`QueryHeight`]'s state: one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProofHeight(pub BlockHeight);

impl ProofHeight {
    /// The height whose state this header's app hash holds.
    pub fn query_height(self) -> QueryHeight {
        QueryHeight(self.0.back(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_height_is_two_plain_numbers() {
        let height = |revision_number, revision_height| Height { revision_number, revision_height };
        assert_eq!("0-0".parse(), Ok(Height::ZERO));
        assert_eq!("4-18446744073709551615".parse(), Ok(height(4, u64::MAX)));
        for text in ["", "-", "1", "1-", "-1", "1-2-3", "+1-2", "1-+2", " 1-2", "1-18446744073709551616", "a-b"] {
            assert!(text.parse::<Height>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn heights_are_ordered_by_revision_first() {
        let height = |revision_number, revision_height| Height { revision_number, revision_height };
        assert!(height(1, 900) < height(2, 1));
        assert!(height(2, 1) < height(2, 2));
    }

    #[test]
    fn a_state_is_proven_by_the_header_after_it() {
        let query = QueryHeight(BlockHeight(41));
        assert_eq!(query.proof_height(), ProofHeight(BlockHeight(42)));
        assert_eq!(query.proof_height().query_height(), query);
    }
}
