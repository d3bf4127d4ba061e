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
mod range;
mod recover;
mod resolve;
mod stream;
mod update;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::OFlags;

use self::commit::{Remarks, Reserved, Written};
use self::disk::{Disk, JournalName, RealDisk};
pub use self::error::{StoreError, StoreOperation};
pub use self::event::StoreEvent;
use self::recover::Recovery;
use self::resolve::Location;
use crate::document::{Document, Patch};

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

/// What stands at the path, links followed.
enum Target {
    File,
    Missing,
    /// Can be written to, or read to its end, but not edited.
    Pipe,
    /// Can be written to.
    Device,
    /// A directory, a socket, or something out of reach.
    Other,
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

    /// Whether [`update`](Self::update) could open the file now.
    ///
    /// ```
    /// use htpasswd::{FileStore, StoreError};
    ///
    /// assert!(matches!(FileStore::new("/").check_update(), Err(StoreError::NotAFile(_))));
    /// ```
    ///
    /// # Errors
    /// As `update`.
    pub fn check_update(&self) -> Result<(), StoreError> {
        self.open().map(drop)
    }

    /// Changes the file: locks it, reads it, lets `edit` change the document, writes from the first
    /// change on, and flushes to disk. If `edit` changes nothing, nothing is written.
    ///
    /// `edit` may run more than once, each time on a document read anew. Other writers wait meanwhile:
    /// compute hashes before.
    ///
    /// ```
    /// use htpasswd::{Document, FileStore, StoreError};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\ncarol:y\ndave:z\n")?;
    /// let removed = FileStore::new(&path).update(|document: &mut Document| {
    ///     Ok::<_, StoreError>(["bob", "dave"].map(|user| document.remove(user)))
    /// })?;
    /// assert_eq!(removed, [1, 1]);
    /// assert_eq!(std::fs::read(&path)?, b"carol:y\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `edit` returns, the file untouched; or a [`StoreError`]: no such file, not a regular one, no
    /// access, locked for longer than the time-out, no space. After [`StoreOperation::Write`] the old bytes have
    /// been put back as far as the system let them.
    pub fn update<T, E>(&self, mut edit: impl FnMut(&mut Document) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        self.rewrite(|mut file| {
            let bytes = load::to_end(&mut file, self.max_read)
                .map_err(|error| self.io(StoreOperation::Read, error))?;
            let mut document = Document::parse(bytes);
            let origin = document.origin();
            let result = edit(&mut document)?;
            // It may be another one by now: one that was put together elsewhere, or read earlier.
            document.rebase(&origin);
            Ok((result, Ok(document.into_patch())))
        })
    }

    /// Locks the file, lets `plan` read it and say what is to be written, and writes that.
    fn rewrite<'p, T, E>(
        &self,
        mut plan: impl FnMut(&File) -> Result<(T, io::Result<Option<Patch<'p>>>), E>,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let (mut reserved, mut modified) = (Reserved::default(), None);
        for _ in 0..ROUNDS {
            let mut disk = self.open_locked()?;
            disk.beyond(&mut modified);
            self.recover(&disk)?;
            let before = disk.stamp().map_err(|error| self.io(StoreOperation::Read, error))?;
            let (result, patch) = plan(disk.file())?;
            let patch = match patch {
                Ok(Some(patch)) => patch,
                Ok(None) => return Ok(result),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => continue,
                Err(error) => return Err(self.io(StoreOperation::Read, error).into()),
            };
            let written = commit::write(&disk, patch, before, &mut reserved);
            match written.map_err(|error| self.io(StoreOperation::Write, error))? {
                Written::Done(remarks) => self.report_remarks(remarks),
                Written::Outdated => continue,
            }
            // Replaced meanwhile by a program that knows no lock: the change is gone with the old file.
            if self.names(disk.file()) {
                return Ok(result);
            }
        }
        Err(StoreError::Unstable(self.path.clone()).into())
    }

    fn target(&self) -> Target {
        match std::fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => Target::File,
            Ok(metadata) if metadata.file_type().is_fifo() => Target::Pipe,
            Ok(metadata) if metadata.file_type().is_char_device() => Target::Device,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Target::Missing,
            _ => Target::Other,
        }
    }

    /// Opens the regular file for reading and writing. Where it may be another user's trap, it is not opened.
    fn open(&self) -> Result<(File, Location), StoreError> {
        match self.target() {
            Target::File | Target::Missing => {}
            Target::Pipe | Target::Device | Target::Other => {
                return Err(StoreError::NotAFile(self.path.clone()));
            }
        }
        let failed = |error| self.io(StoreOperation::Open, error);
        let (file, location) = self.open_as(OFlags::RDWR).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(StoreError::NotAFile(self.path.clone()));
        }
        location.check_sticky(&metadata).map_err(failed)?;
        Ok((file, location))
    }

    /// Opens the file where its path leads to now; non-blocking, so that a pipe put there meanwhile does not hang the
    /// program.
    fn open_as(&self, access: OFlags) -> io::Result<(File, Location)> {
        let location = Location::of(&self.path)?;
        let file = if location.is_descriptor {
            // Only the kernel knows which file that is.
            let mut options = OpenOptions::new();
            options.read(true).write(access == OFlags::RDWR).custom_flags(flags(OFlags::NONBLOCK));
            options.open(&self.path)?
        } else {
            location.open(access | OFlags::NONBLOCK)?
        };
        Ok((file, location))
    }

    /// Opens and locks the file; makes sure that the path still names the one that was locked.
    fn open_locked(&self) -> Result<RealDisk, StoreError> {
        for _ in 0..ROUNDS {
            let (file, location) = self.open()?;
            match lock::exclusive(&file, self.lock_timeout) {
                Ok(true) => {}
                Ok(false) => return Err(StoreError::Locked(self.path.clone())),
                Err(error) => return Err(self.io(StoreOperation::Lock, error)),
            }
            if self.names(&file) {
                return RealDisk::new(file, location).map_err(|error| self.io(StoreOperation::Lock, error));
            }
        }
        Err(StoreError::Unstable(self.path.clone()))
    }

    /// Whether the path names this very file.
    fn names(&self, file: &File) -> bool {
        match (std::fs::metadata(&self.path), file.metadata()) {
            (Ok(named), Ok(open)) => disk::is_same(&named, &open),
            _ => false,
        }
    }

    fn recover(&self, disk: &RealDisk) -> Result<(), StoreError> {
        for name in [JournalName::Old, JournalName::Current] {
            match recover::recover(disk, name).map_err(|error| self.io(StoreOperation::Recover, error))? {
                Recovery::Clean => {}
                Recovery::Finished => self.report(StoreEvent::Recovered),
                Recovery::Quarantined(path) => self.report(StoreEvent::JournalQuarantined(path)),
                Recovery::Blocked => self.report(StoreEvent::JournalBlocked),
            }
        }
        Ok(())
    }

    fn report_remarks(&self, remarks: Remarks) {
        if let Some(error) = remarks.journal_stays {
            self.report(StoreEvent::JournalNotRemoved(error));
        }
        if remarks.time_stays {
            self.report(StoreEvent::TimeNotMoved);
        }
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

/// The flags as the standard library wants them.
fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileStore({})", self.path.display())
    }
}

#[cfg(test)]
mod tests;
