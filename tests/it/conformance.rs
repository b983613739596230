//! One script of calls and transactions, played on real ibc-go chains and on the devnet. Every answer is compared with
//! the one that ibc-go v10.7.0 gave when it was recorded in `tests/golden/conformance`; heights, times, hashes and the
//! like are masked. Where the devnet may differ stands in [`differences`].
//!
//! The script knows what it makes by name (`07-tendermint-0`, `channel-1`) and by account sequence: both chains must be
//! fresh, be called `chain-a` and `chain-b-1` (one without a revision in its id, one with), have one validator, an
//! index of transactions, and the accounts of `scripts/chains.sh`.

mod clients;
mod closing;
pub(crate) mod differences;
mod driver;
mod handshakes;
mod misbehaviour;
mod normal;
mod packets;
mod probe;
mod queries;
mod rpc;
mod script;
mod transactions;
mod transcript;
mod wire;

use anyhow::{Context, Result, ensure};
use ed25519_consensus::SigningKey;
use lightship_tests::chain_under_test::ChainUnderTest;

use differences::Difference;
use driver::Driver;
use script::Script;
use transcript::Transcript;

/// A chain, and the key of its only validator where it is known: without it, no misbehaviour is made.
pub(crate) struct Subject<'a> {
    pub(crate) chain: &'a dyn ChainUnderTest,
    pub(crate) validator: Option<SigningKey>,
}

/// Plays the script on two fresh chains and compares what they answer with what is recorded.
///
/// # Errors
/// Every difference that is not allowed; and every allowed one that is none.
pub(crate) fn play(a: Subject<'_>, b: Subject<'_>, allowed: &[Difference]) -> Result<()> {
    let (transcript, ended) = hear(a, b)?;
    // What was heard until then tells more than where it ended.
    let found = transcript.compare(allowed)?;
    let differences = format!("{} differences:\n{}", found.len(), found.join("\n"));
    ended.context(differences.clone())?;
    ensure!(found.is_empty(), "{differences}");
    Ok(())
}

/// Plays the script on two fresh real chains and writes down what they answer.
///
/// # Errors
/// When the script does not come to its end.
pub(crate) fn record(a: Subject<'_>, b: Subject<'_>) -> Result<()> {
    let (transcript, ended) = hear(a, b)?;
    ended?;
    transcript.write()
}

/// What was heard, and how it ended.
fn hear(a: Subject<'_>, b: Subject<'_>) -> Result<(Transcript, Result<()>)> {
    let mut script = Script {
        a: Driver::new(a.chain, a.validator)?,
        b: Driver::new(b.chain, b.validator)?,
        transcript: Transcript::default(),
    };
    let ended = play_groups(&mut script);
    Ok((script.transcript, ended))
}

fn play_groups(script: &mut Script<'_>) -> Result<()> {
    rpc::play(script)?;
    transactions::play(script)?;
    clients::play(script)?;
    handshakes::play(script)?;
    packets::play(script)?;
    probe::play(script)?;
    closing::play(script)?;
    queries::play(script)?;
    misbehaviour::play(script)
}
