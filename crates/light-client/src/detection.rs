//! Is the header that a primary proved the one that others know? If not: where do they part, and who lied?
//!
//! CometBFT's detector (`light/detector.go` of v0.38.23), without a socket or a clock: a [`Detector`] is given the
//! trace by which the primary's header was verified, says what it wants to know of which node, and is handed the
//! answers. What it finds is an [`Outcome`]. Only [`Outcome::Attack`] is an attack: a witness that is behind, silent,
//! on another chain or not able to prove what it says proves nothing against anybody.
//!
//! An attack is told by two branches that both lead on from a block that both sides have, each verified step by step.
//! It becomes evidence by [`crate::LightClientAttack`], [`crate::DuplicateVote`] and [`crate::plan_misbehaviour`].

mod attack;
mod examination;

#[cfg(test)]
mod tests;

use std::time::Duration;

use tendermint::Hash;
use types::{BlockHeight, Timestamp};

use self::examination::{Examination, Step};
use crate::{Invalid, LightBlock, Options, rules};

pub use self::attack::{AttackKind, Divergence, MadeUp, byzantine_validators, made_up};

/// Compares the primary's trace with one witness. Ask [`Detector::next_request`], bring the answer to
/// [`Detector::supply`], until it is [`Finding::Done`].
#[derive(Clone, Debug)]
pub struct Detector {
    /// The primary's: the root of trust first, the header in question last.
    trace: Vec<LightBlock>,
    options: Options,
    lag: Duration,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    /// What does the witness have at the height in question?
    Target,
    /// It has not come that far. What is its head?
    Head {
        waited: bool,
    },
    /// It has something else: where do they part, by the witness's blocks?
    Examine(Box<Examination>),
    /// The same with sides changed: the witness's trace, by the primary's blocks.
    Reverse(Box<Examination>, Box<Divergence>),
    Done,
}

/// One of the two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The node whose header was verified.
    Primary,
    /// The node that it is compared with.
    Witness,
}

/// What is wanted next. Blocks come with their validators and next validators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Of whom.
    pub side: Side,
    /// Which block; none: its newest.
    pub height: Option<BlockHeight>,
}

/// What the node said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A block. Nothing of it is believed.
    Block(Box<LightBlock>),
    /// The node has no such height yet.
    TooHigh,
    /// No answer, or a block that the node has no more.
    Nothing,
}

/// What an answer led to.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Go on with [`Detector::next_request`].
    Progressed,
    /// Go on in so long: the witness is behind, and may be able to tell by then.
    Wait(Duration),
    /// The comparison is at its end.
    Done(Outcome),
}

/// What the comparison with one witness found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both have the same header.
    Agrees,
    /// The witness has not come so far, nor is it late enough to contradict the header. No attack.
    Behind {
        /// Its head.
        head: BlockHeight,
    },
    /// The witness does not answer. No attack.
    Silent,
    /// The witness is a node of another chain, or of another revision of it. No attack.
    OtherChain {
        /// The chain of the trace.
        expected: String,
        /// The chain of the witness.
        got: String,
    },
    /// The two differ at the root of trust already, so that neither can be measured by the other. Somebody was given
    /// the wrong root; no attack can be told.
    NoCommonBlock {
        /// The root of trust.
        height: BlockHeight,
        /// What the witness has there.
        got: Hash,
    },
    /// The witness says something else, and can't prove it. No attack; ask another witness.
    Unproven(Invalid),
    /// There are two branches, both of which a light client believes.
    Attack(Box<Attack>),
}

/// Two branches, both of which a light client believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attack {
    /// The case against the primary, for the witness and its chain. True if the witness is honest.
    pub against_primary: Divergence,
    /// The case against the witness, for the primary and its chain, or why there is none. True if the primary is
    /// honest.
    pub against_witness: Result<Divergence, Unanswered>,
}

/// Why nothing can be said against a side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// The primary, asked for the blocks that led to its header, does not answer. That proves nothing.
    #[error("the primary does not answer")]
    Silent,
    /// The primary, asked for the blocks that led to its header, can't prove it any more, or tells another tale.
    #[error("the primary can't prove its header: {0}")]
    Unproven(Invalid),
    /// The primary has the very blocks of the witness, as far as those go.
    #[error("the primary has the blocks of the witness")]
    Agrees,
}

