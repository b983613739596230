//! What waits for a signature, and which of it is next.

use super::{Account, Flight, Lane};
use crate::batcher::{Age, Batcher, GroupId};
use crate::submitter::{Job, JobId};
use crate::{Instant, Priority, RequestId};

impl Lane {
    /// Takes a job into the queue; one that was there before goes where it was.
    pub(crate) fn enqueue(&mut self, job: Job) {
        self.queue.insert((job.priority, job.id), job);
    }

    /// Are jobs enough of this age queued already? What is queued of the backlog takes no room from what is live.
    pub(crate) fn is_saturated(&self, age: Age, preparing: usize) -> bool {
        let of_backlog = self.queue.keys().filter(|(priority, _)| *priority == Priority::Backlog).count();
        let (queued, most) = match age {
            Age::Live => (self.queue.len() - of_backlog, self.in_flight_max.saturating_mul(2)),
            Age::Backlog => (of_backlog, self.in_flight_max),
        };
        queued.saturating_add(preparing) >= most
    }

    /// Jobs that wait.
    pub(crate) fn queued_count(&self) -> usize {
        self.queue.len()
    }

    /// Is that job queued, being signed, or in flight?
    pub(crate) fn has_job(&self, job: JobId) -> bool {
        let is_signing = self.signing.as_ref().is_some_and(|signing| signing.job.id == job);
        is_signing || self.is_in_flight(job) || self.queue.keys().any(|(_, id)| *id == job)
    }

    /// Where that job stands in the queue, if it does.
    pub(crate) fn queued_priority(&self, job: JobId) -> Option<Priority> {
        self.queue.keys().find(|(_, id)| *id == job).map(|(priority, _)| *priority)
    }

    /// The job of a request, wherever it is.
    pub(crate) fn request_mut(&mut self, id: &RequestId) -> Option<&mut Job> {
        let signing = self.signing.iter_mut().map(|signing| &mut signing.job);
        let flying = self.window.values_mut().map(|flight| &mut flight.job);
        self.queue.values_mut().chain(signing).chain(flying).find(|job| job.is_request(id))
    }

    /// The next job, if a transaction may be signed now.
    pub(crate) fn take_next(&mut self, batcher: &mut Batcher, now: Instant) -> Option<Job> {
        let mut under_way = self.window.values().filter(|flight| flight.is_under_way());
        let ready = self.signing.is_none()
            && under_way.clone().count() < self.in_flight_max
            && under_way.all(Flight::is_accepted)
            && !self.is_held(now);
        match self.account {
            Account::Known { .. } if ready => self.pop_next(batcher),
            Account::Known { .. } | Account::Unknown { .. } | Account::Reading => None,
        }
    }

    /// The first of the queue; one of the backlog only where it has room and lets nothing live go first, and then also now
    /// and then before live ones.
    fn pop_next(&mut self, batcher: &mut Batcher) -> Option<Job> {
        let (&first, _) = self.queue.first_key_value()?;
        let in_flight = self.window.values().filter(|flight| flight.job.priority == Priority::Backlog).count();
        let yields = |job: &Job| job.group().is_some_and(|group| batcher.yields_in_signing(group));
        let waiting = self.queue.range((Priority::Backlog, JobId(0))..).next();
        let backlog = waiting.filter(|(_, job)| self.room.has(in_flight) && !yields(job)).map(|(key, _)| *key);
        let key = match first.0 {
            Priority::Misbehaviour | Priority::Refresh | Priority::Handshake => first,
            Priority::Packets if self.turns.is_backlogs() => backlog.unwrap_or(first),
            Priority::Packets => first,
            Priority::Backlog => backlog?,
        };
        match key.0 {
            Priority::Misbehaviour | Priority::Refresh | Priority::Handshake => {}
            Priority::Packets => self.turns.took(Age::Live, backlog.is_some()),
            Priority::Backlog => self.turns.took(Age::Backlog, true),
        }
        let job = self.queue.remove(&key)?;
        if let (Priority::Backlog, Some(group)) = (job.priority, job.group()) {
            batcher.begins_signing_backlog(group);
        }
        Some(job)
    }

    /// Takes everything out of the queue: the process stops.
    pub(crate) fn drain_queue(&mut self) -> Vec<Job> {
        core::mem::take(&mut self.queue).into_values().collect()
    }

    /// Takes out the legs of a group that wait for a signature.
    pub(crate) fn take_queued_of(&mut self, group: GroupId) -> Vec<Job> {
        let keys: Vec<_> =
            self.queue.iter().filter(|(_, job)| job.carries_legs_of(group)).map(|(key, _)| *key).collect();
        keys.iter().filter_map(|key| self.queue.remove(key)).collect()
    }

    /// Takes out the jobs that build upon one that did not happen.
    pub(crate) fn take_dependents(&mut self, of: JobId) -> Vec<Job> {
        let keys: Vec<_> = self.queue.iter().filter(|(_, job)| job.after == Some(of)).map(|(key, _)| *key).collect();
        keys.iter().filter_map(|key| self.queue.remove(key)).collect()
    }

    /// Does a queued job build upon this one?
    pub(crate) fn has_dependents(&self, of: JobId) -> bool {
        self.queue.values().any(|job| job.after == Some(of))
    }
}
