//! The two validator sets of a header.

use proto::tendermint_proto::crypto::{PublicKey, public_key::Sum};
use proto::tendermint_proto::types as cometbft;
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{Named, extreme, odd_bytes};
use crate::attempt::Attempt;
use crate::validators;

pub(super) const CHANGES: &[Named] = &[
    ("set: none", |attempt, random| {
        let is_trusted = random.r#gen();
        let Some(header) = attempt.any_header(random) else { return };
        let set = if is_trusted { &mut header.trusted_validators } else { &mut header.validator_set };
        *set = None;
    }),
    ("set: swapped with the other", |attempt, random| {
        if let Some(header) = attempt.any_header(random) {
            core::mem::swap(&mut header.trusted_validators, &mut header.validator_set);
        }
    }),
    ("set: empty", |attempt, random| change(attempt, random, |set, _| set.validators.clear())),
    ("set: power", |attempt, random| {
        validator(attempt, random, |validator, random| {
            validator.voting_power = extreme(random);
        })
    }),
    ("set: priority", |attempt, random| {
        validator(attempt, random, |validator, random| {
            validator.proposer_priority = extreme(random);
        })
    }),
    ("set: address", |attempt, random| {
        validator(attempt, random, |validator, random| {
            validator.address = odd_bytes(random);
        })
    }),
    ("set: key", |attempt, random| {
        validator(attempt, random, |validator, random| {
            let keys = [
                None,
                Some(PublicKey { sum: None }),
                Some(PublicKey { sum: Some(Sum::Ed25519(odd_bytes(random))) }),
                Some(PublicKey { sum: Some(Sum::Secp256k1(odd_bytes(random))) }),
            ];
            validator.pub_key = keys.choose(random).cloned().flatten();
        })
    }),
    ("set: another validator", |attempt, random| {
        member(attempt, random, |random| {
            validators::validator(random.gen_range(0..validators::KEYS), random.gen_range(1..100))
        })
    }),
    ("set: a validator whose key is weak", |attempt, random| {
        member(attempt, random, |random| validators::weak_validator(random.gen_range(0..2), random.gen_range(1..100)))
    }),
    ("set: a validator whose key is no point", |attempt, random| {
        member(attempt, random, |_| {
            let is_point = |key: &[u8; 32]| ed25519_consensus::VerificationKey::try_from(*key).is_ok();
            let key = (0..=u8::MAX).map(|byte| [byte; 32]).find(|key| !is_point(key)).expect("half of all are none");
            validators::Public::Ed25519(key).validator()
        })
    }),
    ("set: a validator without power", |attempt, random| {
        member(attempt, random, |random| validators::validator(random.gen_range(0..validators::KEYS), 0))
    }),
    ("set: a validator less", |attempt, random| {
        change(attempt, random, |set, random| {
            if let Some(place) = place(set, random) {
                set.validators.remove(place);
            }
        })
    }),
    ("set: a validator twice", |attempt, random| twice(attempt, random)),
    ("set: two validators swapped", |attempt, random| {
        change(attempt, random, |set, random| {
            if let (Some(one), Some(other)) = (place(set, random), place(set, random)) {
                set.validators.swap(one, other);
            }
        })
    }),
    ("set: no proposer", |attempt, random| change(attempt, random, |set, _| set.proposer = None)),
    ("set: proposer is another", |attempt, random| {
        change(attempt, random, |set, random| {
            set.proposer = if random.gen_bool(0.5) {
                Some(validators::validator(random.gen_range(0..validators::KEYS), 1))
            } else {
                set.validators.choose(random).cloned()
            };
        })
    }),
    ("set: proposer differs", |attempt, random| {
        change(attempt, random, |set, random| {
            let Some(proposer) = &mut set.proposer else { return };
            match random.gen_range(0..4) {
                0 => proposer.voting_power = extreme(random),
                1 => proposer.proposer_priority = extreme(random),
                2 => proposer.address = odd_bytes(random),
                _ => proposer.pub_key = None,
            }
        })
    }),
    ("set: total power", |attempt, random| {
        change(attempt, random, |set, random| {
            set.total_voting_power = extreme(random);
        })
    }),
];

/// Changes a set of one of the headers.
fn change(
    attempt: &mut Attempt,
    random: &mut ChaCha8Rng,
    change: impl Fn(&mut cometbft::ValidatorSet, &mut ChaCha8Rng),
) {
    let which = random.gen_range(0..3);
    let Some(header) = attempt.any_header(random) else { return };
    let (one, other) = (&mut header.trusted_validators, &mut header.validator_set);
    // In one of three cases both, in the same way: such a change may be taken.
    let mut same = random.clone();
    if let Some(set) = one.as_mut().filter(|_| which != 0) {
        change(set, random);
    }
    if let Some(set) = other.as_mut().filter(|_| which != 1) {
        change(set, &mut same);
    }
}

/// Changes one member of a set, and the proposer with it if that is the same.
fn validator(attempt: &mut Attempt, random: &mut ChaCha8Rng, of: impl Fn(&mut cometbft::Validator, &mut ChaCha8Rng)) {
    change(attempt, random, |set, random| {
        let Some(place) = place(set, random) else { return };
        let is_proposer = set.proposer.as_ref() == Some(&set.validators[place]);
        of(&mut set.validators[place], random);
        if is_proposer {
            set.proposer = Some(set.validators[place].clone());
        }
    });
}

/// Puts a validator at a place of both sets, instead of another or beside it, with a vote at that place.
fn member(attempt: &mut Attempt, random: &mut ChaCha8Rng, new: impl Fn(&mut ChaCha8Rng) -> cometbft::Validator) {
    let new = new(random);
    put(attempt, random, |_| new.clone());
}

fn twice(attempt: &mut Attempt, random: &mut ChaCha8Rng) {
    let which: usize = random.gen_range(0..20);
    put(attempt, random, |set| set.validators[which % set.validators.len()].clone());
}

fn put(attempt: &mut Attempt, random: &mut ChaCha8Rng, new: impl Fn(&cometbft::ValidatorSet) -> cometbft::Validator) {
    let (is_instead, in_trusted) = (random.gen_bool(0.5), random.gen_bool(0.7));
    let Some(header) = attempt.any_header(random) else { return };
    let Some(set) = &mut header.validator_set else { return };
    let Some(place) = place(set, random) else { return };
    let new = new(set);
    let insert = |set: &mut cometbft::ValidatorSet| {
        if is_instead && place < set.validators.len() {
            set.validators[place] = new.clone();
        } else {
            set.validators.insert(place.min(set.validators.len()), new.clone());
        }
        set.proposer = Some(new.clone());
    };
    insert(set);
    if let Some(trusted) = header.trusted_validators.as_mut().filter(|_| in_trusted) {
        insert(trusted);
    }
    let Some(commit) = header.signed_header.as_mut().and_then(|signed| signed.commit.as_mut()) else { return };
    let Some(vote) = commit.signatures.get(place).cloned() else { return };
    let block_id_flag = cometbft::BlockIdFlag::Commit as i32;
    let vote =
        cometbft::CommitSig { block_id_flag, validator_address: new.address.clone(), signature: vec![1; 64], ..vote };
    if is_instead {
        commit.signatures[place] = vote;
    } else {
        commit.signatures.insert(place, vote);
    }
}

fn place(set: &cometbft::ValidatorSet, random: &mut ChaCha8Rng) -> Option<usize> {
    let count = set.validators.len();
    (count > 0).then(|| random.gen_range(0..count))
}
