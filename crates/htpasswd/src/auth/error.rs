//! The errors of starting an authenticator, of reloading the users and of storing a stronger hash.
//!
//! A server shows these errors to its administrator. The errors contain paths, and must never contain a user name or a
//! hash.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use crate::hash::{HashError, LimitExceeded};
use crate::store::StoreError;

/// Why an [`Authenticator`](crate::Authenticator) did not start.
///
/// ```
/// use std::error::Error;
///
/// let error = htpasswd::auth::StartError::Thread(std::io::ErrorKind::WouldBlock.into());
/// assert_eq!(error.to_string(), "cannot start a thread");
/// assert!(error.source().is_some());
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The operating system returned no random bytes for a key.
    #[error("the operating system returned no random bytes")]
    Random,
    /// The operating system could not start a thread.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// [`rehash_below`](crate::auth::AuthenticatorBuilder::rehash_below) exceeds the [`Limits`](crate::hash::Limits) of the users.
    #[error("rehash_below exceeds the limits of the users: no user could log in with such a hash")]
    RehashAboveLimits,
    /// [`rehash_below`](crate::auth::AuthenticatorBuilder::rehash_below) is plain text, which is never verified.
    #[error("rehash_below is plain text: no user could log in with such a hash")]
    RehashToPlainText,
    /// [`queue_limit`](crate::auth::AuthenticatorBuilder::queue_limit) is 0.
    #[error("the queue limit is 0: no password could be verified")]
    NoQueue,
}

/// Why [`Authenticator::rehash`](crate::Authenticator::rehash) stored no hash.
///
/// ```
/// use htpasswd::auth::RehashError;
/// use htpasswd::{Authenticator, Credentials, FileStore, Params, Users};
///
/// let authenticator = Authenticator::builder(Users::from("")).start()?;
/// let (store, credentials) = (FileStore::new("users"), Credentials::new("alice", "abc123")?);
/// let error = authenticator.rehash(&store, &credentials, &Params::Plain).unwrap_err();
/// assert!(matches!(error, RehashError::PlainText));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RehashError {
    /// The parameters exceed the [`Limits`](crate::hash::Limits) of the users.
    #[error("no user could log in with the new hash: {0}")]
    AboveLimits(LimitExceeded),
    /// The parameters are plain text, which is never verified.
    #[error("no user could log in with the new hash: it is plain text")]
    PlainText,
    /// The new hash cannot be created.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LimitExceeded> for RehashError {
    fn from(exceeded: LimitExceeded) -> Self {
        Self::AboveLimits(exceeded)
    }
}

/// Why [`WatchedUsers`](crate::auth::WatchedUsers) keeps the previous users.
///
/// ```
/// use htpasswd::auth::{ReloadError, WatchedUsers};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("users");
/// std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let users = WatchedUsers::open(&path)?;
/// std::fs::remove_file(&path)?;
/// let error = users.reload().unwrap_err();
/// assert!(matches!(error, ReloadError::Store(_)));
/// assert_eq!(users.current().len(), 1); // the previous users stay
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// The file cannot be read, or does not exist any more.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// The file had users who could log in, and now has none.
    #[error("{} no longer has users", .0.display())]
    Emptied(PathBuf),
    /// The last line has no newline and no complete hash: another program may still be writing the file.
    #[error("the last line of {} is incomplete", .0.display())]
    Incomplete(PathBuf),
}

impl From<StoreError> for ReloadError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

/// Errors are equal if their texts and the texts of their causes are equal. A log needs only one of equal errors.
impl PartialEq for ReloadError {
    fn eq(&self, other: &Self) -> bool {
        let text = |error: &Self| (error.to_string(), error.source().map(ToString::to_string));
        text(self) == text(other)
    }
}

impl Eq for ReloadError {}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use crate::store::StoreOperation;

    #[test]
    fn reload_errors_with_another_cause_are_different() {
        let error = |kind: ErrorKind| {
            let (operation, path) = (StoreOperation::Open, PathBuf::from("users"));
            ReloadError::from(StoreError::Io { operation, path, source: kind.into() })
        };
        assert_eq!(error(ErrorKind::NotFound), error(ErrorKind::NotFound));
        assert_ne!(error(ErrorKind::NotFound), error(ErrorKind::PermissionDenied));
        assert_ne!(error(ErrorKind::NotFound), ReloadError::Emptied("users".into()));
    }
}
