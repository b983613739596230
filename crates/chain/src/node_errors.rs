//! What a node says without a code: the one place where text is matched.
//!
//! Exact phrases of CometBFT (0.34 to 0.40) and the Cosmos SDK (0.47 to 0.54), each with the file that makes it. A
//! number read from a text is a hint, never a fact.

use types::{AccountSequence, Class, Refusal, Scope};

use crate::classify::classify;

/// How much of a node's text is kept, in characters.
const LOG_CHARS_MAX: usize = 1_000;

/// What a phrase of a node means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeError {
    /// The mempool has, or had, this transaction.
    TxInCache,
    /// The mempool takes no more.
    MempoolFull,
    /// The mempool takes no transaction of this size.
    TxTooLarge,
    /// The height is not there yet.
    HeightAhead,
    /// The height is not there any more.
    HeightPruned,
    /// The block is there, its results are not (yet).
    ResultsMissing,
    /// The node keeps no results at all.
    ResultsNotKept,
    /// The node indexes no transactions.
    IndexingDisabled,
    /// More requests in a batch than the node takes.
    BatchTooLarge,
    /// The body is larger than the node takes.
    BodyTooLarge,
    /// No more subscriptions.
    SubscriptionsExhausted,
    /// The account's sequence is another.
    SequenceMismatch,
    /// The node has not come so far that the evidence could be judged.
    EvidenceEarly,
}

/// Phrase, meaning. The first that occurs in the text counts.
const PHRASES: [(&str, NodeError); 25] = [
    // mempool/errors.go, ErrTxInCache
    ("tx already exists in cache", NodeError::TxInCache),
    // cosmos-sdk types/errors, ErrTxInMempoolCache, from nodes with a mempool of the application's own
    ("tx already in mempool", NodeError::TxInCache),
    // mempool/errors.go, ErrMempoolIsFull
    ("mempool is full", NodeError::MempoolFull),
    // mempool/errors.go, ErrRecheckFull (0.38.13 and later)
    ("mempool is still rechecking", NodeError::MempoolFull),
    // mempool/errors.go, ErrTxTooLarge, with either capital
    ("Tx too large. Max size is", NodeError::TxTooLarge),
    ("tx too large. Max size is", NodeError::TxTooLarge),
    // rpc/core/env.go, getHeight
    ("must be less than or equal to the current blockchain height", NodeError::HeightAhead),
    // cosmos-sdk baseapp/abci.go, CreateQueryContext
    ("cannot query with height in the future", NodeError::HeightAhead),
    ("is not ready; please wait for first block", NodeError::HeightAhead),
    ("context did not contain latest block height", NodeError::HeightAhead),
    // rpc/core/env.go, getHeight
    ("is not available, lowest height is", NodeError::HeightPruned),
    // cosmos-sdk baseapp/abci.go, CreateQueryContext, over store/rootmulti
    ("failed to load state at height", NodeError::HeightPruned),
    // cosmos-sdk store/rootmulti and store/iavl, of queries with a proof
    ("version does not exist", NodeError::HeightPruned),
    // cosmossdk.io/store rootmulti, Query: also where the height is not there yet
    ("ensure height has not been pruned", NodeError::HeightPruned),
    // state/errors.go, ErrNoABCIResponsesForHeight
    ("could not find results for height", NodeError::ResultsMissing),
    // state/errors.go, ErrFinalizeBlockResponsesNotPersisted, and its name before 0.38
    ("node is not persisting finalize block responses", NodeError::ResultsNotKept),
    ("node is not persisting abci responses", NodeError::ResultsNotKept),
    // rpc/core/tx.go
    ("transaction indexing is disabled", NodeError::IndexingDisabled),
    // rpc/jsonrpc/server/http_server.go, PreChecksHandler
    ("batch request exceeds maximum", NodeError::BatchTooLarge),
    // net/http MaxBytesReader
    ("http: request body too large", NodeError::BodyTooLarge),
    // rpc/core/events.go
    ("max_subscriptions_per_client", NodeError::SubscriptionsExhausted),
    ("max_subscription_clients", NodeError::SubscriptionsExhausted),
    // cosmos-sdk x/auth/ante/sigverify.go
    ("account sequence mismatch, expected ", NodeError::SequenceMismatch),
    // evidence/verify.go, Pool.verify: the node has not come so far
    ("don't have header #", NodeError::EvidenceEarly),
    // evidence/verify.go, Pool.verify: a block above the head, whose time the head has not reached
    ("is before conflicting block time", NodeError::EvidenceEarly),
];

