//! Creates a new password file.
//!
//! A new file gets its name only after it is complete and flushed. These are the methods, of which the first possible
//! one is used:
//!
//! 1. Write and flush a file without a name (`O_TMPFILE`), then link it to its name.
//! 2. Without `O_TMPFILE` or /proc: write and flush a file `.htpasswd-new.…`, then rename it.
//! 3. Without hard links and a rename that replaces nothing: write the file under its own name, while it is locked.
//!    This is the exception, because a crash can leave a part of the file.
//!
//! A method must never replace an existing file.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use super::open::Target;
use super::sys::{self, Access, Location, Naming, NewMode};
use super::{FileStore, NewAccess, ROUNDS, StoreError, StoreOperation, companions, lock};
use crate::document::Document;

impl FileStore {
    /// Changes the file like [`update`](Self::update), or creates it if it does not exist.
    ///
    /// `edit` gets the document of an existing file, or an empty document. It can call [`Document::clear`] to discard
    /// the existing users. A new file gets its name only after it is complete. The mode of a new file is set with
    /// [`mode`](Self::mode); by default, the umask is applied to 0666. The store writes directly to a device or a pipe.
    ///
    /// ```
    /// use htpasswd::document::SetOutcome;
    /// use htpasswd::{FileStore, Params, Password, PasswordHash, Username};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// let (user, hash) = (Username::new("bob")?, PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?);
    /// let store = FileStore::new(&path);
    /// let change = store.create(|document| document.set(&user, &hash))?;
    /// assert_eq!(change, SetOutcome::Added);
    /// assert_eq!(std::fs::read(&path)?, b"bob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`update`](Self::update), and [`StoreOperation::Create`] if the file cannot be created.
    #[doc(alias = "add_user")]
    pub fn create<T>(&self, mut edit: impl FnMut(&mut Document) -> T) -> Result<T, StoreError> {
        self.try_create(|document| Ok(edit(document)))
    }

    /// Changes or creates the file like [`create`](Self::create). If `edit` fails, the file stays as it is.
    ///
    /// ```
    /// use htpasswd::FileStore;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("users");
    /// let result: Result<(), Box<dyn std::error::Error>> =
    ///     FileStore::new(&path).try_create(|document| Err("the list of users is incomplete".into()));
    /// assert!(result.is_err() && !path.exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The error of `edit`, and the errors of [`create`](Self::create).
    pub fn try_create<T, E>(&self, mut edit: impl FnMut(&mut Document) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        for _ in 0..ROUNDS {
            match self.target() {
                Target::File => return self.try_update(&mut edit),
                Target::Pipe | Target::Device => {
                    let mut document = Document::default();
                    let result = edit(&mut document)?;
                    self.write_stream(document.as_bytes())?;
                    return Ok(result);
                }
                Target::Missing => {
                    let mut document = Document::default();
                    let result = edit(&mut document)?;
                    match new_file(&self.path, document.as_bytes(), self.access) {
                        Ok(()) => return Ok(result),
                        // Another program has created the file in the meantime, so the next attempt changes that file.
                        Err((_, error)) if error.kind() == io::ErrorKind::AlreadyExists => {}
                        Err((operation, error)) => Err(self.io(operation, error))?,
                    }
                }
                Target::Other => Err(StoreError::NotAFile(self.path.clone()))?,
            }
        }
        Err(StoreError::Unstable(self.path.clone()).into())
    }

    /// Creates the file with this content. Never changes or writes to an existing file, device or pipe.
    ///
    /// ```
    /// use htpasswd::store::StoreError;
    /// use htpasswd::{Document, FileStore};
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
    /// [`StoreError::Exists`] if the path exists, and [`StoreOperation::Create`] or [`StoreOperation::Write`] if the
    /// file cannot be created.
    pub fn create_new(&self, document: &Document) -> Result<(), StoreError> {
        match self.target() {
            Target::Missing => {}
            _ => return Err(StoreError::Exists(self.path.clone())),
        }
        new_file(&self.path, document.as_bytes(), self.access).map_err(|(operation, error)| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                StoreError::Exists(self.path.clone())
            } else {
                self.io(operation, error)
            }
        })
    }

    /// Checks that [`create`](Self::create) can write to the file now, as far as a check without a write can show.
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
    /// The errors of [`create`](Self::create) for a file that cannot be opened or created.
    pub fn check_create(&self) -> Result<(), StoreError> {
        let failed = |error| self.io(StoreOperation::Create, error);
        match self.target() {
            Target::File => self.check_update(),
            Target::Pipe | Target::Device => sys::check_write(&self.path).map_err(failed),
            Target::Missing => {
                let location = new_location(&self.path).map_err(failed)?;
                sys::check_create(&location.directory).map_err(failed)
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
            sys::open_path(&self.path, Access::Write)?
        } else {
            location.open(Access::Write)?
        };
        location.check_sticky(&stream.metadata()?)?;
        sys::wait_for_other_end(&stream)?;
        Ok(stream)
    }
}

