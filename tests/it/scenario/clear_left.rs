//! What `clear packets` can't clear: it says so, packet by packet, and clears the rest.

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::probe::{self, Timeout};
use serde_json::{Value, json};

use super::clear::{answer, clear};

const GOOD: usize = 3;
const WITHOUT_END: Timeout = Timeout::Seconds(3_600);

/// One packet whose application refuses it is left with its reason, and exit code 1; one whose acknowledgement is not
/// written is left, but nobody can relay it; the others end. A later run clears what is refused no more.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let probe = ["--a-port", "probe", "--b-port", "probe", "--version", "any"];
    let channels = bed.create_path_with("clear_left", &probe)?;
    let relayer = bed.relayer("clear_left", Role::Relayer, &channels.toml, |_| ())?;
    // Another scenario may have turned refusals off.
    probe::command(&*bed.b, Role::User, &json!({ "refuse": true }))?;
    let send = |data: &str, count: usize| probe::send(&*bed.a, &*bed.b, &channels.a, data, count, WITHOUT_END);
    send("text:fine", GOOD)?;
    send(r#"text:{"probe":"refuse"}"#, 1)?;
    send(r#"text:{"probe":"late"}"#, 1)?;

    let ended = relayer.run(["clear", "packets", "--json"])?;
    let told = answer(&ended)?;
    ensure!(ended.code == Some(1) && told["ended"] == GOOD, "{:?}: {told}\n{}", ended.code, ended.stderr);
    let reasons: Vec<_> = told["left"].as_array().into_iter().flatten().map(|left| &left["reason"]).collect();
    ensure!(reasons == ["quarantined", "acknowledgement_awaited"], "{told}");
    ensure!(told["left"][0]["detail"].as_str().is_some_and(|detail| detail.contains("failed alone")), "{told}");
    ensure!(bed.a.pending("probe", &channels.a)?.len() == 2, "the good ones are under way still");

    let table = relayer.run(["clear", "packets"])?;
    ensure!(table.code == Some(1) && table.stdout.contains("REASON"), "{}\n{}", table.stdout, table.stderr);
    ensure!(table.stdout.contains("quarantined"), "{}", table.stdout);

    probe::command(&*bed.b, Role::User, &json!({ "refuse": false }))?;
    let ended = relayer.run(["clear", "packets", "--json"])?;
    let told = answer(&ended)?;
    // Nobody can relay what waits for its application.
    ensure!(
        ended.code == Some(0) && told["left"][0]["reason"] == "acknowledgement_awaited",
        "{told}\n{}",
        ended.stderr
    );
    let late = bed.a.pending("probe", &channels.a)?;
    let ack = json!({ "channel": channels.b, "sequence": late[0], "ack": "text:at last" });
    probe::command(&*bed.b, Role::User, &json!({ "ack": ack }))?;
    let told = clear(&relayer, &[])?;
    ensure!(told["ended"] == 1 && told["left"] == Value::Array(Vec::new()), "{told}");
    Ok(())
}
