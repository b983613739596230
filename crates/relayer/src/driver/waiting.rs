//! Who waits for the end of which request.

use std::collections::BTreeMap;

use engine::{LaneId, Outcome, Request, RequestId};
use tokio::sync::oneshot;
use types::Refusal;

/// Who waits, by request.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    requests: BTreeMap<RequestId, Asked>,
}

#[derive(Debug)]
struct Asked {
    lane: LaneId,
    replies: Vec<oneshot::Sender<Outcome>>,
}

impl Waiting {
    pub(super) fn add(&mut self, request: &Request, reply: oneshot::Sender<Outcome>) {
        let asked = || Asked { lane: request.lane.clone(), replies: Vec::new() };
        let asked = self.requests.entry(request.id.clone()).or_insert_with(asked);
        // Whoever asks again and again has left before.
        asked.replies.retain(|reply| !reply.is_closed());
        asked.replies.push(reply);
    }

    /// The request has come to its end.
    pub(super) fn conclude(&mut self, request: &RequestId, outcome: &Outcome) {
        if let Some(asked) = self.requests.remove(request) {
            asked.tell(request, outcome);
        }
    }

    /// Nobody waits any longer for what this wallet can't pay for; what others pay for goes on.
    pub(super) fn give_up(&mut self, lane: &LaneId, refusal: &Refusal) {
        let outcome = Outcome::Failed { refusal: refusal.clone() };
        let (over, on): (BTreeMap<_, _>, _) =
            core::mem::take(&mut self.requests).into_iter().partition(|(_, asked)| asked.lane == *lane);
        self.requests = on;
        for (request, asked) in over {
            asked.tell(&request, &outcome);
        }
    }
}

impl Asked {
    fn tell(self, request: &RequestId, outcome: &Outcome) {
        for reply in self.replies {
            if reply.send(outcome.clone()).is_err() {
                tracing::debug!(request = %request.0, "the request's caller is gone");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use engine::Priority;

    use super::*;
    use crate::submit::lasting;

    fn asked(waiting: &mut Waiting, chain: &str) -> oneshot::Receiver<Outcome> {
        let lane = LaneId { chain: chain.parse().unwrap(), address: "cosmos1one".to_owned() };
        let id = RequestId(format!("client/{chain}"));
        let (reply, outcome) = oneshot::channel();
        waiting.add(&Request { id, lane, priority: Priority::Handshake, messages: Vec::new() }, reply);
        outcome
    }

    #[test]
    fn an_empty_wallet_ends_the_requests_of_its_own_chain_alone() {
        let mut waiting = Waiting::default();
        let (mut poor, mut rich) = (asked(&mut waiting, "chain-a"), asked(&mut waiting, "chain-b"));
        let lane = LaneId { chain: "chain-a".parse().unwrap(), address: "cosmos1one".to_owned() };
        waiting.give_up(&lane, &lasting("fund it".to_owned()));
        assert!(matches!(poor.try_recv(), Ok(Outcome::Failed { refusal }) if refusal.log == "fund it"));
        assert_eq!(rich.try_recv(), Err(oneshot::error::TryRecvError::Empty), "it is waited for still");
        waiting.conclude(&RequestId("client/chain-b".to_owned()), &Outcome::Void);
        assert_eq!(rich.try_recv(), Ok(Outcome::Void));
    }

    #[test]
    fn all_who_ask_for_one_request_hear_of_its_end() {
        let mut waiting = Waiting::default();
        let (mut one, mut other) = (asked(&mut waiting, "chain-a"), asked(&mut waiting, "chain-a"));
        drop(asked(&mut waiting, "chain-a"));
        waiting.conclude(&RequestId("client/chain-a".to_owned()), &Outcome::Void);
        assert_eq!((one.try_recv(), other.try_recv()), (Ok(Outcome::Void), Ok(Outcome::Void)));
    }
}
