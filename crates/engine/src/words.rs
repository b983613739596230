//! What the engine's types are called in logs, metrics and answers: the standard's words, one table a type.

use core::fmt;

use crate::{Hopeless, Leg, Progress, Refused};

impl Leg {
    /// The standard's word (ICS-04), as messages and metrics have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recv => "recv",
            Self::Ack => "ack",
            Self::Timeout => "timeout",
            Self::TimeoutOnClose => "timeout_on_close",
        }
    }
}

impl Progress {
    /// What became of the packet last, in one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::AckWritten => "ack_written",
            Self::Acknowledged => "acknowledged",
            Self::TimedOut => "timed_out",
        }
    }
}

impl Refused {
    /// The policy's rule.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Sequence => "sequence",
            Self::NotAsked => "not_asked",
            Self::Memo { .. } => "memo",
            Self::Receiver { .. } => "receiver",
            Self::Sender => "sender",
            Self::Amount => "amount",
        }
    }
}

impl Hopeless {
    /// The reason in one word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcknowledgementMalformed => "acknowledgement_malformed",
            Self::SourceClosed => "source_closed",
        }
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Hopeless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memo { size } | Self::Receiver { size } => write!(f, "{} ({size} bytes)", self.name()),
            Self::Channel | Self::Sequence | Self::NotAsked | Self::Sender | Self::Amount => f.pad(self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    fn code(value: impl Serialize) -> serde_json::Value {
        serde_json::to_value(value).unwrap()
    }

    #[test]
    fn logs_and_json_call_a_leg_the_same() {
        let legs = [Leg::Recv, Leg::Ack, Leg::Timeout, Leg::TimeoutOnClose];
        assert_eq!(legs.map(Leg::name), ["recv", "ack", "timeout", "timeout_on_close"]);
        legs.into_iter().for_each(|leg| assert_eq!(code(leg), leg.to_string()));
    }

    #[test]
    fn logs_and_json_call_progress_the_same() {
        let all =
            [Progress::Sent, Progress::Received, Progress::AckWritten, Progress::Acknowledged, Progress::TimedOut];
        assert_eq!(all.map(Progress::name), ["sent", "received", "ack_written", "acknowledged", "timed_out"]);
        all.into_iter().for_each(|progress| assert_eq!(code(progress), progress.to_string()));
    }

    #[test]
    fn logs_and_json_call_what_is_hopeless_the_same() {
        for (hopeless, name) in [
            (Hopeless::AcknowledgementMalformed, "acknowledgement_malformed"),
            (Hopeless::SourceClosed, "source_closed"),
        ] {
            assert_eq!((hopeless.to_string().as_str(), code(hopeless)), (name, name.into()));
        }
    }

    #[test]
    fn a_refusal_is_called_by_its_rule_and_by_the_size_that_broke_it() {
        let plain = [Refused::Channel, Refused::Sequence, Refused::NotAsked, Refused::Sender, Refused::Amount];
        assert_eq!(plain.each_ref().map(Refused::name), ["channel", "sequence", "not_asked", "sender", "amount"]);
        plain.iter().for_each(|refused| assert_eq!(code(refused), refused.to_string()));
        assert_eq!(Refused::Memo { size: 7 }.to_string(), "memo (7 bytes)");
        assert_eq!(Refused::Receiver { size: 7 }.to_string(), "receiver (7 bytes)");
    }
}
