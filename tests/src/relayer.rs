//! The real `lightship` binary as a child process, with a configuration, keys and a store of its own.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::iter;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::chain_under_test::{ChainUnderTest, Role};
use crate::deadline::wait_for;
use crate::process::{self, Usage};

/// Stands above everything else in each configuration, and must survive whatever is added to it.
pub const CONFIG_COMMENT: &str = "# Made for a test.";
/// A clean stop records its work and ends.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);
/// A one-shot command: a path takes some twenty blocks.
const COMMAND_WITHIN: Duration = Duration::from_secs(180);

/// A chain as it stands in a configuration.
#[derive(Clone, Debug)]
pub struct ChainEntry {
    /// The chain id.
    pub id: String,
    /// `HOST:PORT` of its JSON-RPC.
    pub rpc: String,
    /// The same of further nodes.
    pub more_rpc: Vec<String>,
    /// Name of the key.
    pub key: String,
    /// What gas costs.
    pub gas_price: String,
    /// Further keys of the chain, one a line.
    pub more: String,
}

impl ChainEntry {
    /// A chain under test, with one of its keys.
    pub fn of(chain: &dyn ChainUnderTest, role: Role) -> Self {
        Self {
            id: chain.id().to_owned(),
            rpc: chain.rpc().to_owned(),
            more_rpc: Vec::new(),
            key: role.name().to_owned(),
            gas_price: chain.gas_price().to_owned(),
            more: String::new(),
        }
    }

    fn toml(&self) -> String {
        let Self { id, rpc, more_rpc, key, gas_price, more } = self;
        let nodes: Vec<String> = iter::once(rpc).chain(more_rpc).map(|node| format!("http://{node}")).collect();
        let rpc = if let [node] = nodes.as_slice() { format!("{node:?}") } else { format!("{nodes:?}") };
        format!("[[chains]]\nid = \"{id}\"\nrpc = {rpc}\nkey = \"{key}\"\ngas_price = \"{gas_price}\"\n{more}\n")
    }
}

/// How a command ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it logged.
    pub stderr: String,
}

impl Ended {
    /// The output of a command that must have succeeded.
    pub fn success(self) -> Result<String> {
        ensure!(self.code == Some(0), "exit code {:?}: {}\n{}", self.code, self.stdout, self.stderr);
        Ok(self.stdout)
    }
}

/// A home of the relayer, and the daemon that runs in it, if any.
#[derive(Debug)]
pub struct Relayer {
    home: PathBuf,
    daemon: Option<Child>,
    runs: usize,
}

impl Relayer {
    /// A new home: the chains and then `paths` (`[[paths]]` blocks) are its configuration; it has no keys yet.
    pub fn new(home: &Path, chains: &[ChainEntry], paths: &str) -> Result<Self> {
        fs::create_dir_all(home)?;
        let mut text = format!("{CONFIG_COMMENT}\nstore = \"store\"\nkeys = \"keys\"\n\n");
        text.extend(chains.iter().map(ChainEntry::toml));
        text += paths;
        let relayer = Self { home: home.to_owned(), daemon: None, runs: 0 };
        fs::write(relayer.config(), text)?;
        Ok(relayer)
    }

    /// Adds the key of an account under its role's name, in clear text.
    pub fn add_key(&self, chain: &dyn ChainUnderTest, role: Role) -> Result<()> {
        self.add_key_from(chain.id(), role, &chain.account(role).mnemonic, &["--backend", "test"])
    }

    /// Adds a key from its mnemonic, with further arguments.
    pub fn add_key_from(&self, chain: &str, role: Role, mnemonic: &str, more: &[&str]) -> Result<()> {
        let file = self.home.join(format!("{chain}-{role}.mnemonic"));
        fs::write(&file, mnemonic)?;
        let file = file.to_str().context("path is no text")?;
        let arguments = ["keys", "add", role.name(), "--chain", chain, "--mnemonic-file", file];
        self.run(arguments.iter().chain(more))?.success()?;
        Ok(())
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.home.join("config.toml")
    }

    /// The directory of keys.
    pub fn keys(&self) -> PathBuf {
        self.home.join("keys")
    }

    /// The directory of the store.
    pub fn store(&self) -> PathBuf {
        self.home.join("store")
    }

    /// A command in this home, its standard input closed, the caller's settings but `LIGHTSHIP_LOG` out of its sight.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Command> {
        let mut command = Command::new(binary()?);
        for (name, _) in env::vars_os().filter(|(name, _)| is_setting(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        command.env_remove("RUST_LOG").env("NO_COLOR", "1").stdin(Stdio::null());
        command.arg("--config").arg(self.config()).args(arguments);
        Ok(command)
    }

    /// Starts a command without waiting for it; its output goes to a file of its own.
    pub fn spawn<A: AsRef<OsStr>>(&mut self, arguments: impl IntoIterator<Item = A>) -> Result<Running> {
        self.runs += 1;
        let stdout = self.home.join(format!("{}.out", self.runs));
        let stderr = self.home.join(format!("{}.log", self.runs));
        let mut command = self.command(arguments)?;
        let child = command.stdout(File::create(&stdout)?).stderr(File::create(&stderr)?).spawn()?;
        Ok(Running { child, stdout, stderr })
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// When it does not end in time; it is killed then.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Result<Ended> {
        finish(self.command(arguments)?)
    }

    /// Starts the daemon.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.daemon.is_none(), "the relayer runs already");
        let running = self.spawn(["start"])?;
        self.daemon = Some(running.child);
        Ok(())
    }

