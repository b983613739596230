//! Progress of a command with several steps: a spinner on a terminal, plain lines without one. Standard error, both.

use std::io::{self, IsTerminal, Write};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use relayer::Clock;

static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

const TICK: Duration = Duration::from_millis(100);
/// Without a terminal, between two lines.
const LINE_EVERY_MS: u64 = 3_000;

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
        restyle(&spinner, "{spinner} [{elapsed}] {msg}");
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

/// How many of a number of things are done: a bar on a terminal, a line every few seconds without one.
#[derive(Debug)]
pub(crate) struct Count {
    bar: Option<ProgressBar>,
    doing: &'static str,
    things: &'static str,
    said: Mutex<Said>,
    clock: Clock,
}

/// What the last line said, and when.
#[derive(Debug, Default)]
struct Said {
    counts: Option<(usize, usize)>,
    at: u64,
}

impl Count {
    /// Nothing is shown before the first count.
    pub(crate) fn start(doing: &'static str, things: &'static str) -> Self {
        let bar = is_terminal().then(|| {
            // Of an unknown number it is a spinner.
            let bar = BARS.add(ProgressBar::no_length());
            bar.enable_steady_tick(TICK);
            restyle(&bar, &format!("{{spinner}} [{{elapsed}}] {doing}: looking for {things}"));
            bar
        });
        Self { bar, doing, things, said: Mutex::default(), clock: Clock::default() }
    }

    /// So many are done, of so many; of none there is nothing to show.
    pub(crate) fn at(&self, done: usize, all: usize) {
        if all == 0 {
            return;
        }
        if let Some(bar) = &self.bar {
            if bar.length().is_none() {
                let Self { doing, things, .. } = self;
                restyle(bar, &format!("{{spinner}} [{{elapsed}}] {doing} {{wide_bar}} {{pos}}/{{len}} {things}"));
            }
            bar.set_length(all as u64);
            bar.set_position(done as u64);
            return;
        }
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now().0;
        let is_due = said.counts.is_none() || now.saturating_sub(said.at) >= LINE_EVERY_MS;
        if is_due && said.counts != Some((done, all)) {
            line(&format!("{} {}: {done} of {all} ended", self.doing, self.things));
            *said = Said { counts: Some((done, all)), at: now };
        }
    }

    /// Takes the bar away: from now on there are lines alone.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.end();
    }
}

fn restyle(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

fn line(text: &str) {
    if let Err(error) = writeln!(io::stderr(), "{text}") {
        tracing::debug!(%error, "standard error is gone");
    }
}
