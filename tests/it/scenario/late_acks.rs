//! Acknowledgements that an application writes in a later transaction (ICS-04 `writeAcknowledgement`).

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{Bed, Heights};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::probe::{self, PORT, Timeout};
use serde_json::json;

const PACKETS: usize = 4;
const WITHIN: Duration = Duration::from_secs(90);

/// Four packets are received and answered later, by users' transactions: two at once and not in sequence, one while the
/// relayer is down, one last. Each acknowledgement is brought back once, and nobody is paid for one that is not there.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path_with("late_acks", &["--a-port", PORT, "--b-port", PORT, "--version", "any"])?;
    let mut relayer = bed.relayer("late_acks", Role::Relayer, &channels.toml, |_| ())?;
    let from = bed.heights()?;
    relayer.start()?;
    let late = r#"text:{"probe":"late"}"#;
    probe::send(&*bed.a, &*bed.b, &channels.a, late, PACKETS, Timeout::Seconds(3_600))?;
    received(bed, from)?;
    ensure!(bed.a.pending(PORT, &channels.a)? == [1, 2, 3, 4], "a packet ended without an answer");

    let answer =
        |sequence: u64, ack: &str| json!({ "ack": { "channel": channels.b, "sequence": sequence, "ack": ack } });
    let say = |actions| probe::command(&*bed.b, Role::User, &actions);
    let left = |left: &[u64]| {
        wait_for(&format!("end of all packets but {left:?}"), WITHIN, || {
            let pending = bed.a.pending(PORT, &channels.a)?;
            ensure!(pending == left, "{pending:?} are under way");
            Ok(Some(()))
        })
    };
    say(json!([answer(3, "hex:00fffe"), answer(1, "text:at last")]))?;
    left(&[2, 4])?;
    relayer.stop()?;
    say(answer(4, r#"text:{"error":"no"}"#))?;
    relayer.start()?;
    left(&[2])?;
    say(answer(2, "text:last of all"))?;
    left(&[])?;
    relayer.stop()?;

    let [on_a, on_b] = bed.work_since(Role::Relayer, from)?;
    for work in [&on_a, &on_b] {
        ensure!(work.failed.is_empty(), "transactions failed: {:?}", work.failed);
        ensure!((work.effective, work.packet_messages) == (PACKETS, PACKETS), "not each leg once: {work:?}");
    }
    Ok(())
}

fn received(bed: &Bed, from: Heights) -> Result<()> {
    wait_for("delivery of all packets", WITHIN, || {
        let [_, on_b] = bed.work_since(Role::Relayer, from)?;
        ensure!(on_b.effective == PACKETS, "{on_b:?}");
        Ok(Some(()))
    })
}
