//! Many passwords hashed at once: bcrypt in lanes, and all cores at work.

mod error;
mod queue;
mod run;

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

pub use self::error::BulkHashError;
use crate::hash::{Params, PasswordHash};
use crate::password::Password;

/// Hashes many passwords with new salts, on all cores. On each core, bcrypt runs four computations at a time.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use htpasswd::{BulkHasher, Cost, Params, Password, Username};
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
#[must_use = "nothing is hashed before `hash_all`"]
pub struct BulkHasher<'a> {
    params: Params,
    threads: Option<NonZeroUsize>,
    on_progress: Box<dyn FnMut(Progress) -> ControlFlow<()> + 'a>,
}

/// How far [`BulkHasher::hash_all`] is, in passwords.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use htpasswd::{BulkHasher, Params, Password};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Hashed so far. Never shrinks, and is `total` in the end.
    pub done: usize,
    /// The number of jobs.
    pub total: usize,
}

impl<'a> BulkHasher<'a> {
    /// Every hash is made as [`PasswordHash::create`](crate::PasswordHash::create) does with `params`.
    ///
    /// ```
    /// use htpasswd::{BulkHasher, Params, Password, Scheme};
    ///
    /// let hashes = BulkHasher::new(Params::Sha1).hash_all(vec![("bob", Password::new("abc123")?)])?;
    /// assert_eq!(hashes[0].1.scheme(), Scheme::Sha1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(params: Params) -> Self {
        Self { params, threads: None, on_progress: Box::new(|_| ControlFlow::Continue(())) }
    }

    /// At most so many threads hash. By default as many as can run at the same time here
    /// ([`std::thread::available_parallelism`]); with 1, or where more do not pay, the calling thread hashes.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    ///
    /// use htpasswd::{BulkHasher, Params, Password};
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

    /// `callback` is called on the calling thread, each time that a few more passwords are hashed; where other
    /// threads hash, four times a second in any case.
    ///
    /// [`ControlFlow::Break`] cancels: what is being computed (four passwords at most, if they are costly) is
    /// finished, the rest is left.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use htpasswd::{BulkHashError, BulkHasher, Params, Password};
    ///
    /// let jobs = vec![("bob", Password::new("abc123")?)];
    /// let cancelled = BulkHasher::new(Params::Apr1).on_progress(|_| ControlFlow::Break(())).hash_all(jobs);
    /// assert_eq!(cancelled.unwrap_err(), BulkHashError::Cancelled);
    /// # Ok::<(), htpasswd::PasswordError>(())
    /// ```
    pub fn on_progress(mut self, callback: impl FnMut(Progress) -> ControlFlow<()> + 'a) -> Self {
        self.on_progress = Box::new(callback);
        self
    }

    /// Hashes the password of each job; the results are in the order of the jobs.
    ///
    /// `U` is whatever says whose password it is. Each password is wiped as soon as it is hashed, and all of them
    /// if there is an error.
    ///
    /// ```
    /// use htpasswd::{BulkHasher, Edits, Params, Password, Username};
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
    /// [`BulkHashError::Cancelled`] if the callback said so; [`BulkHashError::Hash`] if
    /// [`PasswordHash::create`](crate::PasswordHash::create) failed.
    pub fn hash_all<U>(self, jobs: Vec<(U, Password)>) -> Result<Vec<(U, PasswordHash)>, BulkHashError> {
        let mut hashed = Vec::with_capacity(jobs.len());
        self.hash_each(jobs, |user, hash| hashed.push((user, hash)))?;
        Ok(hashed)
    }

    /// As [`hash_all`](Self::hash_all), but each result is given to `take`, on the calling thread, as soon as
    /// it and all before it are there; what comes after an error is not.
    ///
    /// ```
    /// use htpasswd::{BulkHasher, Params, Password};
    ///
    /// let jobs = [(1, Password::new("abc")?), (2, Password::new("def")?)];
    /// let mut numbers = Vec::new();
    /// BulkHasher::new(Params::Apr1).hash_each(jobs, |number, _hash| numbers.push(number))?;
    /// assert_eq!(numbers, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As `hash_all`.
    pub fn hash_each<U>(
        self,
        jobs: impl IntoIterator<Item = (U, Password), IntoIter: ExactSizeIterator>,
        take: impl FnMut(U, PasswordHash),
    ) -> Result<(), BulkHashError> {
        self.each(jobs, take)
    }

    /// As [`hash_each`](Self::hash_each), but a hash that comes with its password, and is of it, is given back:
    /// only the others are made. To verify takes as long as to make one. Threads and batches are those that suit the
    /// hashes to be made: leave out old ones that cost more, as bcrypt does where `{SHA}` is made.
    ///
    /// ```
    /// use htpasswd::{BulkHasher, Params, Password, PasswordHash};
    ///
    /// let old = PasswordHash::parse(b"$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0")?;
    /// let mut kept = Vec::new();
    /// let jobs = [("secret", Some(old.clone())), ("other", Some(old.clone())), ("new", None)];
    /// let jobs = jobs.map(|(password, hash)| Ok((password, (Password::new(password)?, hash))));
    /// let jobs = jobs.into_iter().collect::<Result<Vec<_>, htpasswd::PasswordError>>()?;
    /// BulkHasher::new(Params::Apr1).ensure_each(jobs, |password, hash| {
    ///     kept.push((password, hash.as_bytes() == old.as_bytes()));
    /// })?;
    /// assert_eq!(kept, [("secret", true), ("other", false), ("new", false)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As `hash_each`.
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
