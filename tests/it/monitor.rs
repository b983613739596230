//! `lightship monitor` on two chains: a client that a stranger deceives is found by what it holds, and frozen.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use devnet::Attack;
use devnet::chain::Conspiracy;
use light_client::Header;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::relayer::{ChainEntry, Relayer};
use lightship_tests::user;
use proto::cosmos::bank::v1beta1::MsgSend;
use proto::cosmos::base::v1beta1::Coin;
use proto::ibc::lightclients::tendermint::v1::Header as RawHeader;
use serde_json::Value;
use types::Height;
use types::message::MsgUpdateClient;
use types::wire::pack;

const BLOCK_TIME: Duration = Duration::from_millis(500);
const CLIENT: &str = "07-tendermint-0";
const SETTLED_WITHIN: Duration = Duration::from_secs(90);

/// Chain A, which is lied about, chain B, which holds a client of it, and who watches.
struct Stage {
    a: DevnetChain,
    b: DevnetChain,
    relayer: Relayer,
    _directory: tempfile::TempDir,
}

impl Stage {
    fn set() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let [a, b] = DevnetChain::pair(&PairOptions { nodes: 2, ..PairOptions::new(BLOCK_TIME) })?;
        let entries = [&a, &b].map(|chain| ChainEntry::of(chain, Role::Relayer));
        let relayer = Relayer::new(&directory.path().join("watch"), &entries, "")?;
        for chain in [&a, &b] {
            relayer.add_key(chain, Role::Relayer)?;
        }
        relayer.run(["create", "client", b.id(), a.id()])?.success()?;
        Ok(Self { a, b, relayer, _directory: directory })
    }

    fn client(&self) -> Result<Value> {
        let answer = self.relayer.run(["--json", "query", "clients", "--chain", self.b.id()])?.success()?;
        let clients: Value = serde_json::from_str(&answer)?;
        Ok(clients[0].clone())
    }

    /// All of A's validators sign a block that A does not have, and a stranger brings it to the client.
    fn deceive(&self) -> Result<()> {
        let client = self.client()?;
        let trusted = client["latest_height"]["revision_height"].as_u64().context("no height")?;
        wait_for("block above what the client knows", SETTLED_WITHIN, || {
            Ok((self.a.running().with(|chain| chain.height()) > trusted + 1).then_some(()))
        })?;
        let header = self.a.running().with(|chain| {
            let height = chain.height();
            let fork = chain.attack(Attack::Lunatic, height, Conspiracy::default())?;
            let lie = fork.light_block(height).context("the fork has no such block")?;
            let known =
                chain.light_block(trusted).and_then(|block| block.next_validators).context("no trusted block")?;
            let revision_number = chain.id().revision_number();
            anyhow::Ok(Header::new(lie, Height { revision_number, revision_height: trusted }, known))
        })?;
        let client_message = pack(&RawHeader::from(header));
        let signer = self.b.account(Role::Rival).address.as_str().into();
        let update = MsgUpdateClient { client: CLIENT.parse()?, client_message, signer };
        user::submit(&self.b, Role::Rival, vec![update.into()], "")?;
        Ok(())
    }

    fn once(&self, more: &[&str], code: i32) -> Result<Value> {
        let ended = self.relayer.run(["monitor", "--once", "--json"].iter().chain(more))?;
        ensure!(ended.code == Some(code), "exit code {:?}, not {code}: {}\n{}", ended.code, ended.stdout, ended.stderr);
        Ok(serde_json::from_str(&ended.stdout)?)
    }

    fn evidence(&self) -> Result<usize> {
        let directory = self.relayer.store().join("evidence");
        if !directory.is_dir() {
            return Ok(0);
        }
        let names = fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name().into_string()));
        Ok(names.collect::<Result<Vec<_>>>()?.iter().flatten().filter(|name| name.ends_with(".json")).count())
    }
}

/// The outcomes of the one client's consensus states.
fn outcomes(round: &Value) -> Vec<String> {
    let spans = round["clients"][0]["spans"].as_array().cloned().unwrap_or_default();
    spans.iter().map(|span| span["outcome"].to_string()).collect()
}

