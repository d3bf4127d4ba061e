//! A new file: complete under its name, or not there at all.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Access, AtFlags, CWD, OFlags, RenameFlags};
use rustix::io::Errno;

use super::disk::within_limit;
use super::{FileStore, ROUNDS, Target, flags, lock, path, stream};
use crate::document::Document;
use crate::error::{Step, StoreError};

impl FileStore {
    /// As [`update`](Self::update), but a file that is not there is made, complete under its name or not at all,
    /// with the [`mode`](Self::mode) or else 0666 less the umask. What `edit` leaves is written; to start from
    /// nothing, it calls [`Document::clear`]. A device or pipe is written to directly.
    ///
    /// ```
    /// use htpasswd::{Change, Document, FileStore, Hash, Params, Password, StoreError, Username};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// let (user, hash) = (Username::new("bob")?, Hash::create(&Password::new("abc123")?, &Params::Sha1)?);
    /// let store = FileStore::new(&path);
    /// let change = store.create(|document: &mut Document| Ok::<_, StoreError>(document.set(&user, &hash)))?;
    /// assert_eq!(change, Change::Added);
    /// assert_eq!(std::fs::read(&path)?, b"bob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
                    match new_file(&self.path, document.as_bytes(), self.mode) {
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
    /// [`StoreError::Exists`]; [`Step::Create`] or [`Step::Write`] if the file cannot be made.
    pub fn create_new(&self, document: &Document) -> Result<(), StoreError> {
        match self.target() {
            Target::Missing => {}
            _ => return Err(StoreError::Exists(self.path.clone())),
        }
        new_file(&self.path, document.as_bytes(), self.mode).map_err(|(step, error)| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                StoreError::Exists(self.path.clone())
            } else {
                self.io(step, error)
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
        let writable = |path: &Path, access| {
            rustix::fs::access(path, access).map_err(|error| self.io(Step::Create, error.into()))
        };
        match self.target() {
            Target::File => self.check_update(),
            Target::Pipe | Target::Device => writable(&self.path, Access::WRITE_OK),
            Target::Missing => {
                let path = path::follow(&self.path);
                // No file has such a name, though there is a directory for it.
                if matches!(path.as_os_str().as_bytes().last(), None | Some(b'/')) {
                    return Err(self.io(Step::Create, Errno::NOENT.into()));
                }
                writable(&path::directory(&path), Access::WRITE_OK | Access::EXEC_OK)
            }
            Target::Other => Err(StoreError::NotAFile(self.path.clone())),
        }
    }

    fn write_stream(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let mut stream = stream::open(&self.path, OpenOptions::new().write(true))
            .and_then(stream::blocking)
            .map_err(|error| self.io(Step::Create, error))?;
        stream.write_all(bytes).map_err(|error| self.io(Step::Write, error))
    }
}

/// Writes a new file and flushes it and its directory. Without a mode, the umask decides.
pub(super) fn new_file(path: &Path, bytes: &[u8], mode: Option<u32>) -> Result<(), (Step, io::Error)> {
    let path = path::follow(path);
    let directory = path::directory(&path);
    let made = match nameless(&directory, &path, bytes, mode) {
        // Not every file system knows files without a name, and not every container has a /proc.
        Err((Step::Create, error)) if error.kind() != io::ErrorKind::AlreadyExists => {
            renamed(&directory, &path, bytes, mode)
        }
        made => made,
    };
    made?;
    // The name is there; that it outlives a power cut is worth trying, but no reason to fail.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// A file that has no name until it is complete: nothing is left of it if the program ends before.
fn nameless(directory: &Path, path: &Path, bytes: &[u8], mode: Option<u32>) -> Result<(), (Step, io::Error)> {
    let create = |error| (Step::Create, error);
    let mut file =
        open(OpenOptions::new().custom_flags(flags(OFlags::TMPFILE)), directory, mode).map_err(create)?;
    let writable = mode.is_some() || may_be_written(&file).map_err(create)?;
    if writable {
        fill(&mut file, bytes, mode)?;
    }
    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    let linked = rustix::fs::linkat(CWD, source, CWD, path, AtFlags::SYMLINK_FOLLOW);
    linked.map_err(|errno| create(errno.into()))?;
    // As with Apache's tool, there is an empty file where the umask forbids to write to it.
    if writable { Ok(()) } else { Err((Step::Write, io::ErrorKind::PermissionDenied.into())) }
}

/// A file under another name until it is complete.
pub(super) fn renamed(
    directory: &Path,
    path: &Path,
    bytes: &[u8],
    mode: Option<u32>,
) -> Result<(), (Step, io::Error)> {
    let create = |error| (Step::Create, error);
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| create(io::Error::other(error)))?;
    let name = directory.join(format!(".htpasswd-new.{:016x}", u64::from_ne_bytes(random)));
    let mut file = open(OpenOptions::new().create_new(true), &name, mode).map_err(create)?;
    let made = fill(&mut file, bytes, mode).and_then(|()| {
        // Never in place of another file.
        let moved = match rustix::fs::renameat_with(CWD, &name, CWD, path, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS) => rustix::fs::linkat(CWD, &name, CWD, path, AtFlags::empty()),
            renamed => renamed,
        };
        match moved {
            Err(Errno::PERM | Errno::NOSYS | Errno::OPNOTSUPP) => in_place(path, bytes, mode),
            moved => moved.map_err(|errno| create(errno.into())),
        }
    });
    // Gone already, if it was renamed.
    let _ = fs::remove_file(name);
    made
}

/// A file that has its name before it is complete: shared folders of virtual machines, for example, know no better way.
fn in_place(path: &Path, bytes: &[u8], mode: Option<u32>) -> Result<(), (Step, io::Error)> {
    let create = |error| (Step::Create, error);
    let mut file = open(OpenOptions::new().create_new(true), path, mode).map_err(create)?;
    let is_ours = lock::exclusive(&file, Duration::ZERO).map_err(create)?;
    // Whoever was faster with the lock has made the file.
    if !is_ours || file.metadata().map_err(create)?.len() > 0 {
        return Err(create(io::ErrorKind::AlreadyExists.into()));
    }
    fill(&mut file, bytes, mode).inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

/// With a mode that is still to come, nobody else can open the file before.
fn open(options: &mut OpenOptions, path: &Path, mode: Option<u32>) -> io::Result<File> {
    options.read(true).write(true).mode(if mode.is_some() { 0o600 } else { 0o666 }).open(path)
}

/// Whether the umask leaves the owner the right to write.
fn may_be_written(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.permissions().mode() & 0o200 != 0 || rustix::process::geteuid().is_root())
}

fn fill(file: &mut File, bytes: &[u8], mode: Option<u32>) -> Result<(), (Step, io::Error)> {
    let filled = within_limit(bytes.len() as u64)
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| mode.map_or(Ok(()), |mode| file.set_permissions(Permissions::from_mode(mode))))
        .and_then(|()| file.sync_all());
    filled.map_err(|error| (Step::Write, error))
}
