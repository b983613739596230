//! What a clearing would do, without doing it: an engine that proves and signs nothing has planned every leg.

use std::collections::BTreeMap;

use engine::{Leg, PacketKey};
use serde::{Deserialize, Serialize};

use super::Question;
use super::left::{self, Blocked};
use super::look::{self, Seen};
use super::obstacles::Obstacles;
use super::patience::Patience;
use super::word::Word;
use super::{ClearError, ClearRequest, LOOK_EVERY, Left, Untold};
use crate::control::Handle;

/// What a clearing would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The next leg of each packet that can be brought further.
    pub planned: Vec<Planned>,
    /// What can't.
    pub left: Vec<Left>,
    /// Channel ends whose chain did not tell what is pending there.
    pub unknown: Vec<Untold>,
}

/// A packet and its next leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The packet.
    pub packet: PacketKey,
    /// What would be submitted.
    pub leg: Leg,
}

/// Plans, over a driver of [`crate::Purpose::Look`].
///
/// # Errors
/// [`ClearError`].
pub async fn plan(handle: &Handle, request: &ClearRequest) -> Result<Plan, ClearError> {
    let Question { asked, unknown, .. } = super::ask(handle, request, false).await?;
    let shell = handle.shell()?;
    let mut patience = Patience::new(shell.clock.now());
    let mut obstacles = Obstacles::default();
    let seen = loop {
        let seen = look::look(handle, &asked, true).await?;
        let now = shell.clock.now();
        if seen.is_settled() || seen.is_planned() || patience.is_over(&seen, &obstacles, now) {
            break seen;
        }
        if patience.wants_probe(now) {
            obstacles = Obstacles::probe(&shell, &seen.busy, obstacles).await;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    let blocked = Blocked::of(handle, &obstacles).await?;
    Ok(sorted(seen, &blocked, unknown))
}

/// What has a leg is planned, the rest is left.
fn sorted(seen: Seen, blocked: &Blocked, unknown: Vec<Untold>) -> Plan {
    let (legs, stuck): (BTreeMap<_, _>, BTreeMap<_, _>) = seen.open.into_iter().partition(|(_, leg)| leg.is_some());
    let planned = legs.into_iter().filter_map(|(packet, leg)| Some(Planned { packet, leg: leg? })).collect();
    let standing = seen.left.keys().chain(stuck.keys()).cloned().collect();
    let seen = Seen { open: stuck, left: seen.left, ..Seen::default() };
    let left = left::left(&seen, &Word { standing, ..Word::default() }, blocked);
    Plan { planned, left, unknown }
}
