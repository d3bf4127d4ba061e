//! How a file is to be watched, and the first look at it.

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant, SystemTime};

use super::fingerprint::{Fingerprint, again};
use super::{Options, Watch, WatchedUsers};
use crate::hash::Limits;
use crate::store::{FileStore, StoreError};
use crate::users::Users;

/// How to open [`WatchedUsers`].
///
/// ```
/// use std::time::Duration;
///
/// use htpasswd::{Limits, WatchedUsers};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
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
    /// Reads the file, links followed, whatever it holds. For more, see [`builder`](Self::builder).
    ///
    /// ```
    /// use htpasswd::WatchedUsers;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::open(&path)?;
    /// assert!(users.current().get("alice").is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Io`] if the file is missing or cannot be read, [`StoreError::NotAFile`] for a pipe, a
    /// directory and the like.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::builder(path).open()
    }

    /// How to open, with more to say than the path.
    ///
    /// ```
    /// use htpasswd::{Limits, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::builder(&path).limits(Limits::NONE).open()?;
    /// assert_eq!(users.path(), path);
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

    /// How long nobody looks at the file again: 250 milliseconds unless told otherwise.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::WatchedUsers;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// // Before each login, whatever it costs.
    /// let users = WatchedUsers::builder(&path).check_every(Duration::ZERO).open()?;
    /// std::fs::write(&path, "bob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// assert!(users.reload_if_changed()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_every(mut self, interval: Duration) -> Self {
        self.options.check_every = interval;
        self
    }

    /// How long a file may look emptied or incomplete before that is believed: two seconds unless told
    /// otherwise.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::WatchedUsers;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::builder(&path).check_every(Duration::ZERO).settle(Duration::ZERO).open()?;
    /// std::fs::write(&path, "")?;
    /// assert!(users.reload_if_changed()?); // believed at once
    /// assert!(users.current().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settle(mut self, time: Duration) -> Self {
        self.options.settle = time;
        self
    }

    /// Above which cost a hash is refused.
    ///
    /// ```
    /// use htpasswd::{Cost, Limits, WatchedUsers};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:$2y$12$L9lHGnFyGYWuLr0bgR4SIOOI4UqTvUqUmj6tHEMNTtG9vN0SUBrna\n")?;
    /// let limits = Limits::default().max_bcrypt(Cost::new(11)?);
    /// assert!(WatchedUsers::builder(&path).limits(limits).open()?.current().is_empty()); // alice has cost 12
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Reads the file.
    ///
    /// ```
    /// use htpasswd::WatchedUsers;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// assert!(WatchedUsers::builder(&path).open().is_ok());
    /// assert!(WatchedUsers::builder("/no/such/file").open().is_err());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`WatchedUsers::open`](crate::WatchedUsers::open).
    pub fn open(self) -> Result<WatchedUsers, StoreError> {
        let store = FileStore::new(self.path);
        let fingerprint = Fingerprint::of(store.path())?;
        let read_at = SystemTime::now();
        let users = Users::with_limits(again(|| store.load())?, self.options.limits);
        Ok(WatchedUsers {
            store,
            options: self.options,
            current: RwLock::new(Arc::new(users)),
            watch: Mutex::new(Watch { read: fingerprint.if_settled(read_at), doubted: None }),
            error: RwLock::new(None),
            opened: Instant::now(),
            next_check: AtomicU64::new(0),
        })
    }
}
