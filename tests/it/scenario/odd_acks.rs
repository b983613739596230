//! Acknowledgements are any bytes; but some the source will never take.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::probe::{self, PORT, Timeout};
use serde_json::json;

/// What the destination answers: the usual success and failure, bytes that are no text, JSON of another kind. The
/// source takes them all.
const TAKEN: [&str; 4] = [
    r#"{"probe":"ack"}"#,
    r#"{"probe":"error"}"#,
    r#"{"probe":"ack","ack":"hex:00fffe"}"#,
    r#"{"probe":"ack","ack":"text:{\"code\":7}"}"#,
];
/// Reads as the usual success, but is written otherwise: refused for ever (ibc-go `04-channel/keeper/packet.go`).
const TWIN: &str = r#"{ "result":"AQ=="}"#;
/// Long enough for a second try to show.
const BLOCKS_WATCHED: u64 = 12;

/// Every acknowledgement that the source can take is brought back, whatever its bytes. One that it never will is given
/// up and said, and costs nothing: not one message.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let more = ["--a-port", PORT, "--b-port", PORT, "--version", "any"];
    let channels = bed.create_path_with("odd_acks", &more)?;
    let mut relayer = bed.relayer("odd_acks", Role::Relayer, &channels.toml, |_| ())?;
    let send =
        |order: &str| probe::send(&*bed.a, &*bed.b, &channels.a, &format!("text:{order}"), 1, Timeout::Seconds(3_600));
    let from = bed.heights()?;
    for order in TAKEN {
        send(order)?;
    }
    send(&json!({ "probe": "ack", "ack": format!("text:{TWIN}") }).to_string())?;

    relayer.start()?;
    let twin = TAKEN.len() as u64 + 1;
    wait_for("end of all packets but one", Duration::from_secs(90), || {
        let pending = bed.a.pending(PORT, &channels.a)?;
        ensure!(pending == [twin], "{pending:?} are under way");
        Ok(Some(()))
    })?;
    let given_up = |log: &str| log.lines().any(|line| line.contains("acknowledgement_malformed"));
    relayer.wait_for_log("word about the acknowledgement", Duration::from_secs(60), given_up)?;
    let until = bed.a.height()? + BLOCKS_WATCHED;
    wait_for("blocks without a second try", Duration::from_secs(90), || Ok((bed.a.height()? >= until).then_some(())))?;
    relayer.stop()?;

    let [on_a, on_b] = bed.work_since(Role::Relayer, from)?;
    ensure!(on_a.failed.is_empty() && on_b.failed.is_empty(), "transactions failed: {on_a:?} {on_b:?}");
    ensure!(on_a.packet_messages == TAKEN.len(), "not each acknowledgement once: {on_a:?}");
    ensure!(on_b.packet_messages == TAKEN.len() + 1, "not each packet once: {on_b:?}");
    ensure!(bed.a.pending(PORT, &channels.a)? == [twin], "what the source never takes was taken");
    Ok(())
}
