//! Which step of a handshake is next: a pure function of where both ends are.

use core::fmt;

use types::ChannelState;
use types::connection::ConnectionState;

/// Where an end is, of a connection or a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Init,
    TryOpen,
    Open,
    Closed,
}

/// A step that has a proof to rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Try,
    Ack,
    Confirm,
    CloseConfirm,
}

/// On which of the two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Here,
    There,
}

/// What follows from where both ends are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A step on one of the ends.
    Do(Step, At),
    /// Both ends are open.
    Open,
    /// Both ends are closed.
    Closed,
    /// No step leads on, for this reason.
    Stuck(&'static str),
}

/// The next step, with `there` the end that belongs to the one `here`; none if there is none yet.
pub(crate) fn next(here: Phase, there: Option<Phase>) -> Next {
    use Phase::{Closed, Init, Open, TryOpen};
    match (here, there) {
        (Init, None) => Next::Do(Step::Try, At::There),
        (Init, Some(TryOpen)) => Next::Do(Step::Ack, At::Here),
        (TryOpen, Some(Init)) => Next::Do(Step::Ack, At::There),
        (Open, Some(TryOpen)) => Next::Do(Step::Confirm, At::There),
        (TryOpen, Some(Open)) => Next::Do(Step::Confirm, At::Here),
        (Open, Some(Open)) => Next::Open,
        (Closed, Some(TryOpen | Open)) => Next::Do(Step::CloseConfirm, At::There),
        (TryOpen | Open, Some(Closed)) => Next::Do(Step::CloseConfirm, At::Here),
        (Closed, Some(Closed) | None) => Next::Closed,
        (TryOpen | Open, None) => Next::Stuck("the end that it names is not there"),
        // An end in INIT names no other end yet: nothing can be proven of one (ibc-go `ChanCloseConfirm`).
        (Closed, Some(Init)) | (Init, Some(Closed)) => Next::Stuck("one end was closed before the other knew of it"),
        (Init, Some(Init)) | (TryOpen, Some(TryOpen)) => Next::Stuck("hellos do not cross any more"),
        (Init, Some(Open)) | (Open, Some(Init)) => Next::Stuck("the other end belongs to another handshake"),
    }
}

impl From<ConnectionState> for Phase {
    fn from(state: ConnectionState) -> Self {
        match state {
            ConnectionState::Init => Self::Init,
            ConnectionState::TryOpen => Self::TryOpen,
            ConnectionState::Open => Self::Open,
        }
    }
}

impl From<ChannelState> for Phase {
    fn from(state: ChannelState) -> Self {
        match state {
            ChannelState::Init => Self::Init,
            ChannelState::TryOpen => Self::TryOpen,
            ChannelState::Open | ChannelState::Flushing | ChannelState::FlushComplete => Self::Open,
            ChannelState::Closed => Self::Closed,
        }
    }
}

impl Step {
    /// The command that makes the step on a connection.
    pub(crate) fn of_connection(self) -> &'static str {
        match self {
            Self::Try => "conn-try",
            Self::Ack => "conn-ack",
            Self::Confirm => "conn-confirm",
            Self::CloseConfirm => "no step: a connection is never closed",
        }
    }

    /// The command that makes the step on a channel.
    pub(crate) fn of_channel(self) -> &'static str {
        match self {
            Self::Try => "chan-open-try",
            Self::Ack => "chan-open-ack",
            Self::Confirm => "chan-open-confirm",
            Self::CloseConfirm => "chan-close-confirm",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Init => "init",
            Self::TryOpen => "try_open",
            Self::Open => "open",
            Self::Closed => "closed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Phase::{Closed, Init, Open, TryOpen};
    use super::*;

    #[test]
    fn each_step_follows_from_the_states_of_both_ends() {
        let rows = [
            (Init, None, Next::Do(Step::Try, At::There)),
            (Init, Some(TryOpen), Next::Do(Step::Ack, At::Here)),
            (Open, Some(TryOpen), Next::Do(Step::Confirm, At::There)),
            (Open, Some(Open), Next::Open),
            (Closed, Some(Open), Next::Do(Step::CloseConfirm, At::There)),
            (Closed, Some(TryOpen), Next::Do(Step::CloseConfirm, At::There)),
            (Closed, Some(Closed), Next::Closed),
        ];
        for (here, there, expected) in rows {
            assert_eq!(next(here, there), expected, "{here} {there:?}");
        }
    }

    #[test]
    fn it_is_the_same_step_from_either_end() {
        let mirrored = |next| match next {
            Next::Do(step, At::Here) => Next::Do(step, At::There),
            Next::Do(step, At::There) => Next::Do(step, At::Here),
            other => other,
        };
        let phases = [Init, TryOpen, Open, Closed];
        for (here, there) in phases.iter().flat_map(|here| phases.iter().map(move |there| (*here, *there))) {
            assert_eq!(next(there, Some(here)), mirrored(next(here, Some(there))), "{here} {there}");
        }
    }

    #[test]
    fn crossing_hellos_and_lost_ends_lead_nowhere() {
        for (here, there) in [(Init, Some(Init)), (TryOpen, Some(TryOpen)), (TryOpen, None), (Open, None)] {
            assert!(matches!(next(here, there), Next::Stuck(_)), "{here} {there:?}");
        }
    }
}
