//! A client that is frozen: it is said, by a log line, by `query clients` and of each packet that it stops.

use anyhow::{Result, ensure};
use lightship_tests::bed::{self, Bed};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use proto::Message;
use proto::google::protobuf::Any;
use proto::ibc::core::client::v1::Height;
use proto::ibc::lightclients::tendermint::v1::ClientState;
use serde_json::Value;

use super::{BLOCK_TIME, SETTLED_WITHIN};
use crate::scenario::explain::Packet;

const CLIENT: &str = "07-tendermint-0";

#[test]
fn a_frozen_client_is_said_by_the_log_and_by_queries() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let host = b.twin();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    if let Err(error) = is_said(&bed, &host) {
        panic!("{error:#}\n{}", bed.logs("frozen"));
    }
}

fn is_said(bed: &Bed, host: &DevnetChain) -> Result<()> {
    let channels = bed.create_path("frozen")?;
    let mut relayer = bed.relayer("frozen", Role::Relayer, &channels.toml, |_| ())?;
    bed::send(&*bed.a, &*bed.b, &channels.a, 1, 1)?;
    freeze(host);
    let clients = wait_for("a frozen client", SETTLED_WITHIN, || {
        let answer = relayer.run(["--json", "query", "clients", "--chain", bed.b.id()])?.success()?;
        let clients: Value = serde_json::from_str(&answer)?;
        Ok((clients[0]["status"] == "frozen").then_some(clients))
    })?;
    ensure!(clients[0]["client"] == CLIENT, "{clients}");

    relayer.start()?;
    let said = |log: &str| log.lines().any(|line| line.contains("client is frozen") && line.contains(CLIENT));
    relayer.wait_for_log("word about the frozen client", SETTLED_WITHIN, said)?;
    let packet = Packet { chain: bed.a.id(), port: "transfer", channel: &channels.a, sequence: 1 };
    packet.is_told(&relayer, "client_frozen", &[CLIENT, bed.b.id()])?;
    ensure!(relayer.has_ended()?.is_none(), "the relayer ended over a frozen client");
    relayer.stop()
}

/// As `MsgUpdateClient` does with proof of misbehaviour: ICS-07 `FrozenHeight` 0-1.
fn freeze(host: &DevnetChain) {
    let key = format!("clients/{CLIENT}/clientState");
    let edit = |chain: &mut devnet::chain::Chain| {
        chain.app_mut().edit(|ctx| {
            let stored = ctx.get("ibc", key.as_bytes())?.unwrap();
            let mut any = Any::decode(&*stored).unwrap();
            let mut state = ClientState::decode(&*any.value).unwrap();
            state.frozen_height = Some(Height { revision_number: 0, revision_height: 1 });
            any.value = state.encode_to_vec();
            ctx.set("ibc", key.as_bytes(), any.encode_to_vec())
        })
    };
    host.running().with(edit).unwrap();
}
