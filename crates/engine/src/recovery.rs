//! What a refusal means for the one who must react: the one table of the engine over [`Class`] and the few codes of
//! the cosmos-sdk that speak of the wallet instead of the messages (`types/errors/errors.go`).

use types::event::ObservedTx;
use types::{Class, Refusal, Scope};

/// What to do about a refused transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// The account sequence is another: sign again with the right one.
    WrongSequence,
    /// Gas or fee were too low: sign again with more.
    MoreGas,
    /// The wallet can't pay, or the chain refuses us whatever we send: pause the lane.
    Block,
    /// Somebody has done it: wait for the block's events.
    Redundant,
    /// The same bytes may be taken later.
    Again,
    /// The messages are old: make them anew.
    Replan,
    /// A message is bad: find it.
    Reject,
}

/// How often one set of messages may ask for more gas.
pub(crate) const GAS_TRIES_MAX: u32 = 3;

const SDK: &str = "sdk";
const INSUFFICIENT_FUNDS: u32 = 5;
const OUT_OF_GAS: u32 = 11;
const INSUFFICIENT_FEE: u32 = 13;
const WRONG_SEQUENCE: u32 = 32;

/// The reaction to a refusal by simulation or CheckTx.
pub(crate) fn reaction(refusal: &Refusal) -> Reaction {
    // A message that fails with one of these codes (an escrow that is short, say) is a bad message, not a bad wallet.
    let is_of_wallet = refusal.codespace == SDK && refusal.message_index.is_none();
    if is_of_wallet && refusal.code == WRONG_SEQUENCE {
        return Reaction::WrongSequence;
    }
    if is_of_wallet && refusal.code == INSUFFICIENT_FUNDS {
        return Reaction::Block;
    }
    if (is_of_wallet && refusal.code == INSUFFICIENT_FEE) || is_out_of_gas(refusal) {
        return Reaction::MoreGas;
    }
    match refusal.class {
        Class::Redundant => Reaction::Redundant,
        Class::Transient => Reaction::Again,
        Class::Stale => Reaction::Replan,
        Class::Terminal(Scope::Packet | Scope::Path | Scope::Client) => Reaction::Reject,
        Class::Terminal(Scope::Chain | Scope::Process) => Reaction::Block,
    }
}

/// Codespaces of what ibc-go's `RedundantRelayDecorator` (`core/ante/ante.go`) says of messages.
const OF_MESSAGES: [&str; 6] = ["channel", "channelv2", "client", "clientv2", "connection", "07-tendermint"];

/// Does a node that refuses bytes so hold no transaction of their account sequence, in no block and no mempool? The
/// decorator stands behind the check of the sequence.
pub(crate) fn is_behind_sequence(refusal: &Refusal) -> bool {
    match reaction(refusal) {
        Reaction::Redundant | Reaction::Replan | Reaction::Reject => OF_MESSAGES.contains(&refusal.codespace.as_str()),
        Reaction::WrongSequence | Reaction::MoreGas | Reaction::Block | Reaction::Again => false,
    }
}

/// Did a transaction run out of gas, in simulation or in its block?
pub(crate) fn is_out_of_gas(refusal: &Refusal) -> bool {
    is_out_of_gas_code(&refusal.codespace, refusal.code)
}

/// Is that the code of a transaction that ran out of gas?
pub(crate) fn is_out_of_gas_code(codespace: &str, code: u32) -> bool {
    codespace == SDK && code == OUT_OF_GAS
}

/// A delivered transaction's failure. Its class says only that this transaction will never work.
pub(crate) fn delivery_refusal(tx: &ObservedTx) -> Refusal {
    Refusal {
        class: Class::Terminal(Scope::Packet),
        codespace: tx.codespace.chars().take(64).collect(),
        code: tx.code,
        message_index: message_index(&tx.log),
        expected_sequence: None,
        log: tx.log.chars().filter(|c| !c.is_control()).take(400).collect(),
    }
}

/// The number behind `message index: ` (cosmos-sdk `baseapp/baseapp.go`, `runMsgs`): a hint.
fn message_index(log: &str) -> Option<usize> {
    let (_, rest) = log.split_once("message index: ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(class: Class, codespace: &str, code: u32, message_index: Option<usize>) -> Refusal {
        let codespace = codespace.to_owned();
        Refusal { class, codespace, code, message_index, expected_sequence: None, log: String::new() }
    }

    #[test]
    fn every_row_of_the_table_holds() {
        let packet = Class::Terminal(Scope::Packet);
        let rows = [
            (Class::Stale, "sdk", 32, None, Reaction::WrongSequence),
            (Class::Stale, "sdk", 11, None, Reaction::MoreGas),
            (Class::Stale, "sdk", 11, Some(3), Reaction::MoreGas),
            (Class::Stale, "sdk", 13, None, Reaction::MoreGas),
            (Class::Terminal(Scope::Chain), "sdk", 5, None, Reaction::Block),
            (packet, "sdk", 5, Some(2), Reaction::Reject),
            (Class::Redundant, "channel", 22, None, Reaction::Redundant),
            (Class::Transient, "sdk", 20, None, Reaction::Again),
            (Class::Stale, "client", 7, None, Reaction::Replan),
            (packet, "channel", 12, Some(1), Reaction::Reject),
            (Class::Terminal(Scope::Process), "", 0, None, Reaction::Block),
            (Class::Transient, "ibc", 32, None, Reaction::Again),
        ];
        for (class, codespace, code, index, expected) in rows {
            assert_eq!(reaction(&refusal(class, codespace, code, index)), expected, "{codespace} {code} {class:?}");
        }
    }

    #[test]
    fn the_message_index_of_a_failed_delivery_is_read_as_a_hint() {
        assert_eq!(message_index("failed to execute message; message index: 12: invalid proof"), Some(12));
        assert_eq!(message_index("message index: "), None);
        assert_eq!(message_index("message index: 99999999999999999999999"), None);
        assert_eq!(message_index("out of gas in location: ReadFlat"), None);
    }
}
