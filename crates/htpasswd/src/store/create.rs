//! A new file: complete under its name, or not there at all.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Access, AtFlags, CWD, Mode, OFlags, RenameFlags};
use rustix::io::{Errno, retry_on_intr};

use super::disk::within_limit;
use super::open::Target;
use super::resolve::Location;
use super::{FileStore, ROUNDS, StoreError, StoreOperation, companions, lock, stream};
use crate::document::Document;

impl FileStore {
    /// As [`update`](Self::update), but a file that is not there is made, complete under its name or not at all,
    /// with the [`mode`](Self::mode) or else 0666 less the umask. What `edit` leaves is written; to start from
    /// nothing, it calls [`Document::clear`]. A device or pipe is written to directly.
    ///
    /// ```
    /// use htpasswd::{Document, FileStore, Params, Password, PasswordHash, SetOutcome, StoreError, Username};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// let (user, hash) = (Username::new("bob")?, PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
    /// let store = FileStore::new(&path);
    /// let change = store.create(|document: &mut Document| Ok::<_, StoreError>(document.set(&user, &hash)))?;
    /// assert_eq!(change, SetOutcome::Added);
    /// assert_eq!(std::fs::read(&path)?, b"bob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As `update`; [`StoreOperation::Create`] if the file cannot be made.
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
                    match new_file(&self.path, document.as_bytes(), self.mode) {
                        Ok(()) => return Ok(result),
                        // Somebody else made it meanwhile: theirs is the file to change.
                        Err((_, error)) if error.kind() == io::ErrorKind::AlreadyExists => {}
                        Err((operation, error)) => Err(self.io(operation, error))?,
                    }
                }
                Target::Other => Err(StoreError::NotAFile(self.path.clone()))?,
            }
        }
        Err(StoreError::Unstable(self.path.clone()).into())
    }

    /// As [`create`](Self::create), but never touches what is at the path already, not even a device.
    ///
    /// ```
    /// use htpasswd::{Document, FileStore, StoreError};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// let store = FileStore::new(&path).mode(0o600);
    /// store.create_new(&Document::parse("bob:x\n"))?;
    /// assert!(matches!(store.create_new(&Document::parse("")), Err(StoreError::Exists(_))));
    /// assert_eq!(std::fs::read(&path)?, b"bob:x\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Exists`]; [`StoreOperation::Create`] or [`StoreOperation::Write`] if the file cannot be made.
    pub fn create_new(&self, document: &Document) -> Result<(), StoreError> {
        match self.target() {
            Target::Missing => {}
            _ => return Err(StoreError::Exists(self.path.clone())),
        }
        new_file(&self.path, document.as_bytes(), self.mode).map_err(|(operation, error)| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                StoreError::Exists(self.path.clone())
            } else {
                self.io(operation, error)
            }
        })
    }

    /// Whether [`create`](Self::create) could write to the file now, as far as can be told without
    /// touching anything.
    ///
    /// ```
    /// use htpasswd::FileStore;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("users");
    /// FileStore::new(&path).check_create()?;
    /// assert!(!path.exists());
    /// assert!(FileStore::new("/no/such/file").check_create().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As `create`.
    pub fn check_create(&self) -> Result<(), StoreError> {
        let failed = |error| self.io(StoreOperation::Create, error);
        match self.target() {
            Target::File => self.check_update(),
            Target::Pipe | Target::Device => {
                let access = rustix::fs::access(&self.path, Access::WRITE_OK);
                access.map_err(|error| failed(error.into()))
            }
            Target::Missing => {
                let location = new_location(&self.path).map_err(failed)?;
                let access = Access::WRITE_OK | Access::EXEC_OK;
                let may = rustix::fs::accessat(&location.directory, ".", access, AtFlags::empty());
                may.map_err(|error| failed(error.into()))
            }
            Target::Other => Err(StoreError::NotAFile(self.path.clone())),
        }
    }

    fn write_stream(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let mut stream = self.open_stream().map_err(|error| self.io(StoreOperation::Create, error))?;
        stream.write_all(bytes).map_err(|error| self.io(StoreOperation::Write, error))
    }

    fn open_stream(&self) -> io::Result<File> {
        let location = Location::of(&self.path)?;
        let stream = if location.is_descriptor {
            stream::open(&self.path, File::options().write(true))?
        } else {
            location.open(OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY)?
        };
        location.check_sticky(&stream.metadata()?)?;
        stream::blocking(stream)
    }
}

/// Where a new file of this path belongs.
fn new_location(path: &Path) -> io::Result<Location> {
    let location = Location::of(path)?;
    // The name of a directory, which is not there.
    if location.name.is_empty() {
        return Err(Errno::NOENT.into());
    }
    location.check_create()?;
    Ok(location)
}

