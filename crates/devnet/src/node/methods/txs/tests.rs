use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;

use super::proof::tx_proof;

#[test]
fn a_proof_is_that_of_a_real_node() {
    // A block of one transaction, as CometBFT 0.38 proved it.
    let tx = BASE64.decode("YXN5bmMta2V5PXZhbHVl").unwrap();
    let expected = json!({
        "data": "YXN5bmMta2V5PXZhbHVl",
        "proof": { "aunts": [], "index": "0", "leaf_hash": "MIH5kVBA0TizrX+JVzLSdnwp6Ful2EOI0E4XpdgmK3o=", "total": "1" },
        "root_hash": "3081F9915040D138B3AD7F895732D2767C29E85BA5D84388D04E17A5D8262B7A",
    });
    assert_eq!(tx_proof(&[tx], 0), expected);
}

#[test]
fn the_root_is_that_of_the_header() {
    use tendermint::crypto::default::Sha256;
    for count in 1..20_u8 {
        let txs: Vec<[u8; 1]> = (0..count).map(|number| [number]).collect();
        let hashes: Vec<Vec<u8>> = txs.iter().map(|tx| crate::network::tx_hash(tx).to_vec()).collect();
        let root = tendermint::merkle::simple_hash_from_byte_vectors::<Sha256>(&hashes);
        for index in 0..txs.len() {
            assert_eq!(tx_proof(&txs, index)["root_hash"], hex::encode_upper(root), "{index} of {count}");
        }
    }
}
