//! Keeps the old content of a password file under another name.
//!
//! `rewrite` calls [`RealDisk::back_up`] before it changes or removes bytes of the file. The backup is written under a
//! temporary name, flushed, and then renamed, so a crash leaves the earlier backup or the complete new one. A backup
//! must never be readable by more users than the file. The exception is Windows, where no safe function copies an access
//! control list.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::PathBuf;

use super::disk::{Disk, RealDisk};
use super::sys::{self, Access, Location, NewMode};
use super::{FileStore, companions};

impl FileStore {
    /// Keeps the old content of the file before each change of this store that removes or replaces bytes. A change that
    /// only appends records writes no backup.
    ///
    /// The backup has the name of the file with this suffix, and is in the same directory. If the path is a link, this
    /// is the name and the directory of the file to which the link leads. The backup replaces an older backup, and is
    /// flushed before the file is changed. It has the mode, the owner and the group of the file. If this process may
    /// not set the owner or the group, only the user of this process can read the backup. On Windows, the backup has the
    /// access control list that its directory gives to new files.
    ///
    /// ```
    /// use htpasswd::FileStore;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\ncarol:y\n")?;
    /// FileStore::new(&path).backup("~").remove("bob")?;
    /// assert_eq!(std::fs::read(directory.path().join("users~"))?, b"bob:x\ncarol:y\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// If the backup cannot be written, the file stays unchanged and the change fails with
    /// [`StoreOperation::BackUp`](super::StoreOperation::BackUp). Then the path of the error is the path of the backup.
    #[must_use]
    pub fn backup(mut self, suffix: impl AsRef<OsStr>) -> Self {
        self.backup = Some(suffix.as_ref().to_owned());
        self
    }
}

impl RealDisk {
    /// Copies the file to the name with this suffix, and returns the path of the copy.
    ///
    /// # Errors
    /// The path of the copy, and the error. The copy then does not exist, or it is the one of an earlier call.
    pub(super) fn back_up(&self, suffix: &OsStr) -> Result<PathBuf, (PathBuf, io::Error)> {
        let location = match self.location() {
            Ok(location) => location,
            Err(error) => return Err((PathBuf::from(suffix), error)),
        };
        let mut name = location.name.clone();
        name.push(suffix);
        // The path of the current directory is a dot.
        let directory = location.directory_path.strip_prefix(".").unwrap_or(&location.directory_path);
        let path = directory.join(&name);
        match write(self.file(), location, &name).and_then(|()| self.sync_directory()) {
            Ok(()) => Ok(path),
            Err(error) => Err((path, error)),
        }
    }
}

fn write(source: &File, Location { directory, .. }: &Location, name: &OsStr) -> io::Result<()> {
    let temporary = companions::new_name()?;
    let mut backup = sys::create(directory, &temporary, Access::Write, NewMode::Private)?;
    let written = copy(source, &mut backup).and_then(|()| sys::rename(directory, &temporary, name));
    if written.is_err() {
        let _ = sys::remove(directory, &temporary);
    }
    written
}

/// Copies the content, the owner, the group and the mode, and flushes the copy.
fn copy(mut source: &File, backup: &mut File) -> io::Result<()> {
    let metadata = source.metadata()?;
    sys::within_limit(metadata.len())?;
    source.seek(SeekFrom::Start(0))?;
    io::copy(&mut source, backup)?;
    sys::copy_access(&metadata, backup)?;
    sys::sync(backup)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::FileStore;
    use crate::store::{StoreError, StoreEvent, StoreOperation};

    fn names(directory: &std::path::Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn only_a_change_of_old_bytes_writes_a_backup() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users");
        fs::write(&path, "bob:x\n").unwrap();
        let store = FileStore::new(&path).backup("~");
        store
            .update(|document| {
                document.set(&"carol".parse().unwrap(), &"{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=".parse().unwrap())
            })
            .unwrap();
        assert_eq!(store.remove("dave").unwrap(), 0);
        assert_eq!(names(directory.path()), ["users"]);
        assert_eq!(store.remove("bob").unwrap(), 1);
        assert!(fs::read_to_string(directory.path().join("users~")).unwrap().starts_with("bob:x\ncarol:"));
        assert_eq!(names(directory.path()), ["users", "users~"]);
    }

    #[test]
    fn a_backup_replaces_the_older_one_and_is_reported() {
        let directory = tempfile::tempdir().unwrap();
        let (path, backup) = (directory.path().join("users"), directory.path().join("users.old"));
        fs::write(&path, "bob:x\ncarol:y\n").unwrap();
        let (sender, events) = std::sync::mpsc::channel();
        let store = FileStore::new(&path).backup(".old").on_event(move |event| sender.send(event).unwrap());
        for (user, old) in [("bob", "bob:x\ncarol:y\n"), ("carol", "carol:y\n")] {
            assert_eq!(store.remove(user).unwrap(), 1);
            assert_eq!(fs::read_to_string(&backup).unwrap(), old);
            assert!(matches!(events.try_recv().unwrap(), StoreEvent::BackedUp(path) if path == backup));
        }
    }

    #[test]
    fn without_a_backup_the_file_stays_unchanged() {
        let directory = tempfile::tempdir().unwrap();
        let (path, backup) = (directory.path().join("users"), directory.path().join("users~"));
        fs::write(&path, "bob:x\n").unwrap();
        fs::create_dir(&backup).unwrap();
        match FileStore::new(&path).backup("~").remove("bob").unwrap_err() {
            StoreError::Io { operation: StoreOperation::BackUp, path, .. } => assert_eq!(path, backup),
            error => panic!("{error}"),
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "bob:x\n");
        assert_eq!(names(directory.path()), ["users", "users~"]);
    }

    #[test]
    #[cfg(unix)]
    fn the_backup_of_a_link_is_beside_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("link");
        fs::create_dir(directory.path().join("data")).unwrap();
        fs::write(directory.path().join("data/users"), "bob:x\n").unwrap();
        std::os::unix::fs::symlink("data/users", &link).unwrap();
        FileStore::new(&link).backup("~").remove("bob").unwrap();
        assert_eq!(names(directory.path()), ["data", "link"]);
        assert_eq!(names(&directory.path().join("data")), ["users", "users~"]);
    }
}
