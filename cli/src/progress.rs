//! Progress of a command with several steps: a spinner on a terminal, plain lines without one. Standard error, both.

use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

const TICK: Duration = Duration::from_millis(100);

/// Does a person watch standard error?
pub(crate) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Where logs go: standard error, with a spinner out of the way while a line is written.
pub(crate) fn beside_progress() -> impl Write {
    struct Beside;
    impl Write for Beside {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            BARS.suspend(|| io::stderr().write(bytes))
        }

        fn flush(&mut self) -> io::Result<()> {
            io::stderr().flush()
        }
    }
    Beside
}

/// The steps of one command. Dropping it takes the spinner away.
#[derive(Debug)]
pub(crate) struct Progress {
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// Nothing is shown before the first step.
    pub(crate) fn start() -> Self {
        if !is_terminal() {
            return Self { spinner: None };
        }
        let spinner = BARS.add(ProgressBar::new_spinner());
        spinner.enable_steady_tick(TICK);
        if let Ok(style) = ProgressStyle::with_template("{spinner} [{elapsed}] {msg}") {
            spinner.set_style(style);
        }
        Self { spinner: Some(spinner) }
    }

    /// What is being done; without a terminal nothing is said before it is done.
    pub(crate) fn doing(&self, step: &str) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(step.to_owned());
        }
    }

    /// Takes the spinner away: from now on there are lines alone.
    pub(crate) fn end(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }

    /// What was done, such as `client on chain-a: 07-tendermint-0`; stays on the screen.
    pub(crate) fn did(&self, step: &str) {
        match &self.spinner {
            Some(_) => BARS.suspend(|| line(step)),
            None => line(step),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

fn line(text: &str) {
    if let Err(error) = writeln!(io::stderr(), "{text}") {
        tracing::debug!(%error, "standard error is gone");
    }
}
