//! Why a packet is where it is: stable codes, for tables, programs, and people at night.

use serde::{Deserialize, Serialize};

/// One list: the codes, what each means, and the mend. What is added here stands in all of them.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal: $mend:literal;)+) => {
        /// Why a packet is where it is. The codes are stable: programs may rest on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $name,)+
        }

        impl Reason {
            /// All of them, in the order that they are documented in.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// What to do about it.
            pub fn mend(self) -> &'static str {
                match self {
                    $(Self::$name => $mend,)+
                }
            }
        }
    };
}

reasons! {
    /// Over: the source took the acknowledgement or the timeout.
    Over = "over": "nothing is left to do";
    /// The source has never sent it.
    NeverSent = "never_sent": "check chain, channel and sequence";
    /// It waits for a block that proves it, or is being relayed.
    BeingRelayed = "being_relayed": "wait a few blocks";
    /// Received; the application has not written its acknowledgement yet. Nobody can relay it.
    AcknowledgementAwaited = "acknowledgement_awaited": "wait until the application answers; no relayer can hurry it";
    /// Too near to its timeout to be delivered; it times out soon.
    TimeoutAwaited = "timeout_awaited": "wait until it has timed out; then it is refunded";
    /// Its channel is ordered, and an earlier packet of it is not done.
    PredecessorAwaited = "predecessor_awaited": "explain the earlier packet";
    /// Its leg failed alone too often; it is tried at growing distances.
    Quarantined = "quarantined": "remove the cause that the chain tells; it is then delivered by itself";
    /// The chain will never take its acknowledgement.
    AcknowledgementMalformed = "acknowledgement_malformed": "none for a relayer: the destination's application wrote it so";
    /// Received, and the source's channel, which would have to take the acknowledgement, is closed.
    SourceClosed = "source_closed": "none for a relayer: a closed channel takes no acknowledgement";
    /// The path's policy refuses it.
    PolicyRefused = "policy_refused": "change policy of the path in the configuration, and start the relayer anew";
    /// Its bytes, or its acknowledgement's, stand in no block that a node keeps.
    BytesUnknown = "bytes_unknown": "add a node to rpc of that chain that keeps older blocks, and start the relayer anew";
    /// The client that would have to prove it is frozen.
    ClientFrozen = "client_frozen": "governance of its chain must recover the client";
    /// The client that would have to prove it is expired.
    ClientExpired = "client_expired": "governance of its chain must recover the client";
    /// The client that would have to prove it can't be used, for another reason than misbehaviour or age.
    ClientUnusable = "client_unusable": "ask those who run its chain whether it allows clients of this kind";
    /// The wallet can't pay.
    WalletEmpty = "wallet_empty": "fund the wallet";
    /// A chain does not answer.
    ChainUnreachable = "chain_unreachable": "see that its nodes run, and check rpc of this chain in the configuration";
    /// There is no such channel.
    ChannelUnknown = "channel_unknown": "check chain, port and channel";
    /// The destination's end of the channel is not open yet.
    ChannelNotOpen = "channel_not_open": "complete the channel's handshake";
    /// Nobody relays this channel: no configured path has it.
    NotConfigured = "not_configured": "add the channel to a path in the configuration, and start the relayer anew";
    /// The relayer that runs does not relay this channel, though the configuration has it.
    NotLoaded = "not_loaded": "start the relayer anew, so that it reads the configuration";
    /// No relayer runs on this store.
    NotRunning = "not_running": "start it: lightship start";
    /// A relayer has the store, but does not say what it knows.
    RelayerSilent = "relayer_silent": "see the relayer's log; start it anew";
    /// Too little could be learned.
    Unknown = "unknown": "see which facts are unknown, and why";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_what_programs_read() {
        for reason in Reason::ALL {
            let text = serde_json::to_string(reason).unwrap();
            assert_eq!(text, format!("{:?}", reason.code()));
            assert_eq!(serde_json::from_str::<Reason>(&text).unwrap(), *reason);
        }
    }

    #[test]
    fn every_code_is_documented() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../cli/README.md");
        let readme = std::fs::read_to_string(file).unwrap();
        for reason in Reason::ALL {
            assert!(readme.contains(&format!("| `{}` |", reason.code())), "{reason:?} is not in cli/README.md");
            assert!(readme.contains(reason.mend()), "the mend of {reason:?} is not in cli/README.md");
        }
    }
}
