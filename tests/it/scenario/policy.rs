//! What a path's policy refuses: each rule, asked of `explain packet`, and some together in a relayer that runs.

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::ledger::SENT_DENOM;
use lightship_tests::relayer::Relayer;

use super::clear::answer;
use super::explain::Packet;

const MEMO: &str = "a memo of 21 bytes ..";
const AMOUNT: u128 = 5;
const WITHIN: Duration = Duration::from_secs(90);
/// Long enough for what is refused to be relayed all the same.
const BLOCKS_WATCHED: u64 = 10;

/// One packet is refused by each rule in turn, and said to be. A relayer whose rules it just passes brings it, and
/// neither the excluded packet nor the one of too little; without rules they go too.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("policy")?;
    let user = bed.relayer("policy-user", Role::User, "", |_| ())?;
    let mut relayer = bed.relayer("policy", Role::Relayer, &channels.toml, |_| ())?;
    let config = fs::read_to_string(relayer.config())?;
    let under = |policy: &str| fs::write(relayer.config(), format!("{}\npolicy = {{ {policy} }}\n", config.trim_end()));
    transfer(bed, &user, &channels, AMOUNT)?;
    let packet = Packet { chain: bed.a.id(), port: "transfer", channel: &channels.a, sequence: 1 };
    for (policy, words) in refusing(bed, &channels) {
        under(&policy)?;
        packet.is_told(&relayer, "policy_refused", &[words])?;
    }

    transfer(bed, &user, &channels, AMOUNT)?;
    transfer(bed, &user, &channels, AMOUNT - 1)?;
    under(&passing(bed, &channels))?;
    let from = bed.heights()?;
    relayer.start()?;
    left(bed, &channels, &[2, 3])?;
    let until = bed.b.height()? + BLOCKS_WATCHED;
    wait_for("blocks without what is refused", WITHIN, || Ok((bed.b.height()? >= until).then_some(())))?;
    left(bed, &channels, &[2, 3])?;
    relayer.stop()?;
    let [on_a, on_b] = bed.work_since(Role::Relayer, from)?;
    ensure!((on_a.packet_messages, on_b.packet_messages) == (1, 1), "not one packet alone: {on_a:?} {on_b:?}");
    let told = answer(&relayer.run(["clear", "packets", "--json"])?)?;
    let rows = told["left"].as_array().cloned().unwrap_or_default();
    ensure!(rows.len() == 2 && rows.iter().all(|row| row["reason"] == "policy_refused"), "{told}");

    fs::write(relayer.config(), &config)?;
    relayer.start()?;
    left(bed, &channels, &[])?;
    relayer.stop()
}

/// Policies that refuse the first packet, and what is said then.
fn refusing(bed: &Bed, channels: &Channels) -> Vec<(String, &'static str)> {
    let (chain, channel) = (bed.a.id(), &channels.a);
    let (user, other) = (&bed.a.account(Role::User).address, &bed.a.account(Role::Rival).address);
    let more = AMOUNT + 1;
    vec![
        (r#"allow = ["transfer/channel-999*"]"#.to_owned(), "not allowed"),
        (format!(r#"deny = ["{chain}/trans*/{channel}"]"#), "its channel is denied"),
        (format!(r#"allow = ["*/*"], deny = ["*/{channel}"]"#), "its channel is denied"),
        (format!(r#"exclude = [{{ channel = "{chain}/transfer/{channel}", sequences = "1,7-9" }}]"#), "is excluded"),
        (format!("memo_bytes_max = {}", MEMO.len() - 1), "its memo of 21 bytes is too long"),
        ("receiver_bytes_max = 3".to_owned(), "its receiver of"),
        (format!(r#"senders = ["{other}"]"#), "its sender is denied, or not allowed"),
        (format!(r#"senders_denied = ["{user}"]"#), "its sender is denied"),
        (format!(r#"amounts_min = {{ {SENT_DENOM} = "{more}" }}"#), "its amount is too small"),
    ]
}

/// One that the first packet passes by no margin; the second is excluded, the third too small.
fn passing(bed: &Bed, channels: &Channels) -> String {
    let (chain, channel) = (bed.a.id(), &channels.a);
    let (user, other) = (&bed.a.account(Role::User).address, &bed.a.account(Role::Rival).address);
    let (memo, receiver) = (MEMO.len(), bed.b.account(Role::User).address.len());
    format!(
        r#"allow = ["transfer/{channel}"], deny = ["other/*"], exclude = [{{ channel = "{chain}/*/{channel}", sequences = "2" }}], memo_bytes_max = {memo}, receiver_bytes_max = {receiver}, senders = ["{user}"], senders_denied = ["{other}"], amounts_min = {{ {SENT_DENOM} = "{AMOUNT}" }}"#
    )
}

fn transfer(bed: &Bed, user: &Relayer, channels: &Channels, amount: u128) -> Result<()> {
    let (amount, receiver) = (format!("{amount}{SENT_DENOM}"), bed.b.account(Role::User).address.as_str());
    let end = ["tx", "transfer", "--chain", bed.a.id(), "--channel", &channels.a];
    let what = ["--amount", &amount, "--receiver", receiver, "--memo", MEMO];
    user.run(end.iter().chain(&what))?.success()?;
    Ok(())
}

fn left(bed: &Bed, channels: &Channels, sequences: &[u64]) -> Result<()> {
    wait_for(&format!("end of all packets but {sequences:?}"), WITHIN, || {
        let pending = bed.a.packet_commitments(&channels.a)?;
        ensure!(pending == sequences, "{pending:?} are under way");
        Ok(Some(()))
    })
}
