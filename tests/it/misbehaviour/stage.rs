//! Three chains, the first of which is lied about; clients of it on both others, one of them of a stranger; traffic.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use devnet::chain::Chain;
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::{ChainEntry, Relayer};
use lightship_tests::traffic::{Passed, Route, Traffic};
use lightship_tests::user;
use types::client::{TrustThreshold, sdk_proof_specs, sdk_upgrade_path};
use types::message::MsgCreateClient;
use types::{ClientState, ConsensusState, Height, Timestamp};

use super::{FROZEN_WITHIN, PACKETS_A_SECOND, PAUSE_MAX};

const DAY: Duration = Duration::from_secs(86_400);
/// How often chains are made to make blocks while paths between them come about.
const HASTE: Duration = Duration::from_millis(200);
const STARTED_WITHIN: Duration = Duration::from_secs(60);

/// A client of a chain.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// Who holds it.
    pub(super) host: Arc<DevnetChain>,
    /// Its id there.
    pub(super) id: String,
}

/// The chains, the clients, and the relayer that watches them.
pub(super) struct Stage {
    /// Is lied about.
    pub(super) a: Arc<DevnetChain>,
    /// Holds two clients of A: the path's and a stranger's.
    pub(super) b: Arc<DevnetChain>,
    /// Holds a client of A that no path uses.
    pub(super) c: Arc<DevnetChain>,
    /// A client of A on B that a stranger made, and nobody updates.
    pub(super) foreign: Client,
    /// All clients of A, that one among them.
    pub(super) of_a: Vec<Client>,
    /// All clients of the other chains, which nobody lies about.
    pub(super) others: Vec<Client>,
    /// Relays between A and B, and between B and C, and watches.
    pub(super) relayer: Relayer,
    routes: [(usize, usize, String); 2],
    directory: PathBuf,
}

/// Plays an attack: what it must come to stands in `act`.
pub(super) fn play(block_time: Duration, act: impl FnOnce(&mut Stage) -> Result<()>) {
    play_with(&PairOptions { nodes: 2, ..PairOptions::new(block_time) }, act);
}

/// The same, with other chains.
pub(super) fn play_with(options: &PairOptions, act: impl FnOnce(&mut Stage) -> Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let chains = DevnetChain::several(["chain-a", "chain-b", "chain-c"], options).unwrap().map(Arc::new);
    let logs = {
        let [a, b, _] = &chains;
        Bed::new(Box::new(Arc::clone(a)), Box::new(Arc::clone(b)), directory.path())
    };
    let played = Stage::set(chains, directory.path()).and_then(|mut stage| act(&mut stage));
    if let Err(error) = played {
        panic!("{error:#}\n{}", logs.logs(""));
    }
}

impl Stage {
    fn set(chains: [Arc<DevnetChain>; 3], directory: &Path) -> Result<Self> {
        let [a, b, c] = &chains;
        let entries = chains.each_ref().map(|chain| ChainEntry::of(&**chain, Role::Relayer));
        let relayer = Relayer::new(&directory.join("relayer"), &entries, "")?;
        for chain in &chains {
            relayer.add_key(&**chain, Role::Relayer)?;
        }
        let foreign = hasten(&chains, || {
            for ends in [["path", a.id(), b.id()], ["path", b.id(), c.id()], ["client", c.id(), a.id()]] {
                relayer.run(["create"].iter().chain(&ends))?.success()?;
            }
            foreign_client(a, b)
        })?;
        let config = fs::read_to_string(relayer.config())?;
        fs::write(relayer.config(), watching(&config, &chains)?)?;
        let (mut of_a, mut others) = (Vec::new(), Vec::new());
        for host in &chains {
            for (id, state) in (&**host as &dyn ChainUnderTest).clients()? {
                let client = Client { host: Arc::clone(host), id };
                let is_of_a = state.chain_id.as_str() == a.id();
                if is_of_a { of_a.push(client) } else { others.push(client) }
            }
        }
        ensure!((of_a.len(), others.len()) == (3, 3), "clients of A: {of_a:?}, of others: {others:?}");
        let routes = [(0, 1, channel(a, b)?), (1, 2, channel(b, c)?)];
        let [a, b, c] = chains;
        Ok(Self { a, b, c, foreign, of_a, others, relayer, routes, directory: directory.to_owned() })
    }

