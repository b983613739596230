//! Validators of a chain sign what is not true, and the clients of that chain freeze wherever a relayer reaches them:
//! three chains on the devnet, with live traffic, watched by the same `lightship start` that relays.

mod adversary;
mod attacks;
mod forward;
mod killed;
mod lie;
mod poisoned;
mod stage;
mod strangers;

use std::time::Duration;

/// Faster than most chains that people use; a machine that runs three chains and a relayer beside other tests executes
/// their blocks in it.
const BLOCK_TIME: Duration = Duration::from_secs(2);
/// Freezing is a matter of blocks, which are counted; this is what a machine under load may take for them.
const FROZEN_WITHIN: Duration = Duration::from_secs(60);
/// From the appearance of a lying header to the block that freezes a client, in blocks of the client's chain.
const FROZEN_WITHIN_BLOCKS: u64 = 2;
/// On each of two routes: 100 a second together.
const PACKETS_A_SECOND: usize = 50;
/// The longest time that acknowledgements may stand still where nobody lies.
const PAUSE_MAX: Duration = Duration::from_secs(20);
