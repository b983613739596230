use super::*;

/// Texts as nodes write them, from CometBFT 0.34 to 0.40 and the SDK.
const GOLDEN: &[(&str, NodeError)] = &[
    ("Internal error: tx already exists in cache", NodeError::TxInCache),
    ("tx already in mempool", NodeError::TxInCache),
    (
        "Internal error: mempool is full: number of txs 5000 (max: 5000), total txs bytes 1 (max: 2)",
        NodeError::MempoolFull,
    ),
    ("mempool is still rechecking after a new committed block, so it is considered as full", NodeError::MempoolFull),
    ("Tx too large. Max size is 1048576, but got 2000000", NodeError::TxTooLarge),
    ("tx too large. Max size is 1048576, but got 2000000", NodeError::TxTooLarge),
    (
        "Internal error: height 12 must be less than or equal to the current blockchain height 11",
        NodeError::HeightAhead,
    ),
    ("cannot query with height in the future; please provide a valid height: invalid height", NodeError::HeightAhead),
    ("simapp is not ready; please wait for first block: invalid height", NodeError::HeightAhead),
    (
        "context did not contain latest block height in either check state or finalize block state (5): invalid height",
        NodeError::HeightAhead,
    ),
    ("Internal error: height 1 is not available, lowest height is 100", NodeError::HeightPruned),
    (
        "failed to load state at height 3; version does not exist (latest height: 900): not found",
        NodeError::HeightPruned,
    ),
    ("Internal error: could not find results for height #12", NodeError::ResultsMissing),
    ("Internal error: node is not persisting finalize block responses", NodeError::ResultsNotKept),
    ("Internal error: node is not persisting abci responses", NodeError::ResultsNotKept),
    ("Internal error: transaction indexing is disabled", NodeError::IndexingDisabled),
    ("Invalid Request: batch request exceeds maximum (10) allowed number of requests", NodeError::BatchTooLarge),
    ("Invalid Request: error reading request body: http: request body too large", NodeError::BodyTooLarge),
    ("max_subscriptions_per_client 5 reached", NodeError::SubscriptionsExhausted),
    ("max_subscription_clients 100 reached", NodeError::SubscriptionsExhausted),
    ("account sequence mismatch, expected 12, got 10: incorrect account sequence", NodeError::SequenceMismatch),
    ("failed to add evidence: don't have header #12", NodeError::EvidenceEarly),
    (
        "failed to add evidence: latest block time (2024-01-01 00:00:01 +0000 UTC) is before conflicting block time (2024-01-01 00:00:09 +0000 UTC)",
        NodeError::EvidenceEarly,
    ),
    ("version does not exist", NodeError::HeightPruned),
    ("proof is unexpectedly empty; ensure height has not been pruned: invalid request", NodeError::HeightPruned),
];

#[test]
fn every_golden_text_has_its_meaning() {
    for (text, meaning) in GOLDEN {
        assert_eq!(NodeError::read(text), Some(*meaning), "{text}");
    }
}

#[test]
fn every_phrase_has_a_golden_text() {
    for (phrase, _) in PHRASES {
        assert!(GOLDEN.iter().any(|(text, _)| text.contains(phrase)), "{phrase}");
    }
}

#[test]
fn other_texts_have_no_meaning() {
    for text in ["", "Internal error", "out of gas in location: block gas meter", "Batch request exceeds maximum"] {
        assert_eq!(NodeError::read(text), None, "{text}");
    }
}

#[test]
fn what_asks_for_a_mend_says_it() {
    assert!(NodeError::ResultsNotKept.mend().unwrap().contains("discard_abci_responses"));
    assert_eq!(NodeError::ResultsNotKept.class(), Class::Terminal(Scope::Chain));
}

#[test]
fn hints_are_read_from_a_refusal() {
    let sequence = refusal("sdk", 32, "account sequence mismatch, expected 12, got 10: incorrect account sequence");
    assert_eq!(sequence.expected_sequence, Some(AccountSequence(12)));
    assert_eq!((sequence.class, sequence.message_index), (Class::Stale, None));
    let message = refusal("channel", 3, "failed to execute message; message index: 4: port/channel: channel not found");
    assert_eq!((message.message_index, message.class), (Some(4), Class::Terminal(Scope::Path)));
    assert_eq!(batch_max("batch request exceeds maximum (3) allowed number of requests"), Some(3));
}

#[test]
fn hostile_numbers_are_no_hints() {
    for index in ["", "x", "-1", "99999999999999999999999999"] {
        assert_eq!(refusal("sdk", 18, &format!("message index: {index}")).message_index, None);
    }
}

#[test]
fn the_wallets_codes_are_the_messages_own_where_a_message_failed() {
    assert_eq!(
        refusal("sdk", 5, "spendable balance 1stake is smaller than 2stake").class,
        Class::Terminal(Scope::Chain)
    );
    let escrow =
        refusal("sdk", 5, "failed to execute message; message index: 1: spendable balance 0 is smaller than 5");
    assert_eq!(escrow.class, Class::Terminal(Scope::Packet));
}

#[test]
fn a_state_that_is_not_there_is_stale_or_transient_under_any_code() {
    let pruned = refusal("store", 7, "proof is unexpectedly empty; ensure height has not been pruned: invalid request");
    assert_eq!(pruned.class, Class::Stale);
    let ahead = refusal("sdk", 18, "cannot query with height in the future; please provide a valid height");
    assert_eq!(ahead.class, Class::Transient);
}

#[test]
fn a_refusal_without_code_has_the_class_of_its_phrase() {
    let full = refusal_without_code(NodeError::MempoolFull, "mempool is full: number of txs 1");
    assert_eq!((full.class, full.codespace.as_str(), full.code), (Class::Transient, "", 0));
}

#[test]
fn a_nodes_text_can_not_write_into_a_terminal() {
    assert_eq!(clean("a\u{1b}[31mred\r\nb\0"), "a\\u{1b}[31mred\\r\\nb\\u{0}");
    assert_eq!(clean("left\u{202e}thgir"), "left\\u{202e}thgir");
    assert_eq!(clean("grün ok"), "grün ok");
}

#[test]
fn a_nodes_text_is_cut() {
    let long = clean(&"é".repeat(1_000_000));
    assert_eq!(long.chars().count(), LOG_CHARS_MAX + 1);
    assert!(long.ends_with('…'));
}
