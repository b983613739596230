//! What is counted and measured.

use engine::Notice;

/// What is counted and measured.
#[derive(Debug, Default)]
pub(crate) struct Metrics {}

impl Metrics {
    /// Counts what a notice tells.
    pub(crate) fn notice(&self, notice: &Notice) {
        let _ = notice;
    }
}
