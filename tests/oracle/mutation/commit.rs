//! The votes for a block.

use proto::tendermint_proto::google::protobuf::Timestamp as Time;
use proto::tendermint_proto::types as cometbft;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::header::block_id;
use super::{Named, extreme, odd_bytes};
use crate::attempt::Attempt;
use crate::scenario::absent;
use crate::validators::NO_SIGNATURE;

pub(super) const CHANGES: &[Named] = &[
    ("commit: none", |attempt, random| {
        if let Some(signed) = attempt.any_header(random).and_then(|header| header.signed_header.as_mut()) {
            signed.commit = None;
        }
    }),
    ("commit: height", |attempt, random| change(attempt, random, |commit, random| commit.height = extreme(random))),
    ("commit: round", |attempt, random| {
        let rounds = [0, 1, -1, i32::MAX, i32::MIN, 65_535, 65_536];
        change(attempt, random, |commit, random| commit.round = rounds[random.gen_range(0..rounds.len())]);
    }),
    ("commit: block id", |attempt, random| {
        change(attempt, random, |commit, random| commit.block_id = block_id(random));
    }),
    ("commit: parts", |attempt, random| {
        change(attempt, random, |commit, random| {
            let parts = block_id(random).and_then(|id| id.part_set_header);
            commit.block_id.get_or_insert_default().part_set_header = parts;
        });
    }),
    ("commit: a vote less", |attempt, random| {
        change(attempt, random, |commit, random| {
            if let Some(place) = place(commit, random) {
                commit.signatures.remove(place);
            }
        });
    }),
    ("commit: no votes", |attempt, random| change(attempt, random, |commit, _| commit.signatures.clear())),
    ("commit: a vote twice", |attempt, random| {
        change(attempt, random, |commit, random| {
            let (Some(from), Some(to)) = (place(commit, random), place(commit, random)) else { return };
            let vote = commit.signatures[from].clone();
            if random.gen_bool(0.5) {
                commit.signatures.insert(to, vote);
            } else {
                commit.signatures[to] = vote;
            }
        });
    }),
    ("commit: two votes swapped", |attempt, random| {
        change(attempt, random, |commit, random| {
            if let (Some(one), Some(other)) = (place(commit, random), place(commit, random)) {
                commit.signatures.swap(one, other);
            }
        });
    }),
    ("commit: two addresses swapped", |attempt, random| {
        change(attempt, random, |commit, random| {
            let (Some(one), Some(other)) = (place(commit, random), place(commit, random)) else { return };
            let address = commit.signatures[one].validator_address.clone();
            let other = core::mem::replace(&mut commit.signatures[other].validator_address, address);
            commit.signatures[one].validator_address = other;
        });
    }),
    ("commit: votes absent", |attempt, random| {
        change(attempt, random, |commit, random| {
            let share = [0.2, 0.35, 0.7, 1.0][random.gen_range(0..4)];
            commit.signatures.iter_mut().filter(|_| random.gen_bool(share)).for_each(|vote| *vote = absent());
        });
    }),
    ("commit: flag", |attempt, random| {
        vote(attempt, random, |vote, random| {
            vote.block_id_flag = [0, 1, 2, 3, 4, -1, 257, 258][random.gen_range(0..8)];
        })
    }),
    ("commit: flags", |attempt, random| {
        let flag = [1, 3][random.gen_range(0..2)];
        change(attempt, random, |commit, random| {
            commit.signatures.iter_mut().filter(|_| random.gen_bool(0.3)).for_each(|vote| vote.block_id_flag = flag);
        });
    }),
    ("commit: address", |attempt, random| {
        vote(attempt, random, |vote, random| {
            vote.validator_address = odd_bytes(random);
        })
    }),
    ("commit: time of a vote", |attempt, random| {
        vote(attempt, random, |vote, random| {
            let seconds = [0, -62_135_596_800, -62_135_596_801, 253_402_300_799, 253_402_300_800, 5];
            let nanos = [0, 0, 1, -1, 1_000_000_000][random.gen_range(0..5)];
            let time = Time { seconds: seconds[random.gen_range(0..seconds.len())], nanos };
            vote.timestamp = random.gen_bool(0.7).then_some(time);
        })
    }),
    ("commit: times of votes missing", |attempt, random| {
        change(attempt, random, |commit, _| commit.signatures.iter_mut().for_each(|vote| vote.timestamp = None));
    }),
    ("commit: signature", |attempt, random| {
        vote(attempt, random, |vote, random| {
            let length = [0, 1, 63, 64, 65, 96, 97][random.gen_range(0..7)];
            vote.signature.resize(length, 7);
        })
    }),
    ("commit: a bit of a signature", |attempt, random| {
        vote(attempt, random, |vote, random| {
            if !vote.signature.is_empty() {
                let place = random.gen_range(0..vote.signature.len());
                vote.signature[place] ^= 1 << random.gen_range(0..8);
            }
        })
    }),
    ("commit: the other s of a signature", |attempt, random| {
        change(attempt, random, |commit, _| {
            for vote in &mut commit.signatures {
                if let Ok(signature) = k256::ecdsa::Signature::from_slice(&vote.signature) {
                    let (r, s) = signature.split_scalars();
                    let other = k256::ecdsa::Signature::from_scalars(*r, -*s).expect("both are above 0");
                    vote.signature = other.to_vec();
                }
            }
        })
    }),
    ("commit: signature of a weak key", |attempt, random| {
        vote(attempt, random, |vote, _| {
            vote.signature = NO_SIGNATURE.to_vec();
        })
    }),
    ("commit: a vote for nil with anything", |attempt, random| {
        vote(attempt, random, |vote, random| {
            vote.block_id_flag = cometbft::BlockIdFlag::Nil as i32;
            vote.signature = vec![7; [1, 63, 64, 65, 96, 97][random.gen_range(0..6)]];
            vote.timestamp = vote.timestamp.filter(|_| random.gen_bool(0.5));
        })
    }),
];

/// Changes the commit of one of the headers, if there is one.
fn change(attempt: &mut Attempt, random: &mut ChaCha8Rng, change: impl Fn(&mut cometbft::Commit, &mut ChaCha8Rng)) {
    let Some(header) = attempt.any_header(random) else { return };
    if let Some(commit) = header.signed_header.as_mut().and_then(|signed| signed.commit.as_mut()) {
        change(commit, random);
    }
}

/// Changes one of the votes.
fn vote(attempt: &mut Attempt, random: &mut ChaCha8Rng, of: impl Fn(&mut cometbft::CommitSig, &mut ChaCha8Rng)) {
    change(attempt, random, |commit, random| {
        if let Some(place) = place(commit, random) {
            of(&mut commit.signatures[place], random);
        }
    });
}

fn place(commit: &cometbft::Commit, random: &mut ChaCha8Rng) -> Option<usize> {
    let count = commit.signatures.len();
    (count > 0).then(|| random.gen_range(0..count))
}
