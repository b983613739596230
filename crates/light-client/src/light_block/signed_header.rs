//! A signed header as CometBFT reads it: `SignedHeaderFromProto`, behind gogoproto.
//!
//! tendermint-rs decides, and refuses more than CometBFT does: what nobody writes who is honest, and what a client on a
//! chain takes all the same. Whoever shall see an attack must be able to read it.

use proto::tendermint_proto::{google::protobuf::Timestamp, types as raw};
use tendermint::{block, block::signed_header::SignedHeader, signature::SIGNATURE_LENGTH};

use crate::{LightBlockError, ValidatorSet};

/// Go's zero time, 0001-01-01T00:00:00Z, which is what gogoproto reads a missing time as.
const ZERO_TIME: Timestamp = Timestamp { seconds: -62_135_596_800, nanos: 0 };

/// Reads a signed header as CometBFT's `SignedHeaderFromProto` and `Commit.ValidateBasic` do.
///
/// # Errors
/// When a field is missing, malformed or too large, or when an absent signature is not empty.
pub fn signed_header_from_proto(mut raw: raw::SignedHeader) -> Result<SignedHeader, LightBlockError> {
    let last_block_id = raw.header.as_mut().and_then(|header| header.last_block_id.take());
    if let Some(header) = &mut raw.header {
        header.time.get_or_insert(ZERO_TIME);
    }
    if let Some(commit) = &mut raw.commit {
        let count = commit.signatures.len();
        if count > ValidatorSet::LEN_MAX {
            return Err(LightBlockError::TooManySignatures(count));
        }
        commit.block_id.get_or_insert_default().part_set_header.get_or_insert_default();
        commit.signatures.iter_mut().for_each(read_vote);
        // The domain type forgets what an absent signature held, so that it must be seen here.
        if let Some(index) = commit.signatures.iter().position(is_absent_but_not_empty) {
            return Err(LightBlockError::AbsentNotEmpty { index });
        }
    }
    let malformed = |error: tendermint::Error| LightBlockError::Malformed(error.to_string());
    let mut signed = SignedHeader::try_from(raw).map_err(malformed)?;
    signed.header.last_block_id = last_block_id.map(block_id).transpose().map_err(malformed)?.flatten();
    Ok(signed)
}

/// A block id of which all is empty is none. CometBFT does not mind one below the first block.
fn block_id(mut raw: raw::BlockId) -> Result<Option<block::Id>, tendermint::Error> {
    raw.part_set_header.get_or_insert_default();
    let id = block::Id::try_from(raw)?;
    Ok((id != block::Id::default()).then_some(id))
}

/// A vote may have no time, and CometBFT sees of its flag the last byte alone. A signature that is too short is the
/// business of whoever counts the vote: one that is not counted may be anything.
fn read_vote(vote: &mut raw::CommitSig) {
    /// It verifies for nobody: its second half is above the order of the group.
    const OF_NOBODY: [u8; SIGNATURE_LENGTH] = [0xff; SIGNATURE_LENGTH];
    vote.timestamp.get_or_insert(ZERO_TIME);
    vote.block_id_flag &= 0xff;
    if (1..SIGNATURE_LENGTH).contains(&vote.signature.len()) && !is_absent(vote) {
        vote.signature = OF_NOBODY.to_vec();
    }
}

fn is_absent(vote: &raw::CommitSig) -> bool {
    vote.block_id_flag == raw::BlockIdFlag::Absent as i32
}

