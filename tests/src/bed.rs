//! Two chains, and the paths between them that scenarios are played on.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use crate::block::Work;
use crate::chain_under_test::{ChainUnderTest, Role, UserMessage};
use crate::deadline::wait_for;
use crate::ledger::{End, Flow, SENT_DENOM};
use crate::relayer::{ChainEntry, Relayer};

/// Long enough that no packet of a scenario times out that should not.
const NO_TIMEOUT_SECONDS: u64 = 3_600;
/// How much of each log a failed scenario shows.
const LOG_LINES_SHOWN: usize = 40;

/// Two chains and a directory for what is made on them.
#[derive(Debug)]
pub struct Bed {
    /// One chain.
    pub a: Box<dyn ChainUnderTest>,
    /// The other chain.
    pub b: Box<dyn ChainUnderTest>,
    directory: PathBuf,
}

/// A transfer channel between the two, and how a configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Its end on chain A.
    pub a: String,
    /// Its end on chain B.
    pub b: String,
    /// The `[[paths]]` block.
    pub toml: String,
}

/// What both users and both channel ends hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flows {
    /// From A to B.
    pub a_to_b: Flow,
    /// From B to A.
    pub b_to_a: Flow,
}

/// Heights of both chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heights {
    /// Of chain A.
    pub a: u64,
    /// Of chain B.
    pub b: u64,
}

impl Bed {
    /// Two chains; what scenarios make goes into `directory`.
    pub fn new(a: Box<dyn ChainUnderTest>, b: Box<dyn ChainUnderTest>, directory: &Path) -> Self {
        Self { a, b, directory: directory.to_owned() }
    }

    /// Both chains.
    pub fn chains(&self) -> [&dyn ChainUnderTest; 2] {
        [&*self.a, &*self.b]
    }

    /// Heights of both chains now.
    pub fn heights(&self) -> Result<Heights> {
        Ok(Heights { a: self.a.height()?, b: self.b.height()? })
    }

    /// A relayer with a new home and the keys of `role` on both chains; `adjust` may change its chains' entries.
    pub fn relayer(&self, home: &str, role: Role, paths: &str, adjust: impl Fn(&mut ChainEntry)) -> Result<Relayer> {
        let home = self.directory.join(home);
        ensure!(!home.exists(), "{} is there already", home.display());
        let mut entries = self.chains().map(|chain| ChainEntry::of(chain, role));
        entries.iter_mut().for_each(adjust);
        let relayer = Relayer::new(&home, &entries, paths)?;
        for chain in self.chains() {
            relayer.add_key(chain, role)?;
        }
        Ok(relayer)
    }

    /// The one channel whose end on chain A is not among `known`, as the relayer's configuration now names it.
    pub fn new_channel(&self, known: &[String], relayer: &Relayer) -> Result<Channels> {
        let fresh: Vec<_> =
            self.a.handshakes()?.channels.into_iter().filter(|end| !known.contains(&end.channel_id)).collect();
        let [end] = fresh.as_slice() else { return Err(anyhow!("not one new channel, but {fresh:?}")) };
        let counterparty = end.counterparty.as_ref().context("channel without counterparty")?;
        let config = fs::read_to_string(relayer.config())?;
        let at = config.find("[[paths]]").context("no [[paths]] was added to the configuration")?;
        Ok(Channels { a: end.channel_id.clone(), b: counterparty.channel_id.clone(), toml: config[at..].to_owned() })
    }

    /// Makes a path of its own for a scenario, with clients, a connection and a transfer channel.
    pub fn create_path(&self, home: &str) -> Result<Channels> {
        self.create_path_with(home, &[])
    }

    /// The same with further arguments, such as another port, version or ordering.
    pub fn create_path_with(&self, home: &str, more: &[&str]) -> Result<Channels> {
        let known: Vec<String> = self.a.handshakes()?.channels.into_iter().map(|end| end.channel_id).collect();
        let relayer = self.relayer(&format!("{home}-path"), Role::Relayer, "", |_| ())?;
        relayer.run(["create", "path", self.a.id(), self.b.id()].iter().chain(more))?.success()?;
        self.new_channel(&known, &relayer)
    }

