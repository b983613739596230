//! Rules that rest on the relayer: whether one runs, and what it says.

use engine::Leg;

use super::stands::says;
use super::{Verdict, host, next_leg, verdict, what};
use crate::explain::report::{Fact, Facts, RelayerFacts, utc};
use crate::reason::Reason;

pub(super) fn no_relayer_runs(facts: &Facts) -> Option<Verdict> {
    match &facts.relayer {
        RelayerFacts::Runs(_) => None,
        RelayerFacts::Silent(why) => {
            verdict(Reason::RelayerSilent, format!("a relayer seems to run, and does not say what it knows ({why})"))
        }
        RelayerFacts::None { .. } | RelayerFacts::Unreadable(_) => {
            let wanted = next_leg(facts).map_or("the packet", what);
            verdict(Reason::NotRunning, format!("no relayer runs that would bring {wanted}"))
        }
    }
}

pub(super) fn wallet_is_empty(facts: &Facts) -> Option<Verdict> {
    let said = says(facts)?;
    let leg = next_leg(facts).or(said.leg)?;
    let (end, _) = host(facts, leg)?;
    let wallet = end.wallet.known()?;
    let why = if wallet.is_needed && wallet.amount == 0 {
        format!("holds no {}", wallet.denom)
    } else if said.is_wallet_blocked {
        format!("can't pay with its {}{}, or is refused", wallet.amount, wallet.denom)
    } else {
        return None;
    };
    let sentence = format!("the wallet {} on {}, which would pay for {}, {why}", wallet.address, end.chain, what(leg));
    verdict(Reason::WalletEmpty, sentence)
}

pub(super) fn is_not_loaded(facts: &Facts) -> Option<Verdict> {
    if says(facts)?.is_configured {
        return None;
    }
    verdict(Reason::NotLoaded, "the relayer that runs was started without this channel")
}

pub(super) fn bytes_are_unknown(facts: &Facts) -> Option<Verdict> {
    if !says(facts)?.is_unfound {
        return None;
    }
    let (what, chain) = match (next_leg(facts), facts.destination.known()) {
        (Some(Leg::Ack), Some(far)) => ("the acknowledgement", &far.chain),
        (Some(Leg::Ack | Leg::Recv | Leg::Timeout | Leg::TimeoutOnClose) | None, _) => {
            ("the packet", &facts.source.chain)
        }
    };
    let sentence = format!("the bytes of {what} are not known, and stand in no block that a node of {chain} keeps");
    verdict(Reason::BytesUnknown, sentence)
}

pub(super) fn is_quarantined(facts: &Facts) -> Option<Verdict> {
    let said = says(facts)?;
    if !said.is_quarantined {
        return None;
    }
    let leg = said.leg.or(next_leg(facts)).map_or("its message", what);
    let why = said.failure.as_deref().unwrap_or("no reason was told");
    let sentence =
        format!("{leg} failed alone {} times, and is tried at growing distances; the chain said {why:?}", said.tries);
    verdict(Reason::Quarantined, sentence)
}

/// ICS-04: ordered channels receive and acknowledge strictly in sequence.
pub(super) fn predecessor_is_awaited(facts: &Facts) -> Option<Verdict> {
    let (next, done) = match next_leg(facts)? {
        Leg::Recv => (facts.next_received.as_ref()?.known()?, "received"),
        Leg::Ack => (facts.next_acknowledged.as_ref()?.known()?, "acknowledged"),
        Leg::Timeout | Leg::TimeoutOnClose => return None,
    };
    if *next >= facts.packet.sequence {
        return None;
    }
    verdict(Reason::PredecessorAwaited, format!("the channel is ordered, and packet {next} must be {done} first"))
}

/// A packet this near to its timeout would expire on the way.
pub(super) fn timeout_is_awaited(facts: &Facts) -> Option<Verdict> {
    let timeout = facts.timeout.known()?;
    if facts.received != Fact::Known(false) || !timeout.is_near {
        return None;
    }
    let far = facts.destination.known()?;
    let sentence = format!("the packet is too near to its timeout to be delivered to {} any more", far.chain);
    verdict(Reason::TimeoutAwaited, sentence)
}

/// Nothing hinders it.
pub(super) fn is_being_relayed(facts: &Facts) -> Verdict {
    let sentence = match (next_leg(facts), says(facts).map(|said| said.tries)) {
        (Some(leg), Some(tries)) if tries > 0 => {
            format!("{} is tried again after {tries} failures{}", what(leg), last_failure(facts))
        }
        (Some(leg), _) => format!("{} is under way{}", what(leg), deadline(facts)),
        (None, _) => {
            let sentence = format!("too little is known of the packet: {}", Reason::Unknown.mend());
            return Verdict { reason: Reason::Unknown, sentence };
        }
    };
    Verdict { reason: Reason::BeingRelayed, sentence: format!("{sentence}: {}", Reason::BeingRelayed.mend()) }
}

fn last_failure(facts: &Facts) -> String {
    let failure = says(facts).and_then(|said| said.failure.as_ref());
    failure.map_or_else(String::new, |failure| format!(", the last time with {failure:?}"))
}

fn deadline(facts: &Facts) -> String {
    let timestamp = facts.timeout.known().map(|timeout| timeout.timestamp).filter(|at| !at.is_zero());
    match (next_leg(facts), timestamp) {
        (Some(Leg::Recv), Some(at)) => format!(", it has until {}", utc(at)),
        (Some(Leg::Recv | Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose) | None, _) => String::new(),
    }
}
