//! The users of a password file that changes while a server runs.
//!
//! [`WatchedUsers`] is the handle that servers share. A handle returns the current users, from memory or from a file
//! that the module `file` watches. A reader must never wait while a file is read.

mod builder;
mod file;
mod fingerprint;

use std::fmt;
use std::panic::RefUnwindSafe;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub use self::builder::WatchedUsersBuilder;
use self::file::{Current, WatchedFile};
use super::ReloadError;
use crate::hash::Limits;
use crate::users::Users;

/// The [`Users`] of a password file, which are reloaded when the file changes. A `WatchedUsers` can also hold users
/// from memory, which only [`replace`](Self::replace) changes: `WatchedUsers::from(Users::from("alice:…"))`.
///
/// A clone is another handle on the same users, so several [`Authenticator`](crate::Authenticator)s can share one file.
/// A `WatchedUsers` starts no thread.
///
/// An authenticator reloads the file by itself. Any other server calls [`reload_if_changed`](Self::reload_if_changed)
/// before each login, or from a timer. The call checks the file at most once per
/// [interval](WatchedUsersBuilder::check_every). It reads the file if device, inode, length or times of the file at the
/// path have changed, or if the last change is so recent that a second change could have the same times. The check
/// therefore detects edits in place, renamed files, deleted and recreated files, and the links that Kubernetes swaps. A
/// deleted user cannot log in after the next check. While one thread reads, other threads continue with the previous
/// users. The file is read with [`FileStore::load`](crate::FileStore::load).
///
/// # When the previous users stay
///
/// - The file is missing or cannot be read. The previous users stay until the file can be read again.
/// - The file had users who could log in, and now has none.
/// - The last line is new, has no newline, and ends before its hash is complete.
///
/// In the last two cases, another program may have emptied the file and still be writing it. If the file stays
/// unchanged for the [settling time](WatchedUsersBuilder::settle), its users are loaded. [`reload`](Self::reload)
/// loads them at once.
///
/// In all cases, [`last_error`](Self::last_error) returns the reason. A file that is cut off between two lines looks
/// complete. A program that writes the file in place may therefore hide users from any reader for a moment.
/// A change through [`FileStore`](crate::FileStore) never empties the file first.
///
/// ```
/// use htpasswd::auth::WatchedUsers;
/// use htpasswd::{FileStore, Params, Password, PasswordHash, Username};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("users");
/// std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let users = WatchedUsers::open(&path)?;
/// assert!(users.current().get("alice").is_some());
///
/// let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?;
/// FileStore::new(&path).set(&Username::new("bob")?, &hash)?;
/// assert!(users.reload()?);
/// assert!(users.current().get("bob").is_some());
/// assert!(users.last_error().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct WatchedUsers(Arc<State>);

/// The state that all handles share.
struct State {
    current: Current,
    /// The file; `None` if the users are from memory.
    file: Option<WatchedFile>,
}

/// The hook of the store alone is not unwind safe, and this store has none.
impl RefUnwindSafe for State {}

impl WatchedUsers {
    fn new(users: Users, file: Option<WatchedFile>) -> Self {
        Self(Arc::new(State { current: RwLock::new(Arc::new(users)), file }))
    }

    /// The current users. The call does not access the file. The [`Arc`] stays the same until new users are loaded.
    #[must_use]
    pub fn current(&self) -> Arc<Users> {
        Arc::clone(&self.0.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the users. Logins that begin after the call see the new users, in every authenticator that shares them.
    ///
    /// Use this method for users from memory. If the users are from a file, the next read of the file replaces them
    /// again.
    ///
    /// ```
    /// use htpasswd::auth::WatchedUsers;
    /// use htpasswd::Users;
    ///
    /// let users = WatchedUsers::from(Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n"));
    /// users.replace(Users::from("bob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n"));
    /// assert!(users.current().get("alice").is_none());
    /// ```
    pub fn replace(&self, users: Users) {
        let users = Arc::new(users);
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        let previous = std::mem::replace(&mut *current, users);
        // Freeing a long file takes time, and readers must not wait for it.
        drop(current);
        drop(previous);
    }

    /// The reason why the last check did not load the file; `None` if it succeeded, or if the users are from memory.
    /// While the reason lasts, the errors are equal, so that a server can log the reason once.
    #[must_use]
    pub fn last_error(&self) -> Option<ReloadError> {
        self.0.file.as_ref().and_then(WatchedFile::last_error)
    }

    /// The limits above which a hash is not verified.
    pub(super) fn limits(&self) -> Limits {
        self.current().limits()
    }

    /// The path of the file, as passed to [`open`](Self::open); `None` if the users are from memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.file.as_ref().map(WatchedFile::path)
    }

    /// The time until the next check of the file is due; `None` if the users are from memory.
    pub(super) fn next_check(&self) -> Option<Duration> {
        self.0.file.as_ref().map(WatchedFile::next_check)
    }

    /// Reads the file now and loads its users, even if the file is empty or incomplete. Returns true if the bytes of
    /// the file have changed. If the users are from memory, they stay.
    ///
    /// ```
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("users");
    /// std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::open(&path)?;
    /// assert!(!users.reload()?); // the same bytes
    /// std::fs::write(&path, "")?;
    /// assert!(users.reload()?);
    /// assert!(users.current().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ReloadError::Store`] if the file cannot be read; the previous users stay.
    pub fn reload(&self) -> Result<bool, ReloadError> {
        self.0.file.as_ref().map_or(Ok(false), |file| file.reload(&self.0.current))
    }

    /// Checks the file if the interval since the last check is over and no other thread checks the file, and reads the
    /// file if it has changed. Returns true if new users were loaded.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("users");
    /// std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::builder(&path).check_every(Duration::ZERO).open()?;
    /// std::fs::write(&path, "bob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// assert!(users.reload_if_changed()?);
    /// assert!(users.current().get("bob").is_some() && users.current().get("alice").is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ReloadError`] if the file was checked and not loaded; the previous users stay. A call between two checks
    /// returns no error.
    pub fn reload_if_changed(&self) -> Result<bool, ReloadError> {
        self.0.file.as_ref().map_or(Ok(false), |file| file.reload_if_changed(&self.0.current))
    }
}

impl From<Users> for WatchedUsers {
    /// Users from memory: no file is read.
    fn from(users: Users) -> Self {
        Self::new(users, None)
    }
}

impl fmt::Debug for WatchedUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WatchedUsers(")?;
        if let Some(path) = self.path() {
            write!(f, "{}, ", path.display())?;
        }
        write!(f, "{:?})", self.current())
    }
}

#[cfg(test)]
mod tests;
