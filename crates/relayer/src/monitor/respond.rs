//! One task that responds to what was found.

use tracing::error;

use super::MonitorOptions;
use crate::control::Handle;
use crate::driver::Shell;

/// Responds to each case, for as long as it is let.
pub(super) async fn run(shell: &Shell, _handle: &Handle, options: &MonitorOptions) {
    loop {
        let case = shell.watch.next_case().await;
        error!(chain = %case.chain, found = ?case.found, submits = options.submits, "an attack on light clients is proven");
    }
}
