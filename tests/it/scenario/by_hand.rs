//! Every step of a handshake by hand, and what is said of one that does not fit.

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::probe;
use lightship_tests::relayer::Relayer;
use serde_json::Value;

/// A connection and a channel are opened, and the channel is closed at both ends, by ten commands. A step at the wrong
/// time changes nothing, and names the step that fits.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let relayer = bed.relayer("by_hand", Role::Relayer, "", |_| ())?;
    let client = |host: &str, tracked: &str| -> Result<String> {
        let answer: Value =
            serde_json::from_str(&relayer.run(["--json", "create", "client", host, tracked])?.success()?)?;
        Ok(answer["a"]["client"].as_str().context("no client")?.to_owned())
    };
    let (a_client, b_client) = (client(bed.a.id(), bed.b.id())?, client(bed.b.id(), bed.a.id())?);
    let hand = Hand { relayer: &relayer, bed };

    let ends = ["tx", "conn-init", "--dst-chain", bed.a.id(), "--src-chain", bed.b.id()];
    let ended = relayer.run(ends.iter().chain(&["--dst-client", &a_client, "--src-client", "07-tendermint-9999"]))?;
    ensure!(ended.code == Some(1) && ended.stderr.contains("07-tendermint-9999 of"), "began over no client: {ended:?}");
    let a = hand.on_a("conn-init", &["--dst-client", &a_client, "--src-client", &b_client])?;
    hand.misfit_on_a("conn-confirm", &["--dst-connection", &a], "conn-try")?;
    let b = hand.on_b("conn-try", &["--dst-client", &b_client, "--src-client", &a_client, "--src-connection", &a])?;
    hand.misfit_on_b("conn-try", &["--src-connection", &a], "conn-ack")?;
    hand.on_a("conn-ack", &["--dst-connection", &a, "--src-connection", &b])?;
    hand.on_b("conn-confirm", &["--dst-connection", &b])?;
    hand.misfit_on_b("conn-confirm", &["--dst-connection", &b], "no step is left")?;

    let ports = ["--dst-port", probe::PORT, "--src-port", probe::PORT];
    let init = [&["--dst-connection", &a, "--order", "ordered", "--version", "any"], &ports[..]].concat();
    let a = hand.on_a("chan-open-init", &init)?;
    let a = channel_of(&a)?;
    let b = channel_of(&hand.on_b("chan-open-try", &[&["--src-channel", &a], &ports[..]].concat())?)?;
    let on_a = ["--dst-port", probe::PORT, "--dst-channel", &a];
    let on_b = ["--dst-port", probe::PORT, "--dst-channel", &b];
    hand.misfit_on_b("chan-open-confirm", &on_b, "chan-open-ack")?;
    hand.on_a("chan-open-ack", &on_a)?;
    hand.on_b("chan-open-confirm", &on_b)?;
    hand.misfit_on_b("chan-close-confirm", &on_b, "no step is left")?;
    hand.on_a("chan-close-init", &on_a)?;
    hand.misfit_on_a("chan-close-init", &on_a, "chan-close-confirm")?;
    hand.on_b("chan-close-confirm", &on_b)?;
    Ok(())
}

/// Of an end such as `probe/channel-3`.
fn channel_of(end: &str) -> Result<String> {
    Ok(end.strip_prefix(probe::PORT).and_then(|end| end.strip_prefix('/')).context("another port")?.to_owned())
}

struct Hand<'a> {
    relayer: &'a Relayer,
    bed: &'a Bed,
}

impl Hand<'_> {
    fn on_a(&self, step: &str, more: &[&str]) -> Result<String> {
        self.take(step, [self.bed.a.id(), self.bed.b.id()], more)
    }

    fn on_b(&self, step: &str, more: &[&str]) -> Result<String> {
        self.take(step, [self.bed.b.id(), self.bed.a.id()], more)
    }

    fn misfit_on_a(&self, step: &str, more: &[&str], fits: &str) -> Result<()> {
        self.misfit(step, [self.bed.a.id(), self.bed.b.id()], more, fits)
    }

    fn misfit_on_b(&self, step: &str, more: &[&str], fits: &str) -> Result<()> {
        self.misfit(step, [self.bed.b.id(), self.bed.a.id()], more, fits)
    }

    /// Makes the step; returns the end that it made, or was about.
    fn take(&self, step: &str, [dst, src]: [&str; 2], more: &[&str]) -> Result<String> {
        let arguments = [&["--json", "tx", step, "--dst-chain", dst, "--src-chain", src], more].concat();
        let answer: Value = serde_json::from_str(&self.relayer.run(&arguments)?.success().context(step.to_owned())?)?;
        ensure!(answer["step"] == step && answer["chain"] == dst, "{answer}");
        Ok(answer["end"].as_str().context("no end")?.to_owned())
    }

    fn misfit(&self, step: &str, [dst, src]: [&str; 2], more: &[&str], fits: &str) -> Result<()> {
        let arguments = [&["tx", step, "--dst-chain", dst, "--src-chain", src], more].concat();
        let ended = self.relayer.run(&arguments)?;
        ensure!(ended.code == Some(1), "{step} ended with {:?}: {}", ended.code, ended.stderr);
        ensure!(ended.stderr.contains("does not fit") || fits == "chan-close-confirm", "{}", ended.stderr);
        ensure!(ended.stderr.contains(fits), "{step} does not name {fits}: {}", ended.stderr);
        Ok(())
    }
}
