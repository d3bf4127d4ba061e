//! The queue of jobs that the threads of a bulk hasher share.
//!
//! Each thread gets batches with [`Queue::batches`] until the queue is empty. The queue must hand out jobs in order,
//! and must never hand out a job after one has failed.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{iter, vec};

use crate::hash::{Group, HashError, Params, PasswordHash};
use crate::password::Password;

/// The memory of all threads together, in KiB.
#[cfg(feature = "argon2")]
const MEMORY: u32 = 4 << 20;

/// A job that results in one hash.
pub(super) trait Job: Send {
    /// Returns the hashes of consecutive jobs in their order, or the index and the error of the failed job.
    fn hash_many(jobs: Vec<Self>, params: &Params) -> Result<Vec<PasswordHash>, (usize, HashError)>
    where
        Self: Sized;
}

/// A job that creates a new hash.
impl Job for Password {
    fn hash_many(passwords: Vec<Self>, params: &Params) -> Result<Vec<PasswordHash>, (usize, HashError)> {
        PasswordHash::create_many(passwords, params)
    }
}

/// A job that keeps an existing hash if it matches the password, and creates a new hash otherwise.
impl Job for (Password, Option<PasswordHash>) {
    fn hash_many(jobs: Vec<Self>, params: &Params) -> Result<Vec<PasswordHash>, (usize, HashError)> {
        let pairs: Vec<_> =
            jobs.iter().filter_map(|(password, hash)| Some((hash.as_ref()?, password))).collect();
        let mut verified = PasswordHash::verify_many(&pairs).into_iter();
        let (mut hashes, mut missing, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (password, hash)) in jobs.into_iter().enumerate() {
            let kept = hash.filter(|_| verified.next() == Some(true));
            if kept.is_none() {
                missing.push(password);
                indexes.push(index);
            }
            hashes.push(kept);
        }
        let created =
            PasswordHash::create_many(missing, params).map_err(|(nth, error)| (indexes[nth], error))?;
        for (index, hash) in indexes.into_iter().zip(created) {
            hashes[index] = Some(hash);
        }
        Ok(hashes.into_iter().flatten().collect())
    }
}

/// The waiting jobs. The queue hands them out in order.
pub(super) struct Queue<J> {
    waiting: Mutex<vec::IntoIter<J>>,
    total: usize,
    params: Params,
    threads: usize,
    largest_batch: usize,
}

/// The result of consecutive jobs. `first` is the index of the first job; an error has an offset from it.
pub(super) struct Batch {
    pub(super) first: usize,
    pub(super) hashes: Result<Vec<PasswordHash>, (usize, HashError)>,
}

impl<J: Job> Queue<J> {
    pub(super) fn new(passwords: Vec<J>, params: Params, threads: usize) -> Self {
        let total = passwords.len();
        let largest_batch = largest_batch(&params);
        Self { waiting: Mutex::new(passwords.into_iter()), total, params, threads, largest_batch }
    }

    /// Returns an iterator that hashes batches until no job is waiting.
    pub(super) fn batches(&self) -> impl Iterator<Item = Batch> {
        iter::from_fn(|| {
            let (first, passwords) = self.take()?;
            let hashes = J::hash_many(passwords, &self.params);
            if hashes.is_err() {
                // After an error, no thread starts another batch.
                *self.waiting() = Vec::new().into_iter();
            }
            Some(Batch { first, hashes })
        })
    }

    /// Returns the next batch and the index of its first job. The last batches are smaller, so that all threads finish
    /// at about the same time.
    fn take(&self) -> Option<(usize, Vec<J>)> {
        let mut waiting = self.waiting();
        let first = self.total - waiting.len();
        let size = waiting.len().div_ceil(self.threads).min(self.largest_batch);
        (size > 0).then(|| (first, waiting.by_ref().take(size).collect()))
    }

    fn waiting(&self) -> MutexGuard<'_, vec::IntoIter<J>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The number of hashes that justify one thread. Computing them takes much longer than starting a thread (about 30 µs).
/// For the fastest schemes the result is `usize::MAX`, because passing a password to another thread takes as long as
/// hashing it.
pub(super) fn worth_a_thread(params: &Params) -> usize {
    match params {
        Params::Bcrypt(_) | Params::Sha256Crypt(_) | Params::Sha512Crypt(_) | Params::Apr1 => 1,
        #[cfg(feature = "argon2")]
        Params::Argon2id(_) => 1,
        Params::DesCrypt => 64,
        Params::Sha1 | Params::Plain => usize::MAX,
    }
}

/// The maximum number of threads, because of the memory that each hash needs: all of them together use at most 4 GiB.
/// One thread may use more.
pub(super) fn most_threads(params: &Params) -> usize {
    match params {
        #[cfg(feature = "argon2")]
        Params::Argon2id(cost) => usize::try_from(MEMORY / cost.memory()).map_or(1, |threads| threads.max(1)),
        _ => usize::MAX,
    }
}

/// The maximum number of passwords that are hashed between two calls of the progress callback.
pub(super) fn largest_batch(params: &Params) -> usize {
    worth_a_thread(params).clamp(Group::of(params).map_or(1, Group::len), 1024)
}
