//! Hashes many passwords on all cores.
//!
//! [`BulkHasher`] is the entry point. Its threads read batches from a queue, and each thread computes several
//! hashes of a slow scheme at once. The results must always have the order of the jobs, and no password may stay in memory after its
//! hash is computed.

mod error;
mod queue;
mod run;

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

pub use self::error::BulkHashError;
use crate::hash::{Params, PasswordHash};
use crate::password::Password;

/// Hashes many passwords with new salts on all cores. Each core computes several
/// hashes of a slow scheme at once: four or five bcrypt hashes, and up to 32 MD5-crypt or SHA-crypt hashes.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use htpasswd::bulk::BulkHasher;
/// use htpasswd::{Cost, Params, Password, Username};
///
/// let mut jobs = Vec::new();
/// for (user, password) in [("alice", "abc"), ("bob", "def"), ("carol", "ghi")] {
///     jobs.push((Username::new(user)?, Password::new(password)?));
/// }
/// let mut done = 0;
/// let hashes = BulkHasher::new(Params::Bcrypt(Cost::new(5)?))
///     .on_progress(|progress| {
///         done = progress.done;
///         ControlFlow::Continue(())
///     })
///     .hash_all(jobs)?;
///
/// let (user, hash) = &hashes[1];
/// assert_eq!(user.as_bytes(), b"bob");
/// assert!(hash.verify(&Password::new("def")?));
/// assert_eq!(done, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a `BulkHasher` hashes passwords only when `hash_all`, `hash_each` or `ensure_each` is called"]
#[doc(alias = "bulk")]
#[doc(alias = "hash_many")]
pub struct BulkHasher<'a> {
    params: Params,
    threads: Option<NonZeroUsize>,
    on_progress: Box<dyn FnMut(Progress) -> ControlFlow<()> + 'a>,
}

/// The progress of a [`BulkHasher`], as a number of passwords.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use htpasswd::bulk::BulkHasher;
/// use htpasswd::{Params, Password};
///
/// let mut percent = 0;
/// BulkHasher::new(Params::Apr1)
///     .on_progress(|progress| {
///         percent = 100 * progress.done / progress.total;
///         ControlFlow::Continue(())
///     })
///     .hash_all(vec![("bob", Password::new("abc123")?)])?;
/// assert_eq!(percent, 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Progress {
    /// The number of passwords that are hashed. It never decreases, and equals `total` at the end.
    pub done: usize,
    /// The number of jobs.
    pub total: usize,
}

