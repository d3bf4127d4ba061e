//! The threads of an [`Authenticator`](super::Authenticator): threads that hash, one that watches the file, and one
//! that watches the clock.
//!
//! `start` spawns the threads, and they end when the last handle on the authenticator is dropped. Each job that a
//! thread has popped must get a verdict, even after a panic, because a client may wait for the verdict without a
//! timeout.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::event::Event;
use super::queue::Job;
use super::shared::Shared;
use super::{ReloadError, Verdict, foreign, lock};
use crate::hash::PasswordHash;

/// The longest sleep of the file and clock threads, which bounds how late a job times out.
const SLOWEST_TICK: Duration = Duration::from_millis(250);
/// The shortest sleep of the file and clock threads, so that they do not spin.
const FASTEST_TICK: Duration = Duration::from_millis(1);

/// A thread waits to fill its next batch for at most the time of its last batch divided by this number.
const PATIENCE: u32 = 32;

/// The jobs that a thread computes together. `Drop` answers those that have no verdict.
struct Batch<'a> {
    shared: &'a Shared,
    jobs: Vec<Job>,
}

impl Batch<'_> {
    /// Verifies all jobs and answers them. Returns the time that the hashing took.
    fn verify(&mut self) -> Duration {
        let begun = Instant::now();
        let pairs: Vec<_> = self.jobs.iter().map(|job| (&job.hash, &job.password)).collect();
        let answers = PasswordHash::verify_many(&pairs);
        let elapsed = begun.elapsed();
        for (job, is_match) in self.jobs.iter_mut().zip(answers) {
            self.shared.answer(job, is_match);
        }
        self.jobs.clear();
        elapsed
    }
}

impl Drop for Batch<'_> {
    /// Answers the jobs that have no verdict because of a panic. Other jobs keep their verdicts.
    fn drop(&mut self) {
        for job in &mut self.jobs {
            let mut state = lock(&self.shared.state);
            if state.flights.get(&job.tag).is_some_and(|flight| Arc::ptr_eq(flight, &job.flight)) {
                state.flights.remove(&job.tag);
            }
            drop(state);
            job.ticket = None;
            job.flight.resolve(Verdict::Overloaded);
        }
    }
}

/// Runs a hashing thread: verifies batches from the queue until the authenticator ends.
pub(super) fn work(shared: &Shared) {
    let mut patience = Duration::ZERO;
    while let Some(jobs) = next_batch(shared, patience) {
        let (mut elapsed, count) = (Duration::ZERO, jobs.len());
        let mut batch = Batch { shared, jobs };
        foreign::call(|| elapsed = batch.verify());
        drop(batch);
        // Under load, clients that have their answer soon send the next request, so a short wait fills the next batch.
        // A batch of one job shows no load.
        patience = if count > 1 { elapsed / PATIENCE } else { Duration::ZERO };
    }
}

