//! What is seen while it runs, on standard error: a spinner and bold steps on a terminal, plain lines without one.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::exit::Failure;
use crate::output::printable;
use crate::progress::{self, Progress};

const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// The steps, one after the other.
#[derive(Debug)]
pub(super) struct Show {
    progress: Progress,
    is_bold: bool,
    /// How many steps there are.
    steps: usize,
    /// Number and name.
    step: Mutex<(usize, String)>,
}

impl Show {
    /// Nothing is shown before the first step.
    pub(super) fn start(steps: usize) -> Self {
        // https://no-color.org
        let is_bold = progress::is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { progress: Progress::start(), is_bold, steps, step: Mutex::default() }
    }

    /// The next step begins.
    pub(super) fn step(&self, name: &str) {
        let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        *step = (step.0 + 1, name.to_owned());
        let head = format!("{}/{} {name}", step.0, self.steps);
        self.progress.did(&if self.is_bold { format!("{BOLD}{head}{PLAIN}") } else { head });
        self.progress.doing(name);
    }

    /// Something of this step.
    pub(super) fn say(&self, line: &str) {
        self.progress.did(&format!("    {}", printable(line)));
    }

    /// Takes the spinner away.
    pub(super) fn end(&self) {
        self.progress.end();
    }

    /// The same, and leaves a line free: the answer follows, mostly on the same screen.
    pub(super) fn end_before_answer(&self) {
        self.end();
        self.progress.did("");
    }

    /// The failure, with the step that failed.
    pub(super) fn failed(&self, failure: Failure) -> Failure {
        let step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        let in_step = |message: String| format!("the demo failed in step {} ({}): {message}", step.0, step.1);
        match failure {
            Failure::WrongInput(message) => Failure::WrongInput(in_step(message)),
            Failure::Internal(message) => Failure::Internal(in_step(message)),
            // Its configuration is our own.
            Failure::Configuration(error) => Failure::Internal(in_step(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_its_step() {
        let show = Show { progress: Progress::start(), is_bold: false, steps: 5, step: Mutex::default() };
        show.step("two chains");
        show.step("a path");
        let said = show.failed(Failure::wrong("no answer")).to_string();
        assert_eq!(said, "the demo failed in step 2 (a path): no answer");
    }
}
