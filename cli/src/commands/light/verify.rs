//! `lightship light verify`: files in, a verdict for each header out.

use std::fs;
use std::path::Path;

use light_client::{
    BlockJsonError, Follower, LightBlock, Options, Steps, TrustedState, Verdict, block_texts, claimed_height,
};
use relayer::Clock;
use serde::Serialize;
use types::{BlockHeight, Timestamp};

use crate::args::LightVerifyArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::output;

/// The verdict on a header, as it is printed.
#[derive(Serialize)]
struct Line {
    height: Option<u64>,
    verdict: &'static str,
    reason: Option<&'static str>,
}

/// Why a header is not verified, where it is not for its verdict.
enum Unread {
    Trusted(BlockJsonError),
    Untrusted(BlockJsonError),
}

/// Prints a line for each header, of the same form with `--json` and without; the reasons go to standard error in
/// words as well.
///
/// # Errors
/// Where a file can't be read or holds no JSON, or standard output can't be written.
pub(super) fn run(args: &LightVerifyArgs) -> Outcome {
    let trusted = File::read(&args.trusted)?;
    let untrusted = args.untrusted.iter().map(|path| File::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut blocks = Vec::new();
    for file in &untrusted {
        blocks.extend(file.blocks()?.into_iter().map(|block| (file, block)));
    }
    let mut follower = follower(args, trusted.block()?);
    let now = args.now.unwrap_or_else(|| Clock::default().timestamp());

    let mut exit = Exit::Done;
    for (file, block) in blocks {
        let height = claimed_height(block);
        let judged = judge(&mut follower, block, now);
        if let Some(words) = words(&judged) {
            exit = Exit::Left;
            let height = height.map_or_else(|| "a height that can't be read".to_owned(), |height| height.to_string());
            crate::say(&format!("{}: header of {height}: {words}", file.path.display()));
        }
        output::text(&serde_json::to_string(&line(height, &judged)).map_err(Failure::internal)?)?;
    }
    Ok(exit)
}

/// A trusted block that is malformed is a reason against every header, so that each has its line all the same.
fn follower(args: &LightVerifyArgs, trusted: &str) -> Result<Follower, BlockJsonError> {
    let options = Options {
        trust_threshold: args.trust_threshold,
        trusting_period: args.trusting_period,
        clock_drift: args.clock_drift,
    };
    let steps = if args.sequential { Steps::Sequential } else { Steps::Skipping };
    let (trusted, next_validators) = TrustedState::from_rpc_json(trusted)?;
    Ok(Follower::start(trusted, next_validators, options, steps))
}

fn judge(follower: &mut Result<Follower, BlockJsonError>, block: &str, now: Timestamp) -> Result<Verdict, Unread> {
    let follower = follower.as_mut().map_err(|error| Unread::Trusted(error.clone()))?;
    let block = LightBlock::from_rpc_json(block).map_err(Unread::Untrusted)?;
    Ok(follower.follow(block, now))
}

fn line(height: Option<BlockHeight>, judged: &Result<Verdict, Unread>) -> Line {
    let (verdict, reason) = match judged {
        Ok(verdict) => (verdict.name(), verdict.code()),
        Err(Unread::Trusted(error) | Unread::Untrusted(error)) => ("invalid", Some(error.code())),
    };
    Line { height: height.map(|height| height.0), verdict, reason }
}

fn words(judged: &Result<Verdict, Unread>) -> Option<String> {
    match judged {
        Ok(Verdict::Success) => None,
        Ok(Verdict::NotEnoughTrust(tally)) => Some(format!("too few of the trusted validators signed it: {tally}")),
        Ok(Verdict::Invalid(invalid)) => Some(invalid.to_string()),
        Err(Unread::Trusted(error)) => Some(format!("the trusted block can't be used: {error}")),
        Err(Unread::Untrusted(error)) => Some(error.to_string()),
    }
}

/// A file of blocks.
struct File<'a> {
    path: &'a Path,
    text: String,
}

impl<'a> File<'a> {
    fn read(path: &'a Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| Failure::wrong(format!("{} can't be read: {error}", path.display())))?;
        Ok(Self { path, text })
    }

    /// The blocks in it, at least one.
    fn blocks(&self) -> Result<Vec<&str>, Failure> {
        let path = self.path.display();
        let blocks =
            block_texts(&self.text).map_err(|error| Failure::wrong(format!("{path} holds no JSON: {error}")))?;
        if blocks.is_empty() {
            return Err(Failure::wrong(format!("{path} holds no block")));
        }
        Ok(blocks)
    }

    /// The one block in it.
    fn block(&self) -> Result<&str, Failure> {
        match self.blocks()?.as_slice() {
            [block] => Ok(block),
            blocks => {
                let (path, count) = (self.path.display(), blocks.len());
                Err(Failure::wrong(format!("{path} holds {count} blocks; trust starts from one")))
            }
        }
    }
}
