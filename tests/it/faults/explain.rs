//! `explain packet` where a client is expired, and where no node keeps a packet's bytes.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{self, Bed};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};

use crate::scenario::explain::Packet;

const BLOCK_TIME: Duration = Duration::from_millis(300);
/// Long enough for a path to be made on a busy machine.
const TRUSTED_FOR: &str = "trusting_period = \"25s\"\n";
const EXPIRED_WITHIN: Duration = Duration::from_secs(90);

fn on_two_chains(name: &str, play: impl Fn(&Bed, &DevnetChain) -> Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let pruned = a.twin();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    if let Err(error) = play(&bed, &pruned) {
        panic!("{error:#}\n{}", bed.logs(name));
    }
}

#[test]
fn a_packet_whose_client_is_expired_is_told_so() {
    on_two_chains("explain_expired", |bed, _| {
        let adjust = |entry: &mut lightship_tests::relayer::ChainEntry| entry.more = TRUSTED_FOR.to_owned();
        let mut maker = bed.relayer("explain_expired-path", Role::Relayer, "", adjust)?;
        maker.run(["create", "path", bed.a.id(), bed.b.id()])?.success()?;
        let channels = bed.new_channel(&[], &maker)?;
        bed::send(&*bed.a, &*bed.b, &channels.a, 1, 1)?;
        let packet = Packet { chain: bed.a.id(), port: "transfer", channel: &channels.a, sequence: 1 };
        let answer = wait_for("expired client", EXPIRED_WITHIN, || {
            let answer = packet.explained(&maker)?;
            Ok((answer["reason"] == "client_expired").then_some(answer))
        })?;
        let client = &answer["facts"]["destination"]["known"]["client"]["known"];
        ensure!(client["status"] == "expired" && client["expires_at"].is_number(), "{client}");

        maker.start()?;
        maker.wait_for_log("word about the client", EXPIRED_WITHIN, |log| log.contains("client is expired"))?;
        maker.stop()?;
        let clients = maker.run(["query", "clients", "--chain", bed.b.id()])?.success()?;
        ensure!(clients.contains("expired"), "{clients}");
        Ok(())
    });
}

#[test]
fn a_packet_whose_bytes_no_node_keeps_is_told_so() {
    on_two_chains("explain_bytes", |bed, a| {
        let channels = bed.create_path("explain_bytes")?;
        bed::send(&*bed.a, &*bed.b, &channels.a, 1, 1)?;
        let sent_by = bed.a.height()?;
        a.running().with(|chain| chain.retain_blocks(Some(5)));
        wait_for("pruned block", Duration::from_secs(60), || Ok((bed.a.height()? > sent_by + 10).then_some(())))?;
        let mut relayer = bed.relayer("explain_bytes", Role::Relayer, &channels.toml, |_| ())?;
        relayer.start()?;
        let packet = Packet { chain: bed.a.id(), port: "transfer", channel: &channels.a, sequence: 1 };
        let answer = packet.is_told(&relayer, "bytes_unknown", &[bed.a.id()])?;
        ensure!(answer["facts"]["data_size"]["unknown"].is_string(), "{answer}");
        relayer.stop()
    });
}
