//! Hashes and bytes against CometBFT's own: the expected values were computed by its packages `types` and `state`, v0.38.23.

use proto::tendermint_proto::google::protobuf::Timestamp as WireTime;
use proto::tendermint_proto::types::{BlockIdFlag, SignedMsgType};
use tendermint::account;

use super::*;
use crate::chain::keys::Keys;
use crate::chain::vote;

fn address(validator: usize) -> account::Id {
    account::Id::from(Keys::new(7).public(validator))
}

fn raw_id(hash: u8, total: u32, parts: u8) -> raw::BlockId {
    let part_set_header = Some(raw::PartSetHeader { total, hash: vec![parts; 32] });
    raw::BlockId { hash: vec![hash; 32], part_set_header }
}

fn signature() -> Vec<u8> {
    [[8; 32], [9; 32]].concat()
}

fn at(seconds: i64, nanos: i32) -> Option<WireTime> {
    Some(WireTime { seconds, nanos })
}

fn last_commit() -> raw::Commit {
    let entry = |flag: BlockIdFlag, validator: usize, timestamp| raw::CommitSig {
        block_id_flag: flag.into(),
        validator_address: address(validator).as_bytes().to_vec(),
        timestamp,
        signature: signature(),
    };
    let absent = raw::CommitSig {
        block_id_flag: BlockIdFlag::Absent.into(),
        timestamp: at(-62_135_596_800, 0),
        ..Default::default()
    };
    let signatures = vec![
        absent,
        entry(BlockIdFlag::Commit, 0, at(1_700_000_001, 5)),
        entry(BlockIdFlag::Nil, 2, at(1_700_000_002, 0)),
    ];
    raw::Commit { height: 41, round: 2, block_id: Some(raw_id(1, 3, 2)), signatures }
}

fn duplicate_vote() -> raw::Evidence {
    let vote = |block: u8| raw::Vote {
        r#type: SignedMsgType::Precommit.into(),
        height: 40,
        round: 0,
        block_id: Some(raw_id(block, 1, block)),
        timestamp: at(1_700_000_000, 0),
        validator_address: address(0).as_bytes().to_vec(),
        validator_index: 1,
        signature: signature(),
        ..Default::default()
    };
    let votes = raw::DuplicateVoteEvidence {
        vote_a: Some(vote(3)),
        vote_b: Some(vote(4)),
        total_voting_power: 30,
        validator_power: 10,
        timestamp: at(1_700_000_000, 7),
    };
    raw::Evidence { sum: Some(raw::evidence::Sum::DuplicateVoteEvidence(votes)) }
}

fn header(txs: &[Bytes], evidence: &[raw::Evidence], last_commit: Option<&raw::Commit>) -> Header {
    Header {
        version: block::header::Version { block: 11, app: 0 },
        chain_id: "chain-1".parse().unwrap(),
        height: 42_u32.into(),
        time: vote::time(types::Timestamp(1_700_000_003_000_000_250)),
        last_block_id: last_commit.map(|commit| commit.block_id.clone().unwrap().try_into().unwrap()),
        last_commit_hash: Some(Hash::Sha256(commit_hash(last_commit))),
        data_hash: Some(Hash::Sha256(data_hash(txs))),
        validators_hash: Hash::Sha256([3; 32]),
        next_validators_hash: Hash::Sha256([4; 32]),
        consensus_hash: Hash::Sha256([5; 32]),
        app_hash: vec![6; 32].try_into().unwrap(),
        last_results_hash: Some(Hash::Sha256([7; 32])),
        evidence_hash: Some(Hash::Sha256(evidence_hash(evidence))),
        proposer_address: address(0),
    }
}

fn assert_id(id: block::Id, hash: &str, total: u32, parts: &str) {
    let got = (id.hash.to_string(), id.part_set_header.total, id.part_set_header.hash.to_string());
    assert_eq!(got, (hash.to_owned(), total, parts.to_owned()));
}

#[test]
fn a_block_of_several_parts_has_the_id_that_cometbft_gives_it() {
    let txs = [Bytes::from_static(b"a transaction"), Bytes::from(vec![0; 100_000])];
    let (evidence, commit) = ([duplicate_vote()], last_commit());
    let header = header(&txs, &evidence, Some(&commit));
    let hash = |hash: Option<Hash>| hash.unwrap().to_string();
    let expected = "14DFEEDB2F1F8B5B8F0AB74407954CE0DED15D43BB27BD158EEA279CC0EEAF2C";
    assert_eq!(hash(header.last_commit_hash), expected);
    let expected = "D16CB823A02DDFE379E99C723468B6F34EF21FE9BDB2B20F2DA497FB52C85AF8";
    assert_eq!(hash(header.data_hash), expected);
    let expected = "264BFCF392569378576BFFB80D15039C417AD49CBB53EEED6026C7201D23E2CD";
    assert_eq!(hash(header.evidence_hash), expected);
    assert_id(
        id(&header, &txs, &evidence, Some(commit)),
        "4B13F3EA6C29ABBF45FD563798DF9E48AF95245113E66B43818B15C63C3439E6",
        2,
        "552F64A942CD61FF79C7D7847FC0028E02AC2E6E36A9CB83AF887E75340DD23A",
    );
}

