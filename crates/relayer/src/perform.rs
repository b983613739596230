//! One action of the engine, performed: its result, whatever it is, goes back as an event.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use engine::{Action, Checked, Event};
use futures::FutureExt;
use types::{Class, Refusal};

use crate::driver::Shell;
use crate::submit::Signed;
use crate::{ingest, packets, recover, submit, sweep};

/// Performs `action`. A panic within is an error of ours that must not leave the engine waiting: it becomes the
/// action's failure.
pub(crate) async fn perform(shell: Arc<Shell>, action: Action) {
    let failure = failure(&action);
    if AssertUnwindSafe(attempt(&shell, action)).catch_unwind().await.is_err() {
        tracing::error!(?failure, "an action panicked");
        if let Some(failure) = failure {
            shell.tell(failure).await;
        }
    }
}

async fn attempt(shell: &Shell, action: Action) {
    match action {
        Action::PrepareBatch { batch, path, chain, client, fact_height, legs } => {
            let asked = packets::Asked { path, chain, client, fact_height, legs };
            let event = match packets::prepare(shell, &asked).await {
                Ok(prepared) => Event::BatchPrepared { batch, prepared },
                Err(error) => {
                    tracing::debug!(chain = %asked.chain, %error, "batch can't be prepared now");
                    Event::BatchFailed { batch, class: error.class(), reason: error.to_string() }
                }
            };
            shell.tell(event).await;
        }
        Action::SignTx { tx, lane, account_number, account_sequence, messages, timeout_height, out_of_gas_tries } => {
            let Some(chain) = shell.chains.get(&lane.chain) else { return };
            let draft = submit::Draft { account_number, account_sequence, messages, timeout_height, out_of_gas_tries };
            let event = match submit::sign(chain, draft).await {
                Ok(Signed::Tx { bytes, signature, gas_limit, fee }) => {
                    shell.metrics.signed(tx, fee);
                    Event::TxSigned { tx, bytes: bytes.into(), signature, gas_limit }
                }
                Ok(Signed::Redundant(messages)) => Event::TxPartlyRedundant { tx, messages },
                Err(refusal) => Event::TxRefused { tx, refusal },
            };
            shell.tell(event).await;
        }
        Action::Broadcast { tx, lane, bytes } => {
            let Some(chain) = shell.chains.get(&lane.chain) else { return };
            let checked = submit::broadcast(chain, &bytes).await;
            shell.tell(Event::TxChecked { tx, checked }).await;
        }
        Action::ReadAccount { lane } => {
            let Some(chain) = shell.chains.get(&lane.chain) else { return };
            shell.tell(submit::read_account(chain, lane).await).await;
        }
        Action::Rescan { chain, from, to } => {
            let Some(chain) = shell.chains.get(&chain) else { return };
            ingest::rescan(shell, chain, from, to).await;
        }
        Action::Sweep { channel } => shell.tell(sweep::sweep(shell, channel).await).await,
        Action::Recover { channel, sends, acknowledgements } => {
            recover::recover(shell, &channel, &sends, &acknowledgements).await;
        }
        Action::Conclude { .. } | Action::Notify { .. } => {
            tracing::error!("the driver performs this action itself");
        }
    }
}

/// What the engine is told if the action came to no end.
fn failure(action: &Action) -> Option<Event> {
    let reason = "internal error, see the log".to_owned();
    let refusal = || Refusal {
        class: Class::Transient,
        codespace: String::new(),
        code: 0,
        message_index: None,
        expected_sequence: None,
        log: "internal error, see the log".to_owned(),
    };
    match action {
        Action::PrepareBatch { batch, .. } => {
            Some(Event::BatchFailed { batch: *batch, class: Class::Transient, reason })
        }
        Action::SignTx { tx, .. } => Some(Event::TxRefused { tx: *tx, refusal: refusal() }),
        Action::Broadcast { tx, .. } => Some(Event::TxChecked { tx: *tx, checked: Checked::Unknown }),
        Action::ReadAccount { lane } => {
            Some(Event::AccountFailed { lane: lane.clone(), class: Class::Transient, reason })
        }
        Action::Rescan { chain, from, to } => Some(Event::RescanFailed { chain: chain.clone(), from: *from, to: *to }),
        Action::Sweep { channel } => Some(Event::SweepFailed { channel: channel.clone() }),
        Action::Recover { .. } | Action::Conclude { .. } | Action::Notify { .. } => None,
    }
}