    /// Starts the relayer, and waits until it watches every client.
    pub(super) fn start(&mut self) -> Result<()> {
        self.relayer.start()?;
        let clients: Vec<_> = self.of_a.iter().chain(&self.others).collect();
        self.relayer.wait_for_log("word that all clients are watched", STARTED_WITHIN, |log| {
            let is_watched = |client: &&Client| {
                let (host, id) = (format!("chain={}", client.host.id()), format!("client={}", client.id));
                log.lines().any(|line| line.contains("watching a client") && line.contains(&host) && line.contains(&id))
            };
            clients.iter().all(is_watched)
        })
    }

    /// Traffic from A to B and from B to C, which has reached its ends on both routes.
    pub(super) fn traffic(&self) -> Result<[Traffic; 2]> {
        let chains = [&self.a, &self.b, &self.c];
        let traffic = self.routes.each_ref().map(|(source, destination, channel)| {
            let chain = |index: usize| Arc::clone(chains[index]) as Arc<dyn ChainUnderTest>;
            let route = Route { source: chain(*source), destination: chain(*destination), channel: channel.clone() };
            Traffic::start(route, PACKETS_A_SECOND)
        });
        wait_for("acknowledgements on both routes", STARTED_WITHIN, || {
            Ok(traffic.iter().all(|traffic| traffic.acknowledged() > 0).then_some(()))
        })?;
        Ok(traffic)
    }

    /// Heights of B and C now.
    pub(super) fn host_heights(&self) -> [u64; 2] {
        [&self.b, &self.c].map(|chain| chain.running().with(|chain| chain.height()))
    }

    /// The height among those of [`Stage::host_heights`] that is a client's host's.
    pub(super) fn of_host(&self, heights: [u64; 2], client: &Client) -> u64 {
        if client.host.id() == self.b.id() { heights[0] } else { heights[1] }
    }

    /// Waits until these clients are frozen.
    pub(super) fn are_frozen<'a>(&mut self, clients: impl IntoIterator<Item = &'a Client>) -> Result<()> {
        for client in clients {
            wait_for(&format!("frozen client {client}"), FROZEN_WITHIN, || {
                ensure!(self.relayer.has_ended()?.is_none(), "the relayer ended by itself");
                Ok((client.status()? == "Frozen").then_some(()))
            })?;
        }
        Ok(())
    }

    /// The clients that nobody lies about are as they were.
    pub(super) fn others_are_active(&self) -> Result<()> {
        self.others.iter().try_for_each(Client::is_active)
    }

    /// The files of evidence.
    pub(super) fn evidence(&self) -> Result<Vec<PathBuf>> {
        evidence_in(&self.evidence_directory())
    }

    /// Where they are.
    pub(super) fn evidence_directory(&self) -> PathBuf {
        self.relayer.store().join("evidence")
    }

    /// There is a file of evidence, and it convinces whoever has nothing else.
    pub(super) fn evidence_is_proven(&self) -> Result<()> {
        let files = self.evidence()?;
        ensure!(!files.is_empty(), "no evidence in {}", self.evidence_directory().display());
        for file in files {
            let file = file.to_str().context("path is no text")?;
            self.relayer.run(["evidence", "verify", file])?.success().context("evidence is not proven")?;
        }
        Ok(())
    }

    /// How many messages with misbehaviour the relayer has brought to B and C, those that failed counted too.
    pub(super) fn submissions(&self) -> usize {
        let relayer = &self.b.account(Role::Relayer).address;
        [&self.b, &self.c].iter().map(|host| host.running().with(|chain| super::lie::submitted(chain, relayer))).sum()
    }

    /// Where files of this play may go.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Client {
    /// As ibc-go spells it.
    pub(super) fn status(&self) -> Result<String> {
        (&*self.host as &dyn ChainUnderTest).client_status(&self.id)
    }

    /// Nothing has happened to it.
    pub(super) fn is_active(&self) -> Result<()> {
        let status = self.status()?;
        ensure!(status == "Active", "client {self} is {status}");
        Ok(())
    }

    /// The newest height that it knows.
    pub(super) fn latest(&self) -> Result<u64> {
        let clients = (&*self.host as &dyn ChainUnderTest).clients()?;
        let (_, state) = clients.into_iter().find(|(id, _)| *id == self.id).context("no such client")?;
        Ok(state.latest_height.revision_height)
    }

    /// The block of its host that froze it.
    pub(super) fn frozen_at(&self) -> Result<u64> {
        let found = self.host.running().with(|chain| super::lie::frozen_at(chain, &self.id));
        found.with_context(|| format!("no block tells of misbehaviour of {self}"))
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.id, self.host.id())
    }
}

