//! The commands of `light` that ask nodes: `trust-root`, `sync`, `detect`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use light_client::{Options, TrustThreshold};
use relayer::Trust;
use types::BlockHeight;

use crate::config::{Address, BlockHash, parse_trust_threshold};

/// Whom to ask.
#[derive(Args, Debug)]
pub(crate) struct LightNodes {
    /// JSON-RPC address of the primary: the node whose headers are verified
    #[arg(long, value_name = "URL")]
    pub(crate) rpc: Address,
    /// JSON-RPC address of a witness: a node that the primary is compared with; may be given many times
    #[arg(long = "witness", value_name = "URL")]
    pub(crate) witnesses: Vec<Address>,
}

/// A block that the user vouches for.
#[derive(Args, Debug)]
pub(crate) struct LightTrust {
    /// Height of a block that you trust
    #[arg(long, value_name = "HEIGHT", requires = "trust_hash", value_parser = height)]
    pub(crate) trust_height: Option<BlockHeight>,
    /// Hash of its header, 64 hexadecimal digits, from a source that you trust
    #[arg(long, value_name = "HASH", requires = "trust_height")]
    pub(crate) trust_hash: Option<BlockHash>,
}

impl LightTrust {
    /// The block, if one was named.
    pub(crate) fn anchor(&self) -> Option<Trust> {
        let hash = self.trust_hash?.0;
        self.trust_height.map(|height| Trust { height, hash })
    }
}

/// The rules of verification.
#[derive(Args, Debug)]
pub(crate) struct LightRules {
    /// How long after its time a header is trusted; less than the chain's unbonding period
    #[arg(long, value_name = "DURATION", default_value = "14days", value_parser = humantime::parse_duration)]
    trusting_period: Duration,
    /// Part of the trusted voting power that must have signed a header which is not adjacent, from 1/3 to 1/1
    #[arg(long, value_name = "FRACTION", default_value = "1/3", value_parser = parse_trust_threshold)]
    trust_threshold: TrustThreshold,
    /// How far a header's time may lie ahead of this machine's
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = humantime::parse_duration)]
    clock_drift: Duration,
    /// How long a witness may be behind an honest primary; one that is gets that and twice the clock drift
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = humantime::parse_duration)]
    pub(crate) lag: Duration,
}

impl LightRules {
    /// As the light client takes them.
    pub(crate) fn options(&self) -> Options {
        Options {
            trust_threshold: self.trust_threshold,
            trusting_period: self.trusting_period,
            clock_drift: self.clock_drift,
        }
    }
}

/// `light sync`.
#[derive(Args, Debug)]
pub(crate) struct LightSyncArgs {
    /// Whom to ask
    #[command(flatten)]
    pub(crate) nodes: LightNodes,
    /// Where trust begins, unless the store has a trusted block
    #[command(flatten)]
    pub(crate) trust: LightTrust,
    /// The rules of verification
    #[command(flatten)]
    pub(crate) rules: LightRules,
    /// Leave no height out
    #[arg(long)]
    pub(crate) sequential: bool,
    /// Stop at this height [default: the primary's newest]
    #[arg(long, value_name = "HEIGHT", value_parser = height, conflicts_with = "follow")]
    pub(crate) to: Option<BlockHeight>,
    /// Go on with each new block, until SIGINT or SIGTERM
    #[arg(long)]
    pub(crate) follow: bool,
    /// Directory that trusted blocks are kept in, for one process at a time [default: ~/.lightship/light]
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// Directory that the evidence of an attack is kept in, for `lightship evidence`
    #[arg(long, value_name = "DIR")]
    pub(crate) evidence: Option<PathBuf>,
}

/// `light detect`.
#[derive(Args, Debug)]
pub(crate) struct LightDetectArgs {
    /// Whom to ask
    #[command(flatten)]
    pub(crate) nodes: LightNodes,
    /// Where trust begins
    #[command(flatten)]
    pub(crate) trust: LightTrust,
    /// The rules of verification
    #[command(flatten)]
    pub(crate) rules: LightRules,
    /// Which block of the primary is compared [default: its newest]
    #[arg(long, value_name = "HEIGHT", value_parser = height)]
    pub(crate) height: Option<BlockHeight>,
    /// Directory that the evidence of an attack is kept in, for `lightship evidence`
    #[arg(long, value_name = "DIR")]
    pub(crate) evidence: Option<PathBuf>,
}

/// Reads the height of a block.
pub(super) fn height(text: &str) -> Result<BlockHeight, String> {
    // CometBFT counts blocks from 1, in 64 bits with a sign.
    let height = text.parse().ok().filter(|height| (1..=i64::MAX.unsigned_abs()).contains(height));
    height.map(BlockHeight).ok_or_else(|| format!("{text:?} is no height of a block; heights begin at 1"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::{Cli, Command, LightCommand};

    const HASH: &str = "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff";

    fn parse(line: &str) -> Result<LightCommand, clap::Error> {
        match Cli::try_parse_from(["lightship", "light"].into_iter().chain(line.split(' ')))?.command {
            Command::Light(command) => Ok(command),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_chain_is_followed_by_its_addresses_alone() {
        let line = format!(
            "sync --rpc http://a:1 --witness http://b:2 --witness http://c:3 --trust-height 7 --trust-hash {HASH}"
        );
        let LightCommand::Sync(args) = parse(&line).unwrap() else { panic!("no sync") };
        assert_eq!(args.nodes.witnesses.len(), 2);
        let anchor = args.trust.anchor().unwrap();
        assert_eq!((anchor.height.0, hex::encode_upper(anchor.hash)), (7, HASH.to_uppercase()));
        let LightCommand::Sync(args) = parse("sync --rpc http://a:1 --follow").unwrap() else { panic!("no sync") };
        assert!(args.trust.anchor().is_none() && args.follow);
    }

    #[test]
    fn half_of_a_trusted_block_and_what_is_none_are_refused() {
        for line in [
            "sync --rpc http://a:1 --trust-height 7",
            &format!("sync --rpc http://a:1 --trust-hash {HASH}"),
            "sync --rpc http://a:1 --trust-height 0 --trust-hash 00",
            "sync --rpc http://a:1 --trust-height 7 --trust-hash 0011",
            "sync --rpc http://a:1 --to 9 --follow",
            "sync",
            "detect --rpc ftp://a",
            "trust-root --rpc a:1",
            "trust-root --rpc http://a:1 --height -3",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
