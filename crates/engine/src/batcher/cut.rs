//! Cuts proven legs into transactions.

use crate::tracker::At;
use crate::{ChainOptions, Leg, Message};

/// A proven leg, with its message and how often its transaction was halved.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) at: At,
    pub(crate) leg: Leg,
    pub(crate) message: Message,
    pub(crate) split: u32,
}

/// Cuts legs into transactions in their order: by count, halved once for each split of any leg in it, and by bytes.
/// `first_bytes` are those of the updates that may stand before the legs.
pub(crate) fn cut(pieces: Vec<Piece>, options: &ChainOptions, first_bytes: usize) -> Vec<Vec<Piece>> {
    let mut chunks: Vec<Vec<Piece>> = Vec::new();
    let (mut room, mut bytes) = (0, 0usize);
    for piece in pieces {
        let cap = options.batch_msgs_max.max(1).checked_shr(piece.split).unwrap_or(0).max(1);
        let size = piece.message.size();
        let count = chunks.last().map_or(0, Vec::len);
        let fits = count < room.min(cap) && bytes.saturating_add(size) <= options.tx_bytes_max;
        match chunks.last_mut() {
            Some(chunk) if fits => {
                chunk.push(piece);
                room = room.min(cap);
                bytes = bytes.saturating_add(size);
            }
            Some(_) | None => {
                bytes = if chunks.is_empty() { first_bytes.saturating_add(size) } else { size };
                room = cap;
                chunks.push(vec![piece]);
            }
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::chain_options;
    use types::Sequence;

    fn pieces(splits: &[u32]) -> Vec<Piece> {
        let piece = |(i, split): (usize, &u32)| Piece {
            at: At { direction: 0, sequence: Sequence(i as u64) },
            leg: Leg::Recv,
            message: Message { type_url: "/m".into(), value: vec![0; 86].into() },
            split: *split,
        };
        splits.iter().enumerate().map(piece).collect()
    }

    fn sizes(splits: &[u32], msgs_max: usize, bytes_max: usize, first_bytes: usize) -> Vec<usize> {
        let mut options = chain_options("a");
        options.batch_msgs_max = msgs_max;
        options.tx_bytes_max = bytes_max;
        cut(pieces(splits), &options, first_bytes).iter().map(Vec::len).collect()
    }

    #[test]
    fn legs_are_cut_by_count_and_bytes() {
        assert_eq!(sizes(&[0; 10], 4, 100_000, 0), [4, 4, 2]);
        assert_eq!(sizes(&[0; 10], 100, 300, 0), [3, 3, 3, 1]);
        assert_eq!(sizes(&[0; 4], 100, 300, 150), [1, 3]);
        assert_eq!(sizes(&[0; 2], 100, 10, 0), [1, 1], "what is too big goes alone");
        assert_eq!(sizes(&[0; 2], 0, 1_000, 0), [1, 1], "a limit of none still lets one through");
    }

    #[test]
    fn a_halved_leg_halves_its_transaction() {
        assert_eq!(sizes(&[1, 1, 1, 1, 0, 0, 0, 0], 4, 100_000, 0), [2, 2, 4]);
        assert_eq!(sizes(&[0, 9, 0, 0], 4, 100_000, 0), [1, 1, 2], "a suspect goes alone");
        assert_eq!(sizes(&[99, 0], 4, 100_000, 0), [1, 1]);
    }
}
