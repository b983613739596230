//! Chains in the binary itself: `demo` and `devnet`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use lightship_tests::deadline::wait_for;
use lightship_tests::json_rpc;
use lightship_tests::process::terminate;
use lightship_tests::relayer::Relayer;
use serde_json::Value;
use tempfile::TempDir;

use super::{WRONG_INPUT, assert_refused};

/// Two chains with a path between them, on a machine that does other things as well.
const READY_WITHIN: Duration = Duration::from_secs(120);
const ENDED_WITHIN: Duration = Duration::from_secs(30);

/// The binary without a configuration, and a directory for its temporary ones.
struct Bench {
    directory: TempDir,
    relayer: Relayer,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let relayer = Relayer::new(&directory.path().join("home"), &[], "").unwrap();
        fs::remove_file(relayer.config()).unwrap();
        fs::create_dir(directory.path().join("temporary")).unwrap();
        Self { directory, relayer }
    }

    fn temporary(&self) -> PathBuf {
        self.directory.path().join("temporary")
    }

    fn is_clean(&self) -> bool {
        fs::read_dir(self.temporary()).unwrap().count() == 0
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.relayer.command(arguments).unwrap();
        command.env("TMPDIR", self.temporary());
        command
    }

    fn spawn(&self, name: &str, arguments: &[&str]) -> Daemon {
        let file = |kind: &str| self.directory.path().join(format!("{name}.{kind}"));
        let (out, log) = (file("out"), file("log"));
        let mut command = self.command(arguments);
        command.stdout(File::create(&out).unwrap()).stderr(File::create(&log).unwrap());
        Daemon { child: command.spawn().unwrap(), out, log }
    }
}

/// A command that runs until it is told to end.
struct Daemon {
    child: Child,
    out: PathBuf,
    log: PathBuf,
}

impl Daemon {
    fn output(&self) -> String {
        let read = |file: &Path| fs::read_to_string(file).unwrap();
        format!("{}{}", read(&self.out), read(&self.log))
    }

    /// Waits until it has said this, on standard output or standard error.
    #[track_caller]
    fn wait_until_said(&mut self, word: &str) {
        let said = wait_for(word, READY_WITHIN, || match (self.output().contains(word), self.child.try_wait()?) {
            (true, _) => Ok(Some(true)),
            (false, Some(_)) => Ok(Some(false)),
            (false, None) => Ok(None),
        });
        assert!(matches!(said, Ok(true)), "{word:?} was not said: {}", self.output());
    }

    fn ended(&mut self) -> ExitStatus {
        wait_for("end of the command", READY_WITHIN, || Ok(self.child.try_wait()?)).unwrap()
    }

    fn stop(mut self) {
        terminate(self.child.id()).unwrap();
        let status = wait_for("end after SIGTERM", ENDED_WITHIN, || Ok(self.child.try_wait()?)).unwrap();
        assert_eq!(status.code(), Some(0), "{}", self.output());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }
}