    /// Starts `lightship monitor` as the daemon.
    pub fn monitor(&mut self) -> Result<()> {
        ensure!(self.daemon.is_none(), "the relayer runs already");
        let running = self.spawn(["monitor"])?;
        self.daemon = Some(running.child);
        Ok(())
    }

    /// The daemon's process.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.daemon.as_ref().context("the relayer does not run")?.id())
    }

    /// Has the daemon ended by itself?
    pub fn has_ended(&mut self) -> Result<Option<ExitStatus>> {
        let daemon = self.daemon.as_mut().context("the relayer does not run")?;
        Ok(daemon.try_wait()?)
    }

    /// What the daemon has used so far.
    pub fn usage(&self) -> Result<Usage> {
        process::usage(self.pid()?)
    }

    /// Asks the daemon to end, and insists on exit code 0.
    pub fn stop(&mut self) -> Result<()> {
        process::terminate(self.pid()?)?;
        let status = wait_for("end of the relayer after SIGTERM", STOPPED_WITHIN, || self.has_ended())?;
        self.daemon = None;
        ensure!(status.code() == Some(0), "after SIGTERM the relayer ended with {status}");
        Ok(())
    }

    /// Ends the daemon with SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        let mut daemon = self.daemon.take().context("the relayer does not run")?;
        daemon.kill()?;
        daemon.wait()?;
        Ok(())
    }

    /// Waits until the daemon's log satisfies `has`.
    ///
    /// # Errors
    /// When the time is over, and at once when the daemon ends without it.
    pub fn wait_for_log(&mut self, what: &str, within: Duration, has: impl Fn(&str) -> bool) -> Result<()> {
        let is_said = wait_for(what, within, || match (has(&self.log()?), self.has_ended()?) {
            (true, _) => Ok(Some(true)),
            (false, Some(_)) => Ok(Some(false)),
            (false, None) => Ok(None),
        })?;
        ensure!(is_said, "the relayer ended without {what}: {}", self.log()?);
        Ok(())
    }

    /// What the latest run has logged.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.home.join(format!("{}.log", self.runs)))?)
    }
}

impl Drop for Relayer {
    fn drop(&mut self) {
        if self.daemon.is_some() && self.kill().is_err() {
            // It ended by itself in the meantime.
            self.daemon = None;
        }
    }
}

/// A command that runs.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    /// Has it ended?
    pub fn ended(&mut self) -> Result<Option<Ended>> {
        let Some(status) = self.child.try_wait()? else { return Ok(None) };
        let read = |file: &Path| fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Some(Ended { code: status.code(), stdout: read(&self.stdout)?, stderr: read(&self.stderr)? }))
    }

    /// What it has logged so far.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.stderr)?)
    }

    /// What it has printed so far.
    pub fn output(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.stdout)?)
    }

    /// What it has used so far.
    pub fn usage(&self) -> Result<Usage> {
        process::usage(self.child.id())
    }

    /// Asks it to end, with SIGTERM.
    pub fn terminate(&self) -> Result<()> {
        process::terminate(self.child.id())
    }

    /// Ends it with SIGKILL.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

fn is_setting(variable: &str) -> bool {
    variable.starts_with("LIGHTSHIP_") && variable != "LIGHTSHIP_LOG"
}

fn finish(mut command: Command) -> Result<Ended> {
    let directory = tempfile::tempdir()?;
    let (stdout, stderr) = (directory.path().join("out"), directory.path().join("log"));
    let child = command.stdout(File::create(&stdout)?).stderr(File::create(&stderr)?).spawn()?;
    let mut running = Running { child, stdout, stderr };
    match wait_for(&format!("end of {command:?}"), COMMAND_WITHIN, || running.ended()) {
        Ok(ended) => Ok(ended),
        Err(error) => {
            let log = running.log()?;
            running.kill()?;
            Err(error.context(log))
        }
    }
}

/// The binary: `LIGHTSHIP_BIN`, else built from this tree.
///
/// # Errors
/// When it does not build.
pub fn binary() -> Result<&'static Path> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BINARY.get_or_init(|| find_binary().map_err(|error| format!("{error:#}"))) {
        Ok(binary) => Ok(binary),
        Err(error) => bail!("no lightship binary: {error}"),
    }
}

fn find_binary() -> Result<PathBuf> {
    if let Some(named) = env::var_os("LIGHTSHIP_BIN") {
        let named = PathBuf::from(named);
        ensure!(named.is_file(), "LIGHTSHIP_BIN={}: no such file", named.display());
        return Ok(named);
    }
    // Of the test's own profile directory, `target/debug/deps/it-*`: what cargo built beside this test, brought up to
    // date first. Cargo holds no lock while it runs tests.
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--package", "lightship", "--bin", "lightship"])
        .current_dir(root)
        .output()?;
    ensure!(output.status.success(), "cargo build: {}", String::from_utf8_lossy(&output.stderr));
    let test = env::current_exe()?;
    let profile = test.parent().and_then(Path::parent).context("test binary outside of a target directory")?;
    let built = profile.join("lightship");
    ensure!(built.is_file(), "{} was not built", built.display());
    Ok(built)
}
