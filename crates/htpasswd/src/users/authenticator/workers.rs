//! The threads of an [`Authenticator`](super::Authenticator): some that hash, and one that keeps house.

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
        state.give_up();
        // Threads that have nothing to do take their share.
        let share = state.queue.len().div_ceil(state.idle + 1);
        let batch = state.queue.pop(share.min(Hash::LANES));
        if !batch.is_empty() {
            return Some(batch);
        }
    }
}

/// Looks at the file and at the clock, until there is no authenticator any more.
pub(super) fn keep_house(shared: &Shared) {
    let tick = shared.users.check_every().min(shared.options.queue_timeout / 4);
    let tick = tick.clamp(FASTEST_TICK, SLOWEST_TICK);
    let mut told: Option<Arc<ReloadError>> = None;
    loop {
        match shared.users.reload_if_changed() {
            Ok(true) => shared.tell(Event::Reloaded { users: &shared.users.current() }),
            Ok(false) => {}
            Err(error) if told.as_ref().is_some_and(|told| Arc::ptr_eq(told, &error)) => {}
            Err(error) => {
                shared.tell(Event::NotReloaded { error: &error });
                told = Some(error);
            }
        }
        let mut state = lock(&shared.state);
        if !state.is_over {
            let waited = shared.house.wait_timeout(state, tick);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let timeout = if state.is_over { Duration::ZERO } else { shared.options.queue_timeout };
        let late = state.queue.expire(timeout, Instant::now());
        for job in &late {
            state.flights.remove(&job.tag);
        }
        let is_over = state.is_over;
        drop(state);
        for job in late {
            shared.land(&job, Verdict::Overloaded);
        }
        if is_over {
            return;
        }
    }
}
