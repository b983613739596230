//! `lightship light sync`: a chain followed by a node and its witnesses.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use light_client::{LightBlock, Steps};
use relayer::Clock;
use relayer::light::{Contradiction, LightClient, Reached, SyncError, SyncOptions, Synced, Witnessed};
use serde::Serialize;
use store::{Store, StoreError};
use types::BlockHeight;

use super::endpoints;
use super::keep::keep;
use super::verdict::{Shown, Verdict, verdicts};
use crate::args::LightSyncArgs;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::printable;
use crate::progress::Count;
use crate::signals::Signals;

/// Directory beside the configuration's.
const DIRECTORY: &str = "light";
/// Between two looks at the primary's head.
const HEAD_EVERY: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// How far trust reaches, as it is printed.
#[derive(Serialize)]
struct Line {
    chain: String,
    height: u64,
    hash: String,
    time: String,
    attack: Option<Shown>,
    /// The file that was written of an attack.
    evidence: Option<PathBuf>,
}

/// Follows the chain, once or on and on.
///
/// # Errors
/// Where trust can't begin or go on, a node does not answer, or the store can't be used.
pub(super) async fn run(context: &Context, args: &LightSyncArgs) -> Outcome {
    let mut signals = Signals::listen()?;
    let store = open_store(context, args).await?;
    let mut following = Following::start(context, args, &store).await?;
    let ended = tokio::select! {
        ended = following.go() => ended,
        () = signals.next() => Ok(if args.follow { Exit::Done } else { Exit::Left }),
    };
    drop(following);
    ended
}

async fn open_store(context: &Context, args: &LightSyncArgs) -> Result<Store, Failure> {
    let beside = || context.file.parent().map_or_else(|| PathBuf::from(DIRECTORY), |home| home.join(DIRECTORY));
    let directory = args.store.clone().unwrap_or_else(beside);
    let opened = tokio::task::spawn_blocking(move || Store::open(&directory)).await.map_err(Failure::internal)?;
    let opened = opened.map_err(|error| match error {
        error @ (StoreError::InUse { .. } | StoreError::File { .. }) => Failure::input(error),
        error => Failure::internal(error),
    })?;
    if let Some(notice) = opened.notice {
        crate::say(&notice);
    }
    Ok(opened.store)
}

/// One run.
struct Following<'a> {
    context: &'a Context,
    args: &'a LightSyncArgs,
    client: LightClient,
    primary: String,
    trusted: LightBlock,
    told: Told,
}

impl<'a> Following<'a> {
    async fn start(context: &'a Context, args: &'a LightSyncArgs, store: &Store) -> Result<Self, Failure> {
        let (primary, witnesses) = endpoints(&args.nodes)?;
        let steps = if args.sequential { Steps::Sequential } else { Steps::Skipping };
        let rules = SyncOptions { options: args.rules.options(), steps, lag: args.rules.lag };
        let name = primary.name().to_owned();
        let client = LightClient::new(primary, witnesses, rules, store.trusted_blocks(), Arc::new(Clock::default()));
        let mut client = client.await.map_err(failure)?;
        let trusted = client.trusted(args.trust.anchor()).await.map_err(failure)?;
        let chain = printable(client.chain().as_str());
        crate::say(&format!("{chain}: trusting block {} ({})", trusted.height(), trusted.header_hash()));
        Ok(Self { context, args, client, primary: name, trusted, told: Told::default() })
    }

    async fn go(&mut self) -> Outcome {
        if !self.args.follow {
            let target = match self.args.to {
                Some(target) => target,
                None => self.client.head().await.map_err(failure)?,
            };
            let exit = self.go_to(target).await.map_err(failure)??;
            if exit == Exit::Done {
                self.print(None, None)?;
            }
            return Ok(exit);
        }
        let mut backoff = HEAD_EVERY;
        loop {
            match self.go_on().await {
                Ok(exit) => match exit? {
                    Exit::Done => backoff = HEAD_EVERY,
                    Exit::Left => return Ok(Exit::Left),
                },
                Err(error) if error.is_transient() => {
                    crate::say(&format!("{error}; it is tried again in {backoff:?}"));
                    tokio::time::sleep(backoff).await;
                    backoff = (backoff * 2).min(BACKOFF_MAX);
                    continue;
                }
                Err(error) => return Err(failure(error)),
            }
            tokio::time::sleep(HEAD_EVERY).await;
        }
    }

