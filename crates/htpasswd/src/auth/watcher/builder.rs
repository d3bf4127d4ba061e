//! The settings with which a password file is watched, and the first read of the file.
//!
//! [`WatchedUsersBuilder`] collects settings; [`open`](WatchedUsersBuilder::open) must not change the file.

use std::path::PathBuf;
use std::time::Duration;

use super::WatchedUsers;
use super::file::{Options, WatchedFile};
use crate::hash::Limits;
use crate::store::StoreError;

/// The settings of [`WatchedUsers`]. [`open`](Self::open) reads the file.
///
/// ```
/// use std::time::Duration;
///
/// use htpasswd::auth::WatchedUsers;
/// use htpasswd::hash::Limits;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("users");
/// std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let users = WatchedUsers::builder(&path)
///     .check_every(Duration::from_secs(1))
///     .settle(Duration::from_secs(5))
///     .limits(Limits::NONE)
///     .open()?;
/// assert_eq!(users.current().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct WatchedUsersBuilder {
    path: PathBuf,
    options: Options,
}

impl WatchedUsers {
    /// Reads the file, follows links, and accepts any content. [`builder`](Self::builder) has further settings.
    ///
    /// ```
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("users");
    /// std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::open(&path)?;
    /// assert!(users.current().get("alice").is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Io`] if the file is missing or cannot be read, [`StoreError::NotAFile`] if the path is a
    /// directory, a pipe or another kind of file.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::builder(path).open()
    }

    /// Returns a builder for a file at this path, with default settings.
    ///
    /// ```
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("users");
    /// std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// assert_eq!(WatchedUsers::builder(&path).open()?.current().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(path: impl Into<PathBuf>) -> WatchedUsersBuilder {
        WatchedUsersBuilder::new(path.into())
    }
}

impl WatchedUsersBuilder {
    pub(super) fn new(path: PathBuf) -> Self {
        let (check_every, settle) = (Duration::from_millis(250), Duration::from_secs(2));
        Self { path, options: Options { limits: Limits::default(), check_every, settle } }
    }

    /// Sets the shortest time between two checks of the file. Default: 250 milliseconds.
    pub fn check_every(mut self, interval: Duration) -> Self {
        self.options.check_every = interval;
        self
    }

    /// Sets the settling time: how long a file without users or with an incomplete last line must stay unchanged
    /// before its users are loaded. Default: 2 seconds.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("users");
    /// std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::builder(&path).check_every(Duration::ZERO).settle(Duration::ZERO).open()?;
    /// std::fs::write(&path, "")?;
    /// assert!(users.reload_if_changed()?); // loaded at once
    /// assert!(users.current().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settle(mut self, time: Duration) -> Self {
        self.options.settle = time;
        self
    }

    /// Sets the limits of hashes. A user whose hash exceeds them cannot log in. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Reads the file and returns its users.
    ///
    /// # Errors
    /// [`StoreError`], for the reasons of [`WatchedUsers::open`](crate::auth::WatchedUsers::open).
    pub fn open(self) -> Result<WatchedUsers, StoreError> {
        let (file, users) = WatchedFile::open(self.path, self.options)?;
        Ok(WatchedUsers::new(users, Some(file)))
    }
}
