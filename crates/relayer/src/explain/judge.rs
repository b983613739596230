//! What follows from the facts. One rule a function; the first that holds is the verdict. What no relayer can mend
//! comes before what a running one would tell, and that before what it is just doing.

mod relayed;
mod stands;

use engine::{Leg, Refused};
use serde::Serialize;
use types::channel::ChannelState;

use super::report::{EndFacts, Fact, Facts};
use crate::reason::Reason;

/// Why a packet is where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The stable code.
    pub reason: Reason,
    /// The same in one sentence, with the mend where there is one.
    pub sentence: String,
}

type Rule = fn(&Facts) -> Option<Verdict>;

/// In the order that they are asked.
const RULES: [Rule; 19] = [
    stands::source_is_unreachable,
    stands::channel_is_unknown,
    stands::was_never_sent,
    stands::is_over,
    stands::acknowledgement_is_awaited,
    stands::acknowledgement_is_malformed,
    stands::source_is_closed,
    stands::is_not_configured,
    stands::policy_refuses,
    stands::destination_is_unreachable,
    stands::channel_is_not_open,
    stands::client_is_unusable,
    relayed::no_relayer_runs,
    relayed::wallet_is_empty,
    relayed::is_not_loaded,
    relayed::bytes_are_unknown,
    relayed::is_quarantined,
    relayed::predecessor_is_awaited,
    relayed::timeout_is_awaited,
];

/// The verdict over the facts.
pub fn judge(facts: &Facts) -> Verdict {
    RULES.iter().find_map(|rule| rule(facts)).unwrap_or_else(|| relayed::is_being_relayed(facts))
}

/// The sentence, then the code's usual mend.
fn verdict(reason: Reason, sentence: impl Into<String>) -> Option<Verdict> {
    Some(Verdict { reason, sentence: format!("{}: {}", sentence.into(), reason.mend()) })
}

/// The message that brings the packet further, as far as the facts tell (ICS-04).
fn next_leg(facts: &Facts) -> Option<Leg> {
    let far = facts.destination.known()?;
    let is_closed = matches!(&far.end, Fact::Known(Some(end)) if end.state == ChannelState::Closed);
    let is_past = facts.timeout.known().and_then(|timeout| timeout.is_past.known()).copied().unwrap_or(false);
    match (facts.received.known()?, facts.acknowledgement.known()) {
        (true, Some(Some(_))) => Some(Leg::Ack),
        (true, Some(None) | None) => None,
        (false, _) if is_closed => Some(Leg::TimeoutOnClose),
        (false, _) if is_past => Some(Leg::Timeout),
        (false, _) => Some(Leg::Recv),
    }
}

/// The end that the leg's message is submitted to, and the other one.
fn host(facts: &Facts, leg: Leg) -> Option<(&EndFacts, &EndFacts)> {
    let far = facts.destination.known()?;
    match leg {
        Leg::Recv => Some((far, &facts.source)),
        Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose => Some((&facts.source, far)),
    }
}

/// What is brought by a leg, in words.
pub fn what(leg: Leg) -> &'static str {
    match leg {
        Leg::Recv => "its delivery",
        Leg::Ack => "its acknowledgement",
        Leg::Timeout => "its timeout",
        Leg::TimeoutOnClose => "its timeout on close",
    }
}

/// A policy's refusal in words.
pub fn refusal(refused: &Refused) -> String {
    match refused {
        Refused::Channel => "its channel is denied, or not allowed".to_owned(),
        Refused::Sequence => "its sequence is excluded".to_owned(),
        Refused::NotAsked => "it was not asked for".to_owned(),
        Refused::Memo { size } => format!("its memo of {size} bytes is too long"),
        Refused::Receiver { size } => format!("its receiver of {size} bytes is too long"),
        Refused::Sender => "its sender is denied, or not allowed".to_owned(),
        Refused::Amount => "its amount is too small".to_owned(),
    }
}

#[cfg(test)]
mod tests;
