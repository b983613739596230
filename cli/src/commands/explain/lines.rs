//! The facts for people, a line each, in the order of a packet's life.

use engine::{Hopeless, Progress};
use relayer::explain::{EndFacts, Fact, Facts, PacketFacts, RelayerFacts, TimeoutFacts, Verdict, refusal, utc, what};
use types::Height;

use crate::output::printable;

/// The verdict, a blank line, the facts.
pub(super) fn text(verdict: &Verdict, facts: &Facts) -> String {
    let mut lines =
        vec![capitalized(&verdict.sentence), format!("Reason code: {}", verdict.reason.code()), String::new()];
    lines.extend(rows(facts).into_iter().map(|(label, value)| format!("{label:<21} {value}")));
    let lines: Vec<_> = lines.iter().map(|line| printable(line)).collect();
    lines.join("\n")
}

fn rows(facts: &Facts) -> Vec<(String, String)> {
    let mut rows = Rows::default();
    let key = &facts.packet;
    rows.add(
        "packet",
        format!("{} of {}/{} on {}", key.sequence, key.source.port, key.source.channel, key.source.chain),
    );
    rows.add(
        "path",
        facts.path.as_ref().map_or_else(|| "no configured path has the channel".to_owned(), ToString::to_string),
    );
    rows.add(
        "sent",
        match &facts.sent {
            Fact::Known(true) => told(&facts.sent_at, |place| format!("in {place}")),
            Fact::Known(false) => "never".to_owned(),
            Fact::Unknown(why) => unknown(why),
        },
    );
    rows.add("bytes", told(&facts.data_size, |size| format!("known, {size} bytes of data")));
    rows.add("times out", told(&facts.timeout, timeout));
    rows.add(
        "received",
        match (&facts.received, &facts.received_at) {
            (Fact::Known(true), Some(place)) => told(place, |place| format!("in {place}")),
            (Fact::Known(true), None) => "yes".to_owned(),
            (Fact::Known(false), _) => "no".to_owned(),
            (Fact::Unknown(why), _) => unknown(why),
        },
    );
    if let (Some(received), Some(acknowledged)) = (&facts.next_received, &facts.next_acknowledged) {
        let (received, acknowledged) = (told(received, ToString::to_string), told(acknowledged, ToString::to_string));
        rows.add("ordered", format!("receives {received} next, acknowledges {acknowledged} next"));
    }
    rows.add(
        "acknowledgement",
        told(&facts.acknowledgement, |acknowledgement| match acknowledgement {
            None => "none written".to_owned(),
            Some(it) => {
                let outcome = told(&it.outcome, ToString::to_string);
                format!("written in {}: {outcome}", told(&it.written_at, ToString::to_string))
            }
        }),
    );
    rows.add(
        "ended",
        told(&facts.committed, |committed| match (committed, &facts.sent) {
            (false, Fact::Known(true)) => "yes, its commitment is gone".to_owned(),
            (false, _) => "there is no commitment".to_owned(),
            (true, _) => "no, its commitment stands".to_owned(),
        }),
    );
    if let Some(refused) = &facts.refused {
        rows.add("policy", format!("refused: {}", refusal(refused)));
    }
    end(&mut rows, "source", &facts.source);
    match &facts.destination {
        Fact::Known(far) => end(&mut rows, "destination", far),
        Fact::Unknown(why) => rows.add("destination", unknown(why)),
    }
    relayer(&mut rows, &facts.relayer);
    rows.0
}

#[derive(Default)]
struct Rows(Vec<(String, String)>);

impl Rows {
    fn add(&mut self, label: impl Into<String>, value: impl Into<String>) {
        self.0.push((label.into(), value.into()));
    }
}

fn end(rows: &mut Rows, which: &str, end: &EndFacts) {
    let word = end.word_of.as_ref().map_or_else(String::new, |word| format!(" (by the word of {word})"));
    rows.add(which, format!("{}/{} on {}{word}", end.port, end.channel, end.chain));
    rows.add("  newest block", told(&end.head, ToString::to_string));
    rows.add(
        "  channel",
        told(&end.end, |channel| match channel {
            Some(channel) => format!("{}, {}", channel.state, channel.ordering),
            None => "none".to_owned(),
        }),
    );
    rows.add(
        "  client",
        told(&end.client, |client| {
            let expiry = client.expires_at.map_or_else(String::new, |at| format!(", expires at {}", utc(at)));
            format!(
                "{} is {}, knows {} up to {}{expiry}",
                client.client, client.status, client.tracks, client.latest_height
            )
        }),
    );
    rows.add(
        "  wallet",
        told(&end.wallet, |wallet| {
            let needed = if wallet.is_needed { "" } else { "; no fees are asked for" };
            format!("{} holds {}{}{needed}", wallet.address, wallet.amount, wallet.denom)
        }),
    );
    for endpoint in &end.endpoints {
        let health = told(&endpoint.height, |height| match endpoint.behind {
            0 => format!("at block {height}"),
            behind => format!("at block {height}, {behind} behind"),
        });
        rows.add("  node", format!("{}: {health}", endpoint.endpoint));
    }
}