#[test]
fn one_look_finds_a_deceived_client_and_freezes_it_where_it_may() {
    let stage = Stage::set().unwrap();
    let clean = stage.once(&[], 0).unwrap();
    assert_eq!(outcomes(&clean), [r#"{"checked":{"witnesses":1}}"#], "{clean}");

    stage.deceive().unwrap();
    let found = stage.once(&["--no-submit"], 1).unwrap();
    assert!(outcomes(&found).contains(&r#""attack""#.to_owned()), "{found}");
    assert_eq!(stage.client().unwrap()["status"], "active", "it was to submit nothing");
    assert_eq!(stage.evidence().unwrap(), 1);

    stage.once(&["--chain", "chain-a"], 1).unwrap();
    assert_eq!(stage.client().unwrap()["status"], "frozen");
    let settled = stage.once(&[], 0).unwrap();
    assert_eq!(settled["clients"][0]["status"], "frozen", "{settled}");
    assert!(outcomes(&settled).iter().all(|outcome| outcome.contains("not_active")), "{settled}");
}

/// A key of which the chain knows nothing.
const POOR: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const POOR_ADDRESS: &str = "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4";

#[test]
fn an_empty_wallet_is_said_and_the_client_frozen_once_it_is_filled() {
    let mut stage = Stage::set().unwrap();
    let delete = ["keys", "delete", Role::Relayer.name(), "--chain", stage.b.id()];
    stage.relayer.run(delete).unwrap().success().unwrap();
    stage.relayer.add_key_from(stage.b.id(), Role::Relayer, POOR, &["--backend", "test"]).unwrap();
    let mut monitor = stage.relayer.spawn(["monitor"]).unwrap();
    wait_for("word of the client", SETTLED_WITHIN, || Ok(monitor.log()?.contains("watching a client").then_some(())))
        .unwrap();
    stage.deceive().unwrap();
    let is_said = || Ok(monitor.log()?.contains("the wallet can't pay or is refused").then_some(()));
    wait_for("word of the wallet", SETTLED_WITHIN, is_said).unwrap();
    assert_eq!(stage.client().unwrap()["status"], "active");
    assert_eq!(stage.evidence().unwrap(), 1);

    let coin = Coin { denom: "stake".to_owned(), amount: "1000000".to_owned() };
    let from_address = stage.b.account(Role::Rival).address.clone();
    let payment = pack(&MsgSend { from_address, to_address: POOR_ADDRESS.to_owned(), amount: vec![coin] });
    user::submit(&stage.b, Role::Rival, vec![payment], "").unwrap();
    let frozen = || Ok((stage.client()?["status"] == "frozen").then_some(()));
    wait_for("frozen client", SETTLED_WITHIN, frozen).unwrap();
    monitor.terminate().unwrap();
    wait_for("end of the monitor", SETTLED_WITHIN, || monitor.ended()).unwrap();
}

/// Takes each message that is posted to it, once it has refused the first try.
fn webhook() -> Result<(String, Receiver<Value>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}/hook?token=guarded", listener.local_addr()?);
    let (sender, messages) = mpsc::channel();
    thread::spawn(move || {
        for (tries, stream) in listener.incoming().enumerate() {
            let taken = stream.map_err(Into::into).and_then(|stream| take(stream, tries > 0));
            let Ok(Some(message)) = taken else { continue };
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    Ok((address, messages))
}

/// One request; its message, where it is taken.
fn take(stream: TcpStream, is_taken: bool) -> Result<Option<Value>> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let status = if is_taken { "200 OK" } else { "503 Service Unavailable" };
    (&stream).write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes())?;
    Ok(if is_taken { Some(serde_json::from_slice(&body)?) } else { None })
}

#[test]
fn a_webhook_is_told_of_an_attack_and_of_the_client_that_was_frozen() {
    let mut stage = Stage::set().unwrap();
    let (address, messages) = webhook().unwrap();
    let config = fs::read_to_string(stage.relayer.config()).unwrap();
    fs::write(stage.relayer.config(), format!("webhook = \"{address}\"\n{config}")).unwrap();
    let mut monitor = stage.relayer.spawn(["monitor"]).unwrap();
    wait_for("word of the client", SETTLED_WITHIN, || Ok(monitor.log()?.contains("watching a client").then_some(())))
        .unwrap();
    stage.deceive().unwrap();
    let [attack, frozen] = [(); 2].map(|()| messages.recv_timeout(SETTLED_WITHIN).unwrap());
    assert_eq!(
        (&attack["kind"], &attack["chain"], &attack["client"]),
        (&"attack".into(), &"chain-a".into(), &Value::Null)
    );
    let file = attack["evidence"].as_str().unwrap();
    assert!(fs::exists(file).unwrap(), "{attack}");
    assert_eq!(
        (&frozen["kind"], &frozen["host"], &frozen["client"]),
        (&"frozen".into(), &"chain-b".into(), &CLIENT.into())
    );
    assert_eq!(frozen["evidence"], attack["evidence"]);
    monitor.terminate().unwrap();
    let ended = wait_for("end of the monitor", SETTLED_WITHIN, || monitor.ended()).unwrap();
    assert!(!ended.stderr.contains("guarded"), "credentials stand in the log: {}", ended.stderr);
}

#[test]
fn a_client_that_is_deceived_under_the_eyes_of_the_monitor_is_frozen() {
    let mut stage = Stage::set().unwrap();
    let mut monitor = stage.relayer.spawn(["monitor"]).unwrap();
    wait_for("word of the client", SETTLED_WITHIN, || Ok(monitor.log()?.contains("watching a client").then_some(())))
        .unwrap();
    stage.deceive().unwrap();
    let frozen = wait_for("frozen client", SETTLED_WITHIN, || {
        ensure!(monitor.ended()?.is_none(), "the monitor ended by itself: {}", monitor.log()?);
        Ok((stage.client()?["status"] == "frozen").then_some(()))
    });
    if let Err(error) = frozen {
        panic!("{error:#}\n{}", monitor.log().unwrap());
    }
    assert_eq!(stage.evidence().unwrap(), 1);
    monitor.terminate().unwrap();
    let ended = wait_for("end of the monitor", SETTLED_WITHIN, || monitor.ended()).unwrap();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}
