//! Rules that rest on the chains and the configuration: they hold whether a relayer runs or not.

use engine::Hopeless;
use types::channel::ChannelState;
use types::client::Status;

use super::{Verdict, host, next_leg, refusal, verdict, what};
use crate::explain::PacketFacts;
use crate::explain::report::{EndFacts, Fact, Facts, RelayerFacts};
use crate::reason::Reason;

pub(super) fn source_is_unreachable(facts: &Facts) -> Option<Verdict> {
    unreachable(&facts.source, "which sent it, so that nothing is known of it")
}

pub(super) fn destination_is_unreachable(facts: &Facts) -> Option<Verdict> {
    unreachable(facts.destination.known()?, "which it goes to")
}

fn unreachable(end: &EndFacts, which: &str) -> Option<Verdict> {
    let Fact::Unknown(why) = &end.head else { return None };
    verdict(Reason::ChainUnreachable, format!("chain {}, {which}, does not answer ({why})", end.chain))
}

pub(super) fn channel_is_unknown(facts: &Facts) -> Option<Verdict> {
    let Fact::Known(None) = facts.source.end else { return None };
    let end = &facts.source;
    verdict(Reason::ChannelUnknown, format!("there is no channel {}/{} on {}", end.port, end.channel, end.chain))
}

/// The end counts what it sends, so that this holds for all times.
pub(super) fn was_never_sent(facts: &Facts) -> Option<Verdict> {
    if facts.sent != Fact::Known(false) {
        return None;
    }
    let end = &facts.source;
    let sequence = facts.packet.sequence;
    let sentence = format!("packet {sequence} was never sent from {}/{} on {}", end.port, end.channel, end.chain);
    verdict(Reason::NeverSent, sentence)
}

/// ICS-04: the commitment is deleted by the acknowledgement, or by the timeout.
pub(super) fn is_over(facts: &Facts) -> Option<Verdict> {
    let (Fact::Known(true), Fact::Known(false)) = (&facts.sent, &facts.committed) else { return None };
    let how = match (&facts.received, &facts.acknowledgement) {
        (Fact::Known(false), _) => "the packet is over: it timed out and was refunded".to_owned(),
        (Fact::Known(true), Fact::Known(Some(acknowledgement))) => match acknowledgement.outcome.known() {
            Some(outcome) => format!("the packet is over: it was received and acknowledged ({outcome})"),
            None => "the packet is over: it was received and acknowledged".to_owned(),
        },
        (Fact::Known(true) | Fact::Unknown(_), _) => "the packet is over: it was acknowledged or timed out".to_owned(),
    };
    verdict(Reason::Over, how)
}

/// ICS-04 asynchronous acknowledgements: the application writes it when it likes.
pub(super) fn acknowledgement_is_awaited(facts: &Facts) -> Option<Verdict> {
    let (Fact::Known(true), Fact::Known(None)) = (&facts.received, &facts.acknowledgement) else { return None };
    let far = facts.destination.known()?;
    let sentence =
        format!("the packet was received, and the application {} of {} has not answered yet", far.port, far.chain);
    verdict(Reason::AcknowledgementAwaited, sentence)
}

pub(super) fn acknowledgement_is_malformed(facts: &Facts) -> Option<Verdict> {
    if says(facts)?.hopeless != Some(Hopeless::AcknowledgementMalformed) {
        return None;
    }
    let sentence = "the packet was received, and its acknowledgement is written so that the source refuses it for ever";
    verdict(Reason::AcknowledgementMalformed, sentence)
}

/// ICS-04 `acknowledgePacket`: only an open channel takes an acknowledgement.
pub(super) fn source_is_closed(facts: &Facts) -> Option<Verdict> {
    let is_written = facts.received == Fact::Known(true) && matches!(facts.acknowledgement, Fact::Known(Some(_)));
    let is_closed = matches!(&facts.source.end, Fact::Known(Some(end)) if end.state == ChannelState::Closed);
    let is_said = says(facts).is_some_and(|said| said.hopeless == Some(Hopeless::SourceClosed));
    if !(is_said || is_written && is_closed) {
        return None;
    }
    let end = &facts.source;
    let sentence =
        format!("the packet was received, and the channel {}/{} that sent it is closed", end.port, end.channel);
    verdict(Reason::SourceClosed, sentence)
}

pub(super) fn is_not_configured(facts: &Facts) -> Option<Verdict> {
    let is_relayed = facts.path.is_some() || says(facts).is_some_and(|said| said.is_configured);
    if is_relayed {
        return None;
    }
    let end = &facts.source;
    let sentence = format!("no configured path has channel {}/{} of {}", end.port, end.channel, end.chain);
    verdict(Reason::NotConfigured, sentence)
}

pub(super) fn policy_refuses(facts: &Facts) -> Option<Verdict> {
    let said = says(facts).and_then(|said| said.refused.as_ref());
    let refused = said.or(facts.refused.as_ref())?;
    let path = facts.path.as_ref().map_or_else(|| "the path".to_owned(), |path| format!("path {path}"));
    verdict(Reason::PolicyRefused, format!("the policy of {path} refuses the packet: {}", refusal(refused)))
}

/// A destination may still be in `TRYOPEN` when the source sends already.
pub(super) fn channel_is_not_open(facts: &Facts) -> Option<Verdict> {
    let far = facts.destination.known()?;
    let Fact::Known(end) = &far.end else { return None };
    let is_ready = match end.as_ref().map(|end| end.state) {
        Some(ChannelState::Open | ChannelState::Closed | ChannelState::Flushing | ChannelState::FlushComplete) => true,
        Some(ChannelState::Init | ChannelState::TryOpen) | None => false,
    };
    if is_ready {
        return None;
    }
    let sentence =
        format!("channel {}/{} on {}, which the packet goes to, is not open yet", far.port, far.channel, far.chain);
    verdict(Reason::ChannelNotOpen, sentence)
}

/// ICS-02: only an active client proves anything. Which one is asked depends on what comes next.
pub(super) fn client_is_unusable(facts: &Facts) -> Option<Verdict> {
    let leg = next_leg(facts)?;
    let (end, other) = host(facts, leg)?;
    let client = end.client.known()?;
    let reason = match client.status {
        Status::Active => return None,
        Status::Frozen => Reason::ClientFrozen,
        Status::Expired => Reason::ClientExpired,
        Status::Unauthorized | Status::Unknown => Reason::ClientUnusable,
    };
    let (client, status) = (&client.client, client.status);
    let sentence = format!(
        "client {client} on {}, which would have to prove {} of {}, is {status}",
        end.chain,
        what(leg),
        other.chain
    );
    verdict(reason, sentence)
}

/// What a relayer that runs says.
pub(super) fn says(facts: &Facts) -> Option<&PacketFacts> {
    match &facts.relayer {
        RelayerFacts::Runs(said) => Some(said),
        RelayerFacts::Silent(_) | RelayerFacts::None { .. } | RelayerFacts::Unreadable(_) => None,
    }
}
