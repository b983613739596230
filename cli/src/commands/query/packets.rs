//! Packets of a channel, or of all channels of a path: what of them stands on which chain. Nothing but nodes is asked,
//! so that it is the same beside a running relayer and without one.

mod ends;
mod lists;

use serde::Serialize;
use types::{ChainId, ChannelId, PortId, Sequence};

use self::ends::Ends;
use crate::args::{QueryPackets, QueryPacketsArgs};
use crate::context::Context;
use crate::exit::Failure;

/// A packet of a list, and the channel end that the list is of.
#[derive(Debug, Serialize)]
struct Row<T> {
    chain: ChainId,
    port: PortId,
    channel: ChannelId,
    sequence: Sequence,
    #[serde(flatten)]
    more: T,
}

impl<T> Row<T> {
    fn cells(&self, more: String) -> [String; 4] {
        [self.chain.to_string(), format!("{}/{}", self.port, self.channel), self.sequence.to_string(), more]
    }
}

pub(super) async fn run(context: &Context, args: &QueryPacketsArgs) -> Result<(), Failure> {
    match &args.what {
        None => lists::pending(Ends::of(context, &args.of).await?).await,
        Some(QueryPackets::Pending(of)) => lists::pending(Ends::of(context, of).await?).await,
        Some(QueryPackets::Commitments(of)) => lists::commitments(Ends::of(context, of).await?).await,
        Some(QueryPackets::Acks(args)) => lists::acks(Ends::of(context, &args.of).await?, args.all).await,
        Some(QueryPackets::Receipts(args)) => {
            lists::receipts(Ends::of(context, &args.of).await?, &args.sequences).await
        }
        Some(QueryPackets::Unreceived(of)) => lists::unreceived(Ends::of(context, of).await?).await,
    }
}
