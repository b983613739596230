//! Waiting for another process: on a condition, never for a time, and never for ever.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long lies between two looks.
pub const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Looks until `look` finds something, at most `within`. An error of `look` counts as "not yet": a node that is asked
/// may be down.
///
/// # Errors
/// When the time is over; names `what` was waited for and how the last look failed.
pub fn wait_for<T>(what: &str, within: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let watch = Stopwatch::start();
    loop {
        let last = match look() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if watch.elapsed() >= within {
            match last {
                Some(error) => return Err(error.context(format!("no {what} within {within:?}"))),
                None => bail!("no {what} within {within:?}"),
            }
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Measures real time: the subject of these tests is other processes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins to measure.
    #[expect(clippy::disallowed_methods, reason = "other processes run in real time")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_looked_past_and_told_at_the_end() {
        let mut looks = 0;
        let found = wait_for("third look", Duration::from_secs(10), || {
            looks += 1;
            if looks < 3 { bail!("not yet") } else { Ok(Some(looks)) }
        });
        assert_eq!(found.unwrap(), 3);

        let error = wait_for::<()>("light", Duration::ZERO, || bail!("dark")).unwrap_err();
        assert_eq!(format!("{error:#}"), "no light within 0ns: dark");
    }
}
