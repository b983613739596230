//! Somebody else keeps the clients up to date.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::block::Event;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::relayer::Relayer;

const WITHIN: Duration = Duration::from_secs(120);
const MESSAGES: usize = 5;
const ROUNDS: usize = 5;

/// What a rival's update proves is delivered without an update of ours. And when a rival updates both clients all the
/// time beside our daemon, every packet ends, no transaction fails, and no packet message is paid for in vain.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("rival_updates")?;
    let before = bed.flows(&channels)?;
    let rival = Rival::new(bed, &channels)?;
    an_update_of_a_rival_serves_us(bed, &channels, &rival)?;
    updates_beside_ours_stop_nothing(bed, &channels, &rival)?;
    let sent = ((1 + ROUNDS) * MESSAGES) as u128;
    before.ensure_moved(sent, sent, &bed.flows(&channels)?)
}

fn an_update_of_a_rival_serves_us(bed: &Bed, channels: &Channels, rival: &Rival<'_>) -> Result<()> {
    bed.send_both_ways(channels, 1, MESSAGES)?;
    // The header above a send proves it.
    let sent = bed.heights()?;
    wait_for("header above the sends", WITHIN, || {
        let now = bed.heights()?;
        Ok((now.a > sent.a && now.b > sent.b).then_some(()))
    })?;
    rival.update_both()?;
    let from = bed.heights()?;
    let relayer = bed.relayer("rival_updates-clear", Role::Relayer, &channels.toml, |_| ())?;
    relayer.run(["clear", "packets"])?.success()?;
    for (chain, work) in bed.chains().iter().zip(bed.work_since(Role::Relayer, from)?) {
        ensure!(work.failed.is_empty() && work.effective == 2 * MESSAGES, "{}: {work:?}", chain.id());
        // One for the acknowledgements, which came after the rival's; none for what was sent before it.
        ensure!(work.client_updates == 1, "{}: {work:?}", chain.id());
    }
    Ok(())
}

fn updates_beside_ours_stop_nothing(bed: &Bed, channels: &Channels, rival: &Rival<'_>) -> Result<()> {
    let mut relayer = bed.relayer("rival_updates", Role::Relayer, &channels.toml, |_| ())?;
    let from = bed.heights()?;
    relayer.start()?;
    for _ in 0..ROUNDS {
        thread::scope(|scope| {
            let updates = scope.spawn(|| rival.update_both());
            bed.send_both_ways(channels, 1, MESSAGES)?;
            updates.join().map_err(|_| anyhow!("the updating thread panicked"))?
        })?;
    }
    bed.settle(channels, &mut relayer, WITHIN)?;
    relayer.stop()?;
    let clients = rival.clients.iter().zip([from.a, from.b]);
    for (((chain, client), from), work) in clients.zip(bed.work_since(Role::Relayer, from)?) {
        ensure!(work.failed.is_empty() && work.redundant() == 0, "{}: {work:?}", chain.id());
        let updates = Updates::read(*chain, client, from)?;
        report(chain.id(), &updates);
        ensure!(updates.of_rival > 0, "the rival updated {client} on {} not once", chain.id());
    }
    Ok(())
}

/// The rival, and the two clients of the path with their chains.
struct Rival<'a> {
    clients: [(&'a dyn ChainUnderTest, String); 2],
    relayer: Relayer,
}

impl<'a> Rival<'a> {
    fn new(bed: &'a Bed, channels: &Channels) -> Result<Self> {
        let relayer = bed.relayer("rival_updates-rival", Role::Rival, "", |_| ())?;
        let client = |end: &str| {
            let line = channels.toml.lines().find(|line| line.starts_with(&format!("{end} =")));
            let (_, rest) = line.and_then(|line| line.split_once("client = \"")).context("a path without client")?;
            Ok::<_, anyhow::Error>(rest.split('"').next().unwrap_or_default().to_owned())
        };
        Ok(Self { clients: [(&*bed.a, client("a")?), (&*bed.b, client("b")?)], relayer })
    }

    /// Brings both to the newest header.
    fn update_both(&self) -> Result<()> {
        for (chain, client) in &self.clients {
            self.relayer.run(["update", "client", "--host-chain", chain.id(), "--client", client])?.success()?;
        }
        Ok(())
    }
}

/// Updates of one client.
#[derive(Debug, Default)]
struct Updates {
    of_rival: usize,
    ours: usize,
    /// Ours that brought what the client held.
    ours_in_vain: usize,
}

impl Updates {
    /// In all blocks after `from`.
    fn read(chain: &dyn ChainUnderTest, client: &str, from: u64) -> Result<Self> {
        let mut updates = Self::default();
        let mut held = BTreeSet::new();
        for height in from + 1..=chain.height()? {
            for tx in &chain.block(height)?.txs {
                let is_ours = tx.is_signed_by(&chain.account(Role::Relayer).address);
                let of_client =
                    |event: &&Event| event.kind == "update_client" && event.value("client_id") == Some(client);
                for event in tx.events.iter().filter(of_client) {
                    let is_new =
                        held.insert(event.value("consensus_heights").context("update without height")?.to_owned());
                    updates.of_rival += usize::from(!is_ours);
                    updates.ours += usize::from(is_ours);
                    updates.ours_in_vain += usize::from(is_ours && !is_new);
                }
            }
        }
        Ok(updates)
    }
}

#[expect(clippy::print_stdout, reason = "the figures are what the run is watched for")]
fn report(chain: &str, updates: &Updates) {
    let Updates { of_rival, ours, ours_in_vain } = updates;
    println!("{chain}: {ours} updates of ours beside {of_rival} of a rival's, {ours_in_vain} in vain");
}
