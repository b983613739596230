//! The oracle: `tests/simd/cmd/oracle`, a process that holds ibc-go's client keeper with 07-tendermint.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::sync_channel;
use std::{env, thread};

use crate::case::{Case, Verdict};

/// The program, built once. Go's own cache makes this a matter of a second when the modules are compiled.
static BINARY: LazyLock<PathBuf> = LazyLock::new(build);
/// How many cases are under way to the oracle and back.
const AHEAD: usize = 64;

pub(crate) struct IbcGo {
    process: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl IbcGo {
    /// Builds and starts it; none, and a line that says so, where there is no Go.
    #[expect(clippy::print_stderr, reason = "a skipped test must not look like one that ran")]
    pub(crate) fn start() -> Option<Self> {
        if Command::new("go").arg("version").output().is_err() {
            let is_ci = env::var_os("CI").is_some_and(|value| value == "true");
            assert!(!is_ci, "no 'go' in PATH: the comparison with ibc-go can't be left out in CI");
            eprintln!("skipped: the comparison with ibc-go needs 'go' in PATH");
            return None;
        }
        let mut process = Command::new(&*BINARY).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = BufWriter::new(process.stdin.take().unwrap());
        let output = BufReader::new(process.stdout.take().unwrap());
        Some(Self { process, input, output })
    }

    /// What it says of one case.
    pub(crate) fn verdict(&mut self, case: &Case) -> Verdict {
        write(&mut self.input, case);
        self.input.flush().unwrap();
        read(&mut self.output)
    }

    /// What it says of each case, in their order; it works on the next while the last is looked at.
    pub(crate) fn verdicts<C: Send>(
        &mut self,
        cases: impl Iterator<Item = (C, Case)> + Send,
        mut look: impl FnMut(C, Case, Verdict),
    ) {
        let (input, output) = (&mut self.input, &mut self.output);
        thread::scope(|scope| {
            let (asked, answered) = sync_channel(AHEAD);
            scope.spawn(move || {
                for (about, case) in cases {
                    write(input, &case);
                    input.flush().unwrap();
                    // The other side is gone once it panicked.
                    if asked.send((about, case)).is_err() {
                        return;
                    }
                }
            });
            for (about, case) in answered {
                let verdict = read(output);
                look(about, case, verdict);
            }
        });
    }
}

impl Drop for IbcGo {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn build() -> PathBuf {
    let binary = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracle");
    let built = Command::new("go")
        .args(["build", "-o"])
        .args([binary.as_os_str(), "./cmd/oracle".as_ref()])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("simd"))
        .envs([("GOWORK", "off"), ("CGO_ENABLED", "0")])
        .output()
        .unwrap();
    assert!(built.status.success(), "go build: {}", String::from_utf8_lossy(&built.stderr));
    binary
}

fn write(input: &mut impl Write, case: &Case) {
    writeln!(input, "{}", case.to_json()).expect("the oracle reads");
}

fn read(output: &mut impl BufRead) -> Verdict {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    Verdict::of_ibc_go(&serde_json::from_str(&line).expect("the oracle answers"))
}
