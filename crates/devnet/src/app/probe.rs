//! The test application: packets, acknowledgements and failures that no transfer makes. It is to the byte what
//! `tests/simd/probe` is on the tests' real chains; the formats of memos and packet data stand there.

use super::context::{Ctx, store};
use super::error::{Registered, Result};

mod data;
mod memo;
mod module;

pub use memo::act_on_memo;
pub use module::Probe;

/// The port on which it answers; so it does on any whose name contains this.
pub const PORT: &str = "probe";

const VERSION: &str = "probe-1";
const STORE: &str = store::PROBE;
const REFUSAL: &[u8] = b"refusal";

const MALFORMED_MEMO: Registered = Registered::new("probe", 2, "malformed memo");
const NOT_LATE: Registered = Registered::new("probe", 3, "no packet waits for this acknowledgement");
const REFUSED: Registered = Registered::new("probe", 4, "refused");

/// Is what packet data asks to be refused refused? It is from the start, until a memo turns it off.
fn is_refusing(ctx: &mut Ctx) -> Result<bool> {
    Ok(!ctx.has(STORE, REFUSAL)?)
}

/// Counts what happened on a channel, in decimal text.
fn count(ctx: &mut Ctx, what: &str, channel: &str) -> Result<()> {
    let key = format!("{what}/{channel}");
    let before = ctx.get(STORE, key.as_bytes())?;
    let before: u64 = before.and_then(|text| str::from_utf8(&text).ok()?.parse().ok()).unwrap_or_default();
    ctx.set(STORE, key.as_bytes(), before.wrapping_add(1).to_string().into_bytes())
}

/// Where a packet waits for its acknowledgement.
fn late_key(channel: &str, sequence: u64) -> Vec<u8> {
    format!("late/{channel}/{sequence}").into_bytes()
}