/// The directory and the name for a new file of this path.
fn new_location(path: &Path) -> io::Result<Location> {
    let location = Location::of(path)?;
    // A path that ends with a slash names a missing directory.
    if location.name.is_empty() {
        return Err(sys::missing());
    }
    location.check_create()?;
    Ok(location)
}

/// Writes a new file, and flushes it and its directory. Without a mode and a group, the umask is applied to 0666.
pub(super) fn new_file(
    path: &Path,
    bytes: &[u8],
    access: NewAccess,
) -> Result<(), (StoreOperation, io::Error)> {
    let location = new_location(path).map_err(create_error)?;
    let made = match nameless(&location, bytes, access) {
        // Some file systems have no O_TMPFILE, and some containers have no /proc.
        Err((StoreOperation::Create, error)) if error.kind() != io::ErrorKind::AlreadyExists => {
            renamed(&location, bytes, access)
        }
        made => made,
    };
    made?;
    // The file exists now. A failed flush of its directory is no error, because only a power cut could remove the name.
    let _ = sys::sync_directory(&location.directory);
    Ok(())
}

fn create_error(error: io::Error) -> (StoreOperation, io::Error) {
    (StoreOperation::Create, error)
}

/// Writes a file without a name, then links it to its name. If the program ends before the link, no file remains.
fn nameless(location: &Location, bytes: &[u8], access: NewAccess) -> Result<(), (StoreOperation, io::Error)> {
    let mut file = sys::create_nameless(&location.directory, first_mode(access)).map_err(create_error)?;
    let writable = access.mode().is_some() || sys::may_be_written(&file).map_err(create_error)?;
    if writable {
        fill(&mut file, bytes, access)?;
    }
    sys::name_nameless(&file, &location.directory, &location.name).map_err(create_error)?;
    // If the umask removes the owner's write permission, the file is created empty, and the call fails. Apache's tool
    // also creates an empty file and fails.
    if writable { Ok(()) } else { Err((StoreOperation::Write, io::ErrorKind::PermissionDenied.into())) }
}

/// Writes a file with a temporary name, then renames it.
pub(super) fn renamed(
    location: &Location,
    bytes: &[u8],
    access: NewAccess,
) -> Result<(), (StoreOperation, io::Error)> {
    let Location { directory, name, .. } = location;
    let new = companions::new_name().map_err(create_error)?;
    let mut file =
        sys::create(directory, &new, Access::ReadWrite, first_mode(access)).map_err(create_error)?;
    let made = fill(&mut file, bytes, access).and_then(|()| {
        match sys::give_free_name(directory, &new, name).map_err(create_error)? {
            Naming::Renamed | Naming::Linked => Ok(()),
            Naming::Unsupported => in_place(location, bytes, access),
        }
    });
    // After a rename, the temporary name does not exist, and this call does nothing.
    let _ = sys::remove(directory, &new);
    made
}

/// Writes a file under its own name, while it is locked. Some file systems, such as shared folders of virtual machines,
/// support no other method.
fn in_place(location: &Location, bytes: &[u8], access: NewAccess) -> Result<(), (StoreOperation, io::Error)> {
    let Location { directory, name, .. } = location;
    let mut file =
        sys::create(directory, name, Access::ReadWrite, first_mode(access)).map_err(create_error)?;
    let is_ours = access.without_lock || lock::exclusive(&file, Duration::ZERO).map_err(create_error)?;
    // Another program may have locked or written the new file before this one locked it.
    if !is_ours || file.metadata().map_err(create_error)?.len() > 0 {
        return Err(create_error(io::ErrorKind::AlreadyExists.into()));
    }
    fill(&mut file, bytes, access).inspect_err(|_| {
        let _ = sys::remove(directory, name);
    })
}

/// If [`fill`] sets a mode later, the file is private until then, so that no other user can open it.
fn first_mode(access: NewAccess) -> NewMode {
    if access.mode().is_some() { NewMode::Private } else { NewMode::ByUmask }
}

/// Writes the content, sets the group and the mode, and flushes the file. Sets the group before the mode, because a
/// change of the group can clear bits of the mode.
fn fill(file: &mut File, bytes: &[u8], access: NewAccess) -> Result<(), (StoreOperation, io::Error)> {
    access.group.map_or(Ok(()), |group| sys::set_group(file, group)).map_err(create_error)?;
    let filled = sys::within_limit(bytes.len() as u64)
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| access.mode().map_or(Ok(()), |mode| sys::set_mode(file, mode)))
        .and_then(|()| sys::sync(file));
    filled.map_err(|error| (StoreOperation::Write, error))
}
