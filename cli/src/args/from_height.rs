//! A height that may name its chain.

use std::str::FromStr;

use types::{BlockHeight, ChainId};

/// `120`, or `chain-a=120`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FromHeight {
    /// The chain, where it is named.
    pub(crate) chain: Option<ChainId>,
    /// The block.
    pub(crate) height: BlockHeight,
}

impl FromStr for FromHeight {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (chain, height) = match text.split_once('=') {
            Some((chain, height)) => (Some(chain.parse().map_err(|error| format!("{chain:?}: {error}"))?), height),
            None => (None, text),
        };
        let height = height.parse().ok().filter(|height| *height > 0).map(BlockHeight);
        let wrong = || format!("{text:?} names no block; write a height such as 120, or chain-a=120");
        Ok(Self { chain, height: height.ok_or_else(wrong)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_height_may_name_its_chain() {
        let read = |text: &str| text.parse::<FromHeight>();
        assert_eq!(read("120"), Ok(FromHeight { chain: None, height: BlockHeight(120) }));
        let named = FromHeight { chain: Some("chain-a".parse().unwrap()), height: BlockHeight(7) };
        assert_eq!(read("chain-a=7"), Ok(named));
        for wrong in ["", "0", "-1", "x", "chain-a", "chain-a=", "chain-a=0", "chain-a=7=8"] {
            assert!(read(wrong).unwrap_err().contains("chain-a=120"), "{wrong}");
        }
        assert!(read("=7").is_err());
    }
}
