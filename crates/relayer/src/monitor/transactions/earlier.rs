//! Blocks of before the start: what a process that was killed had read, and had not answered yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tracing::debug;
use types::transaction::client_updates;
use types::{BlockHeight, ClientId, Height};

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

/// A state of a client, and the block that left it there, where a node named one.
pub(in crate::monitor) struct Telling<'a> {
    pub(in crate::monitor) client: &'a ClientId,
    pub(in crate::monitor) height: Height,
    pub(in crate::monitor) block: Option<BlockHeight>,
}

/// Reads the block that left this state in a client, if anybody tells which that was: then the header is known, or
/// handed on, where it came in a transaction.
pub(in crate::monitor) async fn read_telling(
    shell: &Arc<Shell>,
    host: &Arc<Chain>,
    tracked: &Arc<Tracked>,
    Telling { client, height, block }: Telling<'_>,
) {
    let chain = &host.id;
    let read = async {
        let block = match block {
            Some(block) => Ok(Some(block)),
            None => {
                let at = processed(host, client, height).await;
                at.map(|at| at.map(|at| BlockHeight(at.height.revision_height)))
            }
        };
        match block {
            Ok(Some(block)) => {
                let tracked = Arc::new(BTreeMap::from([(tracked.chain.id.clone(), tracked.clone())]));
                let host = Host { shell: shell.clone(), host: host.clone(), tracked };
                host.read(block).await;
            }
            Ok(None) => debug!(%chain, %client, %height, "the chain does not tell which block left a state"),
            Err(error) => debug!(%chain, %client, %height, %error, "it can't be read which block left a state"),
        }
    };
    if tokio::time::timeout(READ_WITHIN, read).await.is_err() {
        debug!(%chain, %client, %height, "the block that left a state can't be read now");
    }
}
