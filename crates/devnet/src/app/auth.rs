//! Accounts (cosmos-sdk `x/auth/keeper`), in the SDK's store layout.

mod query;

pub use query::QUERIES;

use proto::cosmos::auth::v1beta1::{BaseAccount, ModuleAccount, Params};
use proto::google::protobuf::Any;
use proto::{Message, Name};

use super::address::Address;
use super::context::{Ctx, store};
use super::error::{AppError, Result, sdk};

/// The module account that fees go to.
pub const FEE_COLLECTOR: &str = "fee_collector";

/// What a module account may do with coins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Make them.
    Mint,
    /// Destroy them.
    Burn,
    /// Hold them as stake.
    Stake,
}

impl Permission {
    fn name(self) -> &'static str {
        match self {
            Self::Mint => "minter",
            Self::Burn => "burner",
            Self::Stake => "staking",
        }
    }
}

/// A module that has an account.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// Its name, from which the account's address follows.
    pub name: &'static str,
    /// What it may do.
    pub permissions: &'static [Permission],
    /// Does its account exist from genesis on? Others come to be when they are needed.
    pub(super) is_in_genesis: bool,
    /// May its account not receive coins from users?
    pub(super) is_blocked: bool,
}

const fn module(
    name: &'static str,
    permissions: &'static [Permission],
    is_in_genesis: bool,
    is_blocked: bool,
) -> Module {
    Module { name, permissions, is_in_genesis, is_blocked }
}

/// `maccPerms` of ibc-go's simapp, in the order in which its genesis makes the accounts.
pub const MODULES: [Module; 9] = [
    module(FEE_COLLECTOR, &[], true, true),
    module("distribution", &[], true, true),
    module("bonded_tokens_pool", &[Permission::Burn, Permission::Stake], true, true),
    module("not_bonded_tokens_pool", &[Permission::Burn, Permission::Stake], true, true),
    module("gov", &[Permission::Burn], true, false),
    module("mint", &[Permission::Mint], true, true),
    module("transfer", &[Permission::Mint, Permission::Burn], false, true),
    module("interchainaccounts", &[], false, true),
    module("mock", &[], false, false),
];

const PARAMS: &[u8] = &[0];
const ADDRESSES: u8 = 1;
const NEXT_NUMBER: &[u8] = &[2];
const NUMBERS: &[u8] = b"accountNumber";

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Its address.
    pub address: Address,
    /// Its key, known from its first transaction on.
    pub public_key: Option<Any>,
    /// The number that signatures are bound to.
    pub number: u64,
    /// The sequence that its next transaction must have.
    pub sequence: u64,
    /// Name and permissions, where it belongs to a module.
    pub module: Option<(String, Vec<String>)>,
}

/// An account, if it is there (`GetAccount`).
///
/// # Errors
/// When the gas is used up, or what is stored is none.
pub fn account(ctx: &mut Ctx, address: &Address) -> Result<Option<Account>> {
    let stored = ctx.get(store::AUTH, &address_key(address))?;
    stored.map(|bytes| Account::decode(&bytes, address)).transpose()
}

/// Is there an account (`HasAccount`)?
///
/// # Errors
/// When the gas is used up.
pub fn has_account(ctx: &mut Ctx, address: &Address) -> Result<bool> {
    ctx.has(store::AUTH, &address_key(address))
}

/// Writes an account and the index of its number (`SetAccount`).
///
/// # Errors
/// When the gas is used up, or another account has the number.
pub fn set_account(ctx: &mut Ctx, account: &Account) -> Result<()> {
    if let Some(old) = self::account(ctx, &account.address)? {
        ctx.delete(store::AUTH, &number_key(old.number))?;
    }
    let number_key = number_key(account.number);
    if ctx.has(store::AUTH, &number_key)? {
        let text = format!("conflict: index uniqueness constrain violation: {}", account.number);
        return Err(AppError::unregistered(text));
    }
    ctx.set(store::AUTH, &number_key, account.address.0.as_slice())?;
    let value = account.to_any(&ctx.prefix).encode_to_vec();
    ctx.set(store::AUTH, &address_key(&account.address), value)
}

