//! The errors of starting an authenticator and of reading the users again.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::store::StoreError;

/// Why an [`Authenticator`](crate::Authenticator) could not be started.
///
/// ```
/// use std::error::Error;
///
/// let error = htpasswd::StartError::Thread(std::io::ErrorKind::WouldBlock.into());
/// assert_eq!(error.to_string(), "cannot start a thread");
/// assert!(error.source().is_some());
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The operating system gave no random bytes for a key.
    #[error("no random bytes from the operating system")]
    Random,
    /// The operating system gave no thread.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// [`rehash_below`](crate::AuthenticatorBuilder::rehash_below) wants hashes that the
    /// [`Limits`](crate::Limits) of the users reject.
    #[error("rehash_below is above the limits of the users: nobody could log in with such a hash")]
    RehashAboveLimits,
    /// [`rehash_below`](crate::AuthenticatorBuilder::rehash_below) wants plain text, which is never verified.
    #[error("rehash_below is plain text: nobody could log in with it")]
    RehashToPlainText,
    /// [`queue_limit`](crate::AuthenticatorBuilder::queue_limit) is 0.
    #[error("the queue limit is 0: no password could be verified")]
    NoQueue,
}

/// Why [`WatchedUsers`](crate::WatchedUsers) keeps the users that it has.
///
/// ```
/// use htpasswd::{ReloadError, WatchedUsers};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let users = WatchedUsers::open(&path)?;
/// std::fs::remove_file(&path)?;
/// let error = users.reload().unwrap_err();
/// assert!(matches!(*error, ReloadError::Store(_)));
/// assert_eq!(users.current().len(), 1); // those that were there stay
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// The file cannot be read, or is gone.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There were users in the file, and now there is none who could log in.
    #[error("{} has no users any more", .0.display())]
    Emptied(PathBuf),
    /// The last line has no end, and stops before its hash does: somebody may be writing.
    #[error("the last line of {} is incomplete", .0.display())]
    Incomplete(PathBuf),
}
