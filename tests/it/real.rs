//! The scenarios on the two real chains that `LIGHTSHIP_CHAINS` (a `chains.json` of `scripts/chains.sh`) names.
//! `scripts/e2e.sh` brings them up and runs these; a plain `cargo test` leaves them out.

use std::env;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow};
use lightship_tests::bed::Bed;
use lightship_tests::real_chain::RealChain;

/// The scenarios share the chains' accounts: one at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

macro_rules! on_real_chains {
    ($($scenario:ident: $claim:ident;)+) => {$(
        mod $scenario {
            #[test]
            #[ignore = "needs two chains: scripts/e2e.sh"]
            fn $claim() {
                super::play(stringify!($scenario), crate::scenario::$scenario::run);
            }
        }
    )+};
}

crate::scenario::all! { on_real_chains }
on_real_chains! { measured: figures_of_one_packet_and_of_a_burst; }

mod interchain_accounts {
    #[test]
    #[ignore = "needs two chains: scripts/e2e.sh"]
    fn accounts_are_registered_pay_time_out_and_are_opened_again() {
        super::play("interchain_accounts", crate::interchain_accounts::run);
    }
}

mod chain_upgrade {
    /// On chains of its own, of which one is another one afterwards: `LIGHTSHIP_UPGRADE_CHAINS`.
    #[test]
    #[ignore = "needs two fresh chains: scripts/e2e.sh"]
    fn a_client_follows_a_halted_chain_to_its_next_revision_and_packets_go_on() {
        let (file, _) = super::chains("LIGHTSHIP_UPGRADE_CHAINS").unwrap();
        let directory = file.parent().unwrap().join("scenarios");
        if let Err(error) = crate::chain_upgrade::run(&file, &directory) {
            panic!("{error:#}");
        }
    }
}

mod fork {
    /// On chains of its own, which go on twice and whose clients are frozen afterwards: `LIGHTSHIP_FORK_CHAINS`.
    #[test]
    #[ignore = "needs two fresh chains: scripts/e2e.sh"]
    fn every_client_of_a_chain_that_goes_on_twice_is_frozen() {
        let (file, chains) = super::chains("LIGHTSHIP_FORK_CHAINS").unwrap();
        let [a, b] = chains.clone();
        let directory = file.parent().unwrap().join("scenarios");
        let bed = super::Bed::new(Box::new(a), Box::new(b), &directory);
        if let Err(error) = crate::fork::run(chains, &bed) {
            panic!("{error:#}\n{}", bed.logs("fork"));
        }
    }
}

fn play(name: &str, scenario: fn(&Bed) -> Result<()>) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let bed = bed().unwrap();
    if let Err(error) = scenario(&bed) {
        panic!("{error:#}\n{}", bed.logs(name));
    }
}

fn bed() -> Result<Bed> {
    let (file, [a, b]) = chains("LIGHTSHIP_CHAINS")?;
    let directory = file.parent().context("chains.json has no directory")?.join("scenarios");
    Ok(Bed::new(Box::new(a), Box::new(b), &directory))
}

/// The two chains of the `chains.json` that a variable names, and its path.
fn chains(variable: &str) -> Result<(PathBuf, [RealChain; 2])> {
    let file =
        env::var_os(variable).with_context(|| format!("{variable} names no chains.json: scripts/e2e.sh sets it"))?;
    let file = PathBuf::from(file);
    let chains =
        RealChain::read_all(&file)?.try_into().map_err(|chains: Vec<_>| anyhow!("two chains, not {}", chains.len()))?;
    Ok((file, chains))
}

mod conformance {
    use std::env;

    use ed25519_consensus::SigningKey;
    use lightship_tests::chain_under_test::ChainUnderTest;
    use lightship_tests::real_chain::RealChain;

    use crate::conformance::differences::OF_REAL_CHAINS;
    use crate::conformance::{Subject, play, record};

    /// On chains of its own, which must be fresh: `LIGHTSHIP_CONFORMANCE_CHAINS`. With `LIGHTSHIP_RECORD` set it
    /// records instead.
    #[test]
    #[ignore = "needs two fresh chains: scripts/e2e.sh"]
    fn real_chains_answer_as_recorded() {
        let (_, [a, b]) = super::chains("LIGHTSHIP_CONFORMANCE_CHAINS").unwrap();
        let subject = |chain| {
            let validator = SigningKey::from(RealChain::validator_key(chain).unwrap());
            Subject { chain: chain as &dyn ChainUnderTest, validator: Some(validator) }
        };
        let (a, b) = (subject(&a), subject(&b));
        let ended = match env::var_os("LIGHTSHIP_RECORD") {
            Some(_) => record(a, b),
            None => play(a, b, OF_REAL_CHAINS),
        };
        if let Err(error) = ended {
            panic!("{error:#}");
        }
    }
}