/// Acknowledgements never stood still for long.
pub(super) fn flowed(passed: Passed) -> Result<()> {
    ensure!(passed.acknowledged > 0 && passed.longest_pause < PAUSE_MAX, "the traffic stood still: {passed:?}");
    Ok(())
}

/// The files of evidence in a directory; none while it is not there.
pub(super) fn evidence_in(directory: &Path) -> Result<Vec<PathBuf>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let files = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    Ok(files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "json")).collect())
}

/// A configuration that watches, and uses all nodes of each chain, of which `config` names one.
fn watching(config: &str, chains: &[Arc<DevnetChain>; 3]) -> Result<String> {
    let mut config = format!("monitor = true\nmetrics = \"127.0.0.1:0\"\n{config}");
    for chain in chains {
        let all: Vec<String> = chain.running().nodes().iter().map(|node| format!("http://{}", node.rpc())).collect();
        let named = format!("{:?}", all.first().context("a chain without a node")?);
        config = config.replace(&named, &format!("{all:?}"));
    }
    Ok(config)
}

/// The channel from one chain to another, at its end on the first.
fn channel(source: &DevnetChain, destination: &DevnetChain) -> Result<String> {
    let handshakes = (source as &dyn ChainUnderTest).handshakes()?;
    let clients = (source as &dyn ChainUnderTest).clients()?;
    let tracks =
        |id: &str| clients.iter().any(|(client, state)| client == id && state.chain_id.as_str() == destination.id());
    let hops = |id: &String| {
        handshakes.connections.iter().any(|connection| connection.id == *id && tracks(&connection.client_id))
    };
    let channel = handshakes.channels.iter().find(|channel| channel.connection_hops.iter().any(hops));
    Ok(channel.context("no channel")?.channel_id.clone())
}

/// A client of `tracked` on `host` that a rival makes, with parameters of its own.
pub(super) fn foreign_client(tracked: &DevnetChain, host: &DevnetChain) -> Result<Client> {
    let known: Vec<String> = (host as &dyn ChainUnderTest).clients()?.into_iter().map(|(id, _)| id).collect();
    let (client_state, consensus_state) = tracked.running().with(|chain| states(chain))?;
    let signer = host.account(Role::Rival).address.as_str().into();
    let message = MsgCreateClient { client_state, consensus_state, signer };
    user::submit(host, Role::Rival, vec![message.into()], "")?;
    let mut fresh =
        (host as &dyn ChainUnderTest).clients()?.into_iter().map(|(id, _)| id).filter(|id| !known.contains(id));
    let id = fresh.next().context("no new client")?;
    let host = Arc::new(host.twin());
    Ok(Client { host, id })
}

/// What a new client holds that trusts a chain's head.
pub(super) fn states(chain: &Chain) -> Result<(ClientState, ConsensusState)> {
    let header = &chain.block(chain.height()).context("no block")?.header;
    let client = ClientState {
        chain_id: chain.id().clone(),
        trust_level: TrustThreshold::new(1, 3)?,
        trusting_period: DAY * 14,
        unbonding_period: DAY * 21,
        max_clock_drift: Duration::from_secs(120),
        frozen_height: None,
        latest_height: Height { revision_number: chain.id().revision_number(), revision_height: chain.height() },
        proof_specs: sdk_proof_specs(),
        upgrade_path: sdk_upgrade_path(),
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    };
    let consensus = ConsensusState {
        timestamp: Timestamp(u64::try_from(header.time.unix_timestamp_nanos())?),
        root: header.app_hash.as_bytes().to_vec(),
        next_validators_hash: header.next_validators_hash.as_bytes().to_vec(),
    };
    Ok((client, consensus))
}

/// Works while the chains make blocks faster than they do by themselves.
fn hasten<T>(chains: &[Arc<DevnetChain>; 3], work: impl FnOnce() -> Result<T>) -> Result<T> {
    struct Ended<'a>(&'a AtomicBool);
    impl Drop for Ended<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let has_ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !has_ended.load(Ordering::SeqCst) {
                thread::sleep(HASTE);
                chains.iter().for_each(|chain| {
                    chain.running().make_block();
                });
            }
        });
        let _ended = Ended(&has_ended);
        work()
    })
}