    /// Follows the chain up to its head.
    async fn go_on(&mut self) -> Result<Outcome, SyncError> {
        let head = self.client.head().await?;
        if head <= self.trusted.height() {
            return Ok(Ok(Exit::Done));
        }
        Ok(match self.go_to(head).await? {
            Ok(Exit::Done) => self.print(None, None).map(|()| Exit::Done),
            ended => ended,
        })
    }

    async fn go_to(&mut self, target: BlockHeight) -> Result<Outcome, SyncError> {
        let (first, count) = (self.trusted.height().0, Count::start("verifying", "headers"));
        let all = usize::try_from(target.0.saturating_sub(first)).unwrap_or(usize::MAX);
        let (told, primary) = (&mut self.told, &self.primary);
        let mut last_kept = None;
        let mut tell = |reached| match reached {
            Reached::Verified(height) => {
                count.at(usize::try_from(height.0.saturating_sub(first)).unwrap_or(usize::MAX), all);
            }
            Reached::Witnessed(witnessed) => told.of(primary, *witnessed),
            Reached::Kept(height) => last_kept = Some(height),
        };
        let synced = self.client.sync(self.trusted.clone(), target, &mut tell).await;
        count.end();
        if synced.is_err() && last_kept.is_some() {
            // What was kept before the failure is gone on from.
            self.trusted = self.client.trusted(None).await?;
        }
        Ok(match synced? {
            Synced::Done(block) => {
                self.trusted = *block;
                Ok(Exit::Done)
            }
            Synced::Attack(found) => {
                let shown = Shown::of(&found.primary, &found.witness, &found.attack, &self.told.all());
                crate::say(&format!("{} contradicts {}: {}", found.witness, found.primary, shown.words()));
                crate::say(&format!("nothing above block {} is trusted", self.trusted.height()));
                let kept = self.keep(*found).await;
                kept.and_then(|file| self.print(Some(shown), file)).map(|()| Exit::Left)
            }
        })
    }

    async fn keep(&self, found: Contradiction) -> Result<Option<PathBuf>, Failure> {
        let at = Clock::default().timestamp();
        keep(self.args.evidence.as_deref(), self.client.chain(), found, &self.told.all(), at).await
    }

    fn print(&self, attack: Option<Shown>, evidence: Option<PathBuf>) -> Result<(), Failure> {
        let header = &self.trusted.signed_header.header;
        let line = Line {
            chain: header.chain_id.to_string(),
            height: self.trusted.height().0,
            hash: self.trusted.header_hash().to_string(),
            time: header.time.to_string(),
            attack,
            evidence,
        };
        let words =
            format!("{}: height {}, hash {}, time {}", printable(&line.chain), line.height, line.hash, line.time);
        self.context.output.one(&line, &words)
    }
}

/// What was last said of each witness.
#[derive(Default)]
struct Told(BTreeMap<String, (Witnessed, &'static str)>);

impl Told {
    /// Said once a change: a witness that goes on being silent is no news.
    fn of(&mut self, primary: &str, witnessed: Witnessed) {
        let Some(verdict): Option<Verdict> = verdicts(primary, core::slice::from_ref(&witnessed)).pop() else { return };
        let before = self.0.insert(witnessed.witness.clone(), (witnessed, verdict.verdict));
        let before = before.map_or("agrees", |(_, before)| before);
        // An attack is said with all that is known of it, at the end.
        if verdict.verdict != before && verdict.verdict != "attack" {
            crate::say(&verdict.words());
        }
    }

    fn all(&self) -> Vec<Witnessed> {
        self.0.values().map(|(witnessed, _)| witnessed.clone()).collect()
    }
}

fn failure(error: SyncError) -> Failure {
    match error {
        SyncError::Task(_) => Failure::internal(error),
        SyncError::Block(_)
        | SyncError::Invalid { .. }
        | SyncError::NoTrust { .. }
        | SyncError::Expired { .. }
        | SyncError::Anchor { .. }
        | SyncError::OtherTrust { .. }
        | SyncError::Unconfirmed { .. }
        | SyncError::Store(_) => Failure::input(error),
    }
}
