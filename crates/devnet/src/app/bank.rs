//! Balances and supplies, with the SDK's events (cosmos-sdk `x/bank/keeper`), in the SDK's store layout.

pub mod coin;
mod message;
mod query;

pub use coin::Coin;
pub use message::MESSAGES;
pub use query::QUERIES;

use std::sync::Arc;

use proto::Message;
use proto::cosmos::bank::v1beta1::{Metadata, Params};

use super::address::Address;
use super::auth::{self, MODULES, Permission};
use super::context::{Ctx, store};
use super::error::{Result, sdk};
use super::event::Event;

const SUPPLY: u8 = 0;
const METADATA: u8 = 1;
const BALANCES: u8 = 2;
const OWNERS: u8 = 3;
const SEND_ENABLED: u8 = 4;
const PARAMS: &[u8] = &[5];

/// What an account holds.
///
/// # Errors
/// When the gas is used up.
pub fn balance(ctx: &mut Ctx, owner: &Address, denom: &str) -> Result<u128> {
    let stored = ctx.get(store::BANK, &balance_key(owner, denom))?;
    stored.map_or(Ok(0), |bytes| amount(&bytes))
}

/// All there is.
///
/// # Errors
/// When the gas is used up.
pub fn supply(ctx: &mut Ctx, denom: &str) -> Result<u128> {
    let stored = ctx.get(store::BANK, &denom_key(SUPPLY, denom))?;
    stored.map_or(Ok(0), |bytes| amount(&bytes))
}

/// `SendCoins`: moves coins, makes the receiving account if it is not there, emits `coin_spent`, `coin_received`,
/// `transfer`, `message` (`x/bank/keeper/send.go`).
///
/// # Errors
/// When the balance is too small.
pub fn send(ctx: &mut Ctx, from: &Address, to: &Address, coins: &[Coin]) -> Result<()> {
    check(coins)?;
    subtract(ctx, from, coins)?;
    add(ctx, to, coins)?;
    if !auth::has_account(ctx, to)? {
        auth::create_account(ctx, to.clone())?;
    }
    let sender = ctx.text_of(from);
    let event = Event::new("transfer").with("recipient", ctx.text_of(to)).with("sender", &sender);
    ctx.emit(event.with("amount", coin::text(coins)));
    ctx.emit(Event::new("message").with("sender", sender));
    Ok(())
}

/// `SendCoinsFromAccountToModule`: the module's account is made before if it is not there.
///
/// # Errors
/// When the balance is too small.
pub fn send_to_module(ctx: &mut Ctx, from: &Address, module: &str, coins: &[Coin]) -> Result<()> {
    let account = auth::module_account(ctx, module)?;
    send(ctx, from, &account.address, coins)
}

/// `MintCoins` of a module: emits `coin_received`, `coinbase`.
///
/// # Errors
/// When the module may not.
pub fn mint(ctx: &mut Ctx, module: &str, coins: &[Coin]) -> Result<()> {
    let minter = permitted(ctx, module, Permission::Mint, "mint")?;
    check(coins)?;
    add(ctx, &minter, coins)?;
    for coin in coins {
        let supply = supply(ctx, &coin.denom)?.checked_add(coin.amount).ok_or_else(overflow)?;
        set_supply(ctx, &coin.denom, supply)?;
    }
    ctx.emit(Event::new("coinbase").with("minter", ctx.text_of(&minter)).with("amount", coin::text(coins)));
    Ok(())
}

/// `BurnCoins` of a module: emits `coin_spent`, `burn`.
///
/// # Errors
/// When the module may not, or has too little.
pub fn burn(ctx: &mut Ctx, module: &str, coins: &[Coin]) -> Result<()> {
    let burner = permitted(ctx, module, Permission::Burn, "burn")?;
    check(coins)?;
    subtract(ctx, &burner, coins)?;
    for coin in coins {
        let supply = supply(ctx, &coin.denom)?.saturating_sub(coin.amount);
        set_supply(ctx, &coin.denom, supply)?;
    }
    ctx.emit(Event::new("burn").with("burner", ctx.text_of(&burner)).with("amount", coin::text(coins)));
    Ok(())
}

/// May this account receive coins (`BlockedAddr`)? True for most module accounts, as in ibc-go's simapp.
pub fn is_blocked(address: &Address) -> bool {
    MODULES.iter().any(|module| module.is_blocked && Address::of_module(module.name) == *address)
}

/// May coins of this denomination be sent (`IsSendEnabledCoins`)? All may here; it costs what it costs.
///
/// # Errors
/// When the gas is used up.
pub fn check_send_enabled(ctx: &mut Ctx, coins: &[Coin]) -> Result<()> {
    if coins.is_empty() {
        return Ok(());
    }
    params(ctx)?;
    coins.iter().try_for_each(|coin| ctx.has(store::BANK, &denom_key(SEND_ENABLED, &coin.denom)).map(|_| ()))
}

/// `SetDenomMetaData`, `HasDenomMetaData` of ICS-20's vouchers.
///
/// # Errors
/// When the gas is used up.
pub fn set_denom_metadata(ctx: &mut Ctx, metadata: &Metadata) -> Result<()> {
    ctx.set(store::BANK, &denom_key(METADATA, &metadata.base), metadata.encode_to_vec())
}

/// See [`set_denom_metadata`].
///
/// # Errors
/// When the gas is used up.
pub fn has_denom_metadata(ctx: &mut Ctx, denom: &str) -> Result<bool> {
    ctx.has(store::BANK, &denom_key(METADATA, denom))
}

