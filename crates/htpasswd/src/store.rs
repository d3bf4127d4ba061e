//! The password file on disk: lock → recover → read → edit → journal → write, in place.
//!
//! Writing in place keeps what a renamed file loses: the inode that a container has bind-mounted, hard
//! links, owner, mode, ACL and extended attributes; and it needs no right to the directory.

mod commit;
mod companions;
mod create;
mod disk;
mod error;
mod event;
mod journal;
mod load;
mod lock;
mod open;
mod range;
mod read;
mod recover;
mod resolve;
mod rewrite;
mod stream;
mod update;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use self::error::{StoreError, StoreOperation};
pub use self::event::StoreEvent;

/// How often a changing file is looked at again before giving up.
const ROUNDS: usize = 10;

/// A password file at a path. Links are followed; the file is opened anew for each call.
///
/// # The promise
///
/// Whatever ends a write (a kill, a power cut, a full disk), every user but the changed ones stays, and those
/// are all as before or all as after: at once, or after the next call that reads or changes the file. Writers
/// that use this library wait for each other. Readers that know nothing of it (Apache httpd, nginx, a registry)
/// always see a file, never an empty one.
///
/// The change is first written to a journal, `.htpasswd-journal.NAME` in the directory of the file, and
/// flushed; then to the file; then the journal is removed. Recovery never undoes a later edit: a journal that the file
/// has been edited past is [quarantined](StoreEvent::JournalQuarantined).
///
/// # Its limits
///
/// - No journal can be written in a directory without write permission, or without room left on it. Then a
///   power cut, and only that, can leave a line of the changed part half-written.
/// - A file with several hard links, or a bind mount of the file alone, has its journal where it was
///   changed; it is recovered when it is changed there again.
/// - A write that was cut off is finished by a call of the same user; by one of root too, if it was that of the
///   file's owner. Until then, after one of the owner or of root, the changes of others fail; the journal of
///   anybody else is [quarantined](StoreEvent::JournalQuarantined) by them.
/// - A program that writes without a lock is noticed if it does so before this library writes, not after.
/// - A reader may see a part of a write, if it reads or maps the file at that very moment.
/// - Network file systems may lock and flush in their own way.
///
/// ```
/// use htpasswd::{Document, FileStore, StoreError};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "bob:x\ncarol:y\n")?;
/// let store = FileStore::new(&path);
/// let removed = store.update(|document: &mut Document| Ok::<_, StoreError>(document.remove("bob")))?;
/// assert_eq!(removed, 1);
/// assert_eq!(std::fs::read(&path)?, b"carol:y\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct FileStore {
    path: PathBuf,
    lock_timeout: Duration,
    refuses_invalid_lines: bool,
    /// Of a file that is made.
    mode: Option<u32>,
    on_event: Option<Arc<dyn Fn(StoreEvent) + Send + Sync>>,
    /// The most bytes of the file, or of one line of it, that are read into memory.
    max_read: usize,
}

impl FileStore {
    /// How long a change waits for other writers unless told otherwise.
    ///
    /// ```
    /// assert_eq!(htpasswd::FileStore::DEFAULT_LOCK_TIMEOUT.as_secs(), 10);
    /// ```
    pub const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(10);

    /// Names the file; touches nothing yet.
    ///
    /// ```
    /// let store = htpasswd::FileStore::new("/no/such/file");
    /// assert!(store.load().is_err()); // only now
    /// ```
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            lock_timeout: Self::DEFAULT_LOCK_TIMEOUT,
            refuses_invalid_lines: false,
            mode: None,
            on_event: None,
            max_read: usize::MAX,
        }
    }

    /// Calls `report` with each [`StoreEvent`]: what happens during a call and is not an error.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// use htpasswd::FileStore;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\n")?;
    /// let events = Arc::new(Mutex::new(Vec::new()));
    /// let log = Arc::clone(&events);
    /// let store = FileStore::new(&path).on_event(move |event| log.lock().unwrap().push(event));
    /// store.remove("bob")?;
    /// assert!(events.lock().unwrap().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn on_event(mut self, report: impl Fn(StoreEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(report));
        self
    }

    /// Waits at most this long for other writers.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::{FileStore, StoreError};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\n")?;
    /// let other = std::fs::File::open(&path)?;
    /// other.lock()?;
    /// let store = FileStore::new(&path).lock_timeout(Duration::ZERO);
    /// assert!(matches!(store.remove("bob"), Err(StoreError::Locked(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// A file that is made gets these permissions, such as 0o640, whatever the umask is. Other bits do not
    /// count, and a file that is there keeps its mode.
    ///
    /// ```
    /// use std::os::unix::fs::PermissionsExt;
    ///
    /// use htpasswd::{Document, FileStore};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// FileStore::new(&path).mode(0o640).create_new(&Document::parse("bob:x\n"))?;
    /// assert_eq!(std::fs::metadata(&path)?.permissions().mode() & 0o777, 0o640);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode & 0o777);
        self
    }

    /// The path, as given.
    ///
    /// ```
    /// let store = htpasswd::FileStore::new("htpasswd.user");
    /// assert_eq!(store.path(), "htpasswd.user");
    /// ```
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// From here on, a line that is neither blank, comment nor record is an error for
    /// [`hash_of`](Self::hash_of), [`set`](Self::set), [`set_if`](Self::set_if), [`remove`](Self::remove) and
    /// [`apply`](Self::apply): the file may be no password file at all. Otherwise it is kept as it is.
    ///
    /// ```
    /// use htpasswd::{FileStore, StoreError};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "#!/bin/sh\nexit\nbob:x\n")?;
    /// let store = FileStore::new(&path).refuse_invalid_lines();
    /// assert!(matches!(store.remove("bob"), Err(StoreError::InvalidLine { line: 2, .. })));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn refuse_invalid_lines(mut self) -> Self {
        self.refuses_invalid_lines = true;
        self
    }

    fn report(&self, event: StoreEvent) {
        if let Some(report) = &self.on_event {
            report(event);
        }
    }

    fn io(&self, operation: StoreOperation, source: io::Error) -> StoreError {
        // The system says this of writing only.
        if operation == StoreOperation::Read && source.kind() == io::ErrorKind::FileTooLarge {
            return StoreError::TooLarge { path: self.path.clone(), limit: self.max_read };
        }
        StoreError::Io { operation, path: self.path.clone(), source }
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileStore({})", self.path.display())
    }
}

#[cfg(test)]
mod tests;
