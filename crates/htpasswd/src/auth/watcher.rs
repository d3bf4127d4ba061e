//! The users of a password file that changes while a server runs.
//!
//! [`WatchedUsers`] compares the file's metadata with the last look and reads the file again if they differ. It must
//! never replace users by those of a half-written file: such a file has to stay unchanged for the settling time first.

mod builder;
mod fingerprint;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant, SystemTime};

pub use self::builder::WatchedUsersBuilder;
use self::fingerprint::{Fingerprint, retry_not_found};
use super::ReloadError;
use crate::hash::Limits;
use crate::store::FileStore;
use crate::users::Users;

/// The [`Users`] of a password file, which are reloaded when the file changes. Many threads can share the value, and it
/// starts no thread.
///
/// A server calls [`reload_if_changed`](Self::reload_if_changed) before each login, or from a timer. The call checks
/// the file at most once per [interval](WatchedUsersBuilder::check_every). It reads the file if device, inode, length
/// or times of the file at the path have changed, or if the last change is too recent to exclude another one. So it
/// detects edits in place, renamed files, deleted and recreated files, and the links that Kubernetes swaps. A deleted
/// user cannot log in after the next check. While one thread reads, other threads continue with the previous users.
/// The file is read with [`FileStore::load`].
///
/// # When the previous users stay
///
/// - The file is missing or cannot be read. The previous users stay as long as this lasts.
/// - The file had users who could log in, and now has none.
/// - The last line is new, has no newline, and ends before its hash is complete.
///
/// In the last two cases, another program may have emptied the file and still be writing it. If the file stays
/// unchanged for the [settling time](WatchedUsersBuilder::settle), its users are loaded. [`reload`](Self::reload)
/// loads them at once.
///
/// In all cases, [`last_error`](Self::last_error) returns the reason. A file that is cut off between two lines looks
/// complete. So a program that writes the file in place may hide users for a moment, from any reader. [`FileStore`]
/// replaces the file atomically instead.
///
/// ```
/// use htpasswd::auth::WatchedUsers;
/// use htpasswd::{FileStore, Params, Password, PasswordHash, Username};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
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
pub struct WatchedUsers {
    store: FileStore,
    options: Options,
    current: RwLock<Arc<Users>>,
    /// Locked while a thread checks or reads the file.
    watch: Mutex<Watch>,
    error: RwLock<Option<Arc<ReloadError>>>,
    opened: Instant,
    /// The earliest time of the next check, in nanoseconds since `opened`.
    next_check: AtomicU64,
}

/// The knowledge about the file from earlier checks.
#[derive(Default)]
struct Watch {
    /// The fingerprint of the file that was read last; `None` if the next check must read the file.
    read: Option<Fingerprint>,
    /// The fingerprint of a file that may be half-written, and the time when it was first seen.
    doubted: Option<(Fingerprint, Instant)>,
}

#[derive(Debug, Clone, Copy)]
struct Options {
    limits: Limits,
    check_every: Duration,
    settle: Duration,
}

impl WatchedUsers {
    /// The current users. The call does not access the file. The [`Arc`] stays the same until new users are loaded.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::open(&path)?;
    /// let before = users.current();
    /// assert!(Arc::ptr_eq(&before, &users.current()));
    /// std::fs::write(&path, "bob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// users.reload()?;
    /// assert!(!Arc::ptr_eq(&before, &users.current()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn current(&self) -> Arc<Users> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The reason why the last check did not load the file; `None` if it succeeded. While an error lasts, the [`Arc`]
    /// stays the same, so that a server can log the error once.
    ///
    /// ```
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// let users = WatchedUsers::open(&path)?;
    /// assert!(users.last_error().is_none());
    /// std::fs::remove_file(&path)?;
    /// assert!(users.reload().is_err());
    /// assert!(users.last_error().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn last_error(&self) -> Option<Arc<ReloadError>> {
        self.error.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The limits above which a hash is not verified.
    pub(super) fn limits(&self) -> Limits {
        self.options.limits
    }

    /// The path of the file, as passed to [`open`](Self::open).
    ///
    /// ```
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
    /// assert_eq!(WatchedUsers::open(&path)?.path(), path);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// The time until the next check of the file is due.
    pub(super) fn next_check(&self) -> Duration {
        Duration::from_nanos(self.next_check.load(Ordering::Acquire)).saturating_sub(self.opened.elapsed())
    }