    fn ends<'a>(&'a self, channels: &'a Channels) -> [End<'a>; 2] {
        [End { chain: &*self.a, channel: &channels.a }, End { chain: &*self.b, channel: &channels.b }]
    }

    /// What both users and both ends of a channel hold.
    pub fn flows(&self, channels: &Channels) -> Result<Flows> {
        let [a, b] = self.ends(channels);
        Ok(Flows { a_to_b: Flow::read(a, b)?, b_to_a: Flow::read(b, a)? })
    }

    /// Sends transfers of one unit each way at the same time: on each chain that many transactions of that many
    /// messages; returns when all are committed.
    pub fn send_both_ways(&self, channels: &Channels, txs: usize, messages: usize) -> Result<()> {
        thread::scope(|scope| {
            let sender = scope.spawn(|| send(&*self.a, &*self.b, &channels.a, txs, messages));
            send(&*self.b, &*self.a, &channels.b, txs, messages)?;
            sender.join().map_err(|_| anyhow!("the sending thread panicked"))??;
            Ok(())
        })
    }

    /// Sequences of the packets under way, both directions in one list.
    pub fn under_way(&self, channels: &Channels) -> Result<Vec<u64>> {
        let mut sequences = self.a.packet_commitments(&channels.a)?;
        sequences.extend(self.b.packet_commitments(&channels.b)?);
        Ok(sequences)
    }

    /// Waits until every packet of both directions has ended; `relayer` must not end before.
    pub fn settle(&self, channels: &Channels, relayer: &mut Relayer, within: Duration) -> Result<()> {
        let has_settled = wait_for("end of all packets", within, || {
            if relayer.has_ended()?.is_some() {
                return Ok(Some(false));
            }
            let left = self.under_way(channels)?;
            ensure!(left.is_empty(), "{} packets are under way still, such as {:?}", left.len(), left.first());
            Ok(Some(true))
        })?;
        ensure!(has_settled, "the relayer ended by itself");
        Ok(())
    }

    /// What an account did on both chains in all blocks after `from`.
    pub fn work_since(&self, role: Role, from: Heights) -> Result<[Work; 2]> {
        Ok([self.a.work(role, from.a + 1, self.a.height()?)?, self.b.work(role, from.b + 1, self.b.height()?)?])
    }

    /// The ends of all logs below the homes whose names start with `home`.
    pub fn logs(&self, home: &str) -> String {
        let mut text = String::new();
        let entries =
            |directory: &Path| fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
        for directory in entries(&self.directory) {
            let is_ours = directory.file_name().is_some_and(|name| name.to_string_lossy().starts_with(home));
            for file in entries(&directory).filter(|file| is_ours && file.extension().is_some_and(|end| end == "log")) {
                let log = fs::read_to_string(&file).unwrap_or_default();
                let lines: Vec<&str> = log.lines().collect();
                let shown = &lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..];
                text += &format!("--- the end of {}:\n{}\n", file.display(), shown.join("\n"));
            }
        }
        text
    }
}

/// Sends transfers of one unit from the user of `source` to the user of `destination`; returns the heights between
/// which they were committed.
pub fn send(
    source: &dyn ChainUnderTest,
    destination: &dyn ChainUnderTest,
    channel: &str,
    txs: usize,
    messages: usize,
) -> Result<RangeInclusive<u64>> {
    let message = UserMessage::Transfer {
        channel: channel.to_owned(),
        amount: 1,
        denom: SENT_DENOM.to_owned(),
        receiver: destination.account(Role::User).address.clone(),
        timeout_seconds: NO_TIMEOUT_SECONDS,
    };
    source.send(Role::User, &vec![vec![message; messages]; txs])
}

impl Flows {
    /// Exactly so much went each way.
    pub fn ensure_moved(&self, a_to_b: u128, b_to_a: u128, now: &Self) -> Result<()> {
        self.a_to_b.ensure_moved(a_to_b, &now.a_to_b).context("from A to B")?;
        self.b_to_a.ensure_moved(b_to_a, &now.b_to_a).context("from B to A")
    }
}
