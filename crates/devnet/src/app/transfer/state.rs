//! What the module keeps: the denominations behind vouchers, what is in escrow, parameters (`keeper/keeper.go`,
//! `types/keys.go`).

use prost::Message;
use proto::ibc::applications::transfer::v1::Params;
use sha2::{Digest, Sha256};

use super::denom::{Denom, parse_hash};
use super::errors::{DENOM_NOT_FOUND, INVALID_DENOM};
use super::{PORT, VERSION};
use crate::app::address::Address;
use crate::app::bank::Coin;
use crate::app::context::{Ctx, store};
use crate::app::error::Result;
use crate::app::ibc::channel::errors::panicked;

const PORT_KEY: &[u8] = &[0x01];
/// What the keys of denominations start with.
pub(super) const DENOM_PREFIX: &[u8] = &[0x03];
const PARAMS_KEY: &[u8] = b"params";

/// `sdk.IntProto`
#[derive(Clone, PartialEq, Message)]
struct IntProto {
    #[prost(string, tag = "1")]
    int: String,
}

/// `SetPort`
pub(super) fn set_port(ctx: &mut Ctx) -> Result<()> {
    ctx.set(store::TRANSFER, PORT_KEY, PORT.as_bytes())
}

/// `GetPort`; before genesis the default.
pub(super) fn port(ctx: &mut Ctx) -> Result<String> {
    let port = ctx.get(store::TRANSFER, PORT_KEY)?;
    Ok(port.map_or_else(|| PORT.to_owned(), |port| String::from_utf8_lossy(&port).into_owned()))
}

/// `DefaultParams`: nothing is turned off.
pub(super) fn default_params() -> Params {
    Params { send_enabled: true, receive_enabled: true }
}

/// `SetParams`
pub(super) fn set_params(ctx: &mut Ctx, params: &Params) -> Result<()> {
    ctx.set(store::TRANSFER, PARAMS_KEY, params.encode_to_vec())
}

/// `GetParams`; before genesis the default.
pub(super) fn params(ctx: &mut Ctx) -> Result<Params> {
    let Some(bytes) = ctx.get(store::TRANSFER, PARAMS_KEY)? else { return Ok(default_params()) };
    Params::decode(&*bytes).map_err(panicked)
}

/// The denomination behind a voucher's hash (`GetDenom`).
pub(super) fn denom_by_hash(ctx: &mut Ctx, hash: &[u8]) -> Result<Option<Denom>> {
    let Some(bytes) = ctx.get(store::TRANSFER, &denom_key(hash))? else { return Ok(None) };
    Denom::decode(&*bytes).map(Some).map_err(panicked)
}

/// Was a voucher of this denomination ever made?
///
/// # Errors
/// When the gas is used up.
pub fn has_denom(ctx: &mut Ctx, denom: &Denom) -> Result<bool> {
    ctx.has(store::TRANSFER, &denom_key(&denom.hash()))
}

/// Remembers the denomination behind a voucher.
///
/// # Errors
/// When the gas is used up.
pub fn set_denom(ctx: &mut Ctx, denom: &Denom) -> Result<()> {
    ctx.set(store::TRANSFER, &denom_key(&denom.hash()), denom.encode_to_vec())
}

fn denom_key(hash: &[u8]) -> Vec<u8> {
    [DENOM_PREFIX, hash].concat()
}

/// Where a coin came from (`TokenFromCoin`): of a voucher `ibc/..`, the denomination behind it.
///
/// # Errors
/// When there is no such voucher.
pub fn denom_of(ctx: &mut Ctx, coin_denom: &str) -> Result<Denom> {
    let Some(hex) = coin_denom.strip_prefix("ibc/") else {
        return Ok(Denom { base: coin_denom.to_owned(), trace: Vec::new() });
    };
    let hash = parse_hash(hex).map_err(|error| INVALID_DENOM.wrap(error))?;
    denom_by_hash(ctx, &hash)?.ok_or_else(|| DENOM_NOT_FOUND.wrap(hex))
}

/// How much of a coin is in escrow, over all channels (`GetTotalEscrowForDenom`).
///
/// # Errors
/// When the gas is used up.
pub fn total_escrow(ctx: &mut Ctx, denom: &str) -> Result<u128> {
    let Some(bytes) = ctx.get(store::TRANSFER, &total_escrow_key(denom))? else { return Ok(0) };
    IntProto::decode(&*bytes).map_err(panicked)?.int.parse().map_err(panicked)
}

/// `SetTotalEscrowForDenom`: zero is not kept.
pub(super) fn set_total_escrow(ctx: &mut Ctx, total: &Coin) -> Result<()> {
    let key = total_escrow_key(&total.denom);
    if total.amount == 0 {
        return ctx.delete(store::TRANSFER, &key);
    }
    ctx.set(store::TRANSFER, &key, IntProto { int: total.amount.to_string() }.encode_to_vec())
}

fn total_escrow_key(denom: &str) -> Vec<u8> {
    format!("totalEscrowForDenom/{denom}").into_bytes()
}

/// The slash keeps port and channel apart, so that no two channels share an account.
pub(super) fn escrow_address(port: &str, channel: &str) -> Address {
    let preimage = format!("{VERSION}\0{port}/{channel}");
    Address(Sha256::digest(preimage.as_bytes())[..20].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ibc::channel::testing::bare_context;

    #[test]
    fn a_denomination_is_found_by_its_hash() {
        let mut ctx = bare_context();
        let denom = Denom::from_path("transfer/channel-0/stake");
        assert_eq!(denom_of(&mut ctx, "stake").unwrap(), Denom::from_path("stake"));
        let unknown = denom_of(&mut ctx, &denom.ibc_denom()).unwrap_err();
        assert_eq!((unknown.codespace, unknown.code), ("transfer", 6));
        set_denom(&mut ctx, &denom).unwrap();
        assert!(has_denom(&mut ctx, &denom).unwrap());
        assert_eq!(denom_of(&mut ctx, &denom.ibc_denom()).unwrap(), denom);
        assert_eq!(ctx.state.with_prefix(store::TRANSFER, DENOM_PREFIX).next().unwrap().0.len(), 33);
    }

    #[test]
    fn an_escrow_of_zero_is_not_kept() {
        let mut ctx = bare_context();
        let coin = |amount| Coin { denom: "stake".to_owned(), amount };
        set_total_escrow(&mut ctx, &coin(12)).unwrap();
        assert_eq!(total_escrow(&mut ctx, "stake").unwrap(), 12);
        let kept = ctx.state.get(store::TRANSFER, b"totalEscrowForDenom/stake").unwrap();
        assert_eq!(&*kept, b"\x0a\x0212");
        set_total_escrow(&mut ctx, &coin(0)).unwrap();
        assert!(ctx.state.get(store::TRANSFER, b"totalEscrowForDenom/stake").is_none());
    }

    #[test]
    fn the_escrow_account_of_a_channel_is_the_one_of_every_chain() {
        // What the Cosmos Hub shows for its own.
        let address = escrow_address("transfer", "channel-0").to_text("cosmos");
        assert_eq!(address, "cosmos1a53udazy8ayufvy0s434pfwjcedzqv34kvz9tw");
    }
}
