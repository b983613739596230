//! The five attacks are what they claim: a commit that is valid, over what contradicts the chain; and a client that is
//! shown it freezes where ibc-go's rule says so.

use light_client::{Header, LightBlock, Options, TrustThreshold, TrustedState, Verdict, verify};
use lightship_devnet::chain::Chain;
use lightship_devnet::chain::{Attack, Conspiracy};
use proto::ibc::lightclients::tendermint::v1::Misbehaviour;
use types::Timestamp;
use types::event::IbcEvent;

use crate::world::{CLOCK_DRIFT, Side, TRUSTING_PERIOD, World, ibc_events, packed};

/// The first client of a chain.
const CLIENT: &str = "07-tendermint-0";
const OPTIONS: Options =
    Options { trust_threshold: TrustThreshold::ONE_THIRD, trusting_period: TRUSTING_PERIOD, clock_drift: CLOCK_DRIFT };

/// The chain's other future, in which `height` is under attack.
pub(crate) fn fork(chain: &Chain, attack: Attack, height: u64) -> Chain {
    chain.attack(attack, height, Conspiracy::default()).unwrap()
}

fn light_block(chain: &Chain, height: u64) -> LightBlock {
    chain.light_block(height).unwrap()
}

/// What a light client says that trusts an old block, which both futures share.
fn verdict(chain: &Chain, fork: &Chain, height: u64, now: Timestamp) -> Verdict {
    let common = light_block(chain, 2);
    assert!(fork.common_height().unwrap() > 2);
    let trusted = TrustedState::of_verified(&common).unwrap();
    verify(&light_block(fork, height), &trusted, &common.next_validators.unwrap(), &OPTIONS, now)
}

fn hashes_that_the_state_decides(block: &LightBlock) -> [Vec<u8>; 5] {
    let header = &block.signed_header.header;
    [
        header.validators_hash.as_bytes().to_vec(),
        header.next_validators_hash.as_bytes().to_vec(),
        header.consensus_hash.as_bytes().to_vec(),
        header.app_hash.as_bytes().to_vec(),
        header.last_results_hash.map(|hash| hash.as_bytes().to_vec()).unwrap_or_default(),
    ]
}

fn world() -> World {
    let mut world = World::with_clients();
    for _ in 0..3 {
        world.tick();
    }
    world
}

#[test]
fn equivocation_is_the_same_height_and_round_with_another_block() {
    let mut world = world();
    let height = world.chain(Side::B).height();
    let lie = fork(world.chain(Side::B), Attack::Equivocation, height);
    let (honest, forged) = (light_block(world.chain(Side::B), height), light_block(&lie, height));
    assert_eq!(verdict(world.chain(Side::B), &lie, height, world.now), Verdict::Success);
    assert_ne!(honest.header_hash(), forged.header_hash());
    assert_eq!(honest.signed_header.commit.round, forged.signed_header.commit.round);
    assert_eq!(hashes_that_the_state_decides(&honest), hashes_that_the_state_decides(&forged));
    freezes_by_misbehaviour(&mut world, &lie, height, height);
}

#[test]
fn amnesia_is_the_same_height_in_another_round() {
    let mut world = world();
    let height = world.chain(Side::B).height();
    let lie = fork(world.chain(Side::B), Attack::Amnesia, height);
    let (honest, forged) = (light_block(world.chain(Side::B), height), light_block(&lie, height));
    assert_eq!(verdict(world.chain(Side::B), &lie, height, world.now), Verdict::Success);
    assert_ne!(honest.header_hash(), forged.header_hash());
    assert_ne!(honest.signed_header.commit.round, forged.signed_header.commit.round);
    assert_eq!(hashes_that_the_state_decides(&honest), hashes_that_the_state_decides(&forged));
    freezes_by_misbehaviour(&mut world, &lie, height, height);
}

#[test]
fn a_lunatic_fork_has_a_state_that_the_chain_never_had() {
    let mut world = world();
    let height = world.chain(Side::B).height();
    let lie = fork(world.chain(Side::B), Attack::Lunatic, height);
    let (honest, forged) = (light_block(world.chain(Side::B), height), light_block(&lie, height));
    assert_eq!(verdict(world.chain(Side::B), &lie, height, world.now), Verdict::Success);
    assert_ne!(hashes_that_the_state_decides(&honest), hashes_that_the_state_decides(&forged));
    freezes_by_misbehaviour(&mut world, &lie, height, height);
}

