//! The error of hashing many passwords. It names the job, and never holds its password.

use thiserror::Error;

use crate::hash::HashError;

/// Why [`BulkHasher`](crate::BulkHasher) gave no hashes.
///
/// ```
/// use htpasswd::{BulkHashError, BulkHasher, HashError, Params, Password};
///
/// let jobs = vec![("bob", Password::new("abc123")?), ("carol", Password::new("two\nlines")?)];
/// let error = BulkHasher::new(Params::Plain).hash_all(jobs).unwrap_err();
/// assert_eq!(error, BulkHashError::Hash { index: 1, source: HashError::NotPlain });
/// # Ok::<(), htpasswd::PasswordError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BulkHashError {
    /// The progress callback said so.
    #[error("cancelled")]
    Cancelled,
    /// A password could not be hashed. Of several, this is the first in the order of the jobs.
    #[error("job {index}: {source}")]
    Hash {
        /// The place of its job, counted from 0.
        index: usize,
        /// The reason.
        source: HashError,
    },
}
