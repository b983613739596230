//! `clear packets` beside a running relayer: asked through its socket, and without it on the same account.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;

use super::clear::{answer, clear};

const MESSAGES: usize = 25;
const ROUNDS: usize = 2;

/// The relayer that runs is asked, and all ends; a second one that signs with the same account does no harm.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("clear_beside_daemon")?;
    let mut relayer = bed.relayer("clear_beside_daemon", Role::Relayer, &channels.toml, |_| ())?;
    let before = bed.flows(&channels)?;
    bed.send_both_ways(&channels, 1, MESSAGES)?;
    relayer.start()?;
    relayer.wait_for_log("control socket", Duration::from_secs(30), |log| log.contains("commands are answered"))?;
    let socket = relayer.store().join("relay").join("control.sock");
    ensure!(fs::metadata(&socket)?.permissions().mode() & 0o777 == 0o600, "others may ask");

    clear(&relayer, &[])?;
    ensure!(bed.under_way(&channels)?.is_empty(), "packets are under way still");
    let unnamed = relayer.run(["clear", "packets", "--from-height", "1"])?;
    ensure!(unnamed.code == Some(1) && unnamed.stderr.contains("write CHAIN=1"), "no chain is named: {unnamed:?}");
    clear(&relayer, &["--from-height", &format!("{}=1", bed.a.id())])?;
    for _ in 0..ROUNDS {
        bed.send_both_ways(&channels, 1, MESSAGES)?;
        clear(&relayer, &["--standalone"])?;
    }
    bed.settle(&channels, &mut relayer, Duration::from_secs(120))?;
    let planned = answer(&relayer.run(["clear", "packets", "--dry-run", "--json"])?)?;
    ensure!(planned["planned"].as_array().is_some_and(Vec::is_empty), "{planned}");

    relayer.stop()?;
    ensure!(!socket.exists(), "the socket was left behind");
    let sent = ((1 + ROUNDS) * MESSAGES) as u128;
    before.ensure_moved(sent, sent, &bed.flows(&channels)?)
}
