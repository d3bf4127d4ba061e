//! The users of a file that is edited while a server runs.

mod builder;
mod fingerprint;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant, SystemTime};

pub use self::builder::WatchedUsersBuilder;
use self::fingerprint::{Fingerprint, again};
use super::ReloadError;
use crate::hash::Limits;
use crate::store::FileStore;
use crate::users::Users;

/// The [`Users`] of a file, read again when it changes. Shared by many threads; starts none of its own.
///
/// A server calls [`reload_if_changed`](Self::reload_if_changed) before each login, or from a timer. That
/// looks at the file at most once an [interval](WatchedUsersBuilder::check_every), and reads it if device,
/// inode, length or times of what the path names are new, or too fresh to tell. So it sees edits in place,
/// renamed files, files deleted and made anew, and the links that Kubernetes swaps. A user who is gone from the
/// file is out with the first look after that; while one thread reads, the others go on with the users that were.
/// Reading is as [`FileStore::load`] does it.
///
/// # When the old users stay
///
/// - The file is gone or cannot be read: as long as that lasts.
/// - Nobody in the file can log in, where somebody could before; or its last line has no end and stops before
///   its hash does, and did not stand there before. That is how a file looks that a program has emptied and is
///   writing anew. If it stays so, unchanged, for the [settling time](WatchedUsersBuilder::settle), it is meant,
///   and taken; [`reload`](Self::reload) takes it at once.
///
/// [`last_error`](Self::last_error) says so all that time. A file that is cut off between two lines cannot be
/// told from a whole one: programs that write in place without care may hide users for a moment, as they do
/// from any reader. [`FileStore`] does not.
///
/// ```
/// use htpasswd::{FileStore, Params, Password, PasswordHash, Username, WatchedUsers};
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
    /// Locked while the file is looked at.
    watch: Mutex<Watch>,
    error: RwLock<Option<Arc<ReloadError>>>,
    opened: Instant,
    /// In nanoseconds since it was opened.
    next_check: AtomicU64,
}

/// What is known of the file.
#[derive(Default)]
struct Watch {
    /// How it looked when it was read last; `None` if it has to be read again in any case.
    read: Option<Fingerprint>,
    /// How it looks, and since when, while it is in doubt.
    doubted: Option<(Fingerprint, Instant)>,
}

#[derive(Debug, Clone, Copy)]
struct Options {
    limits: Limits,
    check_every: Duration,
    settle: Duration,
}

impl WatchedUsers {
    /// The users as they were read last. Looks at no file. As long as it gives the same [`Arc`], nothing has
    /// changed.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use htpasswd::WatchedUsers;
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

    /// Why the file was not taken when it was looked at last. While one failure lasts it is the same
    /// [`Arc`], so that it can be logged once.
    ///
    /// ```
    /// use htpasswd::WatchedUsers;
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

    /// What hashes are within reach of a login.
    pub(super) fn limits(&self) -> Limits {
        self.options.limits
    }

    /// The path, as given.
    ///
    /// ```
    /// use htpasswd::WatchedUsers;
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

    /// How long it is until the file is to be looked at.
    pub(super) fn next_look(&self) -> Duration {
        Duration::from_nanos(self.next_check.load(Ordering::Acquire)).saturating_sub(self.opened.elapsed())
    }

    /// Reads the file now, and takes it, emptied or not. Says whether its bytes are others than before.
    ///
    /// ```
    /// use htpasswd::WatchedUsers;
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
    /// [`ReloadError::Store`] if the file cannot be read; the users stay.
    pub fn reload(&self) -> Result<bool, Arc<ReloadError>> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let fingerprint = Fingerprint::of(self.path()).map_err(ReloadError::from);
        let result = fingerprint.and_then(|fingerprint| self.read(&mut watch, fingerprint, || true));
        self.report(result)
    }

    /// Looks at the file if the last look is an interval ago and no other thread is looking, and reads it if it
    /// has changed. Says whether there are new users.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::WatchedUsers;
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
    /// Why the file was not taken; the users stay. Between two looks there is no error.
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
        // Another thread may just have been done with it.
        if now() < self.next_check.load(Ordering::Acquire) {
            return Ok(false);
        }
        let result = self.look(&mut watch);
        let interval = u64::try_from(self.options.check_every.as_nanos()).unwrap_or(u64::MAX);
        self.next_check.store(now().saturating_add(interval), Ordering::Release);
        self.report(result)
    }

    fn look(&self, watch: &mut Watch) -> Result<bool, ReloadError> {
        let fingerprint = Fingerprint::of(self.path())?;
        if watch.read == Some(fingerprint) {
            return Ok(false);
        }
        let is_settled = match watch.doubted {
            Some((doubted, since)) if doubted == fingerprint => since.elapsed() >= self.options.settle,
            _ => self.options.settle.is_zero(),
        };
        // Unless it has changed since.
        let is_still = || Fingerprint::of(self.path()).is_ok_and(|now| now == fingerprint);
        self.read(watch, fingerprint, || is_settled && is_still())
    }

    /// Reads the file, which looked like this before, and takes what it holds if that is plausible or `meant`.
    fn read(
        &self,
        watch: &mut Watch,
        fingerprint: Fingerprint,
        meant: impl FnOnce() -> bool,
    ) -> Result<bool, ReloadError> {
        let read_at = SystemTime::now();
        let document = again(|| self.store.load())?;
        let old = self.current();
        let is_new = document.as_bytes() != old.document().as_bytes();
        if is_new {
            let users = Users::with_limits(document, self.options.limits);
            if let Some(doubt) = self.doubt(&old, &users)
                && !meant()
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

    /// Why this may be a file in the middle of a change.
    fn doubt(&self, old: &Users, new: &Users) -> Option<ReloadError> {
        if new.is_empty() && !old.is_empty() {
            return Some(ReloadError::Emptied(self.path().to_owned()));
        }
        let cut_off = new.cut_off_line()?;
        (old.cut_off_line() != Some(cut_off)).then(|| ReloadError::Incomplete(self.path().to_owned()))
    }

    /// Leaves the result for [`last_error`](Self::last_error) too.
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
