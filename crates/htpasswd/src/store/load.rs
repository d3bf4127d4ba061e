//! Reading the file, whole or only as far as a user's record.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::OFlags;

use super::disk::{RealDisk, Stamp};
use super::open::Target;
use super::read::to_end;
use super::resolve::Location;
use super::{FileStore, ROUNDS, StoreError, StoreOperation, companions, lock, stream};
use crate::document::{Document, Head, scan};

impl FileStore {
    /// Reads at most this many bytes into memory; without it, as many as there are. [`hash_of`](Self::hash_of),
    /// [`set`](Self::set), [`set_if`](Self::set_if), [`remove`](Self::remove) and [`apply`](Self::apply) hold one
    /// line at a time, so for them this is the longest line; lines of up to 256 KiB are read in any case. All others
    /// hold the whole file.
    ///
    /// ```
    /// use htpasswd::{FileStore, StoreError};
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

    /// Reads the file, or what comes out of a pipe. Takes no lock: a file that changes meanwhile is read
    /// again. A write that was cut off is finished first, if this process may write.
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
    /// [`StoreError::Io`] if the file cannot be opened or read, [`StoreError::NotAFile`] for a directory
    /// and the like, [`StoreError::TooLarge`] after [`max_read`](Self::max_read).
    pub fn load(&self) -> Result<Document, StoreError> {
        self.look(|file| Ok(Document::parse(to_end(file, self.max_read)?)))
    }

    /// The text in the hash field of the user's first record, to be given to
    /// [`PasswordHash::parse`](crate::PasswordHash::parse). Reads no further than to there.
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
    /// As [`load`](Self::load), and [`StoreError::InvalidLine`] after
    /// [`refuse_invalid_lines`](Self::refuse_invalid_lines) if such a line comes before the user's.
    pub fn hash_of(&self, user: impl AsRef<[u8]>) -> Result<Option<Vec<u8>>, StoreError> {
        let wanted = user.as_ref();
        self.look(|file| {
            let (mut hash, mut invalid) = (None, None);
            scan(file, self.max_read, |line| {
                match line.head() {
                    Head::Record { user } if user == wanted => {
                        hash = line.record().map(|record| record.hash.to_vec());
                    }
                    Head::Invalid if self.refuses_invalid_lines => invalid = Some(line.number()),
                    _ => return ControlFlow::Continue(()),
                }
                ControlFlow::Break(())
            })?;
            Ok(invalid.map_or(Ok(hash), |line| Err(self.invalid(line))))
        })?
    }

    /// The files that an interrupted write has left beside the password file: journals, quarantined journals and
    /// unfinished new files. Such a file may hold hashes. A write that goes on at this moment has some too.
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
        let names = companions::find(&location).map_err(failed)?;
        Ok(names.into_iter().map(|name| location.directory_path.join(name)).collect())
    }

    /// Reads as [`load`](Self::load) does, whatever `look` makes of it.
    pub(super) fn look<T>(
        &self,
        mut look: impl FnMut(&mut dyn Read) -> io::Result<T>,
    ) -> Result<T, StoreError> {
        let failed = |error| self.io(StoreOperation::Read, error);
        match self.target() {
            Target::File | Target::Missing => {}
            Target::Pipe => return look(&mut self.read_pipe()?.as_slice()).map_err(failed),
            Target::Device | Target::Other => return Err(StoreError::NotAFile(self.path.clone())),
        }
        let open = || self.open_as(OFlags::RDONLY).map_err(|error| self.io(StoreOperation::Open, error));
        let (file, location) = open()?;
        let disk = RealDisk::new(file, location).map_err(failed)?;
        if disk.has_journal() {
            self.recover_if_possible();
        }
        let mut file = disk.into_file();
        let mut round = 1;
        loop {
            let before = Stamp::of(&file).map_err(failed)?;
            let seen = look(&mut file).map_err(failed)?;
            if round == ROUNDS || Stamp::of(&file).map_err(failed)? == before {
                return Ok(seen);
            }
            round += 1;
            (file, _) = open()?;
        }
    }

    /// There is a journal: of a writer at work, which holds the lock, or of one that is gone.
    fn recover_if_possible(&self) {
        let Ok((file, location)) = self.open() else { return };
        if let Ok(true) = lock::exclusive(&file, Duration::ZERO)
            && self.names(&file)
            && let Ok(disk) = RealDisk::new(file, location)
        {
            // What cannot be recovered now is read as it is.
            let _ = self.recover(&disk);
        }
    }

    fn read_pipe(&self) -> Result<Vec<u8>, StoreError> {
        let pipe = stream::open(&self.path, OpenOptions::new().read(true));
        let pipe = pipe.map_err(|_| StoreError::NotAFile(self.path.clone()))?;
        stream::read_pipe(pipe, self.max_read).map_err(|error| self.io(StoreOperation::Read, error))
    }
}