/// Makes an account with the next number (`NewAccountWithAddress`) and writes it.
///
/// # Errors
/// Those of [`set_account`].
pub fn create_account(ctx: &mut Ctx, address: Address) -> Result<Account> {
    create(ctx, address, None)
}

/// A module's account, made if it is not there (`GetModuleAccount`).
///
/// # Errors
/// When no module has that name.
pub fn module_account(ctx: &mut Ctx, name: &str) -> Result<Account> {
    let module = module_of(name).ok_or_else(|| {
        sdk::PANIC
            .wrap(format!("recovered: module account {name} does not exist: {}", sdk::UNKNOWN_ADDRESS.description))
    })?;
    let address = Address::of_module(module.name);
    if let Some(account) = account(ctx, &address)? {
        return Ok(account);
    }
    let permissions = module.permissions.iter().map(|permission| permission.name().to_owned()).collect();
    create(ctx, address, Some((module.name.to_owned(), permissions)))
}

/// A module that has an account, by its name.
pub fn module_of(name: &str) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.name == name)
}

/// The parameters (`GetParams`).
///
/// # Errors
/// When the gas is used up.
pub fn params(ctx: &mut Ctx) -> Result<Params> {
    let stored = ctx.get(store::AUTH, PARAMS)?.unwrap_or_default();
    Params::decode(&*stored).map_err(|error| sdk::LOGIC.wrap(error))
}

/// Writes the parameters.
///
/// # Errors
/// When the gas is used up.
pub fn set_params(ctx: &mut Ctx, params: &Params) -> Result<()> {
    ctx.set(store::AUTH, PARAMS, params.encode_to_vec())
}

fn create(ctx: &mut Ctx, address: Address, module: Option<(String, Vec<String>)>) -> Result<Account> {
    let number = next_number(ctx)?;
    let account = Account { address, public_key: None, number, sequence: 0, module };
    set_account(ctx, &account)?;
    Ok(account)
}

fn next_number(ctx: &mut Ctx) -> Result<u64> {
    let stored = ctx.get(store::AUTH, NEXT_NUMBER)?;
    let number = stored.and_then(|bytes| Some(u64::from_be_bytes(bytes.as_ref().try_into().ok()?))).unwrap_or(0);
    ctx.set(store::AUTH, NEXT_NUMBER, (number + 1).to_be_bytes().as_slice())?;
    Ok(number)
}

fn address_key(address: &Address) -> Vec<u8> {
    [&[ADDRESSES], address.0.as_slice()].concat()
}

fn number_key(number: u64) -> Vec<u8> {
    [NUMBERS, number.to_be_bytes().as_slice()].concat()
}

impl Account {
    /// The account as the SDK shows it: a `BaseAccount` or a `ModuleAccount`.
    pub fn to_any(&self, prefix: &str) -> Any {
        let base = self.to_base(self.address.to_text(prefix));
        match &self.module {
            None => types::wire::pack(&base),
            Some((name, permissions)) => types::wire::pack(&ModuleAccount {
                base_account: Some(base),
                name: name.clone(),
                permissions: permissions.clone(),
            }),
        }
    }

    fn to_base(&self, address: String) -> BaseAccount {
        BaseAccount { address, pub_key: self.public_key.clone(), account_number: self.number, sequence: self.sequence }
    }

    fn decode(bytes: &[u8], address: &Address) -> Result<Self> {
        let fault = |error: proto::DecodeError| sdk::LOGIC.wrap(error);
        let any = Any::decode(bytes).map_err(fault)?;
        let (base, module) = if any.type_url == ModuleAccount::type_url() {
            let account = ModuleAccount::decode(any.value.as_slice()).map_err(fault)?;
            (account.base_account.unwrap_or_default(), Some((account.name, account.permissions)))
        } else {
            (BaseAccount::decode(any.value.as_slice()).map_err(fault)?, None)
        };
        Ok(Self {
            address: address.clone(),
            public_key: base.pub_key,
            number: base.account_number,
            sequence: base.sequence,
            module,
        })
    }
}
