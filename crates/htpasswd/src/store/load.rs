//! Reads the password file: the whole file, or the lines up to the record of a user.
//!
//! A read does not lock the file, so readers never wait for a writer. If the file changes during the read, it is read
//! again. The only write in this module is the recovery of an interrupted write, and a failed recovery must never make
//! a read fail.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use super::disk::{RealDisk, Stamp};
use super::open::Target;
use super::read::to_end;
use super::sys::{self, Access, Location};
use super::{FileStore, ROUNDS, StoreError, StoreOperation, companions, lock, stream};
use crate::document::{Document, Head, is_same, scan};

impl FileStore {
    /// Limits the bytes that are read into memory. There is no limit by default.
    ///
    /// Most methods hold the whole file, so the limit applies to the file. [`hash_of`](Self::hash_of),
    /// [`set`](Self::set), [`set_if`](Self::set_if), [`remove`](Self::remove) and [`apply`](Self::apply) hold one line
    /// at a time, so the limit applies to each line. These methods read lines of up to 256 KiB even if the limit is
    /// lower.
    ///
    /// ```
    /// use htpasswd::store::StoreError;
    /// use htpasswd::FileStore;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\ncarol:y\n")?;
    /// let store = FileStore::new(&path).max_read(10);
    /// assert!(matches!(store.load(), Err(StoreError::TooLarge { limit: 10, .. })));
    /// assert_eq!(store.hash_of("carol")?, Some(b"y".to_vec()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn max_read(mut self, bytes: usize) -> Self {
        self.max_read = bytes;
        self
    }

    /// Reads the file or the pipe. If the file changes during the read, it is read again, up to ten times. The method
    /// does not lock the file.
    ///
    /// If an earlier write was interrupted and this process may write to the file, the store first finishes that write.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\ncarol:y\n")?;
    /// let document = htpasswd::FileStore::new(&path).load()?;
    /// assert_eq!(document.records().count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Io`] if the file cannot be opened or read, [`StoreError::NotAFile`] for a directory, a device or a
    /// socket, and [`StoreError::TooLarge`] if the file exceeds [`max_read`](Self::max_read).
    pub fn load(&self) -> Result<Document, StoreError> {
        self.read_with(|file| Ok(Document::parse(to_end(file, self.max_read)?)))
    }

    /// The hash field of the user's first record; `None` if the user does not exist. To get the scheme of the hash,
    /// pass the hash to [`PasswordHash::parse`](crate::PasswordHash::parse). The method reads the file only up to this
    /// record.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\nbob:y\n")?;
    /// let store = htpasswd::FileStore::new(&path);
    /// assert_eq!(store.hash_of("bob")?, Some(b"x".to_vec()));
    /// assert_eq!(store.hash_of("carol")?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`load`](Self::load). After [`refuse_invalid_lines`](Self::refuse_invalid_lines), also
    /// [`StoreError::InvalidLine`] if an invalid record precedes the user's first record, and [`StoreError::Utf16`].
    pub fn hash_of(&self, user: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, StoreError> {
        let wanted = user.as_ref();
        self.read_with(|file| {
            let (mut hash, mut rejected) = (None, None);
            scan(file, self.max_read, |line| {
                match line.head() {
                    _ if self.is_rejected_utf16(line) => {
                        rejected = Some(StoreError::Utf16(self.path.clone()));
                    }
                    Head::Record { user } if is_same(user, wanted) => {
                        hash = line.record().map(|record| record.hash.to_vec());
                    }
                    Head::Invalid if self.refuses_invalid_lines => {
                        rejected = Some(self.invalid(line.number()));
                    }
                    _ => return ControlFlow::Continue(()),
                }
                ControlFlow::Break(())
            })?;
            Ok(rejected.map_or(Ok(hash), Err))
        })?
    }

    /// The paths of the companion files: journals, quarantined journals and incomplete new files.
    ///
    /// An interrupted write leaves such files, and they can contain hashes. The list also includes the files of a write
    /// that is in progress.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("users");
    /// # std::fs::write(&path, "bob:x\n")?;
    /// assert!(htpasswd::FileStore::new(&path).leftovers()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError::Io`] if the directory cannot be listed.
    pub fn leftovers(&self) -> Result<Vec<PathBuf>, StoreError> {
        let failed = |error| self.io(StoreOperation::Read, error);
        let location = Location::of(&self.path).map_err(failed)?;
        companions::find(&location).map_err(failed)
    }

    /// Calls `read` with the content of the file, as [`load`](Self::load) reads it. If the file has changed during the
    /// call, `read` is called again.
    pub(super) fn read_with<T>(
        &self,
        mut read: impl FnMut(&mut dyn Read) -> io::Result<T>,
    ) -> Result<T, StoreError> {
        let failed = |error| self.io(StoreOperation::Read, error);
        match self.target() {
            Target::File | Target::Missing => {}
            Target::Pipe => return read(&mut self.read_pipe()?.as_slice()).map_err(failed),
            Target::Device | Target::Other => return Err(StoreError::NotAFile(self.path.clone())),
        }
        let open = || self.open_as(Access::Read).map_err(|error| self.io(StoreOperation::Open, error));
        let (file, location) = open()?;
        let disk = RealDisk::new(file, location).map_err(failed)?;
        if disk.has_journal() {
            self.recover_if_possible();
        }
        let mut file = disk.into_file();
        let mut round = 1;
        loop {
            let before = Stamp::of(&file).map_err(failed)?;
            let seen = read(&mut file).map_err(failed)?;
            if round == ROUNDS || Stamp::of(&file).map_err(failed)? == before {
                return Ok(seen);
            }
            round += 1;
            (file, _) = open()?;
        }
    }

    /// Recovers a file that has a journal. If another process holds the lock, the journal belongs to a write in
    /// progress, and this method does nothing.
    fn recover_if_possible(&self) {
        let Ok(Some((file, location))) = self.open(Duration::ZERO) else { return };
        if (!self.locks || matches!(lock::exclusive(&file, Duration::ZERO), Ok(true)))
            && sys::names(&self.path, &file)
            && let Ok(disk) = RealDisk::new(file, location)
        {
            // If the recovery fails, the file is read in its present state.
            let _ = self.recover(&disk);
        }
    }

    fn read_pipe(&self) -> Result<Vec<u8>, StoreError> {
        let pipe = sys::open_path(&self.path, Access::Read);
        let pipe = pipe.map_err(|_| StoreError::NotAFile(self.path.clone()))?;
        stream::read_pipe(pipe, self.max_read).map_err(|error| self.io(StoreOperation::Read, error))
    }
}
