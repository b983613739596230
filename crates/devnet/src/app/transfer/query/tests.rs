use types::Order;

use super::*;
use crate::app::ibc::channel::testing::World;

fn ask<R: Message + Default>(world: &mut World, method: &str, request: &impl Message) -> Result<R, Status> {
    let path = format!("/ibc.applications.transfer.v1.Query/{method}");
    let kind = QUERIES.iter().find(|kind| kind.path == path).unwrap();
    let answer = (kind.answer)(&mut world.ctx, &request.encode_to_vec())?;
    Ok(R::decode(answer.as_slice()).unwrap())
}

fn world() -> World {
    let mut world = World::open_on("transfer", Order::Unordered, "ics20-1");
    for path in [
        "transfer/channel-1/b",
        "transfer/channel-0/b",
        "transfer/channel-0/transfer/channel-3/b",
        "transfer/channel-0/a",
    ] {
        state::set_denom(&mut world.ctx, &Denom::from_path(path)).unwrap();
    }
    world
}

#[test]
fn denominations_are_listed_by_base_then_length_then_path() {
    let answer: DenomsResponse = ask(&mut world(), "Denoms", &DenomsRequest { pagination: None }).unwrap();
    let paths: Vec<_> = answer.denoms.iter().map(Denom::path).collect();
    assert_eq!(
        paths,
        [
            "transfer/channel-0/a",
            "transfer/channel-0/b",
            "transfer/channel-1/b",
            "transfer/channel-0/transfer/channel-3/b"
        ]
    );
}

#[test]
fn a_denomination_is_found_by_its_hash_with_or_without_a_prefix() {
    let denom = Denom::from_path("transfer/channel-0/a");
    for hash in [denom.ibc_denom(), hex::encode(denom.hash())] {
        let answer: DenomResponse = ask(&mut world(), "Denom", &DenomRequest { hash }).unwrap();
        assert_eq!(answer.denom, Some(denom.clone()));
    }
    let refused =
        |hash: &str| ask::<DenomResponse>(&mut world(), "Denom", &DenomRequest { hash: hash.to_owned() }).unwrap_err();
    assert_eq!(refused("0").message, "invalid denom trace hash: , error: encoding/hex: odd length hex string");
    assert_eq!(refused("zz").message, "invalid denom trace hash: , error: encoding/hex: invalid byte: U+007A 'z'");
    assert_eq!(refused("00").message, "invalid denom trace hash: , error: expected size to be 32 bytes, got 1 bytes");
    let unknown = refused(&"00".repeat(32));
    assert_eq!(
        (unknown.code, unknown.message),
        (Code::NotFound, format!("{}: denomination not found", "00".repeat(32)))
    );
}

#[test]
fn a_hash_is_found_by_its_denomination() {
    let hash = |trace: &str| {
        ask::<QueryDenomHashResponse>(&mut world(), "DenomHash", &QueryDenomHashRequest { trace: trace.to_owned() })
    };
    assert_eq!(
        hash("transfer/channel-0/a").unwrap().hash,
        hex::encode_upper(Denom::from_path("transfer/channel-0/a").hash())
    );
    assert_eq!(hash("transfer/channel-9/a").unwrap_err().code, Code::NotFound);
    assert_eq!(hash("").unwrap_err().code, Code::InvalidArgument);
}

#[test]
fn the_escrow_account_of_a_channel_is_told() {
    let asked = |channel_id: &str| {
        let request = QueryEscrowAddressRequest { port_id: "transfer".to_owned(), channel_id: channel_id.to_owned() };
        ask::<QueryEscrowAddressResponse>(&mut world(), "EscrowAddress", &request)
    };
    assert_eq!(asked("channel-0").unwrap().escrow_address, "cosmos1a53udazy8ayufvy0s434pfwjcedzqv34kvz9tw");
    assert_eq!(asked("channel-5").unwrap_err().message, "port ID (transfer) channel ID (channel-5): channel not found");
    assert_eq!(asked("x").unwrap_err().code, Code::InvalidArgument);
}

#[test]
fn the_total_in_escrow_and_the_parameters_are_told() {
    let asked = |denom: &str| {
        let request = QueryTotalEscrowForDenomRequest { denom: denom.to_owned() };
        ask::<QueryTotalEscrowForDenomResponse>(&mut world(), "TotalEscrowForDenom", &request)
    };
    let amount = RawCoin { denom: "stake".to_owned(), amount: "0".to_owned() };
    assert_eq!(asked("stake").unwrap().amount, Some(amount));
    assert_eq!(asked("?").unwrap_err().message, "invalid denom: ?");
    let answer: QueryParamsResponse = ask(&mut world(), "Params", &DenomsRequest { pagination: None }).unwrap();
    assert!(answer.params.is_some_and(|params| params.send_enabled && params.receive_enabled));
}