impl NodeError {
    /// The meaning of a text, if one of the phrases occurs in it.
    pub fn read(text: &str) -> Option<Self> {
        PHRASES.iter().find(|(phrase, _)| text.contains(phrase)).map(|(_, meaning)| *meaning)
    }

    /// How to react.
    pub fn class(self) -> Class {
        match self {
            Self::TxInCache => Class::Redundant,
            Self::MempoolFull
            | Self::HeightAhead
            | Self::ResultsMissing
            | Self::SubscriptionsExhausted
            | Self::EvidenceEarly => Class::Transient,
            Self::HeightPruned | Self::BatchTooLarge | Self::BodyTooLarge | Self::SequenceMismatch => Class::Stale,
            Self::TxTooLarge => Class::Terminal(Scope::Packet),
            Self::ResultsNotKept | Self::IndexingDisabled => Class::Terminal(Scope::Chain),
        }
    }

    /// What the node's operator can do about it, where there is something.
    pub fn mend(self) -> Option<&'static str> {
        match self {
            Self::ResultsNotKept => Some("set storage.discard_abci_responses = false in the node's config.toml"),
            _ => None,
        }
    }
}

/// The number behind `phrase` in a text.
fn number_behind(text: &str, phrase: &str) -> Option<u64> {
    let (_, rest) = text.split_once(phrase)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest.get(..digits)?.parse().ok()
}

/// How many requests a batch may have, from the refusal of a larger one.
pub(crate) fn batch_max(text: &str) -> Option<usize> {
    number_behind(text, "batch request exceeds maximum (").and_then(|max| usize::try_from(max).ok())
}

/// The index of the failing message (cosmos-sdk `baseapp.go`, `runMsgs`).
fn message_index(log: &str) -> Option<usize> {
    number_behind(log, "message index: ").and_then(|index| usize::try_from(index).ok())
}

/// The account sequence that the node expected.
fn expected_sequence(log: &str) -> Option<AccountSequence> {
    number_behind(log, "account sequence mismatch, expected ").map(AccountSequence)
}

/// A node's text, cut to a bounded length, with control characters and text-direction marks escaped.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(LOG_CHARS_MAX));
    let mut chars = text.chars();
    for character in chars.by_ref().take(LOG_CHARS_MAX) {
        let is_direction =
            matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || is_direction || matches!(character, '\u{2028}' | '\u{2029}') {
            clean.extend(character.escape_default());
        } else {
            clean.push(character);
        }
    }
    if chars.next().is_some() {
        clean.push('…');
    }
    clean
}

/// A refusal with code: its class comes from the table of codes, its hints from the log.
pub fn refusal(codespace: &str, code: u32, log: &str) -> Refusal {
    let message_index = message_index(log);
    let mut class = classify(codespace, code);
    // A state that a node does not have is told under codes that mean all sorts of things, by version.
    if let Some(meaning @ (NodeError::HeightAhead | NodeError::HeightPruned)) = NodeError::read(log) {
        class = meaning.class();
    }
    // The same SDK codes come from the ante handler, where they speak of our wallet, and from a message's handler,
    // where they speak of that message alone.
    if message_index.is_some() && matches!(class, Class::Terminal(Scope::Chain)) {
        class = Class::Terminal(Scope::Packet);
    }
    Refusal {
        class,
        codespace: clean(codespace),
        code,
        message_index,
        expected_sequence: expected_sequence(log),
        log: clean(log),
    }
}

/// A refusal without code, from a JSON-RPC error whose meaning is known.
pub fn refusal_without_code(meaning: NodeError, text: &str) -> Refusal {
    Refusal {
        class: meaning.class(),
        codespace: String::new(),
        code: 0,
        message_index: message_index(text),
        expected_sequence: expected_sequence(text),
        log: clean(text),
    }
}

#[cfg(test)]
mod tests;
