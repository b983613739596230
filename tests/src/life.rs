//! The lives of packets at the end that sent them, read out of blocks.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::chain_under_test::ChainUnderTest;

/// Heights of the source's blocks in which a packet began and ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// It was sent.
    pub sent: Option<u64>,
    /// Its acknowledgement was taken.
    pub acknowledged: Option<u64>,
    /// It was timed out.
    pub timed_out: Option<u64>,
}

impl Life {
    /// Blocks from send to acknowledgement.
    pub fn blocks(&self) -> Option<u64> {
        Some(self.acknowledged?.saturating_sub(self.sent?))
    }
}

/// The packets of a channel end by sequence, as the blocks from `from` to the newest tell.
pub fn read(chain: &dyn ChainUnderTest, port: &str, channel: &str, from: u64) -> Result<BTreeMap<u64, Life>> {
    let mut lives: BTreeMap<u64, Life> = BTreeMap::new();
    for height in from..=chain.height()? {
        for event in chain.block(height)?.txs.iter().filter(|tx| tx.code == 0).flat_map(|tx| &tx.events) {
            let is_ours =
                event.value("packet_src_port") == Some(port) && event.value("packet_src_channel") == Some(channel);
            let Some(sequence) = event.value("packet_sequence").filter(|_| is_ours) else { continue };
            let life = lives.entry(sequence.parse()?).or_default();
            match event.kind.as_str() {
                "send_packet" => life.sent = Some(height),
                "acknowledge_packet" => life.acknowledged = Some(height),
                "timeout_packet" => life.timed_out = Some(height),
                _ => {}
            }
        }
    }
    Ok(lives)
}

/// The smallest value that so many percent of the values do not exceed; 0 of none.
pub fn quantile(mut values: Vec<u64>, percent: usize) -> u64 {
    values.sort_unstable();
    let rank = (values.len() * percent).div_ceil(100).max(1);
    values.get(rank - 1).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_was_seen() {
        assert_eq!(quantile(vec![], 95), 0);
        assert_eq!(quantile(vec![7], 95), 7);
        assert_eq!(quantile((1..=100).rev().collect(), 95), 95);
        assert_eq!(quantile(vec![3, 3, 3, 9], 50), 3);
    }
}
