//! What is changed of a good attempt.

mod client;
mod commit;
mod header;
mod message;
mod sets;
mod wire;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) use message::strangers_first;

use crate::attempt::Attempt;
use crate::case::Case;

/// How a change is made.
#[derive(Clone, Copy)]
enum Change {
    /// To the parts of the attempt.
    Parts(fn(&mut Attempt, &mut ChaCha8Rng)),
    /// To the bytes of the message.
    Bytes(fn(&mut Vec<u8>, &mut ChaCha8Rng)),
}

/// A change, with all that is random about it.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    change: Change,
    seed: u64,
}

impl Step {
    /// Whether it changes bytes, which may then be such as nobody writes.
    pub(crate) fn is_of_bytes(&self) -> bool {
        matches!(self.change, Change::Bytes(_))
    }
}

type Named = (&'static str, fn(&mut Attempt, &mut ChaCha8Rng));

const SEAL: Named = ("seal", |attempt, _| attempt.seal());
const VOUCH: Named = ("vouch", |attempt, _| attempt.vouch());

/// A few changes. Most of the changed headers are made whole again, so that more than a hash is put to the test.
pub(crate) fn plan(random: &mut ChaCha8Rng) -> Vec<Step> {
    let part = |(name, change): Named, random: &mut ChaCha8Rng| Step {
        name,
        change: Change::Parts(change),
        seed: random.r#gen(),
    };
    let mut steps = Vec::new();
    if random.gen_bool(0.85) {
        for _ in 0..[1, 1, 1, 1, 2, 3][random.gen_range(0..6)] {
            let kinds = [client::CHANGES, header::CHANGES, commit::CHANGES, sets::CHANGES, message::CHANGES];
            let kind = kinds.choose(random).expect("there are some");
            steps.push(part(*kind.choose(random).expect("there are some"), random));
        }
        if random.gen_bool(0.6) {
            steps.push(part(VOUCH, random));
            steps.push(part(SEAL, random));
        }
    } else if random.gen_bool(0.8) {
        let (name, change) = *wire::CHANGES.choose(random).expect("there are some");
        steps.push(Step { name, change: Change::Bytes(change), seed: random.r#gen() });
    }
    steps
}

/// Makes the changes in their order: first those of parts, then those of bytes.
pub(crate) fn apply(mut attempt: Attempt, steps: &[Step]) -> Case {
    for Step { change, seed, .. } in steps {
        match change {
            Change::Parts(change) => change(&mut attempt, &mut ChaCha8Rng::seed_from_u64(*seed)),
            Change::Bytes(_) => {}
        }
    }
    let mut case = attempt.case();
    for Step { change, seed, .. } in steps {
        match change {
            Change::Parts(_) => {}
            Change::Bytes(change) => change(&mut case.message, &mut ChaCha8Rng::seed_from_u64(*seed)),
        }
    }
    case
}

/// Numbers at the ends of what can be counted.
const EXTREMES: [i64; 9] = [0, 1, -1, i32::MAX as i64, i64::MAX / 8, i64::MAX / 8 + 1, i64::MAX, i64::MIN, 2];

fn extreme(random: &mut ChaCha8Rng) -> i64 {
    EXTREMES[random.gen_range(0..EXTREMES.len())]
}

/// None, too short, too long, or other bytes.
fn odd_bytes(random: &mut ChaCha8Rng) -> Vec<u8> {
    let length = [0, 1, 19, 20, 21, 31, 32, 33, 64][random.gen_range(0..9)];
    (0..length).map(|_| random.r#gen()).collect()
}
