//! Messages of `cosmos.bank.v1beta1` (cosmos-sdk `x/bank/keeper/msg_server.go`).

use proto::cosmos::bank::v1beta1::{Input, MsgMultiSend, MsgMultiSendResponse, MsgSend, MsgSendResponse, Output};
use proto::google::protobuf::Any;

use super::coin::{self, Coin};
use super::{add, check_send_enabled, is_blocked, send, subtract};
use crate::app::address::Address;
use crate::app::auth;
use crate::app::context::Ctx;
use crate::app::error::{AppError, Registered, Result, sdk};
use crate::app::event::Event;
use crate::app::kind::{MessageKind, read, respond};

/// `MsgSend` and `MsgMultiSend`.
pub const MESSAGES: &[MessageKind] = &[
    MessageKind {
        url: "/cosmos.bank.v1beta1.MsgSend",
        signer: |bytes| read::<MsgSend>(bytes).map(|message| message.from_address),
        validate: |_, bytes| read::<MsgSend>(bytes).map(|_| ()),
        handle: send_message,
    },
    MessageKind {
        url: "/cosmos.bank.v1beta1.MsgMultiSend",
        signer: |bytes| Ok(read::<MsgMultiSend>(bytes)?.inputs.into_iter().next().unwrap_or_default().address),
        validate: |_, bytes| read::<MsgMultiSend>(bytes).map(|_| ()),
        handle: multi_send_message,
    },
];

const NO_INPUTS: Registered = Registered::new("bank", 2, "no inputs to send transaction");
const NO_OUTPUTS: Registered = Registered::new("bank", 3, "no outputs to send transaction");
const MISMATCH: Registered = Registered::new("bank", 4, "sum inputs != sum outputs");
const MULTIPLE_SENDERS: Registered = Registered::new("bank", 9, "multiple senders not allowed");

fn send_message(ctx: &mut Ctx, bytes: &[u8]) -> Result<Any> {
    let message: MsgSend = read(bytes)?;
    let from = party(ctx, &message.from_address, "from")?;
    let to = party(ctx, &message.to_address, "to")?;
    let coins = coin::read(&message.amount)?;
    if coins.is_empty() {
        return Err(sdk::INVALID_COINS.wrap(""));
    }
    check_send_enabled(ctx, &coins)?;
    refuse_blocked(&to, &message.to_address)?;
    send(ctx, &from, &to, &coins)?;
    Ok(respond(&MsgSendResponse {}))
}

fn multi_send_message(ctx: &mut Ctx, bytes: &[u8]) -> Result<Any> {
    let message: MsgMultiSend = read(bytes)?;
    let [input] = message.inputs.as_slice() else {
        return Err(if message.inputs.is_empty() { NO_INPUTS } else { MULTIPLE_SENDERS }.plain());
    };
    if message.outputs.is_empty() {
        return Err(NO_OUTPUTS.plain());
    }
    let (from, coins) = read_input(ctx, input)?;
    let outputs = message.outputs.iter().map(|output| read_output(ctx, output)).collect::<Result<Vec<_>>>()?;
    if coins != total(&outputs)? {
        return Err(MISMATCH.plain());
    }
    check_send_enabled(ctx, &coins)?;
    for (output, (to, _)) in message.outputs.iter().zip(&outputs) {
        refuse_blocked(to, &output.address)?;
    }
    input_output(ctx, &from, &coins, &outputs)?;
    Ok(respond(&MsgMultiSendResponse {}))
}

/// `InputOutputCoins`.
fn input_output(ctx: &mut Ctx, from: &Address, coins: &[Coin], outputs: &[(Address, Vec<Coin>)]) -> Result<()> {
    let sender = ctx.text_of(from);
    ctx.emit(Event::new("message").with("sender", &sender));
    for (to, _) in outputs {
        if !auth::has_account(ctx, to)? {
            auth::create_account(ctx, to.clone())?;
        }
    }
    subtract(ctx, from, coins)?;
    for (to, coins) in outputs {
        add(ctx, to, coins)?;
        let event = Event::new("transfer").with("recipient", ctx.text_of(to)).with("sender", &sender);
        ctx.emit(event.with("amount", coin::text(coins)));
    }
    Ok(())
}

fn read_input(ctx: &Ctx, input: &Input) -> Result<(Address, Vec<Coin>)> {
    Ok((party(ctx, &input.address, "input")?, filled(coin::read(&input.coins)?)?))
}

fn read_output(ctx: &Ctx, output: &Output) -> Result<(Address, Vec<Coin>)> {
    Ok((party(ctx, &output.address, "output")?, filled(coin::read(&output.coins)?)?))
}

/// No coins at all are not "all positive" to the SDK.
fn filled(coins: Vec<Coin>) -> Result<Vec<Coin>> {
    if coins.is_empty() { Err(sdk::INVALID_COINS.wrap("")) } else { Ok(coins) }
}

fn total(outputs: &[(Address, Vec<Coin>)]) -> Result<Vec<Coin>> {
    let mut sums = std::collections::BTreeMap::<&str, u128>::new();
    for coin in outputs.iter().flat_map(|(_, coins)| coins) {
        let sum = sums.entry(&coin.denom).or_default();
        *sum = sum.checked_add(coin.amount).ok_or_else(super::overflow)?;
    }
    Ok(sums.into_iter().map(|(denom, amount)| Coin::new(denom, amount)).collect())
}

fn refuse_blocked(to: &Address, text: &str) -> Result<()> {
    if is_blocked(to) {
        return Err(sdk::UNAUTHORIZED.wrap(format!("{text} is not allowed to receive funds")));
    }
    Ok(())
}

fn party(ctx: &Ctx, text: &str, which: &str) -> Result<Address> {
    let invalid = |error: AppError| sdk::INVALID_ADDRESS.wrap(format!("invalid {which} address: {error}"));
    Address::read(text, &ctx.prefix).map_err(invalid)
}
