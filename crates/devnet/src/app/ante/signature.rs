//! Keys and signatures (cosmos-sdk `x/auth/ante/sigverify.go`): one secp256k1 key a signer, `SIGN_MODE_DIRECT`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k256::ecdsa::signature::Verifier;
use k256::ecdsa::{Signature, VerifyingKey};
use proto::Message;
use proto::cosmos::crypto::secp256k1::PubKey;
use proto::cosmos::tx::signing::v1beta1::SignMode as RawSignMode;
use proto::cosmos::tx::v1beta1::SignerInfo;
use proto::google::protobuf::Any;
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};

use crate::app::address::Address;
use crate::app::auth::{self, Account};
use crate::app::context::{Ctx, Mode};
use crate::app::error::{AppError, Result, sdk};
use crate::app::event::Event;
use crate::app::tx::{PUBLIC_KEY, SignMode, Tx, index_out_of_range, nil_pointer, sign_mode};

/// The key that the SDK takes for an account without one when it simulates.
const SIMULATED_KEY: [u8; 33] = [
    0x03, 0x5a, 0xd6, 0x81, 0x0a, 0x47, 0xf0, 0x73, 0x55, 0x3f, 0xf3, 0x0d, 0x2f, 0xcc, 0x7e, 0x0d, 0x3b, 0x1c, 0x0b,
    0x74, 0xb6, 0x1a, 0x1a, 0xaa, 0x25, 0x82, 0x34, 0x40, 0x37, 0x15, 0x1e, 0x14, 0x3a,
];

/// `SetPubKeyDecorator`: an account learns its key from its first transaction.
pub(super) fn set_public_keys(ctx: &mut Ctx, tx: &Tx, signers: &[Address]) -> Result<()> {
    let is_simulated = ctx.mode == Mode::Simulate;
    for (at, info) in tx.auth_info.signer_infos.iter().enumerate() {
        let signer = signer_at(signers, at)?;
        let key = match &info.public_key {
            Some(key) => key.clone(),
            None if is_simulated => simulated_key(),
            None => continue,
        };
        if !is_simulated && address_of(&key)? != *signer {
            let text = format!("pubKey does not match signer address {} with signer index: {at}", ctx.text_of(signer));
            return Err(sdk::INVALID_PUB_KEY.wrap(text));
        }
        let mut account = signer_account(ctx, signer)?;
        if account.public_key.is_none() {
            account.public_key = Some(key);
            auth::set_account(ctx, &account)?;
        }
    }
    let mut events = Vec::new();
    for (at, info) in tx.auth_info.signer_infos.iter().enumerate() {
        let sequence = sequence(info);
        let signer = ctx.text_of(signer_at(signers, at)?);
        events.push(Event::new("tx").with("acc_seq", format!("{signer}/{sequence}")));
        let signature = signature_of(tx, at, info)?.ok_or_else(|| AppError::unregistered("got empty SignatureData"))?;
        events.push(Event::new("tx").with("signature", STANDARD.encode(signature)));
    }
    if tx.unordered {
        events.retain(|event| event.value("acc_seq").is_none());
    }
    ctx.events.extend(events);
    Ok(())
}

/// `ValidateSigCountDecorator`.
pub(super) fn check_count(ctx: &mut Ctx, tx: &Tx) -> Result<()> {
    let limit = auth::params(ctx)?.tx_sig_limit;
    let count = tx.auth_info.signer_infos.iter().filter(|info| info.public_key.is_some()).count() as u64;
    if count > limit {
        return Err(sdk::TOO_MANY_SIGNATURES.wrap(format!("signatures: {}, limit: {limit}", limit + 1)));
    }
    Ok(())
}

/// `SigGasConsumeDecorator`.
pub(super) fn consume_gas(ctx: &mut Ctx, tx: &Tx, signers: &[Address]) -> Result<()> {
    let cost = auth::params(ctx)?.sig_verify_cost_secp256k1;
    for at in 0..tx.auth_info.signer_infos.len() {
        let account = signer_account(ctx, signer_at(signers, at)?)?;
        match account.public_key {
            Some(key) if key.type_url != PUBLIC_KEY => return Err(foreign(&key)),
            None if ctx.mode != Mode::Simulate => {
                return Err(sdk::INVALID_PUB_KEY.wrap("unrecognized public key type: <nil>"));
            }
            Some(_) | None => ctx.gas.consume(cost, "ante verify: secp256k1")?,
        }
    }
    Ok(())
}

/// `SigVerificationDecorator`: sequences always, signatures of what is new to the node or in a block.
pub(super) fn verify(ctx: &mut Ctx, tx: &Tx, signers: &[Address]) -> Result<()> {
    if tx.unordered {
        return Err(sdk::NOT_SUPPORTED.wrap("unordered transactions are not enabled"));
    }
    let infos = &tx.auth_info.signer_infos;
    if infos.len() != signers.len() {
        let text = format!("invalid number of signer;  expected: {}, got {}", signers.len(), infos.len());
        return Err(sdk::UNAUTHORIZED.wrap(text));
    }
    for (at, (info, signer)) in infos.iter().zip(signers).enumerate() {
        let account = signer_account(ctx, signer)?;
        if account.public_key.is_none() && ctx.mode != Mode::Simulate {
            return Err(sdk::INVALID_PUB_KEY.wrap("pubkey on account is not set"));
        }
        let (expected, got) = (account.sequence, sequence(info));
        if expected != got {
            let text = format!("account sequence mismatch, expected {expected}, got {got}");
            return Err(sdk::WRONG_SEQUENCE.wrap(text));
        }
        if matches!(ctx.mode, Mode::Check | Mode::Deliver) {
            verify_one(ctx, tx, at, &account)?;
        }
    }
    Ok(())
}

