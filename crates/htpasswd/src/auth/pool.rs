//! The threads of an [`Authenticator`](super::Authenticator): some that hash, one that watches the file, and
//! one that watches the clock.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::event::{Event, Verdict};
use super::queue::Job;
use super::shared::Shared;
use super::{ReloadError, foreign, lock};
use crate::hash::PasswordHash;

/// Looking at the clock more often makes nothing better.
const SLOWEST_TICK: Duration = Duration::from_millis(250);
const FASTEST_TICK: Duration = Duration::from_millis(1);

/// A thread waits for company for its next batch at most for this part of the time the last one took.
const PATIENCE: u32 = 32;

/// Jobs that are being computed. Each of them is answered, whatever happens: a client waits for it without end.
struct Batch<'a> {
    shared: &'a Shared,
    jobs: Vec<Job>,
}

impl Batch<'_> {
    /// Says how long it took, without the answers.
    fn verify(&mut self) -> Duration {
        let begun = Instant::now();
        let pairs: Vec<_> = self.jobs.iter().map(|job| (&job.hash, &job.password)).collect();
        let answers = PasswordHash::verify_many(&pairs);
        let taken = begun.elapsed();
        for (job, is_match) in self.jobs.iter_mut().zip(answers) {
            self.shared.answer(job, is_match);
        }
        self.jobs.clear();
        taken
    }
}

impl Drop for Batch<'_> {
    /// After a panic there are jobs left. Those of them that have been answered stay answered.
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

/// Verifies what stands in the queue, until there is no authenticator any more.
pub(super) fn work(shared: &Shared) {
    let mut patience = Duration::ZERO;
    while let Some(jobs) = next_batch(shared, patience) {
        let (mut taken, count) = (Duration::ZERO, jobs.len());
        let mut batch = Batch { shared, jobs };
        foreign::call(|| taken = batch.verify());
        drop(batch);
        // Under load, clients who have their answer ask the next thing in a moment, and then there is more to
        // be computed in step. One that was alone will be alone again.
        patience = if count > 1 { taken / PATIENCE } else { Duration::ZERO };
    }
}

fn next_batch(shared: &Shared, patience: Duration) -> Option<Vec<Job>> {
    let mut state = lock(&shared.state);
    loop {
        state.idle += 1;
        let mut deadline = None;
        while !state.is_over && state.queue.len() < PasswordHash::LANES {
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
        shared.give_up(&mut state);
        // Threads that have nothing to do take their share.
        let share = state.queue.len().div_ceil(state.idle + 1);
        let batch = state.queue.pop(share.min(PasswordHash::LANES));
        if !batch.is_empty() {
            return Some(batch);
        }
    }
}

/// Looks at the file, until there is no authenticator any more.
pub(super) fn watch_file(shared: &Shared) {
    let mut told = shared.users.current();
    let mut failed: Option<Arc<ReloadError>> = None;
    loop {
        // What it says is not all: it may not be time to look, and somebody else may have looked.
        let _ = shared.users.reload_if_changed();
        let error = shared.users.last_error();
        if let Some(error) = &error
            && failed.as_ref().is_none_or(|failed| !Arc::ptr_eq(failed, error))
        {
            shared.emit(Event::NotReloaded { error });
        }
        failed = error;
        // Somebody else may have had it read.
        let users = shared.users.current();
        if !Arc::ptr_eq(&users, &told) {
            shared.emit(Event::Reloaded { users: &users });
            told = users;
        }
        if sleep(shared, shared.users.next_look()) {
            return;
        }
    }
}

/// Answers those who have waited for too long, until there is no authenticator any more: then all of them.
pub(super) fn watch_clock(shared: &Shared) {
    loop {
        let is_over = sleep(shared, shared.options.queue_timeout / 4);
        let timeout = if is_over { Duration::ZERO } else { shared.options.queue_timeout };
        let mut state = lock(&shared.state);
        shared.give_up(&mut state);
        let late = state.queue.expire(timeout, Instant::now());
        for job in &late {
            state.flights.remove(&job.tag);
        }
        drop(state);
        for mut job in late {
            shared.resolve(&mut job, Verdict::Overloaded);
        }
        if is_over {
            return;
        }
    }
}

/// For about this time; says whether there is no authenticator any more.
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
    fn a_panic_while_hashing_leaves_no_client_without_an_answer() {
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
            }
        };
        let mut batch = Batch { shared, jobs: (0..4).map(job).collect() };
        let waiting: Vec<_> = batch.jobs.iter().map(|job| job.flight.subscribe(address, job.exact)).collect();
        foreign::call(|| {
            shared.answer(&mut batch.jobs[0], false);
            panic!("in the middle of a batch");
        });
        // Somebody asks the first one again.
        let again = Arc::new(Flight::new(9, batch.jobs[0].tag, &shared.abandoned));
        lock(&shared.state).flights.insert(batch.jobs[0].tag, Arc::clone(&again));
        drop(batch);

        let verdicts: Vec<_> = waiting.into_iter().map(super::super::Verification::wait).collect();
        assert_eq!(verdicts[0], Verdict::Rejected);
        assert_eq!(verdicts[1..], [Verdict::Overloaded; 3]);
        let flights: Vec<_> = std::mem::take(&mut lock(&shared.state).flights).into_values().collect();
        assert!(flights.len() == 1 && Arc::ptr_eq(&flights[0], &again));
        // Nothing counts as being under way any more.
        let begun = |name| (0..20).map_while(|_| begin(name).ok()).collect::<Vec<_>>().len();
        assert_eq!([begun(0), begun(1)], [9, 10]);
    }
}
