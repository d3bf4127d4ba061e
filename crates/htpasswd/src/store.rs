//! The password file on disk: lock → read → edit → write, in place.
//!
//! Writing in place keeps what a renamed file loses: the inode that a container has bind-mounted, hard
//! links, owner, mode, ACL and extended attributes; and it needs no right to the directory.

mod create;
mod lock;
mod stream;
mod write;

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Access, OFlags};

use crate::document::Document;
use crate::error::{Step, StoreError};

/// How often a changing file is looked at again before giving up.
const ROUNDS: usize = 5;

/// A password file at a path. Links are followed; the file is opened anew for each call.
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
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
    lock_timeout: Duration,
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
    /// How long [`update`](Self::update) waits for other writers unless told otherwise.
    pub const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(10);

    /// Names the file; touches nothing yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            lock_timeout: Self::DEFAULT_LOCK_TIMEOUT,
        }
    }

    /// Waits at most this long for other writers.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// The path, as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file, or what comes out of a pipe. Takes no lock; a file that changes meanwhile is read
    /// again.
    ///
    /// # Errors
    /// [`StoreError::Io`] if the file cannot be opened or read, [`StoreError::NotAFile`] for a directory
    /// and the like.
    pub fn load(&self) -> Result<Document, StoreError> {
        match self.target() {
            Target::File | Target::Missing => {}
            Target::Pipe => return self.load_pipe(),
            Target::Device | Target::Other => return Err(StoreError::NotAFile(self.path.clone())),
        }
        let open = || {
            OpenOptions::new()
                .read(true)
                .custom_flags(flags(OFlags::NONBLOCK))
                .open(&self.path)
        };
        let mut file = open().map_err(|error| self.io(Step::Open, error))?;
        let mut bytes = Vec::new();
        for _ in 0..ROUNDS {
            let before = file.metadata().map_err(|error| self.io(Step::Read, error))?;
            bytes = self.read(&mut file)?;
            let after = file.metadata().map_err(|error| self.io(Step::Read, error))?;
            if stamp(&before) == stamp(&after) {
                break;
            }
            file = open().map_err(|error| self.io(Step::Open, error))?;
        }
        Ok(Document::parse(bytes))
    }

    /// Whether [`update`](Self::update) could open the file now.
    ///
    /// # Errors
    /// As `update`.
    pub fn check_update(&self) -> Result<(), StoreError> {
        self.open().map(drop)
    }

    /// Whether [`create`](Self::create) could write to the file now, as far as can be told without
    /// touching anything.
    ///
    /// # Errors
    /// As `create`.
    pub fn check_create(&self) -> Result<(), StoreError> {
        let writable = |path: &Path, access| {
            rustix::fs::access(path, access).map_err(|error| self.io(Step::Create, error.into()))
        };
        match self.target() {
            Target::File => self.check_update(),
            Target::Pipe | Target::Device => writable(&self.path, Access::WRITE_OK),
            Target::Missing => writable(&create::directory(&self.path), Access::WRITE_OK | Access::EXEC_OK),
            Target::Other => Err(StoreError::NotAFile(self.path.clone())),
        }
    }

    /// Changes the file: locks it, reads it, lets `edit` change the document, writes from the first
    /// difference on, and flushes to disk. If `edit` changes nothing, nothing is written.
    ///
    /// `edit` may run more than once, each time on a document read anew. Other writers wait meanwhile:
    /// compute hashes before.
    ///
    /// # Errors
    /// What `edit` returns, the file untouched; or a [`StoreError`]: no such file, not a regular one, no
    /// access, locked for longer than the time-out, no space. After [`Step::Write`] the old bytes have
    /// been put back as far as the system let them.
    pub fn update<T, E>(&self, mut edit: impl FnMut(&mut Document) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let mut file = self.open_locked()?;
        let old = self.read(&mut file)?;
        let mut document = Document::parse(old);
        let old_length = document.as_bytes().len();
        let result = edit(&mut document)?;
        if let Some((offset, bytes)) = document.changed() {
            write::in_place(&file, old_length, offset, bytes).map_err(|error| self.io(Step::Write, error))?;
        }
        Ok(result)
    }

    /// As [`update`](Self::update), but a file that is not there is made, complete under its name or not
    /// at all, with mode 0666 less the umask. What `edit` leaves is written; to start from nothing, it
    /// calls [`Document::clear`]. A device or pipe is written to directly.
    ///
    /// # Errors
    /// As `update`; [`Step::Create`] if the file cannot be made.
    pub fn create<T, E>(&self, mut edit: impl FnMut(&mut Document) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        for _ in 0..ROUNDS {
            match self.target() {
                Target::File => return self.update(&mut edit),
                Target::Pipe | Target::Device => {
                    let mut document = Document::default();
                    let result = edit(&mut document)?;
                    self.write_stream(document.as_bytes())?;
                    return Ok(result);
                }
                Target::Missing => {
                    let mut document = Document::default();
                    let result = edit(&mut document)?;
                    match create::new_file(&self.path, document.as_bytes()) {
                        Ok(()) => return Ok(result),
                        // Somebody else made it meanwhile: theirs is the file to change.
                        Err((_, error)) if error.kind() == io::ErrorKind::AlreadyExists => {}
                        Err((step, error)) => Err(self.io(step, error))?,
                    }
                }
                Target::Other => Err(StoreError::NotAFile(self.path.clone()))?,
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

    /// Opens the regular file for reading and writing.
    fn open(&self) -> Result<File, StoreError> {
        match self.target() {
            Target::File | Target::Missing => {}
            Target::Pipe | Target::Device | Target::Other => {
                return Err(StoreError::NotAFile(self.path.clone()));
            }
        }
        // Non-blocking, so that a pipe put there meanwhile does not hang the program.
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags(OFlags::NONBLOCK))
            .open(&self.path);
        let file = file.map_err(|error| self.io(Step::Open, error))?;
        let metadata = file.metadata().map_err(|error| self.io(Step::Open, error))?;
        if metadata.is_file() {
            Ok(file)
        } else {
            Err(StoreError::NotAFile(self.path.clone()))
        }
    }

    /// Opens and locks the file; makes sure that the path still names the one that was locked.
    fn open_locked(&self) -> Result<File, StoreError> {
        for _ in 0..ROUNDS {
            let file = self.open()?;
            match lock::exclusive(&file, self.lock_timeout) {
                Ok(true) => {}
                Ok(false) => return Err(StoreError::Locked(self.path.clone())),
                Err(error) => return Err(self.io(Step::Lock, error)),
            }
            let locked = file.metadata().map_err(|error| self.io(Step::Lock, error))?;
            match std::fs::metadata(&self.path) {
                Ok(named) if (named.dev(), named.ino()) == (locked.dev(), locked.ino()) => return Ok(file),
                _ => {}
            }
        }
        Err(StoreError::Unstable(self.path.clone()))
    }

    fn read(&self, file: &mut File) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|error| self.io(Step::Read, error))?;
        Ok(bytes)
    }

    fn write_stream(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let mut stream = stream::open(&self.path, OpenOptions::new().write(true))
            .and_then(stream::blocking)
            .map_err(|error| self.io(Step::Create, error))?;
        io::Write::write_all(&mut stream, bytes).map_err(|error| self.io(Step::Write, error))
    }

    fn load_pipe(&self) -> Result<Document, StoreError> {
        let pipe = stream::open(&self.path, OpenOptions::new().read(true));
        let pipe = pipe.map_err(|_| StoreError::NotAFile(self.path.clone()))?;
        let bytes = stream::read_pipe(pipe).map_err(|error| self.io(Step::Read, error))?;
        Ok(Document::parse(bytes))
    }

    fn io(&self, step: Step, source: io::Error) -> StoreError {
        StoreError::Io {
            step,
            path: self.path.clone(),
            source,
        }
    }
}

/// The flags as the standard library wants them.
fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

/// What changes when a file is written.
fn stamp(metadata: &Metadata) -> (u64, i64, i64, i64, i64) {
    (
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    )
}

#[cfg(test)]
mod tests;
