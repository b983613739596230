//! Is everything there that relaying needs? What is not is named, with its reason.

use std::time::Duration;

use serde::Serialize;
use types::client::Status;

use super::snapshot::{Snapshot, status_name};

/// Reasons that are listed, at most.
const LISTED_MAX: usize = 100;

/// What `/ready` answers.
#[derive(Debug, Default, Serialize)]
pub(super) struct Readiness {
    pub(super) ready: bool,
    pub(super) not_ready: Vec<NotReady>,
}

/// One thing that is not ready.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct NotReady {
    /// Stable; programs may rest on it.
    pub(super) reason: &'static str,
    /// A chain, a client, a channel end, a wallet.
    pub(super) subject: String,
    pub(super) detail: String,
}

/// Whether everything is there.
pub(super) fn readiness(snapshot: &Snapshot) -> Readiness {
    let mut not_ready = Vec::new();
    let mut say = |reason, subject: String, detail: String| {
        if not_ready.len() < LISTED_MAX {
            not_ready.push(NotReady { reason, subject, detail });
        }
    };
    for (id, chain) in &snapshot.chains {
        match chain.head_age {
            _ if !chain.is_connected => say("chain_unreachable", id.to_string(), "no endpoint answers".to_owned()),
            None => say("chain_unreachable", id.to_string(), "no block was seen yet".to_owned()),
            Some(age) if age > chain.head_age_max => {
                say("head_old", id.to_string(), format!("its newest block is {} old", seconds(age)));
            }
            Some(_) => {}
        }
    }
    for ((chain, client), health) in &snapshot.clients {
        let bad = health.status.filter(|status| *status != Status::Active);
        if let Some(status) = bad {
            say("client_unusable", format!("{chain}/{client}"), format!("it is {}", status_name(status)));
        } else if let Some(reason) = &health.unusable {
            say("client_unusable", format!("{chain}/{client}"), reason.clone());
        }
    }
    match &snapshot.seen {
        None => say("driver_silent", "driver".to_owned(), "it did not answer in time".to_owned()),
        Some(seen) => {
            for (lane, _) in seen.lanes.iter().filter(|(_, view)| view.is_blocked) {
                let detail = "it can't pay, or the chain refuses it; the log says which".to_owned();
                say("wallet_blocked", format!("{}/{}", lane.chain, lane.address), detail);
            }
            for (key, _, _) in seen.channels.iter().filter(|(_, _, view)| view.swept_at.is_none()) {
                let subject = format!("{}/{}/{}", key.chain, key.port, key.channel);
                say("not_swept", subject, "its pending packets were not read yet".to_owned());
            }
        }
    }
    if let Some(watched) = &snapshot.watched {
        for chain in &watched.unlisted {
            say("not_watched", chain.to_string(), "its light clients were not listed yet".to_owned());
        }
        for coverage in &watched.coverage {
            if let Some(obstacle) = &coverage.obstacle {
                say("not_watched", format!("{}/{}", coverage.host, coverage.client), obstacle.clone());
            }
        }
    }
    Readiness { ready: not_ready.is_empty(), not_ready }
}

fn seconds(age: Duration) -> String {
    format!("{} s", age.as_secs())
}
