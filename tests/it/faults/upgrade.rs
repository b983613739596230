//! A chain that plans an upgrade, and the client that follows it.

use std::time::Duration;

use devnet::app::ibc::client::schedule_upgrade;
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use serde_json::Value;
use types::client::{TrustThreshold, sdk_proof_specs, sdk_upgrade_path};
use types::{ClientState, Height};

const BLOCK_TIME: Duration = Duration::from_millis(300);
const WITHIN: Duration = Duration::from_secs(60);

#[test]
fn a_client_follows_an_upgrade_that_its_chain_committed_to() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let chain = a.running().clone();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    let relayer = bed.relayer("upgrade", Role::Relayer, "", |_| ()).unwrap();
    relayer.run(["create", "client", bed.b.id(), bed.a.id()]).unwrap().success().unwrap();

    let planned = bed.a.height().unwrap() + 8;
    chain.with(|chain| chain.app_mut().edit(|ctx| schedule_upgrade(ctx, planned, &upgraded(planned)))).unwrap();
    let too_early = upgrade(&relayer, &bed, planned);
    assert!(too_early.code == Some(1) && too_early.stderr.contains("is not there yet"), "{too_early:?}");
    wait_for("block of the upgrade", WITHIN, || Ok((bed.a.height()? >= planned).then_some(()))).unwrap();

    // No upgrade was planned for that height.
    let other = upgrade(&relayer, &bed, planned - 1);
    assert!(other.code == Some(1) && other.stderr.contains("planned no upgrade"), "{other:?}");

    let answer: Value = serde_json::from_str(&upgrade(&relayer, &bed, planned).success().unwrap()).unwrap();
    assert_eq!((&answer["tracked_before"], &answer["tracks"]), (&"chain-a".into(), &"chain-a-1".into()), "{answer}");
    let clients = relayer.run(["--json", "query", "clients", "--chain", bed.b.id()]).unwrap().success().unwrap();
    let clients: Value = serde_json::from_str(&clients).unwrap();
    let client = &clients.as_array().unwrap()[0];
    assert_eq!((&client["counterparty_chain"], &client["status"]), (&"chain-a-1".into(), &"active".into()), "{client}");
    assert_eq!(client["latest_height"]["revision_number"], 1, "{client}");
}

fn upgrade(relayer: &lightship_tests::relayer::Relayer, bed: &Bed, height: u64) -> lightship_tests::relayer::Ended {
    let height = height.to_string();
    let host = ["--host-chain", bed.b.id(), "--client", "07-tendermint-0", "--upgrade-height", &height];
    relayer.run(["--json", "upgrade", "client"].iter().chain(&host)).unwrap()
}

/// What a client of the next revision begins with.
fn upgraded(planned: u64) -> ClientState {
    ClientState {
        chain_id: "chain-a-1".parse().unwrap(),
        trust_level: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(1),
        unbonding_period: Duration::from_secs(21 * 24 * 3_600),
        max_clock_drift: Duration::from_secs(1),
        frozen_height: None,
        latest_height: Height { revision_number: 1, revision_height: planned + 1 },
        proof_specs: sdk_proof_specs(),
        upgrade_path: sdk_upgrade_path(),
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    }
}
