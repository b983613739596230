//! Blocks in protobuf (CometBFT `types.Block.ToProto`).

use proto::Message;
use proto::tendermint_proto::v0_38::types::{Block as RawBlock, Data, EvidenceList};

use crate::chain::Block;

/// A block as its nodes keep it.
pub(crate) fn block(block: &Block) -> RawBlock {
    RawBlock {
        header: Some(block.header.clone().into()),
        data: Some(Data { txs: block.txs.iter().map(|tx| tx.to_vec()).collect() }),
        evidence: Some(EvidenceList { evidence: block.evidence.clone() }),
        last_commit: Some(block.last_commit.clone().map(Into::into).unwrap_or_default()),
    }
}

/// The size of a block on the wire.
pub(crate) fn block_size(block: &Block) -> usize {
    self::block(block).encoded_len()
}
