//! `lightship evidence`.

use std::time::Duration;

use clap::{Args, Subcommand};
use types::{ChainId, ClientId};
use url::Url;

use super::PassphraseArgs;

/// `evidence`.
#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Name the evidence that is kept, and say what became of it
    List,
    /// Show what contradicts what, and where that was seen
    Show {
        /// Name of kept evidence, or a file
        #[arg(value_name = "NAME|FILE")]
        evidence: String,
    },
    /// Prove evidence by the light client's rules alone, without any node
    Verify(EvidenceVerifyArgs),
    /// Freeze every client that the evidence can freeze, on all configured chains, and tell the attacked chain's nodes
    Submit(EvidenceSubmitArgs),
}

/// `evidence verify`.
#[derive(Args, Debug)]
pub(crate) struct EvidenceVerifyArgs {
    /// Name of kept evidence, or a file
    #[arg(value_name = "NAME|FILE")]
    pub(crate) evidence: String,
    /// How long after its time a header is trusted, such as 3h; what expired before the evidence was found proves nothing
    #[arg(long, value_name = "DURATION", default_value = "14days", value_parser = humantime::parse_duration)]
    pub(crate) trusting_period: Duration,
    /// Ask this node of the attacked chain whether it has the common block
    #[arg(long, value_name = "URL")]
    pub(crate) rpc: Option<Url>,
}

/// `evidence submit`.
#[derive(Args, Debug)]
pub(crate) struct EvidenceSubmitArgs {
    /// Name of kept evidence, or a file
    #[arg(value_name = "NAME|FILE")]
    pub(crate) evidence: String,
    /// Freeze this client alone; may be given several times
    #[arg(long = "client", value_name = "CHAIN:CLIENT", value_parser = hosted_client)]
    pub(crate) clients: Vec<(ChainId, ClientId)>,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// Reads `chain-b:07-tendermint-0`.
fn hosted_client(text: &str) -> Result<(ChainId, ClientId), String> {
    let refuse = || format!("{text:?} names no client; write its chain and its id, such as chain-b:07-tendermint-0");
    let (chain, client) = text.rsplit_once(':').ok_or_else(refuse)?;
    Ok((chain.parse().map_err(|_| refuse())?, client.parse().map_err(|_| refuse())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_named_behind_its_chain() {
        let (chain, client) = hosted_client("a:b-1:07-tendermint-12").unwrap();
        assert_eq!((chain.as_str(), client.to_string().as_str()), ("a:b-1", "07-tendermint-12"));
        for text in ["07-tendermint-0", ":07-tendermint-0", "chain-a:", "chain-a/07-tendermint-0"] {
            assert!(hosted_client(text).unwrap_err().contains("names no client"), "{text}");
        }
    }
}
