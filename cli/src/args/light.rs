//! `lightship light`.

mod nodes;
mod verify;

use clap::{Args, Subcommand};
use types::BlockHeight;

pub(crate) use nodes::{LightDetectArgs, LightNodes, LightRules, LightSyncArgs};
pub(crate) use verify::LightVerifyArgs;

/// `light`.
#[derive(Debug, Subcommand)]
pub(crate) enum LightCommand {
    /// Print a block as trust can start from it; compare it with other sources before you do trust it
    TrustRoot(LightTrustRootArgs),
    /// Follow a chain by a node and its witnesses, from a block that you trust
    Sync(LightSyncArgs),
    /// Verify headers, one after the other, from one that is trusted; a line of JSON each
    Verify(LightVerifyArgs),
    /// Compare what a node has with what witnesses have, from a block that you trust; a line a witness
    Detect(LightDetectArgs),
}

/// `light trust-root`.
#[derive(Args, Debug)]
pub(crate) struct LightTrustRootArgs {
    /// Whom to ask
    #[command(flatten)]
    pub(crate) nodes: LightNodes,
    /// Which block [default: the newest]
    #[arg(long, value_name = "HEIGHT", value_parser = nodes::height)]
    pub(crate) height: Option<BlockHeight>,
}
