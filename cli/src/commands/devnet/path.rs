//! Paths between chains of the devnet, opened by the relayer's own code, as `create path` opens them.

use futures::future::try_join_all;
use relayer::path::{ClientOptions, Procedure, Report, open};
use types::Order;

use super::chains::Reach;
use crate::args::PassphraseArgs;
use crate::commands::create::{opened_path, transfer_request};
use crate::connect::{Memory, Running};
use crate::context::Context;
use crate::exit::Failure;

/// Opens a path for transfers between each chain and the next, all at the same time. What runs meanwhile stands in
/// `running`, which the caller closes; each step that is done is told to `report`.
///
/// # Errors
/// When a chain refuses a step.
pub(crate) async fn open_between_neighbours(
    context: &Context,
    reaches: &[Reach],
    report: Report<'_>,
    running: &mut Option<Running>,
) -> Result<Vec<engine::Path>, Failure> {
    if reaches.len() < 2 {
        return Ok(Vec::new());
    }
    let wanted: Vec<_> = reaches.iter().map(|reach| (&reach.id, None)).collect();
    let running =
        running.insert(Running::procedure(context, &PassphraseArgs::default(), &wanted, Memory::Durable).await?);
    let procedure = Procedure { chains: &running.chains, handle: &running.handle, store: &running.store, report };
    let each = reaches.windows(2).map(async |ends| {
        let request = transfer_request(&ends[0].id, &ends[1].id)?;
        let opened = open(&procedure, &request, &ClientOptions::default()).await.map_err(Failure::input)?;
        let unfinished = || Failure::Internal("a path was opened without a channel".to_owned());
        opened_path(&opened, Order::Unordered).ok_or_else(unfinished)
    });
    try_join_all(each).await
}
