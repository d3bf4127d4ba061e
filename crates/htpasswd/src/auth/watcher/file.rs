//! One password file that is watched: when it is checked, when it is read, and when its content is doubted.
//!
//! [`WatchedFile`] compares the metadata of the file with those of the last check, and reads the file again if they
//! differ. A half-written file must never replace the users: its users are loaded only after it has stayed unchanged
//! for the settling time.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant, SystemTime};

use super::fingerprint::{Fingerprint, retry_not_found};
use crate::auth::ReloadError;
use crate::hash::Limits;
use crate::store::{FileStore, StoreError};
use crate::users::Users;

/// The users that are in effect. The owner of a [`WatchedFile`] passes them to its methods.
pub(super) type Current = RwLock<Arc<Users>>;

/// A password file, and the results of the checks so far.
pub(super) struct WatchedFile {
    store: FileStore,
    options: Options,
    /// The lock is held while a thread checks or reads the file.
    pub(super) watch: Mutex<Watch>,
    error: RwLock<Option<ReloadError>>,
    opened: Instant,
    /// The earliest time of the next check, in nanoseconds since `opened`.
    next_check: AtomicU64,
}

/// The results of earlier checks of the file.
#[derive(Default)]
pub(super) struct Watch {
    /// The fingerprint of the file that was read last; `None` if the next check must read the file.
    pub(super) read: Option<Fingerprint>,
    /// The fingerprint of a file that may be half-written, and the time when it was first seen.
    doubted: Option<(Fingerprint, Instant)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) limits: Limits,
    pub(super) check_every: Duration,
    pub(super) settle: Duration,
}

impl WatchedFile {
    /// Reads the file for the first time, and accepts any content: the rules about half-written files need previous
    /// users.
    pub(super) fn open(path: PathBuf, options: Options) -> Result<(Self, Users), StoreError> {
        let store = FileStore::new(path);
        let fingerprint = Fingerprint::of(store.path())?;
        let read_at = SystemTime::now();
        let users = Users::with_limits(retry_not_found(|| store.load())?, options.limits);
        let file = Self {
            store,
            options,
            watch: Mutex::new(Watch { read: fingerprint.if_settled(read_at), doubted: None }),
            error: RwLock::new(None),
            opened: Instant::now(),
            next_check: AtomicU64::new(0),
        };
        Ok((file, users))
    }

    pub(super) fn path(&self) -> &Path {
        self.store.path()
    }

    pub(super) fn last_error(&self) -> Option<ReloadError> {
        self.error.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The time until the next check of the file is due.
    pub(super) fn next_check(&self) -> Duration {
        Duration::from_nanos(self.next_check.load(Ordering::Acquire)).saturating_sub(self.opened.elapsed())
    }

    /// Reads the file now and loads its users, whatever its content is.
    pub(super) fn reload(&self, current: &Current) -> Result<bool, ReloadError> {
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let fingerprint = Fingerprint::of(self.path()).map_err(ReloadError::from);
        let result = fingerprint.and_then(|fingerprint| self.read(current, &mut watch, fingerprint, || true));
        self.report(result)
    }

    /// Checks the file if a check is due and no other thread checks the file.
    pub(super) fn reload_if_changed(&self, current: &Current) -> Result<bool, ReloadError> {
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
        let result = self.check(current, &mut watch);
        let interval = u64::try_from(self.options.check_every.as_nanos()).unwrap_or(u64::MAX);
        self.next_check.store(now().saturating_add(interval), Ordering::Release);
        self.report(result)
    }

    /// Reads the file if its fingerprint has changed.
    fn check(&self, current: &Current, watch: &mut Watch) -> Result<bool, ReloadError> {
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
        self.read(current, watch, fingerprint, || is_settled && is_unchanged())
    }

    /// Reads the file, which had this fingerprint before the read. Loads its users if the file looks complete, or if
    /// `is_intended` returns true.
    fn read(
        &self,
        current: &Current,
        watch: &mut Watch,
        fingerprint: Fingerprint,
        is_intended: impl FnOnce() -> bool,
    ) -> Result<bool, ReloadError> {
        let read_at = SystemTime::now();
        let document = retry_not_found(|| self.store.load())?;
        let old = Arc::clone(&current.read().unwrap_or_else(PoisonError::into_inner));
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
            *current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(users);
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

    /// Stores the result for `last_error`, and returns it.
    fn report(&self, result: Result<bool, ReloadError>) -> Result<bool, ReloadError> {
        let mut last = self.error.write().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(is_new) => {
                *last = None;
                Ok(is_new)
            }
            Err(error) => {
                *last = Some(error.clone());
                Err(error)
            }
        }
    }
}