#[test]
fn a_forward_lunatic_fork_is_above_the_head_and_not_later() {
    let mut world = world();
    let head = world.chain(Side::B).height();
    let lie = fork(world.chain(Side::B), Attack::ForwardLunatic, head + 5);
    let (latest, forged) = (light_block(world.chain(Side::B), head), light_block(&lie, head + 5));
    assert!(lie.height() > head);
    assert!(forged.signed_header.header.time <= latest.signed_header.header.time);
    assert_eq!(verdict(world.chain(Side::B), &lie, head + 5, world.now), Verdict::Success);
    freezes_by_misbehaviour(&mut world, &lie, head + 5, head);
}

#[test]
fn a_violation_of_bft_time_is_a_higher_block_that_is_not_later() {
    let mut world = world();
    let height = world.chain(Side::B).height();
    let lie = fork(world.chain(Side::B), Attack::BftTime, height + 1);
    let (honest, forged) = (light_block(world.chain(Side::B), height), light_block(&lie, height + 1));
    assert!(forged.signed_header.header.time <= honest.signed_header.header.time);
    assert_eq!(verdict(world.chain(Side::B), &lie, height + 1, world.now), Verdict::Success);
    freezes_by_misbehaviour(&mut world, &lie, height + 1, height);
}

/// Submits the forged header beside an honest one, as `MsgUpdateClient` with a `Misbehaviour`.
fn freezes_by_misbehaviour(world: &mut World, lie: &Chain, forged: u64, honest: u64) {
    let trusted = world.created(Side::A);
    let header_1 = world.header_from(lie, forged, trusted);
    let header_2 = world.header_from(world.chain(Side::B), honest, trusted);
    assert_eq!(world.client_status(Side::A), "Active");
    let message = world.update_by(Side::A, misbehaviour(&header_1, &header_2));
    let relayer = world.relayer();
    let result = world.run(Side::A, &relayer, vec![message]);
    assert_eq!((result.code, result.log.as_str()), (0, ""));
    assert!(matches!(ibc_events(&result).as_slice(), [IbcEvent::ClientMisbehaviour { .. }]), "{:?}", result.events);
    assert_eq!(world.client_status(Side::A), "Frozen");
}

fn misbehaviour(header_1: &Header, header_2: &Header) -> proto::google::protobuf::Any {
    #[expect(deprecated, reason = "ibc-go still looks whether it is an identifier")]
    let message = Misbehaviour {
        client_id: CLIENT.to_owned(),
        header_1: Some(header_1.clone().into()),
        header_2: Some(header_2.clone().into()),
    };
    packed("/ibc.lightclients.tendermint.v1.Misbehaviour", &message)
}

#[test]
fn two_headers_that_do_not_contradict_each_other_are_no_misbehaviour() {
    let mut world = world();
    let (trusted, height) = (world.created(Side::A), world.chain(Side::B).height());
    let header_1 = world.header_from(world.chain(Side::B), height, trusted);
    let header_2 = world.header_from(world.chain(Side::B), height - 1, trusted);
    let message = world.update_by(Side::A, misbehaviour(&header_1, &header_2));
    let relayer = world.relayer();
    let result = world.run(Side::A, &relayer, vec![message]);
    // A code 0 proves nothing: the message is taken, and does nothing.
    assert_eq!((result.code, result.log.as_str()), (0, ""));
    let heights = |event: &IbcEvent| matches!(event, IbcEvent::UpdateClient { consensus_heights, .. } if consensus_heights.is_empty());
    assert!(ibc_events(&result).iter().all(heights), "{:?}", result.events);
    assert_eq!(world.client_status(Side::A), "Active");
}

#[test]
fn the_true_header_freezes_a_client_that_was_fed_a_lie() {
    let mut world = world();
    let height = world.chain(Side::B).height();
    let lie = fork(world.chain(Side::B), Attack::Lunatic, height);
    let trusted = world.created(Side::A);
    let fed = world.update_with(Side::A, world.header_from(&lie, height, trusted));
    let events = world.relay(Side::A, vec![fed]);
    assert!(matches!(events.as_slice(), [IbcEvent::UpdateClient { .. }]), "{events:?}");
    let truth = world.update_with(Side::A, world.header_from(world.chain(Side::B), height, trusted));
    let events = world.relay(Side::A, vec![truth]);
    assert!(matches!(events.as_slice(), [IbcEvent::ClientMisbehaviour { .. }]), "{events:?}");
    assert_eq!(world.client_status(Side::A), "Frozen");
}
