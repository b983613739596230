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

on_real_chains! {
    relay: two_hundred_transfers_each_way_are_acknowledged;
    create_path: a_path_that_is_killed_after_each_step_is_made_once;
    killed: nothing_is_lost_or_done_twice_when_killed_five_times;
    backlog: what_was_sent_while_the_relayer_was_down_ends_without_a_tx_index;
    node_outage: a_node_that_comes_back_needs_no_restart;
    refund: a_transfer_that_fails_or_times_out_is_refunded;
    shared_account: another_signer_of_the_relayers_account_does_not_stop_it;
    wrong_input: what_is_wrong_is_refused_by_name;
    measured: figures_of_one_packet_and_of_a_burst;
}

fn play(name: &str, scenario: fn(&Bed) -> Result<()>) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let bed = bed().unwrap();
    if let Err(error) = scenario(&bed) {
        panic!("{error:#}\n{}", bed.logs(name));
    }
}

fn bed() -> Result<Bed> {
    let file =
        env::var_os("LIGHTSHIP_CHAINS").context("LIGHTSHIP_CHAINS names no chains.json; scripts/e2e.sh sets it")?;
    let file = PathBuf::from(file);
    let chains: [RealChain; 2] =
        RealChain::read_all(&file)?.try_into().map_err(|chains: Vec<_>| anyhow!("two chains, not {}", chains.len()))?;
    let [a, b] = chains;
    let directory = file.parent().context("chains.json has no directory")?.join("scenarios");
    Ok(Bed::new(Box::new(a), Box::new(b), &directory))
}
