//! `lightship demo`, `lightship devnet`.

use std::path::PathBuf;

use clap::Args;

use crate::commands::devnet::attack::AttackAt;

/// `demo`.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Leave the chains up at the end, until SIGINT or SIGTERM
    #[arg(long)]
    pub(crate) keep: bool,
}

/// `devnet`.
#[derive(Args, Debug)]
pub(crate) struct DevnetArgs {
    /// How many chains: chain-a, chain-b, and so on
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=26))]
    pub(crate) chains: u8,
    /// First port: chain k, from 0, has JSON-RPC at BASE+10k and gRPC at BASE+10k+1, a second node the next two
    #[arg(long, value_name = "BASE", default_value_t = 26_600, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// Milliseconds between two blocks
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    pub(crate) block_time: u64,
    /// Validators of each chain
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=150))]
    pub(crate) validators: u16,
    /// What all keys follow from: the same seed makes the same accounts
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Open paths, and write a configuration and keys into this directory: ready for lightship start
    #[arg(long, value_name = "DIR")]
    pub(crate) write_config: Option<PathBuf>,
    /// Attack the first chain: equivocation, amnesia, lunatic, forward-lunatic or bft-time, at a height; its second node lies then
    #[arg(long, value_name = "KIND@HEIGHT")]
    pub(crate) attack: Option<AttackAt>,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::{Cli, Command};

    #[test]
    fn a_devnet_is_two_chains_of_four_validators_from_port_26600_on_by_default() {
        let cli = Cli::try_parse_from(["lightship", "devnet"]).unwrap();
        let Command::Devnet(devnet) = cli.command else { panic!("{:?}", cli.command) };
        assert_eq!((devnet.chains, devnet.validators, devnet.port, devnet.block_time), (2, 4, 26_600, 1_000));
        assert!(devnet.attack.is_none() && devnet.write_config.is_none());
    }

    #[test]
    fn what_no_devnet_can_be_is_refused() {
        let parse = |rest: &[&str]| Cli::try_parse_from(["lightship", "devnet"].iter().chain(rest));
        assert!(parse(&["--chains", "26", "--attack", "amnesia@12"]).is_ok());
        for rest in [
            &["--chains", "0"][..],
            &["--chains", "27"],
            &["--port", "0"],
            &["--port", "65536"],
            &["--block-time", "0"],
            &["--validators", "0"],
            &["--attack", "theft@12"],
        ] {
            assert!(parse(rest).is_err(), "{rest:?}");
        }
    }
}
