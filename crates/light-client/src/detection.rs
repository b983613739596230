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
mod outcome;
mod request;

#[cfg(test)]
mod tests;

use std::time::Duration;

use types::{BlockHeight, Timestamp};

use self::examination::{Examination, Step};
use crate::{Invalid, LightBlock, Options, rules};

pub use self::{
    attack::{AttackKind, Divergence, MadeUp, byzantine_validators, made_up},
    outcome::{Attack, Outcome, Unanswered},
    request::{Answer, Finding, Request, Side},
};

/// Compares the primary's trace with one witness. Ask [`Detector::next_request`], bring the answer to
/// [`Detector::supply`], until it is [`Finding::Done`].
///
/// A node can lengthen the comparison to as many requests as there are heights, each answered by a block that is
/// verified; it delays nothing but what is found about itself, and the caller may stop at any time.
///
/// ```
/// use std::time::Duration;
///
/// use lightship_light_client::{
///     Answer, AttackKind, Detector, Evidence, Finding, LightBlock, LightClientAttack, Options, Outcome, Side,
///     TrustThreshold, ValidatorSet,
/// };
/// use tendermint_testgen::{Generator, LightBlock as Fixture};
/// use types::Timestamp;
///
/// // Two nodes, whose blocks differ in time from height 5 on. The validators signed both.
/// let block = |height: u64, second: u64| -> LightBlock {
///     let time = tendermint::Time::from_unix_timestamp(second as i64, 0).expect("a time");
///     let fixture = Fixture::new_default_with_time_and_chain_id("chain-1".into(), time, height).generate().expect("a block");
///     let set = |set: tendermint::validator::Set| ValidatorSet::new(set.validators, None).expect("a valid set");
///     LightBlock {
///         signed_header: fixture.signed_header,
///         validators: set(fixture.validators),
///         next_validators: Some(set(fixture.next_validators)),
///     }
/// };
/// let primary = |height: u64| block(height, height);
/// let witness = |height: u64| block(height, if height < 5 { height } else { height + 1 });
///
/// let options = Options {
///     trust_threshold: TrustThreshold::ONE_THIRD,
///     trusting_period: Duration::from_secs(14 * 24 * 3600),
///     clock_drift: Duration::from_secs(10),
/// };
/// // The primary's block 9 was verified by block 2.
/// let trace = vec![primary(2), primary(9)];
/// let mut detector = Detector::start(trace, options, Duration::from_secs(10)).expect("two blocks, ascending");
/// let outcome = loop {
///     let request = detector.next_request().expect("not done yet");
///     let height = request.height.expect("both nodes are high enough").0;
///     let block = if request.side == Side::Primary { primary(height) } else { witness(height) };
///     if let Finding::Done(outcome) = detector.supply(Answer::Block(Box::new(block)), Timestamp::from_seconds(60)) {
///         break outcome;
///     }
/// };
/// let Outcome::Attack(attack) = outcome else { panic!("they differ") };
/// assert_eq!(attack.against_primary.kind, AttackKind::Equivocation);
/// assert_eq!(attack.against_primary.byzantine.len(), 2);
/// // By the two alone nobody can say who lies: the evidence against each goes to the other.
/// assert_eq!(attack.liar(), None);
/// let evidence = Evidence::LightClientAttack(Box::new(LightClientAttack::of(&attack.against_primary)));
/// assert!(serde_json::to_string(&evidence).expect("JSON").starts_with(r#"{"type":"tendermint/LightClientAttackEvidence""#));
/// ```
#[derive(Clone, Debug)]
pub struct Detector {
    /// The primary's: the root of trust first, the header in question last.
    trace: Vec<LightBlock>,
    /// The header in question.
    target: LightBlock,
    options: Options,
    lag: Duration,
    phase: Phase,
}

