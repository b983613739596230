//! The rotation against CometBFT's own: the expected values were printed by `types.ValidatorSet` of v0.38.23.

use std::collections::BTreeMap;

use super::*;
use crate::chain::keys::Keys;

/// Validators by their numbers, and a set of them.
struct Named {
    keys: Keys,
    numbers: BTreeMap<account::Id, usize>,
}

impl Named {
    fn new() -> Self {
        Self { keys: Keys::new(7), numbers: BTreeMap::new() }
    }

    fn members(&mut self, powers: &[(usize, u64)]) -> Vec<(PublicKey, u64)> {
        let mut member = |number: usize, power: u64| {
            let key = self.keys.public(number);
            self.numbers.insert(account::Id::from(key), number);
            (key, power)
        };
        powers.iter().map(|(number, power)| member(*number, *power)).collect()
    }

    fn listed(&self, set: &ValidatorSet) -> Vec<(usize, u64, i64)> {
        let row = |info: &Info| (self.numbers[&info.address], info.power(), info.proposer_priority.value());
        set.validators().iter().map(row).collect()
    }

    fn proposer(&self, set: &ValidatorSet) -> usize {
        self.numbers[&set.proposer().address]
    }
}

fn five(named: &mut Named) -> ValidatorSet {
    genesis(&named.members(&[(0, 10), (1, 1), (2, 100), (3, 33), (4, 33)])).unwrap()
}

#[test]
fn proposers_and_priorities_are_those_of_cometbft_through_all_changes() {
    let changes: BTreeMap<u64, &[(usize, u64)]> = BTreeMap::from([
        (5, &[(5, 500)][..]),
        (9, &[(2, 0), (0, 1000)]),
        (10, &[(6, 1), (7, 2)]),
        (15, &[(0, 0), (2, 7), (5, 3)]),
    ]);
    let mut named = Named::new();
    let mut set = five(&mut named);
    let mut proposers = vec![];
    for height in 1..=40 {
        proposers.push(named.proposer(&set));
        match height {
            12 => {
                let expected = [
                    (0, 1000, 549),
                    (5, 500, 411),
                    (4, 33, 138),
                    (3, 33, 815),
                    (7, 2, -1257),
                    (1, 1, 608),
                    (6, 1, -1259),
                ];
                assert_eq!(named.listed(&set), expected);
                let hash = "6EE4EF15AC1DB34E55BD7E8A193FBC715366B23DB84D7A9FA66FFE075A2BDA68";
                assert_eq!(set.hash().to_string(), hash);
            }
            40 => {
                let expected = [(4, 33, -22), (3, 33, 27), (2, 7, 26), (5, 3, 36), (7, 2, -22), (1, 1, 5), (6, 1, -47)];
                assert_eq!(named.listed(&set), expected);
                let hash = "C7567DF4B7F1C70F8BB30A05720E41D90DAEFD02746AFD44560FBD8FECF47306";
                assert_eq!(set.hash().to_string(), hash);
            }
            _ => {}
        }
        let change = named.members(changes.get(&height).copied().unwrap_or_default());
        set = next_with(&set, &change).unwrap();
    }
    let expected = [
        2, 4, 2, 3, 2, 2, 5, 4, 5, 0, 5, 0, 0, 5, 0, 3, 4, 3, 4, 3, 4, 3, 1, 4, 3, 4, 3, 5, 4, 3, 4, 3, 4, 3, 2, 4, 3,
        4, 3, 4,
    ];
    assert_eq!(proposers, expected);
}

#[test]
fn a_set_is_never_emptied() {
    let mut named = Named::new();
    let set = five(&mut named);
    let all_gone = named.members(&[(0, 0), (1, 0), (2, 0), (3, 0), (4, 0)]);
    assert_eq!(next_with(&set, &all_gone).unwrap_err(), ValidatorsError::Empty);
    assert_eq!(genesis(&[]).unwrap_err(), ValidatorsError::Empty);
}

#[test]
fn power_over_the_maximum_is_refused_alone_and_in_sum() {
    let max = ValidatorSet::TOTAL_POWER_MAX;
    let mut named = Named::new();
    let set = five(&mut named);
    let alone = named.members(&[(0, max + 1)]);
    assert_eq!(next_with(&set, &alone).unwrap_err(), ValidatorsError::Power(max + 1));
    let in_sum = named.members(&[(0, max)]);
    assert_eq!(next_with(&set, &in_sum).unwrap_err(), ValidatorsError::TotalPower);
    // What is removed makes room for what comes.
    let exchanged = named.members(&[(0, max), (1, 0), (2, 0), (3, 0), (4, 0)]);
    assert_eq!(next_with(&set, &exchanged).unwrap().total_power(), max);
}

#[test]
fn who_is_not_there_is_not_removed() {
    let mut named = Named::new();
    let set = five(&mut named);
    let stranger = named.members(&[(9, 0)]);
    assert!(matches!(next_with(&set, &stranger).unwrap_err(), ValidatorsError::NotThere(_)));
}

#[test]
fn a_validator_starts_with_power() {
    let mut named = Named::new();
    let members = named.members(&[(0, 5), (1, 0)]);
    assert_eq!(genesis(&members).unwrap_err(), ValidatorsError::WithoutPower(1));
}
