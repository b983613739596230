//! The clients of the devnet's chains, which are written after ibc-go's by themselves: the third judge.

use devnet::app::address::Address;
use devnet::app::context::{BlockInfo, Ctx, Mode, store};
use devnet::app::error::AppError;
use devnet::app::gas::GasMeter;
use devnet::app::ibc::client as clients;
use devnet::app::kind::MessageKind;
use devnet::state::MultiStore;
use prost::Message;
use proto::google::protobuf::Any;
use proto::ibc::core::client::v1::MsgUpdateClient;
use proto::ibc::lightclients::tendermint::v1 as raw;
use types::client::Status;
use types::wire::pack;
use types::{ClientId, Height};

use crate::case::{Case, Verdict};

const CLIENT: &str = "07-tendermint-0";
const URL: &str = "/ibc.core.client.v1.MsgUpdateClient";

/// What a chain of the devnet says of a case.
pub(crate) fn verdict(case: &Case) -> Verdict {
    let mut ctx = chain(case);
    let before = ctx.state.clone();
    if let Err(error) = update(&mut ctx, case) {
        ctx.state = before;
        return Verdict::refuses(error);
    }
    let id: ClientId = CLIENT.parse().unwrap();
    if clients::status(&mut ctx, &id).unwrap() == Status::Frozen {
        return Verdict::Freezes;
    }
    let latest = clients::latest_height(&mut ctx, &id).unwrap();
    match gained(&ctx, case) {
        Some(gained) => Verdict::Updates { gained, latest },
        None => Verdict::Nothing,
    }
}

/// A chain that holds the client.
fn chain(case: &Case) -> Ctx {
    let block = BlockInfo {
        chain_id: "host-1".parse().unwrap(),
        height: 100,
        time: case.now,
        proposer: [0; 20],
        next_validators_hash: [8; 32],
    };
    let (state, prefix, gas) = (MultiStore::new(&store::ALL), "cosmos".into(), GasMeter::unlimited());
    let mut ctx = Ctx { state, block, prefix, mode: Mode::Deliver, gas, events: vec![] };
    clients::init_genesis(&mut ctx).unwrap();
    let mut set = |key: Vec<u8>, value: Vec<u8>| ctx.set(store::IBC, &key, value).unwrap();
    set(key(b"clientState"), pack(&case.client).encode_to_vec());
    for (height, state) in &case.states {
        let place = format!("consensusStates/{height}").into_bytes();
        let numbers = [height.revision_number.to_be_bytes(), height.revision_height.to_be_bytes()].concat();
        set(key(&[b"iterateConsensusStates", numbers.as_slice()].concat()), place.clone());
        set(key(&place), pack(state).encode_to_vec());
    }
    ctx
}

fn key(place: &[u8]) -> Vec<u8> {
    [format!("clients/{CLIENT}/").as_bytes(), place].concat()
}

fn update(ctx: &mut Ctx, case: &Case) -> Result<(), AppError> {
    let kind: &MessageKind = clients::MESSAGES.iter().find(|kind| kind.url == URL).unwrap();
    let message = MsgUpdateClient {
        client_id: CLIENT.to_owned(),
        client_message: Some(Any { type_url: case.type_url.to_owned(), value: case.message.clone() }),
        signer: Address(vec![7; 20]).to_text("cosmos"),
    };
    let bytes = message.encode_to_vec();
    (kind.validate)(ctx, &bytes)?;
    (kind.handle)(ctx, &bytes).map(drop)
}

/// The consensus state that was not there before.
fn gained(ctx: &Ctx, case: &Case) -> Option<(Height, raw::ConsensusState)> {
    let prefix = key(b"consensusStates/");
    let mut states = ctx.state.with_prefix(store::IBC, &prefix).filter_map(|(key, value)| {
        // Beside each stand the time and the height that it came at.
        let height: Height = str::from_utf8(key.strip_prefix(prefix.as_slice())?).ok()?.parse().ok()?;
        let any = Any::decode(&*value).unwrap();
        Some((height, raw::ConsensusState::decode(any.value.as_slice()).unwrap()))
    });
    states.find(|(height, _)| !case.states.contains_key(height))
}
