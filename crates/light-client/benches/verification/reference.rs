//! The same work by `tendermint-light-client-verifier` alone.

use lightship_light_client::{LightBlock, Options, TrustedState, ValidatorSet};
use tendermint::Time;
use tendermint::validator::Set;
use tendermint_light_client_verifier::types::{TrustThreshold, TrustedBlockState, UntrustedBlockState};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier, options::Options as VerifierOptions};
use types::Timestamp;

use crate::chain::BenchChain;

/// The verifier with our options.
pub(crate) struct Reference {
    verifier: ProdVerifier,
    options: VerifierOptions,
}

/// What the verifier trusts.
struct Trusted {
    block: TrustedParts,
    next_validators: Set,
}

struct TrustedParts {
    chain_id: tendermint::chain::Id,
    time: Time,
    height: tendermint::block::Height,
    next_validators_hash: tendermint::Hash,
}

/// A block as the verifier takes it.
struct Untrusted {
    signed_header: tendermint::block::signed_header::SignedHeader,
    validators: Set,
    next_validators: Set,
}

impl Reference {
    pub(crate) fn new(options: &Options) -> Self {
        let options = VerifierOptions {
            trust_threshold: TrustThreshold::ONE_THIRD,
            trusting_period: options.trusting_period,
            clock_drift: options.clock_drift,
        };
        Self { verifier: ProdVerifier::default(), options }
    }

    /// One header.
    pub(crate) fn verify(&self, block: LightBlock, trusted: &(TrustedState, ValidatorSet), now: Timestamp) {
        let verdict = self.judge(&received(block), &of_state(trusted), now);
        assert_eq!(verdict, Verdict::Success);
    }

    /// The way of CometBFT's `verifySkipping`: the target first, then the middle, until it is reached; gives how many
    /// steps trust took.
    pub(crate) fn bisect(
        &self,
        chain: &BenchChain,
        trusted: &(TrustedState, ValidatorSet),
        target: u64,
        now: Timestamp,
    ) -> usize {
        let mut trusted = of_state(trusted);
        let mut pending = vec![received(chain.block(target))];
        let (mut depth, mut steps) = (0, 0);
        loop {
            match self.judge(&pending[depth], &trusted, now) {
                Verdict::Success => {
                    let block = pending.swap_remove(depth);
                    pending.truncate(depth);
                    steps += 1;
                    if depth == 0 {
                        return steps;
                    }
                    trusted = of_block(block);
                    depth = 0;
                }
                Verdict::NotEnoughTrust(_) => {
                    depth += 1;
                    if depth == pending.len() {
                        let (low, high) = (trusted.block.height.value(), height(&pending[depth - 1]));
                        pending.push(received(chain.block(low + (high - low) / 2)));
                    }
                }
                Verdict::Invalid(reason) => panic!("{reason}"),
            }
        }
    }

    fn judge(&self, untrusted: &Untrusted, trusted: &Trusted, now: Timestamp) -> Verdict {
        let now = Time::from_unix_timestamp((now.0 / 1_000_000_000).cast_signed(), 0).expect("a time");
        let block = UntrustedBlockState {
            signed_header: &untrusted.signed_header,
            validators: &untrusted.validators,
            next_validators: Some(&untrusted.next_validators),
        };
        let trusted = TrustedBlockState {
            chain_id: &trusted.block.chain_id,
            header_time: trusted.block.time,
            height: trusted.block.height,
            next_validators: &trusted.next_validators,
            next_validators_hash: trusted.block.next_validators_hash,
        };
        self.verifier.verify_update_header(block, trusted, &self.options, now)
    }
}

fn height(block: &Untrusted) -> u64 {
    block.signed_header.header.height.value()
}

fn received(block: LightBlock) -> Untrusted {
    let read = |set: &ValidatorSet| Set::without_proposer(set.validators().to_vec());
    let next_validators = block.next_validators.as_ref().map(read).expect("blocks are made with their next validators");
    Untrusted { validators: read(&block.validators), next_validators, signed_header: block.signed_header }
}

fn of_block(block: Untrusted) -> Trusted {
    let header = block.signed_header.header;
    let parts = TrustedParts {
        chain_id: header.chain_id,
        time: header.time,
        height: header.height,
        next_validators_hash: header.next_validators_hash,
    };
    Trusted { block: parts, next_validators: block.next_validators }
}

fn of_state((state, validators): &(TrustedState, ValidatorSet)) -> Trusted {
    let block = TrustedParts {
        chain_id: state.chain_id.as_str().parse().expect("a chain id"),
        time: Time::from_unix_timestamp((state.time.0 / 1_000_000_000).cast_signed(), 0).expect("a time"),
        height: state.height.revision_height.try_into().expect("a height"),
        next_validators_hash: state.next_validators_hash,
    };
    Trusted { block, next_validators: Set::without_proposer(validators.validators().to_vec()) }
}