fn verify_one(ctx: &Ctx, tx: &Tx, at: usize, account: &Account) -> Result<()> {
    let (number, chain_id) = (account.number, &ctx.block.chain_id);
    let please = format!("signature verification failed; please verify account number ({number})");
    let refuse = |why: String| Err(sdk::UNAUTHORIZED.wrap(format!("{please} and chain-id ({chain_id}): ({why})")));
    let Some(info) = tx.auth_info.signer_infos.get(at) else {
        return Err(index_out_of_range(at, tx.auth_info.signer_infos.len()));
    };
    let SignMode::Single(mode) = sign_mode(info)? else { return refuse("unexpected SignatureData".to_owned()) };
    match RawSignMode::try_from(mode) {
        Ok(RawSignMode::Direct) => {}
        Ok(RawSignMode::LegacyAminoJson) => {
            return Err(sdk::NOT_SUPPORTED.wrap("SIGN_MODE_LEGACY_AMINO_JSON; sign with SIGN_MODE_DIRECT"));
        }
        Ok(known @ (RawSignMode::Textual | RawSignMode::DirectAux)) => {
            return refuse(format!("unsuppored sign mode {}", known.as_str_name()));
        }
        Ok(unspecified) => return refuse(format!("unsupported sign mode {}", unspecified.as_str_name())),
        Err(_) => return refuse(format!("unsupported sign mode {mode}")),
    }
    // The SDK reads through the signer's key here, though the account has one.
    info.public_key.as_ref().ok_or_else(nil_pointer)?;
    let signature = signature_of(tx, at, info)?.unwrap_or_default();
    let sign_bytes = tx.sign_bytes(chain_id.as_str(), number);
    match account.public_key.as_ref().map(|key| is_signed(key, &sign_bytes, signature)) {
        Some(true) => Ok(()),
        Some(false) | None => refuse("unable to verify single signer signature".to_owned()),
    }
}

/// Is the signature `r || s` of this key, `s` the lower of the two that are possible?
fn is_signed(key: &Any, message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = PubKey::decode(key.value.as_slice()) else { return false };
    let Ok(key) = VerifyingKey::from_sec1_bytes(&key.key) else { return false };
    let Ok(signature) = Signature::from_slice(signature) else { return false };
    signature.normalize_s().is_none() && key.verify(message, &signature).is_ok()
}

/// Is the signature filled in? A simulation may come without.
pub(super) fn is_complete(tx: &Tx, at: usize) -> Result<bool> {
    let Some(info) = tx.auth_info.signer_infos.get(at) else { return Ok(false) };
    Ok(signature_of(tx, at, info)?.is_some_and(|signature| !signature.is_empty()))
}

/// The account of a signer (`GetSignerAcc`).
pub(super) fn signer_account(ctx: &mut Ctx, signer: &Address) -> Result<Account> {
    let account = auth::account(ctx, signer)?;
    account.ok_or_else(|| sdk::UNKNOWN_ADDRESS.wrap(format!("account {} does not exist", ctx.text_of(signer))))
}

fn signer_at(signers: &[Address], at: usize) -> Result<&Address> {
    signers.get(at).ok_or_else(|| index_out_of_range(at, signers.len()))
}

/// A signer that names no mode has no sequence to the SDK.
fn sequence(info: &SignerInfo) -> u64 {
    if info.mode_info.is_some() { info.sequence } else { 0 }
}

/// The bytes of a signature; none where no mode is named.
fn signature_of<'a>(tx: &'a Tx, at: usize, info: &SignerInfo) -> Result<Option<&'a [u8]>> {
    match sign_mode(info)? {
        SignMode::Missing => Ok(None),
        SignMode::Multi => Err(sdk::NOT_SUPPORTED.wrap("multisignatures")),
        SignMode::Single(_) => {
            let signature = tx.signatures.get(at).ok_or_else(|| index_out_of_range(at, tx.signatures.len()))?;
            Ok(Some(signature))
        }
    }
}

/// The account of a key: RIPEMD-160 of its SHA-256.
fn address_of(key: &Any) -> Result<Address> {
    if key.type_url != PUBLIC_KEY {
        return Err(foreign(key));
    }
    let key = PubKey::decode(key.value.as_slice()).map_err(|error| sdk::TX_DECODE.wrap(error))?;
    Ok(Address(Ripemd160::digest(Sha256::digest(&key.key)).to_vec()))
}

fn foreign(key: &Any) -> AppError {
    sdk::INVALID_PUB_KEY.wrap(format!("unrecognized public key type: {}", key.type_url))
}

fn simulated_key() -> Any {
    types::wire::pack(&PubKey { key: SIMULATED_KEY.to_vec() })
}
