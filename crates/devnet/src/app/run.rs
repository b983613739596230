//! How a transaction runs (cosmos-sdk `baseapp/baseapp.go`, `runTx` and `runMsgs`).

use std::sync::Arc;

use proto::Message;
use proto::cosmos::base::abci::v1beta1::TxMsgData;
use proto::google::protobuf::Any;

use super::ante::{self, Candidate};
use super::context::{BlockInfo, Ctx, Mode};
use super::error::{AppError, Result, sdk};
use super::event::Event;
use super::gas::{GasMeter, out_of_gas};
use super::genesis::Genesis;
use super::probe;
use super::tx::Tx;
use super::{TxResult, consensus};
use crate::state::MultiStore;

/// What a transaction runs in.
#[derive(Debug)]
pub(super) struct Runner<'a> {
    pub(super) genesis: &'a Genesis,
    pub(super) block: &'a BlockInfo,
    pub(super) mode: Mode,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The limit; of a simulation the largest number there is.
    pub(super) gas_wanted: u64,
    pub(super) gas_used: u64,
    /// What the ante handler emitted, once it had passed.
    ante_events: Vec<Event>,
    pub(super) done: Result<Done>,
}

/// What messages did.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// `TxMsgData`.
    pub(super) data: Vec<u8>,
    pub(super) responses: Vec<Any>,
    pub(super) events: Vec<Event>,
}

impl Outcome {
    fn refused(gas_used: u64, error: AppError) -> Self {
        Self { gas_wanted: 0, gas_used, ante_events: Vec::new(), done: Err(error) }
    }

    /// As CometBFT is told.
    pub(super) fn into_result(self) -> TxResult {
        let (gas_wanted, gas_used) = (self.gas_wanted.cast_signed(), self.gas_used.cast_signed());
        match self.done {
            Ok(Done { data, events, .. }) => TxResult { data, events, gas_wanted, gas_used, ..TxResult::default() },
            Err(AppError { codespace, code, log }) => {
                let codespace = codespace.to_owned();
                TxResult { code, codespace, log, events: self.ante_events, gas_wanted, gas_used, data: Vec::new() }
            }
        }
    }
}