fn relayer(rows: &mut Rows, relayer: &RelayerFacts) {
    match relayer {
        RelayerFacts::Runs(said) => {
            rows.add("relayer", if said.is_configured { "runs" } else { "runs, without this channel" });
            says(rows, said);
        }
        RelayerFacts::Silent(why) => rows.add("relayer", format!("does not answer: {why}")),
        RelayerFacts::Unreadable(why) => rows.add("relayer", format!("none runs, and its store can't be read: {why}")),
        RelayerFacts::None { record: None } => {
            rows.add("relayer", "none runs, and none has left a record of the packet")
        }
        RelayerFacts::None { record: Some(record) } => {
            rows.add("relayer", format!("none runs; the last one left it {}", progress(record.progress)));
        }
    }
}

fn says(rows: &mut Rows, said: &PacketFacts) {
    match &said.record {
        Some(record) => {
            rows.add("  knows", format!("{}, since block {}", progress(record.progress), record.progress_at))
        }
        None => rows.add("  knows", "of no such packet"),
    }
    if let Some(leg) = said.leg {
        rows.add("  does", format!("{}, failed {} times so far", what(leg), said.tries));
    }
    if let Some(failure) = &said.failure {
        rows.add("  last failure", failure.clone());
    }
    if said.is_quarantined {
        rows.add("  quarantine", "yes, it is tried at growing distances");
    }
    if let Some(refused) = &said.refused {
        rows.add("  policy", format!("refused: {}", refusal(refused)));
    }
    if let Some(hopeless) = said.hopeless {
        let why = match hopeless {
            Hopeless::AcknowledgementMalformed => "the source will never take its acknowledgement as it was written",
            Hopeless::SourceClosed => "its channel on the source is closed, and takes no acknowledgement",
        };
        rows.add("  given up", why);
    }
    if said.is_unfound {
        rows.add("  bytes", "searched for in vain");
    }
    if said.is_wallet_blocked {
        rows.add("  wallet", "paused: it can't pay, or is refused");
    }
}

fn progress(progress: Progress) -> &'static str {
    match progress {
        Progress::Sent => "sent",
        Progress::Received => "received",
        Progress::AckWritten => "received, with its acknowledgement written",
        Progress::Acknowledged => "acknowledged",
        Progress::TimedOut => "timed out",
    }
}

fn timeout(timeout: &TimeoutFacts) -> String {
    let mut at = Vec::new();
    if timeout.height != Height::ZERO {
        at.push(format!("at height {}", timeout.height));
    }
    if !timeout.timestamp.is_zero() {
        at.push(format!("at {}", utc(timeout.timestamp)));
    }
    let by_now = match (&timeout.is_past, timeout.is_near) {
        (Fact::Known(true), _) => "has passed at the destination".to_owned(),
        (Fact::Known(false), true) => "near, by the destination's newest block".to_owned(),
        (Fact::Known(false), false) => "not yet, by the destination's newest block".to_owned(),
        (Fact::Unknown(why), _) => unknown(why),
    };
    format!("{}: {by_now}", at.join(" or "))
}

fn told<T>(fact: &Fact<T>, tell: impl FnOnce(&T) -> String) -> String {
    match fact {
        Fact::Known(value) => tell(value),
        Fact::Unknown(why) => unknown(why),
    }
}

fn unknown(why: &str) -> String {
    format!("unknown: {why}")
}

fn capitalized(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

#[cfg(test)]
mod tests {
    use engine::{Leg, Refused};

    use super::*;

    #[test]
    fn what_a_relayer_says_is_told_in_words_for_people() {
        let said = PacketFacts {
            leg: Some(Leg::Recv),
            tries: 2,
            refused: Some(Refused::Memo { size: 40_000 }),
            hopeless: Some(Hopeless::SourceClosed),
            ..PacketFacts::default()
        };
        let mut rows = Rows::default();
        says(&mut rows, &said);
        let told = |label: &str| rows.0.iter().find(|row| row.0.trim() == label).unwrap().1.clone();
        assert_eq!(told("does"), "its delivery, failed 2 times so far");
        assert_eq!(told("policy"), "refused: its memo of 40000 bytes is too long");
        assert_eq!(told("given up"), "its channel on the source is closed, and takes no acknowledgement");
        assert_eq!(progress(Progress::AckWritten), "received, with its acknowledgement written");
    }
}