#[derive(Clone, Debug)]
enum Phase {
    /// What does the witness have at the height in question? Asked again, when its head is above that.
    Target {
        again: bool,
    },
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
        let target = match trace.as_slice() {
            [_, .., target] => target.clone(),
            [] | [_] => {
                let height = trace.first().map_or(BlockHeight(0), LightBlock::height);
                return Err(Invalid::NothingRequested(height));
            }
        };
        for pair in trace.windows(2) {
            let [lower, higher] = [pair[0].height(), pair[1].height()];
            if higher <= lower {
                return Err(Invalid::HeightNotAbove { trusted: lower, got: higher });
            }
        }
        Ok(Self { trace, target, options, lag, phase: Phase::Target { again: false } })
    }

    /// What is wanted next; nothing once an outcome was found.
    pub fn next_request(&self) -> Option<Request> {
        let (side, height) = match &self.phase {
            Phase::Target { .. } => (Side::Witness, Some(self.target.height())),
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
            Phase::Target { again } => self.compare(answer, again, now),
            Phase::Head { waited } => self.compare_head(answer, waited, now),
            Phase::Examine(examination) => match answer {
                Answer::Block(block) => self.examine(examination, Some(*block), now),
                Answer::TooHigh | Answer::Nothing => Finding::Done(Outcome::Silent),
            },
            Phase::Reverse(examination, case) => match answer {
                Answer::Block(block) => self.reverse(examination, case, Some(*block), now),
                Answer::TooHigh | Answer::Nothing => attack(*case, Err(Unanswered::Silent)),
            },
            Phase::Done => Finding::Done(Outcome::Unproven(Invalid::NothingRequested(self.target.height()))),
        }
    }

    /// CometBFT `compareNewLightBlockWithWitness`.
    fn compare(&mut self, answer: Answer, again: bool, now: Timestamp) -> Finding {
        let block = match answer {
            Answer::Block(block) => block,
            Answer::TooHigh if !again => return self.go_on(Phase::Head { waited: false }),
            Answer::TooHigh | Answer::Nothing => return Finding::Done(Outcome::Silent),
        };
        if let Err(outcome) = self.is_of_chain(&block) {
            return Finding::Done(outcome);
        }
        let (expected, got) = (self.target.height(), block.height());
        if expected != got {
            return Finding::Done(Outcome::Unproven(Invalid::UnexpectedHeight { expected, got }));
        }
        self.compare_hashes(*block, now)
    }

    /// The witness has not come so far. Its head may all the same be later than the header in question, which then is
    /// above all heads that honest nodes can have: a forward lunatic attack.
    fn compare_head(&mut self, answer: Answer, waited: bool, now: Timestamp) -> Finding {
        let Answer::Block(head) = answer else { return Finding::Done(Outcome::Silent) };
        if let Err(outcome) = self.is_of_chain(&head) {
            return Finding::Done(outcome);
        }
        let target = &self.target;
        let (height, is_late) = (head.height(), head.signed_header.header.time >= target.signed_header.header.time);
        if height == target.height() {
            return self.compare_hashes(*head, now);
        }
        if height > target.height() {
            return self.go_on(Phase::Target { again: true });
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
        if block.header_hash() == self.target.header_hash() {
            return Finding::Done(Outcome::Agrees);
        }
        self.conflict(block, now)
    }

    fn is_of_chain(&self, block: &LightBlock) -> Result<(), Outcome> {
        let (expected, header) = (&self.target.signed_header.header.chain_id, &block.signed_header.header);
        rules::is_of_chain(header, expected)
            .map_err(|_| Outcome::OtherChain { expected: expected.to_string(), got: header.chain_id.to_string() })
    }

    fn conflict(&mut self, block: LightBlock, now: Timestamp) -> Finding {
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
            // Its hash differs at the height in question, so that it is a head that was not late after all.
            Step::Agrees => Finding::Done(Outcome::Behind { head: examination.target_height() }),
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
            Step::NoCommonBlock { height, got } => attack(*case, Err(Unanswered::OtherTale { height, got })),
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
