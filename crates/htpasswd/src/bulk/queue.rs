//! Passwords on their way to the threads that hash them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{iter, vec};

use crate::hash::HashError;
use crate::hash::{Params, PasswordHash};
use crate::password::Password;

/// What comes to one hash.
pub(super) trait Job: Send {
    /// The hashes of neighbouring jobs, in their order, or the place of the one that failed.
    fn hash_many(jobs: Vec<Self>, params: &Params) -> Result<Vec<PasswordHash>, (usize, HashError)>
    where
        Self: Sized;
}

/// A new hash.
impl Job for Password {
    fn hash_many(passwords: Vec<Self>, params: &Params) -> Result<Vec<PasswordHash>, (usize, HashError)> {
        PasswordHash::create_many(passwords, params)
    }
}

/// The hash that is there, if it is of the password, or a new one.
impl Job for (Password, Option<PasswordHash>) {
    fn hash_many(jobs: Vec<Self>, params: &Params) -> Result<Vec<PasswordHash>, (usize, HashError)> {
        let pairs: Vec<_> =
            jobs.iter().filter_map(|(password, hash)| Some((hash.as_ref()?, password))).collect();
        let mut verified = PasswordHash::verify_many(&pairs).into_iter();
        let (mut hashes, mut missing, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for (place, (password, hash)) in jobs.into_iter().enumerate() {
            let kept = hash.filter(|_| verified.next() == Some(true));
            if kept.is_none() {
                missing.push(password);
                places.push(place);
            }
            hashes.push(kept);
        }
        let made = PasswordHash::create_many(missing, params).map_err(|(nth, error)| (places[nth], error))?;
        for (place, hash) in places.into_iter().zip(made) {
            hashes[place] = Some(hash);
        }
        Ok(hashes.into_iter().flatten().collect())
    }
}

/// The jobs that wait. They are handed out in order.
pub(super) struct Queue<J> {
    waiting: Mutex<vec::IntoIter<J>>,
    total: usize,
    params: Params,
    threads: usize,
    largest_batch: usize,
}

/// The hashes of neighbouring jobs, or the place of the one that failed among them.
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

    /// Hashes until nothing waits any more.
    pub(super) fn batches(&self) -> impl Iterator<Item = Batch> {
        iter::from_fn(|| {
            let (first, passwords) = self.take()?;
            let hashes = J::hash_many(passwords, &self.params);
            if hashes.is_err() {
                // Nothing more is begun.
                *self.waiting() = Vec::new().into_iter();
            }
            Some(Batch { first, hashes })
        })
    }

    /// The next batch, and the place of its first password. Towards the end batches shrink, so that all threads
    /// end at about the same time.
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

/// How many hashes take well longer than starting a thread (some 30 microseconds). None do if hashing is
/// no more than what it takes to hand a password from one thread to another.
pub(super) fn worth_a_thread(params: &Params) -> usize {
    match params {
        Params::Bcrypt(_) | Params::Sha256Crypt(_) | Params::Sha512Crypt(_) | Params::Apr1 => 1,
        Params::DesCrypt => 64,
        Params::Sha1 | Params::Plain => usize::MAX,
    }
}

/// How many passwords are hashed between two calls of the callback, at most.
pub(super) fn largest_batch(params: &Params) -> usize {
    worth_a_thread(params).clamp(PasswordHash::LANES, 1024)
}
