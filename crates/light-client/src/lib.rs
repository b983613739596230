//! The light-client toolkit: is this header, or this proof, valid against what is already trusted?
//!
//! PURE: time is an argument, blocks are handed in, nothing is fetched. Nothing here panics, whatever is handed in.
//!
//! Verification:
//!
//! - [`verify()`] one header against a trusted one by the rules of ICS-07, which are those of CometBFT v0.38
//!   (`light/verifier.go`, `types/validation.go`) and ibc-go (`07-tendermint/update.go`). Its answer is a [`Verdict`].
//! - [`Follower`] goes from header to header, each verified by the one before.
//! - [`Bisection`] gets from a trusted header to any later one in as few headers as the validator sets allow. It says
//!   which block it wants next, and the caller brings it from wherever it likes.
//! - [`verify_backward`] gets to older ones, by the chain of hashes.
//! - [`membership`] checks that a key holds a value, or nothing, under a verified app hash (ICS-23).
//! - [`TrustStore`] keeps verified blocks, so that trust goes on from them.
//!
//! Attacks (CometBFT `light/detector.go`, `types/evidence.go`):
//!
//! - [`Detector`] compares the primary that brought a header with a witness, finds where they part and what kind of
//!   attack that is ([`AttackKind`]), and whom it accuses. It takes no slow or broken witness for an attack.
//! - [`plan_misbehaviour`] makes the [`Misbehaviour`] that freezes a client at hand, or says what the client needs first.
//! - [`LightClientAttack`] and [`DuplicateVote`] are [`Evidence`] for the chain's own nodes;
//!   [`LightClientAttack::judge`] and [`DuplicateVote::judge`] are what a node makes of it.
//! - Blocks hold such evidence: [`evidence_from_rpc_json`] reads it, and [`evidence_hash`] binds it to the header, as
//!   [`data_hash`] does with the transactions.
//!
//! Clients on other chains (ibc-go `07-tendermint`):
//!
//! - [`Header`] is what an ICS-07 client is updated with: made of a verified block, and read back from a message.
//! - [`judge_header`] and [`judge_misbehaviour`] tell what a message will do to a client before it is sent: a header can
//!   freeze a client, and a misbehaviour can do nothing, while the transaction ends well in both cases.
//! - [`state_differences`] tells what a client believes wrongly, by its consensus states.
//! - [`verify_signed_header`], [`verify_commit`] and [`verify_commit_trusting`] are single rules of theirs.
//!
//! Blocks come from nodes as JSON ([`LightBlock::from_rpc_json`], [`TrustedState::from_rpc_json`]) or protobuf.
//!
//! What is trusted first comes from [`TrustedState::anchor`] (a block whose hash somebody vouches for) or from the
//! consensus state of a client ([`TrustedState::from_consensus_state`]). From then on trust moves by [`verify()`] alone.
//!
//! A [`ValidatorSet`] keeps the order in which it came. Its hash depends on that order, and signatures are bound to
//! indices: a set in another order is another set, here as on a chain.
//!
//! ```
//! use std::time::Duration;
//!
//! use lightship_light_client::{Bisection, LightBlock, Options, Progress, TrustThreshold, TrustedState, ValidatorSet};
//! use tendermint_testgen::{Generator, LightBlock as Fixture};
//! use types::{BlockHeight, Timestamp};
//!
//! // Stands for a node: answers with the block at a height.
//! let node = |height: BlockHeight| -> LightBlock {
//!     let fixture = Fixture::new_default(height.0).generate().expect("a block");
//!     let set = |set: tendermint::validator::Set| ValidatorSet::new(set.validators, None).expect("a valid set");
//!     LightBlock {
//!         signed_header: fixture.signed_header,
//!         validators: set(fixture.validators),
//!         next_validators: Some(set(fixture.next_validators)),
//!     }
//! };
//!
//! // The operator vouches for the hash of block 1.
//! let first = node(BlockHeight(1));
//! let hash = first.header_hash();
//! let trusted = TrustedState::anchor(&first, hash).expect("block 1 has that hash");
//!
//! let options = Options {
//!     trust_threshold: TrustThreshold::ONE_THIRD,
//!     trusting_period: Duration::from_secs(14 * 24 * 3600),
//!     clock_drift: Duration::from_secs(10),
//! };
//! let now = Timestamp::from_seconds(3600);
//! let mut bisection = Bisection::start(trusted, BlockHeight(60), options).expect("60 is above 1");
//! let trace = loop {
//!     let height = bisection.next_request().expect("not there yet");
//!     match bisection.supply(node(height), now) {
//!         Progress::Progressed => {}
//!         Progress::Verified(trace) => break trace,
//!         Progress::Rejected(invalid) => panic!("the node lies: {invalid}"),
//!     }
//! };
//! // One set of validators signed all blocks, so that one header was enough.
//! assert_eq!(trace.len(), 1);
//! assert_eq!(trace[0].height(), BlockHeight(60));
//! ```
#![warn(clippy::wildcard_enum_match_arm, clippy::iter_over_hash_type)]

mod backward;
mod bisection;
mod block_hashes;
mod client;
mod commit;
mod detection;
mod evidence;
mod follow;
mod header;
mod light_block;
pub mod membership;
mod options;
mod rpc_json;
mod rules;
#[cfg(test)]
mod test_chain;
mod trust_store;
mod trusted_state;
mod validator_set;
mod verdict;
mod verify;
mod voting_power;

pub use backward::verify_backward;
pub use bisection::{Bisection, Progress};
pub use block_hashes::{commits_evidence, data_hash, evidence_hash};
pub use client::{
    Conflict, ConsensusStates, Effect, MisbehaviourRefused, Place, Refused, StateField, client_status, header_conflict,
    judge_header, judge_misbehaviour, misbehaviour_conflict, state_differences, verify_header, verify_misbehaviour,
};
pub use commit::{verify_commit, verify_commit_trusting, verify_signed_header};
pub use detection::{
    Answer, Attack, AttackKind, Detector, Divergence, Finding, MadeUp, Outcome, Request, Side, Unanswered,
    byzantine_validators, made_up,
};
pub use evidence::{
    AttackError, AttackRefused, DuplicateVote, Evidence, EvidenceError, HeldClient, LightClientAttack, Misbehaviour,
    MisbehaviourError, Plan, VotesError, VotesRefused, plan_misbehaviour,
};
pub use follow::{Follower, Steps};
pub use header::{Header, HeaderError};
pub use light_block::{LightBlock, LightBlockError, signed_header_from_proto};
pub use membership::{ProofError, Root, verify_membership, verify_non_membership};
pub use options::{Options, TrustThreshold, TrustThresholdError};
pub use rpc_json::{BlockJsonError, block_texts, claimed_height, evidence_from_rpc_json};
pub use trust_store::{MemoryTrustStore, TrustStore, TrustStoreError};
pub use trusted_state::TrustedState;
pub use validator_set::{ValidatorSet, ValidatorSetError};
pub use verdict::{Invalid, Tally, Verdict};
pub use verify::verify;