/// Waits for jobs and returns the next batch; `None` when the authenticator ends.
fn next_batch(shared: &Shared, patience: Duration) -> Option<Vec<Job>> {
    let mut state = lock(&shared.state);
    loop {
        state.idle += 1;
        let mut deadline = None;
        while !state.is_over && !state.queue.is_full() {
            if state.queue.len() == 0 {
                state = shared.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let now = Instant::now();
            let deadline = *deadline.get_or_insert(now + patience);
            if now >= deadline {
                break;
            }
            let waited = shared.work.wait_timeout(state, deadline - now);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.idle -= 1;
        if state.is_over {
            return None;
        }
        shared.drop_abandoned(&mut state);
        // Idle threads get a share of the jobs, so that all cores work.
        let share = state.queue.len().div_ceil(state.idle + 1);
        let mut batch = state.queue.pop(share);
        let now = shared.clock.now();
        for job in &mut batch {
            job.begun = Some(now);
        }
        if !batch.is_empty() {
            return Some(batch);
        }
    }
}

/// Runs the thread that reloads the file and emits its events until the authenticator ends.
pub(super) fn watch_file(shared: &Shared) {
    let mut reported = shared.users.current();
    let mut failed: Option<ReloadError> = None;
    loop {
        // The result does not show whether there is an error: it is Ok between two checks, and another thread may have
        // made the check.
        let _ = shared.users.reload_if_changed();
        let error = shared.users.last_error();
        if let Some(error) = &error
            && failed.as_ref() != Some(error)
        {
            shared.emit(Event::NotReloaded { error });
        }
        failed = error;
        // The users may also be new because another thread has called `reload`.
        let users = shared.users.current();
        if !Arc::ptr_eq(&users, &reported) {
            shared.emit(Event::Reloaded { users: &users });
            reported = users;
        }
        let Some(next) = shared.users.next_check() else { return };
        if sleep(shared, next) {
            return;
        }
    }
}

/// Runs the thread that answers jobs after their timeout. When the authenticator ends, no client waits for a job.
pub(super) fn watch_clock(shared: &Shared) {
    while wait_for_jobs(shared) && !sleep(shared, shared.options.queue_timeout / 4) {
        let mut state = lock(&shared.state);
        shared.drop_abandoned(&mut state);
        let late = state.queue.expire(shared.options.queue_timeout, shared.clock.now());
        for job in &late {
            state.flights.remove(&job.tag);
        }
        drop(state);
        for mut job in late {
            shared.resolve(&mut job, Verdict::Overloaded);
        }
    }
}

/// Sleeps while the queue is empty, so that an idle server stays idle. Returns false if the authenticator has ended.
fn wait_for_jobs(shared: &Shared) -> bool {
    let mut state = lock(&shared.state);
    while !state.is_over && state.queue.len() == 0 {
        state.is_clock_asleep = true;
        state = shared.wake_clock.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    state.is_clock_asleep = false;
    !state.is_over
}

/// Sleeps for about this time. Returns true if the authenticator has ended.
fn sleep(shared: &Shared, time: Duration) -> bool {
    let state = lock(&shared.state);
    let awake =
        shared.over.wait_timeout_while(state, time.clamp(FASTEST_TICK, SLOWEST_TICK), |state| !state.is_over);
    awake.unwrap_or_else(PoisonError::into_inner).0.is_over
}

#[cfg(test)]
mod tests {
    use super::super::event::Account;
    use super::super::peer::Peer;
    use super::super::single_flight::Flight;
    use super::super::ticket::Ticket;
    use super::super::{Authenticator, FailureLimits, WatchedUsers};
    use super::*;
    use crate::hash::{Params, VerifyCost};
    use crate::password::Password;

    #[test]
    fn each_client_gets_a_verdict_after_a_panic_while_hashing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        std::fs::write(&path, "").unwrap();
        let builder = Authenticator::builder(WatchedUsers::open(&path).unwrap());
        let authenticator = builder.failure_limits(FailureLimits::default()).start().unwrap();
        let (shared, address, since) = (&*authenticator.shared, "192.0.2.1".parse().ok(), Instant::now());
        let begin = |name| Ticket::begin(&shared.failures, Peer::new(address), name, Instant::now());

        let job = |number: u64| {
            let tag = shared.key.tag(&[&number.to_le_bytes()]);
            let flight = Arc::new(Flight::new(number, tag, &shared.abandoned));
            lock(&shared.state).flights.insert(tag, Arc::clone(&flight));
            Job {
                number,
                tag,
                exact: tag,
                flight,
                user: number.to_string(),
                name: number,
                password: Password::new("x").unwrap(),
                hash: PasswordHash::dummy_hash(&VerifyCost::Creatable { params: Params::Sha1, salt: 0 })
                    .unwrap(),
                account: Account { is_known: false, issue: None },
                was_right: false,
                ticket: Some(begin(number).unwrap()),
                address,
                since,
                begun: None,
            }
        };
        let mut batch = Batch { shared, jobs: (0..4).map(job).collect() };
        let subscribe = |job: &Job| job.flight.subscribe(address, job.exact, authenticator.end.clone());
        let waiting: Vec<_> = batch.jobs.iter().map(subscribe).collect();
        foreign::call(|| {
            shared.answer(&mut batch.jobs[0], false);
            panic!("in the middle of a batch");
        });
        // Another client sends the first request again.
        let again = Arc::new(Flight::new(9, batch.jobs[0].tag, &shared.abandoned));
        lock(&shared.state).flights.insert(batch.jobs[0].tag, Arc::clone(&again));
        drop(batch);

        let verdicts: Vec<_> = waiting.into_iter().map(super::super::Verification::wait).collect();
        assert_eq!(verdicts[0], Verdict::Rejected);
        assert_eq!(verdicts[1..], [Verdict::Overloaded; 3]);
        let flights: Vec<_> = std::mem::take(&mut lock(&shared.state).flights).into_values().collect();
        assert!(flights.len() == 1 && Arc::ptr_eq(&flights[0], &again));
        // No job counts as an unfinished guess any more.
        let begun = |name| (0..20).map_while(|_| begin(name).ok()).collect::<Vec<_>>().len();
        assert_eq!([begun(0), begun(1)], [9, 10]);
    }
}
