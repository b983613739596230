//! One action of the engine, performed: its result, whatever it is, goes back as an event.

use std::collections::BTreeSet;
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
    if let Some(failure) = if_panics(failure, attempt(&shell, action)).await {
        shell.tell(failure).await;
    }
}

/// The failure, if the attempt panics: what answers once answers last, so that nothing is answered twice.
async fn if_panics(failure: Option<Event>, attempt: impl Future<Output = ()>) -> Option<Event> {
    AssertUnwindSafe(attempt).catch_unwind().await.err()?;
    tracing::error!(?failure, "an action panicked");
    failure
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
            shell.tell(recover::recover(shell, channel, &sends, &acknowledgements).await).await;
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
        // Neither found nor known to stand nowhere: the next sweep asks again.
        Action::Recover { channel, .. } => Some(Event::Recovered {
            channel: channel.clone(),
            sends: BTreeSet::new(),
            acknowledgements: BTreeSet::new(),
        }),
        Action::Conclude { .. } | Action::Notify { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use engine::{BatchId, ChannelKey, LaneId, PathId, TxId};
    use types::{AccountSequence, BlockHeight, Sequence};

    use super::*;

    #[tokio::test]
    async fn an_attempt_that_panics_is_answered_by_its_failure_and_no_other_is() {
        let failure = || Some(Event::ChainAnswered { chain: "chain-a".parse().unwrap() });
        assert!(if_panics(failure(), async { panic!("in the midst of an action") }).await.is_some());
        assert!(if_panics(failure(), async {}).await.is_none());
    }

    #[test]
    fn every_action_that_waits_for_an_answer_is_answered_after_a_panic_too() {
        let chain = || "chain-a".parse().unwrap();
        let lane = || LaneId { chain: chain(), address: "cosmos1".to_owned() };
        let channel =
            || ChannelKey { chain: chain(), port: "transfer".parse().unwrap(), channel: "channel-0".parse().unwrap() };
        let actions = [
            Action::PrepareBatch {
                batch: BatchId(1),
                path: PathId("a-b".into()),
                chain: chain(),
                client: "07-tendermint-0".parse().unwrap(),
                fact_height: BlockHeight(1),
                legs: Vec::new(),
            },
            Action::SignTx {
                tx: TxId(1),
                lane: lane(),
                account_number: 1,
                account_sequence: AccountSequence(1),
                messages: Vec::new(),
                timeout_height: BlockHeight(1),
                out_of_gas_tries: 0,
            },
            Action::Broadcast { tx: TxId(1), lane: lane(), bytes: Vec::new().into() },
            Action::ReadAccount { lane: lane() },
            Action::Rescan { chain: chain(), from: BlockHeight(1), to: BlockHeight(2) },
            Action::Sweep { channel: channel() },
            Action::Recover { channel: channel(), sends: vec![Sequence(1)], acknowledgements: Vec::new() },
        ];
        for action in actions {
            assert!(failure(&action).is_some(), "{action:?}");
        }
        let recover = Action::Recover { channel: channel(), sends: vec![Sequence(1)], acknowledgements: Vec::new() };
        let Some(Event::Recovered { sends, .. }) = failure(&recover) else { panic!("a search is answered otherwise") };
        assert!(sends.is_empty(), "what could not be searched is not unfound");
    }
}