impl Runner<'_> {
    /// Runs a transaction, told by its bytes, on `state`, which keeps what the mode lets it keep: of a check, what the
    /// ante handler wrote.
    pub(super) fn run(&self, state: &mut MultiStore, bytes: &[u8]) -> Outcome {
        match Tx::decode(bytes) {
            Ok(tx) => self.run_uncounted(state, &tx, bytes.len(), &mut |_| Ok(())),
            Err(error) => Outcome::refused(self.base_gas(), sdk::TX_DECODE.wrap(error)),
        }
    }

    /// Runs a transaction of a block, of `size` bytes, on `state`, which keeps what messages wrote, too.
    pub(super) fn deliver(&self, state: &mut MultiStore, tx: &Tx, size: usize, block_gas: &mut GasMeter) -> Outcome {
        if block_gas.limit().is_some_and(|limit| block_gas.used() >= limit) {
            return Outcome::refused(0, sdk::OUT_OF_GAS.wrap("no block gas left to run tx"));
        }
        let mut is_counted = false;
        let mut outcome = self.run_uncounted(state, tx, size, &mut |meter| {
            is_counted = true;
            let used = meter.limit().map_or(meter.used(), |limit| meter.used().min(limit));
            let (place, wanted) = ("block gas meter", meter.limit().unwrap_or(0));
            block_gas.consume(used, place).map_err(|_| out_of_gas(place, wanted, meter.used()))
        });
        if !is_counted {
            let used = if outcome.gas_wanted > 0 { outcome.gas_used.min(outcome.gas_wanted) } else { outcome.gas_used };
            if block_gas.consume(used, "block gas meter").is_err() {
                outcome.done = Err(out_of_gas("block gas meter", outcome.gas_wanted, outcome.gas_used));
            }
        }
        outcome
    }

    /// `count` is called before a success is written, and may refuse it.
    fn run_uncounted(
        &self,
        state: &mut MultiStore,
        tx: &Tx,
        size: usize,
        count: &mut dyn FnMut(&GasMeter) -> Result<()>,
    ) -> Outcome {
        let base_gas = self.base_gas();
        let mut ctx = self.context(state.clone(), GasMeter::unlimited());
        let limit = match validate_messages(&ctx, tx).and_then(|()| Ok(tx.fee()?.gas_limit)) {
            Ok(limit) => limit,
            Err(error) => return Outcome::refused(base_gas, error),
        };
        if self.mode != Mode::Simulate {
            ctx.gas = GasMeter::limited(limit);
        }
        let gas_wanted = ctx.gas.limit().unwrap_or(u64::MAX);
        let candidate = Candidate { tx, size: size as u64, genesis: self.genesis };
        let checked = ante::run(&mut ctx, &candidate);
        if let Err(error) = ctx.gas.refusal().map_or(checked, Err) {
            // What the SDK recovers from a panic has forgotten the gas meter.
            let (gas_wanted, gas_used) =
                if error.is(sdk::PANIC) { (0, base_gas) } else { (gas_wanted, ctx.gas.used()) };
            return Outcome { gas_wanted, gas_used, ante_events: Vec::new(), done: Err(error) };
        }
        *state = ctx.state.clone();
        let ante_events = std::mem::take(&mut ctx.events);
        let ran = self.run_messages(&mut ctx, tx);
        let ran = ctx.gas.refusal().map_or(ran, Err).and_then(|done| {
            if self.mode == Mode::Deliver {
                count(&ctx.gas)?;
            }
            Ok(done)
        });
        let done = ran.map(|mut done| {
            match self.mode {
                Mode::Deliver => *state = ctx.state.clone(),
                Mode::Check | Mode::Recheck | Mode::Simulate | Mode::Query => {}
            }
            if matches!(self.mode, Mode::Deliver | Mode::Simulate) {
                done.events.splice(0..0, ante_events.clone());
            }
            done
        });
        Outcome { gas_wanted, gas_used: ctx.gas.used(), ante_events, done }
    }

    /// The SDK reads the consensus parameters before the transaction has a gas limit.
    fn base_gas(&self) -> u64 {
        consensus::read_cost(self.genesis)
    }

    pub(super) fn context(&self, state: MultiStore, gas: GasMeter) -> Ctx {
        Ctx {
            state,
            block: self.block.clone(),
            prefix: Arc::from(self.genesis.prefix.as_str()),
            mode: self.mode,
            gas,
            events: Vec::new(),
        }
    }

    /// `runMsgs`, and the post handler behind it. A check runs no messages.
    fn run_messages(&self, ctx: &mut Ctx, tx: &Tx) -> Result<Done> {
        let mut done = Done::default();
        if matches!(self.mode, Mode::Deliver | Mode::Simulate) {
            for (index, (kind, message)) in tx.kinds.iter().zip(&tx.body.messages).enumerate() {
                let ran = (kind.validate)(ctx, &message.value).and_then(|()| (kind.handle)(ctx, &message.value));
                let response =
                    ran.map_err(|error| error.wrap(format!("failed to execute message; message index: {index}")))?;
                // A handler may catch what its callback met, but gas that is used up ends the transaction.
                ctx.gas.refusal().map_or(Ok(()), Err)?;
                let sender = (kind.signer)(&message.value)?;
                let emitted = std::mem::take(&mut ctx.events);
                done.events.extend(message_events(&message.type_url, &sender, index, emitted));
                done.responses.push(response);
            }
        }
        done.data = TxMsgData { msg_responses: done.responses.clone(), ..TxMsgData::default() }.encode_to_vec();
        probe::act_on_memo(ctx, &tx.body.memo)?;
        done.events.append(&mut ctx.events);
        Ok(done)
    }
}

/// `validateBasicTxMsgs`.
fn validate_messages(ctx: &Ctx, tx: &Tx) -> Result<()> {
    if tx.kinds.is_empty() {
        return Err(sdk::INVALID_REQUEST.wrap("must contain at least one message"));
    }
    tx.kinds.iter().zip(&tx.body.messages).try_for_each(|(kind, message)| (kind.validate)(ctx, &message.value))
}

/// `createEvents`: one event that names the message, then its own; all of them with its index.
fn message_events(url: &str, sender: &str, index: usize, emitted: Vec<Event>) -> impl Iterator<Item = Event> {
    let mut message = Event::new("message").with("action", url).with("sender", sender);
    if emitted.iter().all(|event| event.value("module").is_none())
        && let Some(module) = url.split('.').nth(1)
    {
        message = message.with("module", module);
    }
    std::iter::once(message).chain(emitted).map(move |event| event.with("msg_index", index))
}
