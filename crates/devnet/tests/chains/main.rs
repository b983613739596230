//! Two chains on a manual clock, and somebody who relays between them by hand: what a light client on one of them takes
//! of the other, and what it refuses.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod attacks;
mod lifecycle;
mod mutations;
mod refusals;
mod world;
