//! A packet that was received, and whose source's channel closed before its acknowledgement came.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::probe::{self, PORT, Timeout};
use serde_json::json;

use super::clear::answer;
use super::explain::Packet;

const WITHIN: Duration = Duration::from_secs(90);
/// ibc-go `STATE_CLOSED`.
const CLOSED: i32 = 4;
/// Long enough for a try that fails to show.
const BLOCKS_WATCHED: u64 = 10;

/// On an ordered channel a packet is received; its acknowledgement is written, and then the source's application closes
/// its end, which takes no acknowledgement any more (ICS-04 `acknowledgePacket`), nor a timeout of what was received:
/// the packet is over for every relayer. The other end is closed, nothing is tried in vain, and `explain packet` and
/// `clear packets` say why.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let more = ["--a-port", PORT, "--b-port", PORT, "--version", "any", "--ordering", "ordered"];
    let channels = bed.create_path_with("unanswerable", &more)?;
    let mut relayer = bed.relayer("unanswerable", Role::Relayer, &channels.toml, |_| ())?;
    let from = bed.heights()?;
    relayer.start()?;
    probe::send(&*bed.a, &*bed.b, &channels.a, r#"text:{"probe":"late"}"#, 1, Timeout::Seconds(3_600))?;
    wait_for("delivery of the packet", WITHIN, || {
        Ok((bed.work_since(Role::Relayer, from)?[1].effective == 1).then_some(()))
    })?;
    relayer.stop()?;
    let ack = json!({ "channel": channels.b, "sequence": 1, "ack": "text:too late" });
    probe::command(&*bed.b, Role::User, &json!({ "ack": ack }))?;
    probe::command(&*bed.a, Role::User, &json!({ "close": { "channel": channels.a } }))?;

    relayer.start()?;
    let packet = Packet { chain: bed.a.id(), port: PORT, channel: &channels.a, sequence: 1 };
    packet.is_told(&relayer, "source_closed", &["closed"])?;
    wait_for("closing of the other end", WITHIN, || Ok((state_on_b(bed, &channels)? == CLOSED).then_some(())))?;
    let until = bed.a.height()? + BLOCKS_WATCHED;
    wait_for("blocks without a try", WITHIN, || Ok((bed.a.height()? >= until).then_some(())))?;
    relayer.stop()?;

    let ended = relayer.run(["clear", "packets", "--json"])?;
    let told = answer(&ended)?;
    ensure!(ended.code == Some(0), "nothing relayable is left, and yet {:?}: {told}\n{}", ended.code, ended.stderr);
    ensure!(told["left"][0]["reason"] == "source_closed", "{told}");
    ensure!(bed.a.pending(PORT, &channels.a)? == [1], "a closed channel took something");
    let [on_a, on_b] = bed.work_since(Role::Relayer, from)?;
    ensure!(on_a.failed.is_empty() && on_b.failed.is_empty(), "transactions failed: {on_a:?} {on_b:?}");
    ensure!((on_a.packet_messages, on_b.packet_messages) == (0, 1), "something was tried in vain: {on_a:?} {on_b:?}");
    Ok(())
}

fn state_on_b(bed: &Bed, channels: &Channels) -> Result<i32> {
    let ends = bed.b.handshakes()?.channels;
    Ok(ends.iter().find(|end| end.channel_id == channels.b).context("no such channel")?.state)
}