/// Of loopback: the first of three tens of ports, of which those that two chains take are free now.
fn free_base() -> String {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let bases = (20_000..60_000).step_by(30).skip(usize::try_from(std::process::id()).unwrap() % 1_000);
    let base = bases.into_iter().find(|base| [0, 1, 2, 3, 10, 11].iter().all(|more| is_free(base + more)));
    base.unwrap().to_string()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_demo_acknowledges_or_refunds_every_packet_and_leaves_nothing_behind() {
    let bench = Bench::new();
    let mut demo = bench.spawn("demo", &["demo", "--json"]);
    assert_eq!(demo.ended().code(), Some(0), "{}", demo.output());
    assert!(bench.is_clean());

    let report: Value = serde_json::from_str(&fs::read_to_string(&demo.out).unwrap()).unwrap();
    let mut ends = BTreeMap::<&str, usize>::new();
    for packet in report["packets"].as_array().unwrap() {
        *ends.entry(packet["end"].as_str().unwrap()).or_default() += 1;
        assert!(packet["sent"].is_u64(), "{packet}");
        assert_eq!(packet["received"].is_null(), packet["end"] == "timed_out", "{packet}");
        assert_eq!(packet["acknowledged"].is_null(), packet["end"] == "timed_out", "{packet}");
    }
    assert_eq!(ends, BTreeMap::from([("acknowledged", 10), ("refused", 1), ("timed_out", 1)]));
    for refund in report["refunds"].as_array().unwrap() {
        assert_eq!(refund["before"], refund["after"]);
        assert_eq!(refund["before"].as_u64().unwrap() - refund["meanwhile"].as_u64().unwrap(), 100);
    }
    let moved = |balance: &Value| balance["after"].as_i64().unwrap() - balance["before"].as_i64().unwrap();
    let moved: Vec<i64> = report["balances"].as_array().unwrap().iter().map(moved).collect();
    assert_eq!(moved, [-500, 500, -500, 500]);
    assert!(report["rpc_calls"]["calls"].as_u64().unwrap() > 0);

    let attack = &report["attack"];
    let number = |key: &str| attack[key].as_u64().unwrap();
    assert_eq!((&attack["kind"], &attack["client"]), (&"equivocation".into(), &"07-tendermint-0".into()));
    assert_ne!(attack["headers"][0]["hash"], attack["headers"][1]["hash"]);
    assert_eq!((number("accused"), &attack["headers"][0]["signatures"]), (4, &attack["headers"][1]["signatures"]));
    let blocks = number("frozen") - number("told");
    assert!((1..=2).contains(&blocks), "{blocks} blocks from the lie to the freeze");
}

#[test]
fn a_demo_that_is_stopped_leaves_nothing_behind() {
    let bench = Bench::new();
    let mut demo = bench.spawn("demo", &["demo"]);
    demo.wait_until_said("client 07-tendermint-0 on chain-a");
    assert!(!bench.is_clean(), "its keys are somewhere else");
    demo.stop();
    assert!(bench.is_clean());
}

#[test]
fn what_a_kept_demo_wrote_is_a_configuration_until_it_is_stopped() {
    let bench = Bench::new();
    let mut demo = bench.spawn("demo", &["demo", "--keep", "--json"]);
    // The whole document is one line.
    demo.wait_until_said("milliseconds");
    let report: Value =
        wait_for("whole document", ENDED_WITHIN, || Ok(Some(serde_json::from_str(&fs::read_to_string(&demo.out)?)?)))
            .unwrap();
    let config = report["config"].as_str().unwrap();
    let packets = ["--config", config, "query", "packets", "--chain", "chain-a", "--channel", "channel-0", "--json"];
    let mut query = Command::new(lightship_tests::relayer::binary().unwrap());
    let answer = query.args(packets).output().unwrap();
    assert_eq!((answer.status.code(), answer.stdout.as_slice()), (Some(0), &b"[]\n"[..]), "{answer:?}");
    demo.stop();
    assert!(bench.is_clean());
}

#[test]
fn start_relays_with_the_configuration_that_the_devnet_wrote() {
    let bench = Bench::new();
    let home = bench.directory.path().join("written");
    let base = free_base();
    let arguments = ["devnet", "--port", &base, "--block-time", "300", "--write-config", text(&home)];
    let mut devnet = bench.spawn("devnet", &arguments);
    devnet.wait_until_said("blocks are made until Ctrl-C");
    devnet.wait_until_said("chain-a transfer/channel-0  chain-b transfer/channel-0");

    let config = home.join("config.toml");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(lightship_tests::relayer::binary().unwrap());
        let answer = command.arg("--config").arg(&config).args(arguments).output().unwrap();
        assert_eq!(answer.status.code(), Some(0), "{arguments:?}: {answer:?}");
        String::from_utf8(answer.stdout).unwrap()
    };
    let user: Value = serde_json::from_str(&run(&["keys", "show", "user", "--chain", "chain-b", "--json"])).unwrap();
    let end = ["--chain", "chain-a", "--channel", "channel-0"];
    let order =
        ["tx", "transfer", "--key", "user", "--amount", "7token", "--receiver", user["address"].as_str().unwrap()];
    run(&[&order[..], &end].concat());
    let pending = || run(&[&["query", "packets", "--json"][..], &end].concat());
    assert_ne!(pending(), "[]\n", "nobody relays yet");

    let log = File::create(bench.directory.path().join("start.log")).unwrap();
    let mut start = Command::new(lightship_tests::relayer::binary().unwrap());
    let mut start = start.arg("start").arg("--config").arg(&config).stderr(log).spawn().unwrap();
    wait_for("end of the packet", READY_WITHIN, || Ok((pending() == "[]\n").then_some(()))).unwrap();
    terminate(start.id()).unwrap();
    let status = wait_for("end of start", ENDED_WITHIN, || Ok(start.try_wait()?)).unwrap();
    assert_eq!(status.code(), Some(0));

    let again = bench.relayer.run(["devnet", "--write-config", text(&home)]).unwrap();
    assert_refused(&again, WRONG_INPUT, &[text(&config), "another directory"]);
    devnet.stop();
    assert!(config.exists(), "it is the user's");
}

#[test]
fn a_port_that_is_taken_is_named_with_the_mend() {
    let bench = Bench::new();
    let base = free_base();
    let second = base.parse::<u16>().unwrap() + 10;
    let _taken = TcpListener::bind(("127.0.0.1", second)).unwrap();
    let home = bench.directory.path().join("written");
    let ended = bench.relayer.run(["devnet", "--port", &base, "--write-config", text(&home)]).unwrap();
    assert_refused(&ended, WRONG_INPUT, &[&format!("127.0.0.1:{second}"), "chain-b", "--port"]);
    assert!(!home.exists(), "nothing is left behind");
}

#[test]
fn the_second_node_of_a_chain_that_is_attacked_tells_another_block() {
    let bench = Bench::new();
    let base = free_base();
    let arguments = ["devnet", "--json", "--chains", "1", "--port", &base, "--block-time", "200"];
    for kind in ["equivocation", "amnesia", "lunatic", "forward-lunatic", "bft-time"] {
        let attack = format!("{kind}@5");
        let mut devnet = bench.spawn(kind, &[&arguments[..], &["--attack", &attack]].concat());
        devnet.wait_until_said("\"attacked\"");
        let said: Value = wait_for("second line", ENDED_WITHIN, || {
            let out = fs::read_to_string(&devnet.out)?;
            Ok(Some(serde_json::from_str(out.lines().nth(1).unwrap_or_default())?))
        })
        .unwrap();
        let attacked = &said["attacked"];
        assert_eq!((&attacked["kind"], &attacked["chain"]), (&kind.into(), &"chain-a".into()));
        let height = attacked["height"].as_u64().unwrap();
        let hash_at = |node: &str| {
            let url = attacked[node].as_str().unwrap();
            let address = url.trim_start_matches("http://");
            let params = serde_json::json!({ "height": height.to_string() });
            wait_for("commit", READY_WITHIN, || {
                let answer = json_rpc::call(address, "commit", &params)?;
                Ok(answer["signed_header"]["commit"]["block_id"]["hash"].as_str().map(str::to_owned))
            })
            .unwrap()
        };
        // Of a block above the head the honest node tells when it is there.
        assert_ne!(hash_at("liar"), hash_at("honest"), "{kind}");
        devnet.stop();
    }
}
