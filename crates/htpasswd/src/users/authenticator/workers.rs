//! The threads of an [`Authenticator`](super::Authenticator): some that hash, one that watches the file, and
//! one that watches the clock.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::event::{Event, Verdict};
use super::queue::Job;
use super::{Shared, lock};
use crate::error::ReloadError;
use crate::hash::Hash;

/// Looking at the clock more often makes nothing better.
const SLOWEST_TICK: Duration = Duration::from_millis(250);
const FASTEST_TICK: Duration = Duration::from_millis(1);

/// A thread waits for company for its next batch at most for this part of the time the last one took.
const PATIENCE: u32 = 32;

/// Verifies what stands in the queue, until there is no authenticator any more.
pub(super) fn work(shared: &Shared) {
    let mut patience = Duration::ZERO;
    while let Some(batch) = next_batch(shared, patience) {
        let begun = Instant::now();
        let pairs: Vec<_> = batch.iter().map(|job| (&job.hash, &job.password)).collect();
        let answers = Hash::verify_many(&pairs);
        // Under load, clients who have their answer ask the next thing in a moment, and then there is more to
        // be computed in step. One that was alone will be alone again.
        patience = if batch.len() > 1 { begun.elapsed() / PATIENCE } else { Duration::ZERO };
        for (job, is_match) in batch.iter().zip(answers) {
            shared.answer(job, is_match);
        }
    }
}

fn next_batch(shared: &Shared, patience: Duration) -> Option<Vec<Job>> {
    let mut state = lock(&shared.state);
    loop {
        state.idle += 1;
        let mut deadline = None;
        while !state.is_over && state.queue.len() < Hash::LANES {
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
        let batch = state.queue.pop(share.min(Hash::LANES));
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
            shared.tell(Event::NotReloaded { error });
        }
        failed = error;
        // Somebody else may have had it read.
        let users = shared.users.current();
        if !Arc::ptr_eq(&users, &told) {
            shared.tell(Event::Reloaded { users: &users });
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
        let late = state.queue.expire(timeout, Instant::now());
        for job in &late {
            state.flights.remove(&job.tag);
        }
        drop(state);
        for job in late {
            shared.land(&job, Verdict::Overloaded);
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
