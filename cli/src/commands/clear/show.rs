//! What was cleared, what is left, and what would be done: tables for people, one JSON object for programs.

use engine::PacketKey;
use relayer::Reason;
use relayer::clear::{ClearReport, Left, Plan, Planned, Untold};
use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::{Output, table};

/// How a clearing ended, of all packets of its channels or of a part of them.
///
/// # Errors
/// Where standard output can't be written.
pub(super) fn report(output: Output, report: &ClearReport, is_part: bool) -> Result<(), Failure> {
    let value = json!({
        "ended": report.ended,
        "left": report.left.iter().map(left_json).collect::<Vec<_>>(),
        "unknown": report.unknown.iter().map(untold_json).collect::<Vec<_>>(),
        "is_clear": report.is_clear(),
        "is_confirmed": report.is_confirmed,
        "word_of": report.word_of,
    });
    output.one(&value, &words(report, is_part))
}

fn words(report: &ClearReport, is_part: bool) -> String {
    let mut parts = Vec::new();
    if !report.left.is_empty() {
        parts.push(left_table(&report.left));
    }
    parts.extend(report.unknown.iter().map(untold));
    let ended = match report.ended {
        0 => "nothing was pending that could be ended".to_owned(),
        count => format!("{} ended", packets(count)),
    };
    let left = match report.left.len() {
        0 if report.unknown.is_empty() && is_part => "nothing is left of what was selected".to_owned(),
        0 if report.unknown.is_empty() => "nothing is left".to_owned(),
        0 => "nothing is left of what is known".to_owned(),
        count => format!("{} left", packets(count)),
    };
    let word = report.word_of.join(", ");
    let by = match (report.is_confirmed, word.is_empty()) {
        (_, true) => String::new(),
        (true, false) => format!(" (confirmed by {word})"),
        (false, false) => format!(" (by the word of {word} alone; a second rpc of each chain would confirm it)"),
    };
    parts.push(format!("{ended}, {left}{by}"));
    parts.join("\n")
}

/// What a clearing would do.
///
/// # Errors
/// Where standard output can't be written.
pub(super) fn plan(output: Output, plan: &Plan) -> Result<(), Failure> {
    let value = json!({
        "planned": plan.planned.iter().map(planned_json).collect::<Vec<_>>(),
        "left": plan.left.iter().map(left_json).collect::<Vec<_>>(),
        "unknown": plan.unknown.iter().map(untold_json).collect::<Vec<_>>(),
    });
    output.one(&value, &plan_words(plan))
}

fn plan_words(plan: &Plan) -> String {
    let mut parts = Vec::new();
    if !plan.planned.is_empty() {
        let row = |planned: &Planned| row(&planned.packet, [planned.leg.to_string()]);
        parts.push(table(["CHAIN", "CHANNEL", "SEQUENCE", "NEXT"], plan.planned.iter().map(row)));
    }
    if !plan.left.is_empty() {
        parts.push(left_table(&plan.left));
    }
    parts.extend(plan.unknown.iter().map(untold));
    parts.push(match (plan.planned.len(), plan.left.len()) {
        (0, 0) if plan.unknown.is_empty() => "nothing is pending".to_owned(),
        (0, 0) => "nothing is pending of what is known".to_owned(),
        (further, 0) => format!("{} to be brought further", packets(further)),
        (further, left) => format!("{} to be brought further, {left} not", packets(further)),
    });
    parts.join("\n")
}

fn packets(count: usize) -> String {
    if count == 1 { "1 packet".to_owned() } else { format!("{count} packets") }
}

fn left_table(left: &[Left]) -> String {
    let row = |left: &Left| row(&left.packet, [code(left.reason), left.detail.clone()]);
    table(["CHAIN", "CHANNEL", "SEQUENCE", "REASON", "DETAIL"], left.iter().map(row))
}

/// Chain, channel and sequence, and then the rest.
fn row<const N: usize, const M: usize>(packet: &PacketKey, rest: [String; N]) -> [String; M] {
    let source = &packet.source;
    let place = [source.chain.to_string(), format!("{}/{}", source.port, source.channel), packet.sequence.to_string()];
    let mut cells = place.into_iter().chain(rest);
    std::array::from_fn(|_| cells.next().unwrap_or_default())
}