impl Attack {
    /// The side that lied, where the two alone show it: the primary, when it can't prove its own header a second time,
    /// or when it has all blocks of a witness whose head is later than that header. Otherwise nobody can say by
    /// cryptography alone; see [`Attack::liar_by`].
    pub fn liar(&self) -> Option<Side> {
        match &self.against_witness {
            Err(Unanswered::Unproven(_) | Unanswered::Agrees) => Some(Side::Primary),
            Err(Unanswered::Silent) | Ok(_) => None,
        }
    }

    /// The side that lied, when the hash of the true header at the height of the conflict is known from elsewhere: an
    /// operator, or more witnesses. None when it is neither's.
    pub fn liar_by(&self, truth: Hash) -> Option<Side> {
        let case = &self.against_primary;
        if case.conflicting.header_hash() == truth {
            Some(Side::Witness)
        } else if case.trusted().header_hash() == truth {
            Some(Side::Primary)
        } else {
            None
        }
    }
}

impl Detector {
    /// Starts from the trace that verified the primary's header: the root of trust first, then each block that was
    /// verified on the way, heights ascending; [`crate::Progress::Verified`] gives all but the root. Each block but the
    /// last comes with its next validators.
    ///
    /// `options.clock_drift` and `lag` tell how long a witness may be behind, CometBFT's `maxClockDrift` and
    /// `maxBlockLag`, 10 s each by default: it is asked again after twice the drift and the lag.
    ///
    /// # Errors
    /// [`Invalid::NothingRequested`] for a trace of less than two blocks, [`Invalid::HeightNotAbove`] for heights that
    /// do not ascend.
    pub fn start(trace: Vec<LightBlock>, options: Options, lag: Duration) -> Result<Self, Invalid> {
        if trace.len() < 2 {
            let height = trace.first().map_or(BlockHeight(0), LightBlock::height);
            return Err(Invalid::NothingRequested(height));
        }
        for pair in trace.windows(2) {
            let [lower, higher] = [pair[0].height(), pair[1].height()];
            if higher <= lower {
                return Err(Invalid::HeightNotAbove { trusted: lower, got: higher });
            }
        }
        Ok(Self { trace, options, lag, phase: Phase::Target })
    }

    /// What is wanted next; nothing once an outcome was found.
    pub fn next_request(&self) -> Option<Request> {
        let (side, height) = match &self.phase {
            Phase::Target => (Side::Witness, Some(self.target().height())),
            Phase::Head { .. } => (Side::Witness, None),
            Phase::Examine(examination) => (Side::Witness, Some(examination.wanted())),
            Phase::Reverse(examination, _) => (Side::Primary, Some(examination.wanted())),
            Phase::Done => return None,
        };
        Some(Request { side, height })
    }

