//! What a witness says of a header that the primary proved: a [`Detector`] asks, the two nodes answer.
//!
//! A node that answers nothing, too late, or with what is no block gives no answer; the detector knows what that means
//! at each point, and an attack that was found already stays one.

use std::time::Duration;

use chain::Endpoint;
use engine::Instant;
use light_client::{Answer, Detector, Finding, Invalid, LightBlock, Options, Outcome, Request, Side};
use tracing::debug;
use types::BlockHeight;

use super::{BlockError, ValidatorSets};
use crate::clock::Clock;

/// Blocks that one comparison asks for, at most. Two honest nodes that part need about as many as a verification by
/// bisection, twice; who leads on and on is cut off, as if it were silent.
const BLOCKS_ASKED_MAX: usize = 400;
/// The time for one comparison, the wait for a witness that is behind left out.
const ENDS_WITHIN: Duration = Duration::from_secs(300);
/// Between two questions to a witness that is behind.
const HEAD_ASKED_EVERY: Duration = Duration::from_millis(500);

/// What a comparison came to.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What the detector found.
    pub outcome: Outcome,
    /// Why a side gave no answer, where one did not: the last time that it was so.
    pub unable: Option<Unable>,
}

/// Why a side gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unable {
    /// It has no block to give, or what it gives is none.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// It was asked too much, or too long, and did not come to an end.
    #[error("the comparison with {endpoint} does not come to an end: it was asked for {asked} blocks")]
    Endless {
        /// The node.
        endpoint: String,
        /// How many blocks both were asked for.
        asked: usize,
    },
}

/// Compares what the primary proved with what a witness has.
///
/// `trace` is the way by which the primary's header was verified: the root of trust first, the header in question last,
/// each block but the last with its next validators. `lag` is how long a witness may be behind an honest primary: one
/// that has not come so far is asked again after that and twice the clock drift.
///
/// # Errors
/// [`Invalid`] for a trace that is none; no answer of a node is an error.
pub async fn compare(
    primary: &Endpoint,
    witness: &Endpoint,
    trace: Vec<LightBlock>,
    options: Options,
    lag: Duration,
    clock: &Clock,
) -> Result<Comparison, Invalid> {
    let target = trace.last().map_or(BlockHeight(0), LightBlock::height);
    let mut detector = Detector::start(trace, options, lag)?;
    let mut questions = Questions::start(primary, witness, target, clock);
    loop {
        // A detector that wants nothing has ended.
        let Some(request) = detector.next_request() else {
            return Ok(Comparison { outcome: Outcome::Silent, unable: questions.unable });
        };
        let answer = questions.ask(request).await;
        match detector.supply(answer, clock.timestamp()) {
            Finding::Progressed => {}
            Finding::Wait(pause) => questions.wait(pause).await,
            Finding::Done(outcome) => return Ok(Comparison { outcome, unable: questions.unable }),
        }
    }
}

/// What was asked of the two nodes.
struct Questions<'a> {
    primary: &'a Endpoint,
    witness: &'a Endpoint,
    target: BlockHeight,
    clock: &'a Clock,
    sets: ValidatorSets,
    asked: usize,
    ends_at: Instant,
    unable: Option<Unable>,
}

impl<'a> Questions<'a> {
    fn start(primary: &'a Endpoint, witness: &'a Endpoint, target: BlockHeight, clock: &'a Clock) -> Self {
        let ends_at = clock.now().after(ENDS_WITHIN);
        Self { primary, witness, target, clock, sets: ValidatorSets::default(), asked: 0, ends_at, unable: None }
    }

    /// The detector's own wait for a witness that is behind, cut short when it says that it has caught up: then it is
    /// asked for its block.
    async fn wait(&mut self, pause: Duration) {
        self.ends_at = self.ends_at.after(pause);
        reached(self.witness, self.target, pause, self.clock).await;
    }

    async fn ask(&mut self, request: Request) -> Answer {
        let endpoint = match request.side {
            Side::Primary => self.primary,
            Side::Witness => self.witness,
        };
        let endless = Unable::Endless { endpoint: endpoint.name().to_owned(), asked: self.asked };
        let left = self.clock.until(self.ends_at);
        if self.asked >= BLOCKS_ASKED_MAX || left.is_zero() {
            self.unable = Some(endless);
            return Answer::Nothing;
        }
        self.asked += 1;
        match tokio::time::timeout(left, block_of(&mut self.sets, endpoint, request.height)).await {
            Ok(Ok(block)) => Answer::Block(Box::new(block)),
            Ok(Err(error)) => {
                debug!(%endpoint, height = ?request.height, %error, "no block to compare");
                let answer = if error.is_too_high() { Answer::TooHigh } else { Answer::Nothing };
                self.unable = Some(error.into());
                answer
            }
            Err(_) => {
                self.unable = Some(endless);
                Answer::Nothing
            }
        }
    }
}

/// Waits until a node says that it has come to a height, no longer than that; says whether it did.
pub async fn reached(endpoint: &Endpoint, height: BlockHeight, within: Duration, clock: &Clock) -> bool {
    let ends_at = clock.now().after(within);
    loop {
        let left = clock.until(ends_at);
        let status = tokio::time::timeout(left, endpoint.status()).await;
        if matches!(status, Ok(Ok(status)) if status.height >= height) {
            return true;
        }
        let left = clock.until(ends_at);
        if left.is_zero() {
            return false;
        }
        tokio::time::sleep(HEAD_ASKED_EVERY.min(left)).await;
    }
}

/// The block of a height; without one the newest.
async fn block_of(
    sets: &mut ValidatorSets,
    endpoint: &Endpoint,
    height: Option<BlockHeight>,
) -> Result<LightBlock, BlockError> {
    let height = match height {
        Some(height) => height,
        None => endpoint.status().await?.height,
    };
    sets.whole_block(endpoint, height).await
}
