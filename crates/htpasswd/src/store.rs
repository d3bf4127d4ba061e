//! Reads and changes a password file on disk.
//!
//! A change runs these steps: open and lock, recover, read and compute the change, reserve space, write the journal,
//! check for writers without the lock, write, finish. `rewrite` runs the steps, `commit` and `recover` hold the write
//! and the recovery. docs/reliability.md describes the guarantees.
//!
//! This module must never replace the password file by a rename. A rename would lose the inode that a container has
//! bind-mounted, the hard links, the owner, the mode, the ACL and the extended attributes, and it would need write
//! permission for the directory.

mod backup;
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
mod rewrite;
mod stream;
pub(crate) mod sys;
mod update;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use self::error::{StoreError, StoreOperation};
pub use self::event::StoreEvent;

/// A call tries this many times to read or change a file. An attempt fails if another program changes the file
/// meanwhile.
const ROUNDS: usize = 10;

/// A password file at a path. The store follows links, and opens the file again for each call.
///
/// # Guarantees
///
/// A write can be interrupted by a kill, a power cut or a full disk. After that:
///
/// - The file has its old content or its new content, at once or after the next call that reads or changes the file.
/// - No other user is changed.
/// - Recovery never undoes a later edit. If it cannot finish a write without that risk, it
///   [quarantines](StoreEvent::JournalQuarantined) the journal.
///
/// Writers that use this library wait for each other. Programs that read the file without the library (Apache httpd,
/// nginx, a registry) never see an empty file during a write.
///
/// The store writes the change to a journal, `.htpasswd-journal.NAME` in the directory of the file, and flushes the
/// journal. Then it writes to the file, and removes the journal. On Windows, the journal is in the folder
/// `AppData\Local\htpasswd` of the account's profile, where no other account can plant one.
///
/// # Limits
///
/// - If the directory is not writable or the disk is full, the store writes without a journal. A power cut can then
///   leave the changed part torn. A kill can do this within a write of more than one page.
/// - The journal is in the directory in which the file was changed. A file with several hard links, or a file that is
///   bind-mounted alone, is recovered when it is changed through the same directory again.
/// - A call of the same user finishes an interrupted write. A call of root also finishes a write of the file's owner.
///   Until then, an interrupted write of the owner or of root makes the changes of other users fail. If the user who
///   started the write is neither the owner nor root, a call of a different user
///   [quarantines](StoreEvent::JournalQuarantined) the journal.
/// - The store detects a program that writes without the lock only until the moment of its own write.
/// - A program that reads or maps the file during the write can see a part of the change.
/// - Network file systems lock and flush in their own ways.
/// - On Windows, only a call of the same account finishes an interrupted write. Another program that has the file open,
///   and does not let others write to it, makes a change wait until the time-out.
/// - Only Linux reserves space before a write, and knows the boot in which a write was interrupted. On other systems, a
///   full disk makes the write itself fail, and more journals are
///   [quarantined](StoreEvent::JournalQuarantined).
///
/// ```
/// use htpasswd::{FileStore, Params, Password, PasswordHash};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "bob:x\n")?;
/// let store = FileStore::new(&path);
/// let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?;
/// store.set(&"carol".parse()?, &hash)?;
/// store.remove("bob")?;
/// assert_eq!(std::fs::read(&path)?, b"carol:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct FileStore {
    path: PathBuf,
    lock_timeout: Duration,
    /// False if the store works without a lock.
    locks: bool,
    refuses_invalid_lines: bool,
    access: NewAccess,
    /// The suffix of backups; `None` if the store makes no backup.
    backup: Option<OsString>,
    on_event: Option<Arc<dyn Fn(StoreEvent) + Send + Sync>>,
    /// The maximum number of bytes of the file, or of one of its lines, that are read into memory.
    max_read: usize,
}

/// The mode and the group of a new file.
#[derive(Debug, Clone, Copy, Default)]
struct NewAccess {
    mode: Option<u32>,
    group: Option<u32>,
    without_lock: bool,
}

impl NewAccess {
    /// The mode of a new file; `None` applies the umask to 0666.
    fn mode(self) -> Option<u32> {
        self.mode.or(self.group.map(|_| 0o640))
    }
}

// A panic in the hook leaves nothing half done in a store, because a store never changes.
impl UnwindSafe for FileStore {}
impl RefUnwindSafe for FileStore {}

impl FileStore {
    /// The time-out for the lock if [`lock_timeout`](Self::lock_timeout) is not called: 10 seconds.
    pub const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(10);

    /// Returns a store for the file at `path`, without access to the file.
    ///
    /// ```
    /// let store = htpasswd::FileStore::new("/no/such/file");
    /// assert!(store.load().is_err());
    /// ```
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            lock_timeout: Self::DEFAULT_LOCK_TIMEOUT,
            locks: true,
            refuses_invalid_lines: false,
            access: NewAccess::default(),
            backup: None,
            on_event: None,
            max_read: usize::MAX,
        }
    }

    /// Calls `report` for each [`StoreEvent`], such as a recovery. An event is not an error.
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

    /// Sets how long a change waits for other writers.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use htpasswd::store::StoreError;
    /// use htpasswd::FileStore;
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

    /// Works without a lock, for network file systems that have no locks (`ENOLCK`).
    ///
    /// Two writers at the same time can then lose a change, so the caller must make sure that there is only one.
    ///
    /// ```
    /// use htpasswd::FileStore;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\n")?;
    /// let other = std::fs::File::open(&path)?;
    /// other.lock()?;
    /// assert_eq!(FileStore::new(&path).without_lock().remove("bob")?, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn without_lock(mut self) -> Self {
        self.locks = false;
        self.access.without_lock = true;
        self
    }

    /// Sets the permissions of a new file, such as 0o640, regardless of the umask. Bits outside 0o777 are ignored. An
    /// existing file keeps its mode. On Windows, which has no modes, the creation of the file fails.
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
        self.access.mode = Some(mode & 0o777);
        self
    }

    /// Sets the group of a new file by its number. The mode of such a file is 0o640 unless [`mode`](Self::mode) sets
    /// another one. An existing file keeps its group. On Windows, the creation of the file fails.
    ///
    /// ```
    /// use std::os::unix::fs::MetadataExt;
    ///
    /// use htpasswd::{Document, FileStore};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// let group = std::fs::metadata(directory.path())?.gid();
    /// FileStore::new(&path).group(group).create_new(&Document::parse("bob:x\n"))?;
    /// let metadata = std::fs::metadata(&path)?;
    /// assert_eq!((metadata.gid(), metadata.mode() & 0o777), (group, 0o640));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn group(mut self, group: u32) -> Self {
        self.access.group = Some(group);
        self
    }

    /// Returns the path, as the caller gave it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Rejects files with invalid records: lines that are neither blank nor a comment nor a record. The file may be
    /// something else than a password file. Also rejects files in [UTF-16](crate::document::Utf16).
    ///
    /// This applies to [`hash_of`](Self::hash_of), [`set`](Self::set), [`set_if`](Self::set_if),
    /// [`remove`](Self::remove) and [`apply`](Self::apply). By default, these methods keep such lines unchanged.
    ///
    /// ```
    /// use htpasswd::store::StoreError;
    /// use htpasswd::FileStore;
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
        // The kernel returns this kind of error only for writes, so a read error of this kind comes from the read
        // limit.
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
