//! Each attack against the light client that it is meant for, and against CometBFT's taxonomy.

use light_client::{Invalid, Verdict};

use super::*;
use crate::chain::evidence::check::is_invalid;
use crate::chain::tests::{at, grow, grown, trusted, verdict};

const POWERS: [u64; 4] = [10, 10, 10, 10];

fn same_hashes(chain: &Chain, fork: &Chain, height: u64) -> bool {
    !is_invalid(&chain.block(height).unwrap().header, &fork.block(height).unwrap().header)
}

fn rounds(chain: &Chain, fork: &Chain, height: u64) -> (u32, u32) {
    let round = |chain: &Chain| chain.block(height).unwrap().commit.round.value();
    (round(chain), round(fork))
}

fn signers(chain: &Chain, height: u64) -> usize {
    chain.block(height).unwrap().commit.signatures.iter().filter(|entry| entry.is_commit()).count()
}

/// Both blocks of the height verify, and are two.
fn assert_conflict(chain: &Chain, fork: &Chain, trusted_height: u64, height: u64) {
    assert_ne!(chain.block(height).unwrap().id, fork.block(height).unwrap().id);
    assert_eq!(verdict(chain, trusted_height, chain, height), Verdict::Success, "the honest block {height}");
    assert_eq!(verdict(chain, trusted_height, fork, height), Verdict::Success, "the false block {height}");
}

#[test]
fn equivocation_is_two_blocks_of_one_round_with_the_same_five_hashes() {
    let chain = grown(&POWERS, 8);
    let fork = chain.attack(Attack::Equivocation, 6, Conspiracy::default()).unwrap();
    assert_eq!((fork.height(), fork.common_height()), (6, Some(5)));
    assert_conflict(&chain, &fork, 5, 6);
    assert_conflict(&chain, &fork, 2, 6);
    assert!(same_hashes(&chain, &fork, 6));
    assert_eq!(rounds(&chain, &fork, 6), (0, 0));
}

#[test]
fn amnesia_is_the_same_in_a_later_round() {
    let chain = grown(&POWERS, 8);
    let fork = chain.attack(Attack::Amnesia, 6, Conspiracy::default()).unwrap();
    assert_conflict(&chain, &fork, 5, 6);
    assert!(same_hashes(&chain, &fork, 6));
    assert_eq!(rounds(&chain, &fork, 6), (0, 1));
    let proposer = |chain: &Chain| chain.block(6).unwrap().header.proposer_address;
    assert_ne!(proposer(&chain), proposer(&fork), "each round has its own");
}

#[test]
fn who_does_not_take_part_does_not_sign() {
    let chain = grown(&POWERS, 8);
    let fork = chain.attack(Attack::Equivocation, 6, Conspiracy::default().of([0, 1, 3])).unwrap();
    assert_conflict(&chain, &fork, 5, 6);
    assert_eq!((signers(&chain, 6), signers(&fork, 6)), (4, 3));
    for attack in [Attack::Equivocation, Attack::Amnesia, Attack::BftTime] {
        let error = chain.attack(attack, 6, Conspiracy::default().of([0, 1])).unwrap_err();
        assert!(matches!(error, AttackError::Stalled(_)), "{attack:?}: {error}");
    }
}

#[test]
fn a_lunatic_block_has_an_app_hash_that_the_chain_never_had() {
    let chain = grown(&POWERS, 8);
    let fork = chain.attack(Attack::Lunatic, 6, Conspiracy::default()).unwrap();
    assert_conflict(&chain, &fork, 5, 6);
    assert_conflict(&chain, &fork, 2, 6);
    assert!(!same_hashes(&chain, &fork, 6));
}

#[test]
fn lunatic_validators_with_more_than_a_third_deceive_who_skips_but_not_who_walks() {
    let chain = grown(&POWERS, 8);
    let fork = chain.attack(Attack::Lunatic, 6, Conspiracy::default().of([1, 2])).unwrap();
    assert_conflict(&chain, &fork, 2, 6);
    assert_eq!(fork.block(6).unwrap().validators.total_power(), 20);
    let walking = verdict(&chain, 5, &fork, 6);
    assert!(matches!(walking, Verdict::Invalid(Invalid::AdjacentValidators { .. })), "{walking:?}");
    let error = chain.attack(Attack::Lunatic, 6, Conspiracy::default().of([1])).unwrap_err();
    let needed = Tally { signed: 10, needed: 13, total: 40 };
    assert_eq!(error, AttackError::NotEnoughPower(needed));
}

#[test]
fn a_forged_state_stands_behind_the_app_hash_of_a_lunatic_block() {
    let chain = grown(&POWERS, 8);
    let forged = |ctx: &mut Ctx| ctx.set("bank", b"forged", b"much".to_vec());
    for (attack, height) in [(Attack::Lunatic, 6), (Attack::ForwardLunatic, 9), (Attack::ForwardLunatic, 20)] {
        let fork = chain.attack(attack, height, Conspiracy::default().forging(forged)).unwrap();
        let app_hash = fork.block(height).unwrap().header.app_hash.clone();
        assert_ne!(app_hash.as_bytes(), chain.block(6).unwrap().header.app_hash.as_bytes());
        let mut state = fork.app.at(height - 1).unwrap();
        let found = state.edit(|ctx| ctx.get("bank", b"forged")).unwrap();
        assert_eq!(found.as_deref(), Some(&b"much"[..]), "{attack:?} at {height}");
        assert!(fork.common_height().unwrap() < height - 1, "the forged state belongs to the fork");
        assert_eq!(verdict(&chain, 3, &fork, height), Verdict::Success);
    }
    let mut honest = chain.app.at(8).unwrap();
    assert_eq!(honest.edit(|ctx| ctx.get("bank", b"forged")).unwrap(), None);
}