fn is_absent_but_not_empty(vote: &raw::CommitSig) -> bool {
    let has_time = vote.timestamp.as_ref().is_some_and(|time| *time != ZERO_TIME);
    is_absent(vote) && (!vote.validator_address.is_empty() || !vote.signature.is_empty() || has_time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_chain::TestChain;

    fn with_an_absent_signature() -> raw::SignedHeader {
        let mut block = TestChain::of(3).block(4);
        block.signed_header.commit.signatures[1] = block::CommitSig::BlockIdFlagAbsent;
        block.signed_header.into()
    }

    #[test]
    fn a_signed_header_survives_its_protobuf() {
        let raw = with_an_absent_signature();
        let read = signed_header_from_proto(raw.clone()).unwrap();
        assert_eq!(raw::SignedHeader::from(read), raw);
    }

    #[test]
    fn an_absent_signature_must_be_empty() {
        type Fill = fn(&mut raw::CommitSig);
        let fills: [Fill; 3] = [
            |signature| signature.validator_address = vec![1; 20],
            |signature| signature.signature = vec![1; 64],
            |signature| signature.timestamp = Some(Timestamp { seconds: 1, nanos: 0 }),
        ];
        for fill in fills {
            let mut raw = with_an_absent_signature();
            fill(&mut raw.commit.as_mut().unwrap().signatures[1]);
            assert_eq!(signed_header_from_proto(raw).unwrap_err(), LightBlockError::AbsentNotEmpty { index: 1 });
        }
    }

    #[test]
    fn a_commit_of_endless_signatures_is_refused() {
        let mut raw = with_an_absent_signature();
        let commit = raw.commit.as_mut().unwrap();
        commit.signatures = vec![commit.signatures[0].clone(); ValidatorSet::LEN_MAX + 1];
        let error = signed_header_from_proto(raw).unwrap_err();
        assert_eq!(error, LightBlockError::TooManySignatures(ValidatorSet::LEN_MAX + 1));
    }

    #[test]
    fn a_header_or_commit_that_is_missing_is_refused() {
        for clear in [|raw: &mut raw::SignedHeader| raw.header = None, |raw: &mut raw::SignedHeader| raw.commit = None]
        {
            let mut raw = with_an_absent_signature();
            clear(&mut raw);
            assert!(matches!(signed_header_from_proto(raw), Err(LightBlockError::Malformed(_))));
        }
    }

    /// The header with that change, as it is read and as it would be written then.
    fn changed(height: u64, change: impl FnOnce(&mut raw::SignedHeader)) -> raw::SignedHeader {
        let mut raw = raw::SignedHeader::from(TestChain::of(3).block(height).signed_header);
        change(&mut raw);
        signed_header_from_proto(raw).unwrap().into()
    }

    fn vote(raw: &mut raw::SignedHeader) -> &mut raw::CommitSig {
        &mut raw.commit.as_mut().unwrap().signatures[1]
    }

    #[test]
    fn a_missing_time_is_gos_zero_time() {
        let mut read = changed(4, |raw| {
            raw.header.as_mut().unwrap().time = None;
            vote(raw).timestamp = None;
        });
        assert_eq!(vote(&mut read).timestamp, Some(ZERO_TIME));
        assert_eq!(read.header.unwrap().time, Some(ZERO_TIME));
    }

    #[test]
    fn a_block_id_without_parts_has_empty_ones() {
        let read = changed(4, |raw| {
            raw.commit.as_mut().unwrap().block_id.as_mut().unwrap().part_set_header = None;
            raw.header.as_mut().unwrap().last_block_id.as_mut().unwrap().part_set_header = None;
        });
        let ids = [read.header.unwrap().last_block_id, read.commit.unwrap().block_id];
        assert!(ids.into_iter().all(|id| id.unwrap().part_set_header == Some(raw::PartSetHeader::default())));
    }

    #[test]
    fn a_first_block_may_name_a_last_one() {
        let id = raw::SignedHeader::from(TestChain::of(3).block(4).signed_header).header.unwrap().last_block_id;
        assert!(id.is_some());
        let read = changed(1, |raw| raw.header.as_mut().unwrap().last_block_id = id.clone());
        assert_eq!(read.header.unwrap().last_block_id, id);
    }

    #[test]
    fn of_the_flag_of_a_vote_the_last_byte_counts() {
        let mut read = changed(4, |raw| vote(raw).block_id_flag = 256 + raw::BlockIdFlag::Nil as i32);
        assert_eq!(vote(&mut read).block_id_flag, raw::BlockIdFlag::Nil as i32);
    }

    #[test]
    fn a_signature_that_is_too_short_is_read_and_verifies_for_nobody() {
        let signed = changed(4, |raw| vote(raw).signature.truncate(63));
        let set = TestChain::of(3).validators();
        let signed = SignedHeader::try_from(signed).unwrap();
        let verdict = crate::verify_commit(&signed.header.chain_id, &signed.commit, &set);
        assert!(matches!(verdict, Err(crate::Invalid::WrongSignature { index: 1, .. })), "{verdict:?}");
    }

    #[test]
    fn a_signature_that_is_missing_or_too_long_is_refused() {
        for length in [0, 65] {
            let mut raw = raw::SignedHeader::from(TestChain::of(3).block(4).signed_header);
            vote(&mut raw).signature.resize(length, 7);
            assert!(matches!(signed_header_from_proto(raw), Err(LightBlockError::Malformed(_))), "{length}");
        }
    }
}