/// Writes a new file and flushes it and its directory. Without a mode, the umask decides.
pub(super) fn new_file(
    path: &Path,
    bytes: &[u8],
    mode: Option<u32>,
) -> Result<(), (StoreOperation, io::Error)> {
    let location = new_location(path).map_err(create_error)?;
    let made = match nameless(&location, bytes, mode) {
        // Not every file system knows files without a name, and not every container has a /proc.
        Err((StoreOperation::Create, error)) if error.kind() != io::ErrorKind::AlreadyExists => {
            renamed(&location, bytes, mode)
        }
        made => made,
    };
    made?;
    // The name is there; that it outlives a power cut is worth trying, but no reason to fail.
    let _ = retry_on_intr(|| rustix::fs::fsync(&location.directory));
    Ok(())
}

fn create_error(error: impl Into<io::Error>) -> (StoreOperation, io::Error) {
    (StoreOperation::Create, error.into())
}

/// A file that has no name until it is complete: nothing is left of it if the program ends before.
fn nameless(location: &Location, bytes: &[u8], mode: Option<u32>) -> Result<(), (StoreOperation, io::Error)> {
    let mut file = open(&location.directory, OsStr::new("."), OFlags::TMPFILE, mode).map_err(create_error)?;
    let writable = mode.is_some() || may_be_written(&file).map_err(create_error)?;
    if writable {
        fill(&mut file, bytes, mode)?;
    }
    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, source, &location.directory, &location.name, AtFlags::SYMLINK_FOLLOW)
        .map_err(create_error)?;
    // As with Apache's tool, there is an empty file where the umask forbids to write to it.
    if writable { Ok(()) } else { Err((StoreOperation::Write, io::ErrorKind::PermissionDenied.into())) }
}

/// A file under another name until it is complete.
pub(super) fn renamed(
    location: &Location,
    bytes: &[u8],
    mode: Option<u32>,
) -> Result<(), (StoreOperation, io::Error)> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| create_error(io::Error::other(error)))?;
    let Location { directory, name, .. } = location;
    let new = OsString::from(format!("{}{:016x}", companions::NEW, u64::from_ne_bytes(random)));
    let mut file = open(directory, &new, OFlags::CREATE | OFlags::EXCL, mode).map_err(create_error)?;
    let made = fill(&mut file, bytes, mode).and_then(|()| {
        // Never in place of another file.
        let moved = match rustix::fs::renameat_with(directory, &new, directory, name, RenameFlags::NOREPLACE)
        {
            Err(Errno::INVAL | Errno::NOSYS) => {
                rustix::fs::linkat(directory, &new, directory, name, AtFlags::empty())
            }
            renamed => renamed,
        };
        match moved {
            Err(Errno::PERM | Errno::NOSYS | Errno::OPNOTSUPP) => in_place(location, bytes, mode),
            moved => moved.map_err(create_error),
        }
    });
    // There is nothing to remove if it was renamed.
    let _ = rustix::fs::unlinkat(directory, &new, AtFlags::empty());
    made
}

/// A file that has its name before it is complete: shared folders of virtual machines, for example, know no better way.
fn in_place(location: &Location, bytes: &[u8], mode: Option<u32>) -> Result<(), (StoreOperation, io::Error)> {
    let Location { directory, name, .. } = location;
    let mut file = open(directory, name, OFlags::CREATE | OFlags::EXCL, mode).map_err(create_error)?;
    let is_ours = lock::exclusive(&file, Duration::ZERO).map_err(create_error)?;
    // Whoever was faster with the lock has made the file.
    if !is_ours || file.metadata().map_err(create_error)?.len() > 0 {
        return Err(create_error(io::ErrorKind::AlreadyExists));
    }
    fill(&mut file, bytes, mode).inspect_err(|_| {
        let _ = rustix::fs::unlinkat(directory, name, AtFlags::empty());
    })
}

/// With a mode that is still to come, nobody else can open the file before.
fn open(directory: &OwnedFd, name: &OsStr, flags: OFlags, mode: Option<u32>) -> io::Result<File> {
    let flags = flags | OFlags::RDWR | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(if mode.is_some() { 0o600 } else { 0o666 });
    Ok(File::from(retry_on_intr(|| rustix::fs::openat(directory, name, flags, mode))?))
}

/// Whether the umask leaves the owner the right to write.
fn may_be_written(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.permissions().mode() & 0o200 != 0 || rustix::process::geteuid().is_root())
}

fn fill(file: &mut File, bytes: &[u8], mode: Option<u32>) -> Result<(), (StoreOperation, io::Error)> {
    let filled = within_limit(bytes.len() as u64)
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| mode.map_or(Ok(()), |mode| file.set_permissions(Permissions::from_mode(mode))))
        .and_then(|()| file.sync_all());
    filled.map_err(|error| (StoreOperation::Write, error))
}
