//! Blocks of before the start: what a process that was killed had read, and had not answered yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use light_client::TrustedState;
use tracing::debug;
use types::transaction::client_updates;
use types::{BlockHeight, ClientId};

use super::Host;
use crate::chain::Chain;
use crate::driver::Shell;
use crate::monitor::tracked::Tracked;
use crate::proofs::processed;

/// Blocks of each host that are read once more at the start.
const BLOCKS_AGAIN: u64 = 30;
/// How long the reading of one block may hold up the case of the state that it left.
const READ_WITHIN: Duration = Duration::from_secs(10);

impl Host {
    /// The newest blocks at the start: they count as read, whatever became of what they told.
    pub(super) async fn read_again(self) {
        let head = self.host.head_at_least(BlockHeight(1)).await;
        for height in (head.back(BLOCKS_AGAIN).next().0..=head.0).map(BlockHeight) {
            if self.may_tell(height).await {
                self.read(height).await;
            }
        }
    }

    /// Does anybody else's update stand in a block? By the first endpoint that answers: who hides a header hides no
    /// state. If none does, it may.
    async fn may_tell(&self, height: BlockHeight) -> bool {
        for endpoint in self.host.all_endpoints() {
            match endpoint.block(height).await {
                Ok(contents) => {
                    let own = self.host.address();
                    let mut updates = contents.transactions.iter().flat_map(|bytes| client_updates(bytes));
                    return updates.any(|update| update.sender != own);
                }
                Err(error) => debug!(chain = %self.host.id, %height, %error, "a block of before can't be read"),
            }
        }
        true
    }
}

/// Reads the block that left this state in a client, if its chain tells which that was: then the header is known, or
/// handed on, where it came in a transaction.
pub(in crate::monitor) async fn read_telling(
    shell: &Arc<Shell>,
    host: &Arc<Chain>,
    client: &ClientId,
    tracked: &Arc<Tracked>,
    held: &TrustedState,
) {
    let (chain, height) = (&host.id, held.height);
    let read = async {
        match processed(host, client, height).await {
            Ok(Some(at)) => {
                let tracked = Arc::new(BTreeMap::from([(tracked.chain.id.clone(), tracked.clone())]));
                let host = Host { shell: shell.clone(), host: host.clone(), tracked };
                host.read(BlockHeight(at.height.revision_height)).await;
            }
            Ok(None) => debug!(%chain, %client, %height, "the chain does not tell which block left a state"),
            Err(error) => debug!(%chain, %client, %height, %error, "it can't be read which block left a state"),
        }
    };
    if tokio::time::timeout(READ_WITHIN, read).await.is_err() {
        debug!(%chain, %client, %height, "the block that left a state can't be read now");
    }
}
