//! Runs a bulk hasher on the calling thread, or on threads that get batches from a queue.
//!
//! The calling thread collects the batches, sorts them and calls the callbacks. Other threads must never call a
//! callback, and results must always have the order of the jobs.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{iter, thread};

use super::queue::{Batch, Job, Queue, largest_batch, most_threads, worth_a_thread};
use super::{BulkHashError, BulkHasher, Progress};
use crate::hash::PasswordHash;

/// The maximum time between two calls of the progress callback while other threads hash.
const TICK: Duration = Duration::from_millis(250);

impl BulkHasher<'_> {
    pub(super) fn each<U, J: Job>(
        mut self,
        jobs: impl IntoIterator<Item = (U, J), IntoIter: ExactSizeIterator>,
        take: impl FnMut(U, PasswordHash),
    ) -> Result<(), BulkHashError> {
        let jobs = jobs.into_iter();
        let threads = self
            .threads
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZeroUsize::get)
            .min(jobs.len().div_ceil(worth_a_thread(&self.params)))
            .min(most_threads(&self.params))
            .max(1);
        if threads == 1 { self.hash_here(jobs, take) } else { self.hash_on_threads(threads, jobs, take) }
    }

    fn hash_here<U, J: Job>(
        &mut self,
        mut jobs: impl ExactSizeIterator<Item = (U, J)>,
        mut take: impl FnMut(U, PasswordHash),
    ) -> Result<(), BulkHashError> {
        let (total, mut done) = (jobs.len(), 0);
        loop {
            let (users, passwords): (Vec<U>, Vec<J>) =
                jobs.by_ref().take(largest_batch(&self.params)).unzip();
            if passwords.is_empty() {
                return Ok(());
            }
            let hashes = J::hash_many(passwords, &self.params)
                .map_err(|(offset, source)| BulkHashError::Hash { index: done + offset, source })?;
            done += hashes.len();
            for (user, hash) in users.into_iter().zip(hashes) {
                take(user, hash);
            }
            self.report_progress(Progress { done, total })?;
        }
    }

    fn hash_on_threads<U, J: Job>(
        &mut self,
        threads: usize,
        jobs: impl Iterator<Item = (U, J)>,
        take: impl FnMut(U, PasswordHash),
    ) -> Result<(), BulkHashError> {
        let (users, passwords): (Vec<U>, Vec<J>) = jobs.unzip();
        let queue = Queue::new(passwords, self.params, threads);
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            let work = |sender: mpsc::Sender<Batch>| {
                // Sending fails after a cancellation or a panic in a callback, because the receiver is dropped.
                let _ = queue.batches().try_for_each(|batch| sender.send(batch));
            };
            let spawn = |_| {
                let sender = sender.clone();
                thread::Builder::new().spawn_scoped(scope, move || work(sender)).ok()
            };
            let started = (0..threads).map_while(spawn).count();
            drop(sender);
            // If the operating system starts no thread, the calling thread hashes.
            if started == 0 {
                self.gather(users, queue.batches().map(Some), take)
            } else {
                let next = || match receiver.recv_timeout(TICK) {
                    Ok(batch) => Some(Some(batch)),
                    Err(RecvTimeoutError::Timeout) => Some(None),
                    Err(RecvTimeoutError::Disconnected) => None,
                };
                self.gather(users, iter::from_fn(next), take)
            }
        })
    }

    /// Passes the hashes of `finished` batches to `take` in the order of the jobs. The iterator `finished` yields
    /// `None` when it is time to call the progress callback.
    fn gather<U>(
        &mut self,
        users: Vec<U>,
        finished: impl Iterator<Item = Option<Batch>>,
        mut take: impl FnMut(U, PasswordHash),
    ) -> Result<(), BulkHashError> {
        let total = users.len();
        let mut users = users.into_iter();
        // These batches wait for an earlier batch that a thread still computes.
        let mut ahead = BTreeMap::new();
        let mut done = 0;
        let mut first_error = None;
        for batch in finished {
            match batch.map(|Batch { first, hashes }| (first, hashes)) {
                None => {}
                Some((first, Ok(hashes))) => {
                    done += hashes.len();
                    ahead.insert(first, hashes);
                    while let Some(hashes) = ahead.remove(&(total - users.len())) {
                        // The hashes come first, because `zip` would otherwise drop a user after the last hash.
                        for (hash, user) in hashes.into_iter().zip(users.by_ref()) {
                            take(user, hash);
                        }
                    }
                }
                Some((first, Err((offset, source)))) => {
                    // An earlier batch that is still computed may also fail. The reported error must not depend on the
                    // speed of a thread.
                    let index = first + offset;
                    if first_error.is_none_or(|(earliest, _)| index < earliest) {
                        first_error = Some((index, source));
                    }
                }
            }
            if first_error.is_none() {
                self.report_progress(Progress { done, total })?;
            }
        }
        first_error.map_or(Ok(()), |(index, source)| Err(BulkHashError::Hash { index, source }))
    }

    fn report_progress(&mut self, progress: Progress) -> Result<(), BulkHashError> {
        match (self.on_progress)(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(BulkHashError::Cancelled),
        }
    }
}
