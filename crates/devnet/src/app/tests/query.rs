use proto::Message;
use proto::cosmos::base::node::v1beta1::StatusResponse;

use super::*;
use crate::app::kind::Code;

const PARAMS: &str = "/cosmos.bank.v1beta1.Query/Params";

fn ask(app: &App, path: &str, height: u64) -> AbciAnswer {
    app.query(&AbciQuery { path: path.to_owned(), data: vec![5], height, prove: false })
}

#[test]
fn nothing_can_be_asked_before_the_first_block() {
    let app = App::new(Genesis::new("test-1".parse().unwrap()));
    let answer = ask(&app, PARAMS, 0);
    let text = "SimApp is not ready; please wait for first block: invalid height";
    assert_eq!((answer.code, answer.log.as_str()), (26, text));
}

#[test]
fn a_pruned_height_is_told() {
    let mut world = World::with(|genesis| genesis.states_kept = Some(2));
    for _ in 0..4 {
        world.block(&[]);
    }
    assert_eq!((world.app.earliest_height(), world.app.height()), (3, 5));
    assert_eq!(ask(&world.app, PARAMS, 3).code, 0);
    let answer = ask(&world.app, PARAMS, 2);
    let text = "failed to load state at height 2; version mismatch on immutable IAVL tree; version does not exist. \
                Version has either been pruned, or is for a future block height (latest height: 5): not found";
    assert_eq!((answer.code, answer.log.as_str()), (38, text));
    let answer = ask(&world.app, "/store/bank/key", 2);
    assert_eq!((answer.code, answer.log.as_str()), (0, "version does not exist"));
}

#[test]
fn a_question_is_answered_from_the_state_of_its_height() {
    let mut world = World::new();
    world.block(&[world.send(5, &Envelope::default())]);
    let key = [&[2, 20], world.bob.address().0.as_slice(), b"stake"].concat();
    let read = |height| {
        let query = AbciQuery { path: "/store/bank/key".to_owned(), data: key.clone(), height, prove: false };
        String::from_utf8(world.app.query(&query).value.unwrap()).unwrap()
    };
    assert_eq!([read(1), read(2), read(0)], ["1000000", "1000005", "1000005"]);
}

#[test]
fn what_is_simulated_leaves_nothing() {
    let world = World::new();
    let tx = world.send(5, &Envelope::default());
    let query = AbciQuery { path: "/app/simulate".to_owned(), data: tx, ..AbciQuery::default() };
    let first = world.app.query(&query);
    assert_eq!((first.code, first.clone()), (0, world.app.query(&query)));
}

#[test]
fn the_grpc_server_gets_answers_and_statuses() {
    let world = World::new();
    let (answer, height) = world.app.ask(PARAMS, &[], 0).unwrap();
    assert_eq!((answer.as_slice(), height), ([0x0a, 0x02, 0x10, 0x01].as_slice(), 1));
    let refusal = |path, height| {
        let status = world.app.ask(path, &[], height).unwrap_err();
        (status.code, status.message)
    };
    let future = "cannot query with height in the future; please provide a valid height: invalid height";
    assert_eq!(refusal(PARAMS, 9), (Code::Unknown, future.to_owned()));
    let unknown = "unknown method Nothing for service cosmos.bank.v1beta1.Query";
    assert_eq!(refusal("/cosmos.bank.v1beta1.Query/Nothing", 0), (Code::Unimplemented, unknown.to_owned()));
    assert_eq!(refusal("/some.Query/Nothing", 0), (Code::Unimplemented, "unknown service some.Query".to_owned()));
}

#[test]
fn the_status_of_the_node_is_that_of_the_header() {
    let world = World::new();
    let (answer, _) = world.app.ask("/cosmos.base.node.v1beta1.Service/Status", &[], 0).unwrap();
    let status = StatusResponse::decode(answer.as_slice()).unwrap();
    assert_eq!((status.height, status.timestamp.unwrap().seconds), (1, 1_700_000_001));
    assert_eq!(status.validator_hash, [2; 32]);
}
