//! `explain packet` says why a packet is where it is: one packet a reason, each stuck for another.

mod applications;
mod chains;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::deadline::wait_for;
use lightship_tests::relayer::Relayer;
use serde_json::Value;

/// A relayer has to see the packet first, and to try what it can.
const TOLD_WITHIN: Duration = Duration::from_secs(60);

macro_rules! cases {
    ($($name:ident => $group:ident::$run:ident;)+) => {$(
        pub(crate) mod $name {
            pub(crate) fn run(bed: &lightship_tests::bed::Bed) -> anyhow::Result<()> {
                super::$group::$run(bed)
            }
        }
    )+};
}

cases! {
    explain_never_sent => chains::never_sent;
    explain_over => chains::over;
    explain_not_running => chains::not_running;
    explain_not_configured => chains::not_configured;
    explain_refused => chains::refused;
    explain_chain_down => chains::chain_down;
    explain_timeout_near => chains::timeout_near;
    explain_wallet_empty => chains::wallet_empty;
    explain_awaited => applications::awaited;
    explain_quarantined => applications::quarantined;
    explain_malformed => applications::malformed;
}

/// Which packet is explained.
#[derive(Clone, Copy)]
pub(crate) struct Packet<'a> {
    pub(crate) chain: &'a str,
    pub(crate) port: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) sequence: u64,
}

impl Packet<'_> {
    /// The whole answer, as JSON.
    pub(crate) fn explained(self, relayer: &Relayer) -> Result<Value> {
        let text = self.said(relayer, &["--json"])?;
        serde_json::from_str(&text).with_context(|| text)
    }

    /// The answer as it is printed.
    pub(crate) fn said(self, relayer: &Relayer, more: &[&str]) -> Result<String> {
        let sequence = self.sequence.to_string();
        let arguments = ["explain", "packet", "--chain", self.chain, "--port", self.port, "--channel", self.channel];
        relayer.run([&arguments[..], &["--sequence", &sequence], more].concat())?.success()
    }

    /// Asks until the reason is this one; the verdict must hold these words, too.
    pub(crate) fn is_told(self, relayer: &Relayer, reason: &str, words: &[&str]) -> Result<Value> {
        let answer = wait_for(&format!("reason {reason}"), TOLD_WITHIN, || {
            let answer = self.explained(relayer)?;
            ensure!(answer["reason"] == reason, "told {}: {}", answer["reason"], answer["verdict"]);
            Ok(Some(answer))
        })?;
        let verdict = answer["verdict"].as_str().context("no verdict")?;
        for word in words {
            ensure!(verdict.contains(word), "no {word:?} in {verdict:?}");
        }
        Ok(answer)
    }
}
