//! Makes a header whole again after something of it was changed: its hashes, its commit, and the votes of all whose
//! keys are known here. So the majority of a chain would write what no honest validator writes.

use prost::Message;
use proto::ibc::lightclients::tendermint::v1::Header;
use proto::tendermint_proto::google::protobuf::Timestamp;
use proto::tendermint_proto::types as raw;
use tendermint::crypto::default::Sha256 as Hasher;
use tendermint::merkle::simple_hash_from_byte_vectors;

use crate::validators;

/// Go's zero time, which is what a missing time is read as.
pub(crate) const ZERO_TIME: Timestamp = Timestamp { seconds: -62_135_596_800, nanos: 0 };

/// Seals a header that has all of its parts; another stays as it is.
pub(crate) fn seal(message: &mut Header) {
    let Some(raw::SignedHeader { header: Some(header), commit: Some(commit) }) = &mut message.signed_header else {
        return;
    };
    if let Some(set) = &message.validator_set {
        header.validators_hash = validators::hash(set);
    }
    commit.height = header.height;
    commit.block_id.get_or_insert_default().hash = header_hash(header);
    sign(commit, |_| &header.chain_id);
}

/// Signs all votes again, each for a chain id of its own.
pub(crate) fn sign<'a>(commit: &mut raw::Commit, chain_id: impl Fn(&raw::CommitSig) -> &'a str) {
    for index in 0..commit.signatures.len() {
        let vote = &commit.signatures[index];
        let sign_bytes = sign_bytes(chain_id(vote), commit, vote);
        if let Some(signature) = validators::signature(&vote.validator_address, &sign_bytes) {
            commit.signatures[index].signature = signature;
        }
    }
}

/// CometBFT `Header.Hash`, of whatever stands in the message.
pub(crate) fn header_hash(header: &raw::Header) -> Vec<u8> {
    let fields = [
        header.version.unwrap_or_default().encode_to_vec(),
        header.chain_id.encode_to_vec(),
        header.height.encode_to_vec(),
        header.time.unwrap_or(ZERO_TIME).encode_to_vec(),
        whole(header.last_block_id.clone().unwrap_or_default()).encode_to_vec(),
        header.last_commit_hash.encode_to_vec(),
        header.data_hash.encode_to_vec(),
        header.validators_hash.encode_to_vec(),
        header.next_validators_hash.encode_to_vec(),
        header.consensus_hash.encode_to_vec(),
        header.app_hash.encode_to_vec(),
        header.last_results_hash.encode_to_vec(),
        header.evidence_hash.encode_to_vec(),
        header.proposer_address.encode_to_vec(),
    ];
    simple_hash_from_byte_vectors::<Hasher>(&fields).to_vec()
}

/// Go writes the header of the parts always.
fn whole(id: raw::BlockId) -> raw::BlockId {
    raw::BlockId { part_set_header: Some(id.part_set_header.unwrap_or_default()), ..id }
}

/// CometBFT `Commit.VoteSignBytes`.
fn sign_bytes(chain_id: &str, commit: &raw::Commit, vote: &raw::CommitSig) -> Vec<u8> {
    let canonical = |id: raw::BlockId| {
        let parts = id.part_set_header.unwrap_or_default();
        let part_set_header = Some(raw::CanonicalPartSetHeader { total: parts.total, hash: parts.hash });
        raw::CanonicalBlockId { hash: id.hash, part_set_header }
    };
    let is_for_nil = vote.block_id_flag == raw::BlockIdFlag::Nil as i32;
    let vote = raw::CanonicalVote {
        r#type: raw::SignedMsgType::Precommit as i32,
        height: commit.height,
        round: commit.round.into(),
        block_id: commit.block_id.clone().filter(|_| !is_for_nil).map(canonical),
        timestamp: Some(vote.timestamp.unwrap_or(ZERO_TIME)),
        chain_id: chain_id.to_owned(),
    };
    vote.encode_length_delimited_to_vec()
}
