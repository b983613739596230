use proto::cosmos::tx::v1beta1::{AuthInfo, SignDoc, TxBody, TxRaw};

use super::*;

fn signer() -> SignerInfo {
    SignerInfo { public_key: any("/cosmos.crypto.secp256k1.PubKey", &[10, 1, 2]), sequence: AccountSequence(7) }
}

fn fee() -> Fee {
    Fee { gas_limit: 100_000, amount: Some(Coin { denom: "stake".to_owned(), amount: 2_500 }) }
}

#[test]
fn what_is_signed_is_what_is_broadcast() {
    let body_bytes = body(vec![any("/a.Msg", b"value")], "memo", BlockHeight(99));
    let tx = UnsignedTx::new(body_bytes, &signer(), &fee());
    let sign_doc = SignDoc::decode(tx.sign_doc(&"chain-a".parse().unwrap(), 5).as_slice()).unwrap();
    let raw = TxRaw::decode(tx.signed(&[9; SIGNATURE_BYTES]).as_slice()).unwrap();
    assert_eq!((sign_doc.chain_id.as_str(), sign_doc.account_number), ("chain-a", 5));
    assert_eq!((&raw.body_bytes, &raw.auth_info_bytes), (&sign_doc.body_bytes, &sign_doc.auth_info_bytes));
    assert_eq!(raw.signatures, [vec![9; SIGNATURE_BYTES]]);

    let body = TxBody::decode(raw.body_bytes.as_slice()).unwrap();
    assert_eq!((body.memo.as_str(), body.timeout_height, body.messages[0].type_url.as_str()), ("memo", 99, "/a.Msg"));
    let auth_info = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap();
    assert_eq!(auth_info.signer_infos[0].sequence, 7);
    let paid = auth_info.fee.unwrap();
    assert_eq!(
        (paid.gas_limit, paid.amount[0].amount.as_str(), paid.amount[0].denom.as_str()),
        (100_000, "2500", "stake")
    );
    assert_eq!((paid.payer.as_str(), paid.granter.as_str()), ("", ""));
}

/// The bytes that cosmos-sdk v0.53.4 marshals for the same transaction (`types/tx`, `SignDoc.Marshal`).
#[test]
fn the_sign_document_has_the_bytes_that_the_sdk_signs() {
    let body_bytes = body(vec![any("/cosmos.bank.v1beta1.MsgSend", &[10, 1, 97, 18, 1, 98])], "memo", BlockHeight(99));
    let public_key = any("/cosmos.crypto.secp256k1.PubKey", &[10, 2, 1, 2]);
    let signer = SignerInfo { public_key, sequence: AccountSequence(7) };
    let sign_doc = UnsignedTx::new(body_bytes, &signer, &fee()).sign_doc(&"chain-a".parse().unwrap(), 5);
    let golden = concat!(
        "0a300a260a1c2f636f736d6f732e62616e6b2e763162657461312e4d736753656e6412060a016112016212046d656d6f1863",
        "12480a310a270a1f2f636f736d6f732e63727970746f2e736563703235366b312e5075624b657912040a02010212040a0208",
        "01180712130a0d0a057374616b6512043235303010a08d061a07636861696e2d612005",
    );
    assert_eq!(hex::encode(sign_doc), golden);
}

#[test]
fn a_simulation_carries_a_signature_of_the_right_length_and_pays_the_least() {
    let paid = |price: &str| {
        let simulated =
            UnsignedTx::for_simulation(body(vec![], "", BlockHeight(0)), &signer(), &price.parse().unwrap());
        let raw = TxRaw::decode(simulated.as_slice()).unwrap();
        assert_eq!(raw.signatures, [vec![0; SIGNATURE_BYTES]]);
        AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap().fee.unwrap().amount
    };
    assert_eq!(paid("0.025stake"), [RawCoin { denom: "stake".to_owned(), amount: "1".to_owned() }]);
    assert!(paid("0stake").is_empty());
}

#[test]
fn the_hash_is_the_one_that_nodes_tell() {
    assert_eq!(hash(b""), "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
}
