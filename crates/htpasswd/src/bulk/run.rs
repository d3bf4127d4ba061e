//! The work of a bulk hasher: on the calling thread, or on threads that take batches off a queue.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{iter, thread};

use super::queue::{Batch, Job, Queue, largest_batch, worth_a_thread};
use super::{BulkHashError, BulkHasher, Progress};
use crate::hash::PasswordHash;

/// How long the callback is left without a call at most.
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
                // The receiver is gone after a cancellation, or if a callback panics.
                let _ = queue.batches().try_for_each(|batch| sender.send(batch));
            };
            let spawn = |_| {
                let sender = sender.clone();
                thread::Builder::new().spawn_scoped(scope, move || work(sender)).ok()
            };
            let started = (0..threads).map_while(spawn).count();
            drop(sender);
            // If the system has no thread left, this one is still there.
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

    /// `finished` gives `None` when it is time for a call of the callback.
    fn gather<U>(
        &mut self,
        users: Vec<U>,
        finished: impl Iterator<Item = Option<Batch>>,
        mut take: impl FnMut(U, PasswordHash),
    ) -> Result<(), BulkHashError> {
        let total = users.len();
        let mut users = users.into_iter();
        // Batches that are ahead of one that is still being computed.
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
                        // In this order: `zip` asks no user to come when there is no hash left.
                        for (hash, user) in hashes.into_iter().zip(users.by_ref()) {
                            take(user, hash);
                        }
                    }
                }
                Some((first, Err((offset, source)))) => {
                    // Batches before this one are being computed: one of them may yet have an error, and
                    // which one is told must not depend on how fast a thread is.
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