fn untold(untold: &Untold) -> String {
    let channel = &untold.channel;
    let place = format!("{}/{} of {}", channel.port, channel.channel, channel.chain);
    format!("what is pending on {place} is not known: {}", crate::output::printable(&untold.detail))
}

/// The reason's stable code.
fn code(reason: Reason) -> String {
    serde_json::to_value(reason).ok().and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
}

fn packet_json(packet: &PacketKey, more: &impl Serialize) -> Value {
    let source = &packet.source;
    let mut value = json!({
        "chain": source.chain, "port": source.port, "channel": source.channel, "sequence": packet.sequence,
    });
    if let (Value::Object(all), Ok(Value::Object(more))) = (&mut value, serde_json::to_value(more)) {
        all.extend(more);
    }
    value
}

fn left_json(left: &Left) -> Value {
    packet_json(&left.packet, &json!({ "reason": left.reason, "detail": left.detail }))
}

fn planned_json(planned: &Planned) -> Value {
    packet_json(&planned.packet, &json!({ "next": planned.leg }))
}

fn untold_json(untold: &Untold) -> Value {
    let channel = &untold.channel;
    json!({ "chain": channel.chain, "port": channel.port, "channel": channel.channel, "detail": untold.detail })
}

#[cfg(test)]
mod tests {
    use engine::{ChannelKey, Leg};
    use types::Sequence;

    use super::*;

    fn left() -> Left {
        let source = ChannelKey {
            chain: "chain-a".parse().unwrap(),
            port: "transfer".parse().unwrap(),
            channel: "channel-0".parse().unwrap(),
        };
        let packet = PacketKey { source, sequence: Sequence(7) };
        Left { packet, reason: Reason::Quarantined, detail: "out of gas".to_owned() }
    }

    #[test]
    fn what_is_left_is_a_row_a_packet() {
        let report = ClearReport { ended: 2, left: vec![left()], ..ClearReport::default() };
        let words = words(&report, false);
        let lines: Vec<&str> = words.lines().collect();
        assert_eq!(
            lines[0].split_whitespace().collect::<Vec<_>>(),
            ["CHAIN", "CHANNEL", "SEQUENCE", "REASON", "DETAIL"]
        );
        assert!(lines[1].contains("chain-a") && lines[1].contains("transfer/channel-0"), "{words}");
        assert!(lines[1].contains("quarantined") && lines[1].ends_with("out of gas"), "{words}");
        assert_eq!(lines[2], "2 packets ended, 1 packet left");
    }

    #[test]
    fn a_dry_run_says_what_would_be_done() {
        assert_eq!(plan_words(&Plan::default()), "nothing is pending");
        let planned = vec![Planned { packet: left().packet, leg: Leg::Recv }];
        let words = plan_words(&Plan { planned: planned.clone(), ..Plan::default() });
        assert!(words.ends_with("recv\n1 packet to be brought further"), "{words}");
        let words = plan_words(&Plan { planned, left: vec![left()], ..Plan::default() });
        assert!(words.ends_with("1 packet to be brought further, 1 not"), "{words}");
    }

    #[test]
    fn it_is_said_whose_word_it_is() {
        let report = |is_confirmed| ClearReport {
            ended: 1,
            word_of: vec!["http://a".to_owned(), "http://b".to_owned()],
            is_confirmed,
            ..ClearReport::default()
        };
        assert_eq!(words(&report(true), false), "1 packet ended, nothing is left (confirmed by http://a, http://b)");
        assert!(words(&report(false), false).contains("by the word of http://a, http://b alone"));
        assert!(words(&report(true), true).starts_with("1 packet ended, nothing is left of what was selected ("));
    }

    #[test]
    fn a_program_reads_one_flat_row_a_packet() {
        let expected = json!({
            "chain": "chain-a", "port": "transfer", "channel": "channel-0", "sequence": 7,
            "reason": "quarantined", "detail": "out of gas",
        });
        assert_eq!(left_json(&left()), expected);
    }
}
