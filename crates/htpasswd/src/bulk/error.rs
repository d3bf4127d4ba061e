//! The error of hashing many passwords.
//!
//! [`BulkHashError::Hash`] has the index of the failed job, so a caller can report its user. The error must never
//! contain a password.

use thiserror::Error;

use crate::hash::HashError;

/// The reason why a [`BulkHasher`](crate::bulk::BulkHasher) returned no hashes.
///
/// ```
/// use htpasswd::bulk::{BulkHashError, BulkHasher};
/// use htpasswd::hash::HashError;
/// use htpasswd::{Params, Password};
///
/// let jobs = vec![("bob", Password::new("abc123")?), ("carol", Password::new("two\nlines")?)];
/// let error = BulkHasher::new(Params::Plain).hash_all(jobs).unwrap_err();
/// assert_eq!(error, BulkHashError::Hash { index: 1, source: HashError::NotPlain });
/// # Ok::<(), htpasswd::hash::PasswordError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BulkHashError {
    /// The progress callback returned [`ControlFlow::Break`](std::ops::ControlFlow::Break).
    #[error("the progress callback cancelled the hashing")]
    Cancelled,
    /// A password could not be hashed. If several passwords failed, this is the first one in the order of the jobs.
    #[error("job {index}: {source}")]
    Hash {
        /// The index of the job, counted from 0.
        index: usize,
        /// The reason.
        source: HashError,
    },
}