impl<'a> BulkHasher<'a> {
    /// Returns a hasher that creates each hash with [`PasswordHash::create`](crate::PasswordHash::create) and `params`.
    ///
    /// ```
    /// use htpasswd::bulk::BulkHasher;
    /// use htpasswd::hash::Scheme;
    /// use htpasswd::{Params, Password};
    ///
    /// let hashes = BulkHasher::new(Params::Sha1).hash_all(vec![("bob", Password::new("abc123")?)])?;
    /// assert_eq!(hashes[0].1.scheme(), Scheme::Sha1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(params: Params) -> Self {
        Self { params, threads: None, on_progress: Box::new(|_| ControlFlow::Continue(())) }
    }

    /// Sets the maximum number of threads. The default is [`std::thread::available_parallelism`].
    ///
    /// The calling thread hashes if the maximum is 1, or if more threads would not be faster. With argon2id, only as many
    /// threads hash as need 4 GiB of memory together.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    ///
    /// use htpasswd::bulk::BulkHasher;
    /// use htpasswd::{Params, Password};
    ///
    /// let jobs = vec![("bob", Password::new("abc123")?)];
    /// let hashes = BulkHasher::new(Params::Apr1).threads(NonZeroUsize::MIN).hash_all(jobs)?;
    /// assert_eq!(hashes.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Sets a callback, which the calling thread calls after each batch of passwords. If other threads hash, the
    /// calling thread also calls it at least four times per second.
    ///
    /// [`ControlFlow::Break`] cancels the hashing. Each thread finishes its current batch, which takes about as long as
    /// a few hashes if the scheme is slow. The remaining passwords are not hashed.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use htpasswd::bulk::{BulkHashError, BulkHasher};
    /// use htpasswd::{Params, Password};
    ///
    /// let jobs = vec![("bob", Password::new("abc123")?)];
    /// let cancelled = BulkHasher::new(Params::Apr1).on_progress(|_| ControlFlow::Break(())).hash_all(jobs);
    /// assert_eq!(cancelled.unwrap_err(), BulkHashError::Cancelled);
    /// # Ok::<(), htpasswd::hash::PasswordError>(())
    /// ```
    pub fn on_progress(mut self, callback: impl FnMut(Progress) -> ControlFlow<()> + 'a) -> Self {
        self.on_progress = Box::new(callback);
        self
    }

    /// Hashes the password of each job. The results have the order of the jobs.
    ///
    /// `U` identifies the owner of the password. Each password is wiped as soon as it is hashed. After an error, all
    /// passwords are wiped.
    ///
    /// ```
    /// use htpasswd::bulk::BulkHasher;
    /// use htpasswd::document::Edits;
    /// use htpasswd::{Params, Password, Username};
    ///
    /// let mut jobs = Vec::new();
    /// for (user, password) in [("alice", "abc"), ("bob", "def")] {
    ///     jobs.push((Username::new(user)?, Password::new(password)?));
    /// }
    /// let edits: Edits = BulkHasher::new(Params::Apr1).hash_all(jobs)?.into_iter().collect();
    /// assert_eq!(edits.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BulkHashError::Cancelled`] if the progress callback returned [`ControlFlow::Break`]; [`BulkHashError::Hash`]
    /// if [`PasswordHash::create`](crate::PasswordHash::create) failed.
    pub fn hash_all<U>(self, jobs: Vec<(U, Password)>) -> Result<Vec<(U, PasswordHash)>, BulkHashError> {
        let mut hashed = Vec::with_capacity(jobs.len());
        self.hash_each(jobs, |user, hash| hashed.push((user, hash)))?;
        Ok(hashed)
    }

    /// Hashes the password of each job and passes each result to `take`.
    ///
    /// The calling thread calls `take` in the order of the jobs, as soon as a result and all results before it are
    /// computed. Results after a failed job are dropped.
    ///
    /// ```
    /// use htpasswd::bulk::BulkHasher;
    /// use htpasswd::{Params, Password};
    ///
    /// let jobs = [(1, Password::new("abc")?), (2, Password::new("def")?)];
    /// let mut numbers = Vec::new();
    /// BulkHasher::new(Params::Apr1).hash_each(jobs, |number, _hash| numbers.push(number))?;
    /// assert_eq!(numbers, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`hash_all`](Self::hash_all).
    pub fn hash_each<U>(
        self,
        jobs: impl IntoIterator<Item = (U, Password), IntoIter: ExactSizeIterator>,
        take: impl FnMut(U, PasswordHash),
    ) -> Result<(), BulkHashError> {
        self.each(jobs, take)
    }

    /// Passes a hash of each job's password to `take`. Unlike [`hash_each`](Self::hash_each), it keeps existing hashes.
    ///
    /// If a job has a hash, that hash is verified. If the hash matches the password, `take` gets this hash, otherwise
    /// `take` gets a new hash. Verifying takes as long as creating a hash of the same cost.
    ///
    /// The number of threads and the size of batches depend on the new hashes. Do not pass existing hashes of a much
    /// higher cost, for example bcrypt hashes if `params` are [`Params::Sha1`].
    ///
    /// ```
    /// use htpasswd::bulk::BulkHasher;
    /// use htpasswd::{Params, Password, PasswordHash};
    ///
    /// let old = PasswordHash::parse(b"$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0")?;
    /// let mut kept = Vec::new();
    /// let jobs = [("secret", Some(old.clone())), ("other", Some(old.clone())), ("new", None)];
    /// let jobs = jobs.map(|(password, hash)| Ok((password, (Password::new(password)?, hash))));
    /// let jobs = jobs.into_iter().collect::<Result<Vec<_>, htpasswd::hash::PasswordError>>()?;
    /// BulkHasher::new(Params::Apr1).ensure_each(jobs, |password, hash| {
    ///     kept.push((password, hash.as_bytes() == old.as_bytes()));
    /// })?;
    /// assert_eq!(kept, [("secret", true), ("other", false), ("new", false)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`hash_all`](Self::hash_all).
    pub fn ensure_each<U>(
        self,
        jobs: impl IntoIterator<Item = (U, (Password, Option<PasswordHash>)), IntoIter: ExactSizeIterator>,
        take: impl FnMut(U, PasswordHash),
    ) -> Result<(), BulkHashError> {
        self.each(jobs, take)
    }
}

impl fmt::Debug for BulkHasher<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkHasher")
            .field("params", &self.params)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
