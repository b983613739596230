//! Somebody else signs with the relayer's own key.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::{ChainUnderTest, Role, UserMessage};
use lightship_tests::deadline::wait_for;
use lightship_tests::ledger::SENT_DENOM;

const ROUNDS: usize = 4;
const MESSAGES: usize = 25;
/// Payments of the other signer that each chain must have committed in each round.
const PAYMENTS: u128 = 2;

/// Under load, transactions that the relayer knows nothing of use up sequences of its account: all packets end.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("shared_account")?;
    let mut relayer = bed.relayer("shared_account", Role::Relayer, &channels.toml, |_| ())?;
    let before = bed.flows(&channels)?;

    relayer.start()?;
    for _ in 0..ROUNDS {
        bed.send_both_ways(&channels, 1, MESSAGES)?;
        for chain in bed.chains() {
            pay_as_relayer(chain)?;
        }
    }
    bed.settle(&channels, &mut relayer, Duration::from_secs(120))?;
    relayer.stop()?;

    let sent = (ROUNDS * MESSAGES) as u128;
    before.ensure_moved(sent, sent, &bed.flows(&channels)?)
}

/// Pays from the relayer's account until enough payments are committed: a payment may lose its sequence to the
/// relayer, as the relayer may lose one to it.
fn pay_as_relayer(chain: &dyn ChainUnderTest) -> Result<()> {
    let payee = chain.account(Role::Rival).address.clone();
    let held = chain.balance(&payee, SENT_DENOM)?;
    let pay = UserMessage::Pay { to: payee.clone(), amount: 1, denom: SENT_DENOM.to_owned() };
    wait_for("payments from the relayer's account", Duration::from_secs(120), || {
        let mut state = chain.account_state(Role::Relayer)?;
        let tx = chain.sign(Role::Relayer, state, &[vec![pay.clone()]])?;
        let (code, log) = chain.offer(&tx[0])?;
        // The mempool's state is ahead: it says by how much.
        if code != 0
            && let Some(expected) = expected_sequence(&log)
        {
            state.sequence = expected;
            let tx = chain.sign(Role::Relayer, state, &[vec![pay.clone()]])?;
            chain.offer(&tx[0])?;
        }
        let paid = chain.balance(&payee, SENT_DENOM)? - held;
        ensure!(paid >= PAYMENTS, "{paid} of {PAYMENTS} payments on {}; last refusal: {log}", chain.id());
        Ok(Some(()))
    })
}

/// cosmos-sdk `x/auth/ante/sigverify.go`: "account sequence mismatch, expected 7, got 5".
fn expected_sequence(log: &str) -> Option<u64> {
    let (_, behind) = log.split_once("expected ")?;
    behind.split_once(',')?.0.parse().ok()
}

#[test]
fn the_expected_sequence_is_read_from_the_refusal() {
    let log = "account sequence mismatch, expected 7, got 5: incorrect account sequence";
    assert_eq!(expected_sequence(log), Some(7));
    assert_eq!(expected_sequence("out of gas"), None);
}