    /// Reads the file now and loads its users, even if the file is empty or incomplete. Returns true if the bytes of
    /// the file have changed.
    ///
    /// ```
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
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
    pub fn reload(&self) -> Result<bool, Arc<ReloadError>> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let fingerprint = Fingerprint::of(self.path()).map_err(ReloadError::from);
        let result = fingerprint.and_then(|fingerprint| self.read(&mut watch, fingerprint, || true));
        self.report(result)
    }

    /// Checks the file if the interval since the last check is over and no other thread checks the file, and reads it
    /// if it has changed. Returns true if new users were loaded.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::auth::WatchedUsers;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
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
    pub fn reload_if_changed(&self) -> Result<bool, Arc<ReloadError>> {
        let now = || u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX);
        if now() < self.next_check.load(Ordering::Acquire) {
            return Ok(false);
        }
        let mut watch: MutexGuard<'_, Watch> = match self.watch.try_lock() {
            Ok(watch) => watch,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(false),
        };
        // Another thread may have finished a check before this thread got the lock.
        if now() < self.next_check.load(Ordering::Acquire) {
            return Ok(false);
        }
        let result = self.check(&mut watch);
        let interval = u64::try_from(self.options.check_every.as_nanos()).unwrap_or(u64::MAX);
        self.next_check.store(now().saturating_add(interval), Ordering::Release);
        self.report(result)
    }

    /// Reads the file if its fingerprint has changed.
    fn check(&self, watch: &mut Watch) -> Result<bool, ReloadError> {
        let fingerprint = Fingerprint::of(self.path())?;
        if watch.read == Some(fingerprint) {
            return Ok(false);
        }
        let is_settled = match watch.doubted {
            Some((doubted, since)) if doubted == fingerprint => since.elapsed() >= self.options.settle,
            _ => self.options.settle.is_zero(),
        };
        // The file may have changed between the two reads of its metadata.
        let is_unchanged = || Fingerprint::of(self.path()).is_ok_and(|now| now == fingerprint);
        self.read(watch, fingerprint, || is_settled && is_unchanged())
    }

    /// Reads the file, which had this fingerprint before the read. Loads its users if the file looks complete, or if
    /// `is_intended` returns true.
    fn read(
        &self,
        watch: &mut Watch,
        fingerprint: Fingerprint,
        is_intended: impl FnOnce() -> bool,
    ) -> Result<bool, ReloadError> {
        let read_at = SystemTime::now();
        let document = retry_not_found(|| self.store.load())?;
        let old = self.current();
        let is_new = document.as_bytes() != old.document().as_bytes();
        if is_new {
            let users = Users::with_limits(document, self.options.limits);
            if let Some(doubt) = self.doubt(&old, &users)
                && !is_intended()
            {
                if watch.doubted.is_none_or(|(doubted, _)| doubted != fingerprint) {
                    watch.doubted = Some((fingerprint, Instant::now()));
                }
                return Err(doubt);
            }
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(users);
        }
        *watch = Watch { read: fingerprint.if_settled(read_at), doubted: None };
        Ok(is_new)
    }

    /// Returns the reason if another program may still be writing the file.
    fn doubt(&self, old: &Users, new: &Users) -> Option<ReloadError> {
        if new.is_empty() && !old.is_empty() {
            return Some(ReloadError::Emptied(self.path().to_owned()));
        }
        let cut_off = new.cut_off_line()?;
        (old.cut_off_line() != Some(cut_off)).then(|| ReloadError::Incomplete(self.path().to_owned()))
    }

    /// Stores the result for [`last_error`](Self::last_error), and returns it.
    fn report(&self, result: Result<bool, ReloadError>) -> Result<bool, Arc<ReloadError>> {
        let mut last = self.error.write().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(is_new) => {
                *last = None;
                Ok(is_new)
            }
            Err(error) => {
                let lasting = last.take().filter(|last| last.to_string() == error.to_string());
                let error = lasting.unwrap_or_else(|| Arc::new(error));
                *last = Some(Arc::clone(&error));
                Err(error)
            }
        }
    }
}

impl fmt::Debug for WatchedUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WatchedUsers({}, {:?})", self.path().display(), self.current())
    }
}

#[cfg(test)]
mod tests;