#[test]
fn a_lie_without_substance_is_no_attack() {
    let chain = grown(&POWERS, 8);
    let nothing = Conspiracy::default().forging(|_| Ok(()));
    assert_eq!(chain.attack(Attack::Lunatic, 6, nothing).unwrap_err(), AttackError::NothingForged(6));
    let same = Conspiracy::default().with_txs(vec![]);
    assert_eq!(chain.attack(Attack::Equivocation, 6, same).unwrap_err(), AttackError::NothingForged(6));
}

#[test]
fn a_forward_lunatic_block_is_above_the_head_and_not_later_than_it() {
    let chain = grown(&POWERS, 8);
    for height in [9, 10, 500] {
        let fork = chain.attack(Attack::ForwardLunatic, height, Conspiracy::default().of([0, 3])).unwrap();
        assert_eq!((fork.height(), fork.common_height()), (height, Some(8)));
        assert_eq!(verdict(&chain, 5, &fork, height), Verdict::Success);
        assert_eq!(fork.block(height).unwrap().header.time, chain.block(8).unwrap().header.time);
        // Whoever has seen the head knows.
        let knowing = verdict(&chain, 8, &fork, height);
        assert!(matches!(knowing, Verdict::Invalid(Invalid::TimeNotAfter { .. })), "{knowing:?}");
        assert!(fork.block(height - 1).is_none() || height == 9);
    }
    let error = chain.attack(Attack::ForwardLunatic, 8, Conspiracy::default()).unwrap_err();
    assert_eq!(error, AttackError::NotAboveHead(8));
}

#[test]
fn a_forward_lunatic_block_may_be_of_a_time_that_no_honest_block_has_yet() {
    let chain = grown(&POWERS, 8);
    let fork = chain.attack(Attack::ForwardLunatic, 20, Conspiracy::default().dated(at(11))).unwrap();
    assert_eq!(vote::timestamp(fork.block(20).unwrap().header.time), at(11));
    assert_eq!(verdict(&chain, 8, &fork, 20), Verdict::Success, "nothing contradicts it yet");
    let later = grown(&POWERS, 12);
    let knowing = verdict(&later, 12, &fork, 20);
    assert!(matches!(knowing, Verdict::Invalid(Invalid::TimeNotAfter { .. })), "{knowing:?}");
}

#[test]
fn a_block_that_breaks_bft_time_is_right_but_for_its_time() {
    let chain = grown(&POWERS, 8);
    for height in [6, 9] {
        let fork = chain.attack(Attack::BftTime, height, Conspiracy::default()).unwrap();
        let (time, before) = (fork.block(height).unwrap().header.time, chain.block(height - 1).unwrap().header.time);
        assert_eq!(time, before);
        assert_eq!(verdict(&chain, height - 2, &fork, height), Verdict::Success);
        let knowing = verdict(&chain, height - 1, &fork, height);
        assert!(matches!(knowing, Verdict::Invalid(Invalid::TimeNotAfter { .. })), "{knowing:?}");
    }
    let fork = chain.attack(Attack::BftTime, 6, Conspiracy::default()).unwrap();
    assert!(same_hashes(&chain, &fork, 6));
    assert_eq!(chain.attack(Attack::BftTime, 10, Conspiracy::default()).unwrap_err(), AttackError::NoBlock(10));
}

#[test]
fn liars_may_go_on_with_their_fork() {
    let chain = grown(&POWERS, 8);
    for attack in [Attack::Equivocation, Attack::Amnesia, Attack::Lunatic, Attack::BftTime] {
        let mut fork = chain.attack(attack, 6, Conspiracy::default().of([0, 1, 2])).unwrap();
        grow(&mut fork, 4);
        assert_eq!(verdict(&chain, 3, &fork, 10), Verdict::Success, "{attack:?}");
        let (state, _) = trusted(&fork, 9);
        assert_eq!(verdict(&fork, 9, &fork, 10), Verdict::Success, "{attack:?} from {}", state.height);
    }
    let mut fork = chain.attack(Attack::Lunatic, 6, Conspiracy::default().of([0, 1])).unwrap();
    assert_eq!(fork.make_block(at(7)), 7);
    assert_eq!(verdict(&chain, 2, &fork, 7), Verdict::Success);
}

#[test]
fn there_is_no_attack_on_a_block_that_is_not_there() {
    let chain = grown(&POWERS, 8);
    for attack in [Attack::Equivocation, Attack::Amnesia, Attack::Lunatic] {
        assert_eq!(chain.attack(attack, 9, Conspiracy::default()).unwrap_err(), AttackError::NoBlock(9));
    }
    let forging = || Conspiracy::default().forging(|ctx| ctx.set("bank", b"forged", b"much".to_vec()));
    assert_eq!(chain.attack(Attack::Lunatic, 1, forging()).unwrap_err(), AttackError::NoState(0));
    assert_eq!(chain.attack(Attack::Lunatic, 2, forging()).unwrap_err(), AttackError::NoState(0));
}