/// Gives an account its first coins, and counts them (`x/bank` InitGenesis).
pub(super) fn endow(ctx: &mut Ctx, owner: &Address, coins: &[Coin]) -> Result<()> {
    for coin in coins {
        let balance = balance(ctx, owner, &coin.denom)?.checked_add(coin.amount).ok_or_else(overflow)?;
        set_balance(ctx, owner, &coin.denom, balance)?;
        let supply = supply(ctx, &coin.denom)?.checked_add(coin.amount).ok_or_else(overflow)?;
        set_supply(ctx, &coin.denom, supply)?;
    }
    Ok(())
}

/// Writes the parameters: everything may be sent.
pub(super) fn set_params(ctx: &mut Ctx) -> Result<()> {
    let params = Params { default_send_enabled: true, ..Params::default() };
    ctx.set(store::BANK, PARAMS, params.encode_to_vec())
}

fn params(ctx: &mut Ctx) -> Result<Params> {
    let stored = ctx.get(store::BANK, PARAMS)?.unwrap_or_default();
    Params::decode(&*stored).map_err(|error| sdk::LOGIC.wrap(error))
}

/// `subUnlockedCoins`.
fn subtract(ctx: &mut Ctx, from: &Address, coins: &[Coin]) -> Result<()> {
    // The SDK reads the account to see whether coins are locked; none ever are here.
    auth::account(ctx, from)?;
    for coin in coins {
        let balance = balance(ctx, from, &coin.denom)?;
        let Some(rest) = balance.checked_sub(coin.amount) else {
            let text = format!("spendable balance {balance}{} is smaller than {coin}", coin.denom);
            return Err(sdk::INSUFFICIENT_FUNDS.wrap(text));
        };
        set_balance(ctx, from, &coin.denom, rest)?;
    }
    ctx.emit(Event::new("coin_spent").with("spender", ctx.text_of(from)).with("amount", coin::text(coins)));
    Ok(())
}

/// `addCoins`.
fn add(ctx: &mut Ctx, to: &Address, coins: &[Coin]) -> Result<()> {
    for coin in coins {
        let balance = balance(ctx, to, &coin.denom)?.checked_add(coin.amount).ok_or_else(overflow)?;
        set_balance(ctx, to, &coin.denom, balance)?;
    }
    ctx.emit(Event::new("coin_received").with("receiver", ctx.text_of(to)).with("amount", coin::text(coins)));
    Ok(())
}

fn check(coins: &[Coin]) -> Result<()> {
    if coin::is_valid(coins) { Ok(()) } else { Err(sdk::INVALID_COINS.wrap(coin::text(coins))) }
}

fn permitted(ctx: &mut Ctx, module: &str, permission: Permission, what: &str) -> Result<Address> {
    let account = auth::module_account(ctx, module)?;
    if auth::module_of(module).is_some_and(|module| module.permissions.contains(&permission)) {
        return Ok(account.address);
    }
    let text = format!("module account {module} does not have permissions to {what} tokens");
    Err(sdk::PANIC.wrap(format!("recovered: {}", sdk::UNAUTHORIZED.wrap(text))))
}

fn set_balance(ctx: &mut Ctx, owner: &Address, denom: &str, amount: u128) -> Result<()> {
    let (key, index) = (balance_key(owner, denom), owner_key(denom, owner));
    if amount == 0 {
        ctx.delete(store::BANK, &index)?;
        return ctx.delete(store::BANK, &key);
    }
    ctx.set(store::BANK, &index, Arc::<[u8]>::from([]))?;
    ctx.set(store::BANK, &key, amount.to_string().into_bytes())
}

fn set_supply(ctx: &mut Ctx, denom: &str, amount: u128) -> Result<()> {
    let key = denom_key(SUPPLY, denom);
    if amount == 0 {
        return ctx.delete(store::BANK, &key);
    }
    ctx.set(store::BANK, &key, amount.to_string().into_bytes())
}

fn amount(bytes: &[u8]) -> Result<u128> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.parse().map_err(|error| sdk::LOGIC.wrap(format!("amount {text:?}: {error}")))
}

/// Go's `math.Int` panics above 256 bits.
fn overflow() -> super::error::AppError {
    sdk::PANIC.wrap("recovered: integer overflow")
}

fn denom_key(kind: u8, denom: &str) -> Vec<u8> {
    [&[kind], denom.as_bytes()].concat()
}

/// Balances of one account stand under this.
fn balances_key(owner: &Address) -> Vec<u8> {
    [&[BALANCES], length_prefixed(owner).as_slice()].concat()
}

fn balance_key(owner: &Address, denom: &str) -> Vec<u8> {
    [balances_key(owner).as_slice(), denom.as_bytes()].concat()
}

/// Owners of one denomination stand under this.
fn owners_key(denom: &str) -> Vec<u8> {
    [&[OWNERS], denom.as_bytes(), &[0]].concat()
}

fn owner_key(denom: &str, owner: &Address) -> Vec<u8> {
    [owners_key(denom).as_slice(), length_prefixed(owner).as_slice()].concat()
}

fn length_prefixed(owner: &Address) -> Vec<u8> {
    // An address that was read has up to 255 bytes.
    let length = u8::try_from(owner.0.len()).unwrap_or(u8::MAX);
    [&[length], owner.0.as_slice()].concat()
}
