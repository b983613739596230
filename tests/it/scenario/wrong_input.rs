//! What is wrong with a chain or its accounts, and how it is said. What needs no chain stands in [`crate::cli`].

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::relayer::Ended;

/// Endpoint of another chain id; relayer without funds, in a one-shot command and in the daemon.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("wrong_input")?;
    let astray = bed.relayer("wrong_input-astray", Role::Relayer, &channels.toml, |_| ())?;
    let config = fs::read_to_string(astray.config())?;
    fs::write(astray.config(), config.replace(bed.a.rpc(), bed.b.rpc()))?;
    for arguments in [&["start"][..], &["create", "path", bed.a.id(), bed.b.id(), "--no-save"]] {
        let ended = astray.run(arguments)?;
        ensure!(ended.code == Some(1), "{arguments:?} ended with {:?}: {}", ended.code, ended.stderr);
        says(&ended, &[bed.a.id(), bed.b.id(), bed.b.rpc()])?;
    }

    let mut pauper = bed.relayer("wrong_input-pauper", Role::Pauper, &channels.toml, |_| ())?;
    let before = [bed.a.handshakes()?, bed.b.handshakes()?];
    let ended = pauper.run(["create", "path", bed.a.id(), bed.b.id(), "--no-save"])?;
    ensure!(ended.code == Some(1), "without funds create path ended with {:?}: {}", ended.code, ended.stderr);
    says(&ended, &[&bed.a.account(Role::Pauper).address, bed.a.fee_denom()])?;
    ensure!([bed.a.handshakes()?, bed.b.handshakes()?] == before, "without funds something was made");

    // The daemon says it, and waits for money.
    pauper.start()?;
    let address = bed.a.account(Role::Pauper).address.clone();
    let has = |log: &str| log.lines().any(|line| line.contains(&address) && line.contains("fund"));
    pauper.wait_for_log("word about the empty wallet", Duration::from_secs(60), has)?;
    ensure!(pauper.has_ended()?.is_none(), "the daemon ended over an empty wallet");
    pauper.stop()
}

fn says(ended: &Ended, words: &[&str]) -> Result<()> {
    for word in words {
        ensure!(ended.stderr.contains(word), "no {word:?} in: {}", ended.stderr);
    }
    Ok(())
}