#[test]
fn a_first_block_has_the_id_that_cometbft_gives_it() {
    let header = header(&[], &[], None);
    let empty = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
    assert_eq!(header.last_commit_hash.unwrap().to_string(), empty);
    assert_id(
        id(&header, &[], &[], None),
        "B6B584CB3DE80A413EF7F02DCB749BBCD3F7458A9F2D2536B2C1C35A8CA26D6E",
        1,
        "ED69D3E811D96037EC23DA737EE588A372AA4CD5905C4E3645D073CFE48548B1",
    );
}

#[test]
fn logs_codespaces_and_events_are_not_in_the_hash_of_results() {
    let good = TxResult {
        data: vec![1, 2],
        log: "x".to_owned(),
        codespace: "y".to_owned(),
        gas_wanted: 200_000,
        gas_used: 150_000,
        ..TxResult::default()
    };
    let bad = TxResult { code: 11, gas_wanted: 1, gas_used: 2, ..TxResult::default() };
    let hash = hex::encode_upper(results_hash(&[good.clone(), bad.clone()]));
    assert_eq!(hash, "39029FA4318BD048D9D385A5C7518758143923A7C84339B05C7DE7D7CBAD9CDE");
    let quiet = TxResult { log: String::new(), codespace: String::new(), ..good };
    assert_eq!(hex::encode_upper(results_hash(&[quiet, bad])), hash);
}

#[test]
fn the_hash_of_the_parameters_is_cometbfts() {
    let hash = |gas| hex::encode_upper(crate::chain::ConsensusParams::new(gas).hash());
    assert_eq!(hash(None), "048091BC7DDC283F77BFBF91D73C44DA58C3DF8A9CBC867405D8B7F3DAADA22F");
    assert_eq!(hash(Some(40_000_000)), "7A4E64D2A9B5CE22B75E956E2025274DC03B6846CCD7725152A6BC0D0727E33E");
}

#[test]
fn what_is_signed_for_a_block_and_for_nil_is_what_cometbft_signs() {
    let vote = |block_id, seconds, nanos| raw::Vote {
        r#type: SignedMsgType::Precommit.into(),
        height: 41,
        round: 2,
        block_id,
        timestamp: at(seconds, nanos),
        ..Default::default()
    };
    let signed = |vote| hex::encode_upper(vote::sign_bytes("chain-1", vote));
    let block = "71080211290000000000000019020000000000000022480A200101010101010101010101010101010101010101010101010101\
                 01010101010112240803122002020202020202020202020202020202020202020202020202020202020202022A080881E2CFAA\
                 0610053207636861696E2D31";
    assert_eq!(signed(vote(Some(raw_id(1, 3, 2)), 1_700_000_001, 5)), block);
    let nil = "2508021129000000000000001902000000000000002A060882E2CFAA063207636861696E2D31";
    assert_eq!(signed(vote(None, 1_700_000_002, 0)), nil);
}

#[test]
fn evidence_has_the_hashes_that_cometbft_gives_it() {
    let votes = hex::encode_upper(evidence::hash(&duplicate_vote()));
    assert_eq!(votes, "8431BBB7D91E8026559ABA754E17953E69761957FC017741F7DF9B25757C222F");

    let mut header = header(&[], &[], Some(&last_commit()));
    for hash in [&mut header.last_commit_hash, &mut header.data_hash, &mut header.evidence_hash] {
        *hash = Some(Hash::Sha256([3; 32]));
    }
    let signed_header = Some(raw::SignedHeader { header: Some(header.into()), commit: Some(last_commit()) });
    let conflicting_block = Some(raw::LightBlock { signed_header, validator_set: None });
    let attack = raw::LightClientAttackEvidence { conflicting_block, common_height: 300, ..Default::default() };
    let attack = raw::Evidence { sum: Some(raw::evidence::Sum::LightClientAttackEvidence(attack)) };
    let hash = hex::encode_upper(evidence::hash(&attack));
    assert_eq!(hash, "69E4F074CC5D0197EFEEB155CA45D7AD0A31D1BE6871EB01274DBACAF54192A7");
}