    /// Takes the answer to [`Detector::next_request`]. `now` as in [`crate::verify()`].
    pub fn supply(&mut self, answer: Answer, now: Timestamp) -> Finding {
        match core::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Target => self.compare(answer, now),
            Phase::Head { waited } => self.compare_head(answer, waited, now),
            Phase::Examine(examination) => match answer {
                Answer::Block(block) => self.examine(examination, Some(*block), now),
                Answer::TooHigh | Answer::Nothing => Finding::Done(Outcome::Silent),
            },
            Phase::Reverse(examination, case) => match answer {
                Answer::Block(block) => self.reverse(examination, case, Some(*block), now),
                Answer::TooHigh | Answer::Nothing => attack(*case, Err(Unanswered::Silent)),
            },
            Phase::Done => Finding::Done(Outcome::Unproven(Invalid::NothingRequested(self.target().height()))),
        }
    }

    fn target(&self) -> &LightBlock {
        // `start` wants two blocks at least.
        self.trace.last().unwrap_or(&self.trace[0])
    }

    /// CometBFT `compareNewLightBlockWithWitness`.
    fn compare(&mut self, answer: Answer, now: Timestamp) -> Finding {
        let block = match answer {
            Answer::Block(block) => block,
            Answer::TooHigh => return self.go_on(Phase::Head { waited: false }),
            Answer::Nothing => return Finding::Done(Outcome::Silent),
        };
        let (expected, got) = (self.target().height(), block.height());
        if expected != got {
            return Finding::Done(Outcome::Unproven(Invalid::UnexpectedHeight { expected, got }));
        }
        self.compare_hashes(*block, now)
    }

    /// The witness has not come so far. Its head may all the same be later than the header in question, which then is
    /// above all heads that honest nodes can have: a forward lunatic attack.
    fn compare_head(&mut self, answer: Answer, waited: bool, now: Timestamp) -> Finding {
        let Answer::Block(head) = answer else { return Finding::Done(Outcome::Silent) };
        let target = self.target();
        let (height, is_late) = (head.height(), head.signed_header.header.time >= target.signed_header.header.time);
        if height == target.height() {
            return self.compare_hashes(*head, now);
        }
        if height > target.height() {
            return self.go_on(Phase::Target);
        }
        if is_late {
            return self.conflict(*head, now);
        }
        if waited {
            return Finding::Done(Outcome::Behind { head: height });
        }
        self.phase = Phase::Head { waited: true };
        Finding::Wait(self.options.clock_drift.saturating_mul(2).saturating_add(self.lag))
    }

    fn compare_hashes(&mut self, block: LightBlock, now: Timestamp) -> Finding {
        if block.header_hash() == self.target().header_hash() {
            return Finding::Done(Outcome::Agrees);
        }
        self.conflict(block, now)
    }

    fn conflict(&mut self, block: LightBlock, now: Timestamp) -> Finding {
        let (expected, header) = (&self.target().signed_header.header.chain_id, &block.signed_header.header);
        if rules::is_of_chain(header, expected).is_err() {
            let (expected, got) = (expected.to_string(), header.chain_id.to_string());
            return Finding::Done(Outcome::OtherChain { expected, got });
        }
        let examination = Examination::start(self.trace.clone(), block, self.options);
        self.examine(Box::new(examination), None, now)
    }

    fn examine(&mut self, mut examination: Box<Examination>, block: Option<LightBlock>, now: Timestamp) -> Finding {
        match examination.advance(block, now) {
            Step::Wanted => self.go_on(Phase::Examine(examination)),
            Step::Diverged(case) => {
                let (conflicting, trace) = (case.conflicting.clone(), case.path());
                let reverse = Examination::start(trace, conflicting, self.options);
                self.reverse(Box::new(reverse), case, None, now)
            }
            Step::NoCommonBlock { height, got } => Finding::Done(Outcome::NoCommonBlock { height, got }),
            Step::Agrees => Finding::Done(Outcome::Agrees),
            Step::Unproven(invalid) => Finding::Done(Outcome::Unproven(invalid)),
        }
    }

    fn reverse(
        &mut self,
        mut examination: Box<Examination>,
        case: Box<Divergence>,
        block: Option<LightBlock>,
        now: Timestamp,
    ) -> Finding {
        match examination.advance(block, now) {
            Step::Wanted => self.go_on(Phase::Reverse(examination, case)),
            Step::Diverged(against_witness) => attack(*case, Ok(*against_witness)),
            Step::NoCommonBlock { height, got } => {
                let expected = examination.root_hash();
                attack(*case, Err(Unanswered::Unproven(Invalid::OtherTale { height, expected, got })))
            }
            Step::Agrees => attack(*case, Err(Unanswered::Agrees)),
            Step::Unproven(invalid) => attack(*case, Err(Unanswered::Unproven(invalid))),
        }
    }

    fn go_on(&mut self, phase: Phase) -> Finding {
        self.phase = phase;
        Finding::Progressed
    }
}

fn attack(against_primary: Divergence, against_witness: Result<Divergence, Unanswered>) -> Finding {
    Finding::Done(Outcome::Attack(Box::new(Attack { against_primary, against_witness })))
}
