//! Opening the file at its path: only a regular file, only where no other user can have laid a trap, and locked where
//! it is going to be changed.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

use rustix::fs::OFlags;

use super::disk::{self, RealDisk};
use super::resolve::Location;
use super::{FileStore, ROUNDS, StoreError, StoreOperation, lock};

/// What stands at the path, links followed.
pub(super) enum Target {
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

    pub(super) fn target(&self) -> Target {
        match std::fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => Target::File,
            Ok(metadata) if metadata.file_type().is_fifo() => Target::Pipe,
            Ok(metadata) if metadata.file_type().is_char_device() => Target::Device,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Target::Missing,
            _ => Target::Other,
        }
    }

    /// Opens the regular file for reading and writing. Where it may be another user's trap, it is not opened.
    pub(super) fn open(&self) -> Result<(File, Location), StoreError> {
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
    pub(super) fn open_as(&self, access: OFlags) -> io::Result<(File, Location)> {
        let location = Location::of(&self.path)?;
        let file = if location.is_descriptor {
            // Only the kernel knows which file that is.
            let mut options = OpenOptions::new();
            options
                .read(true)
                .write(access == OFlags::RDWR)
                .custom_flags(OFlags::NONBLOCK.bits().cast_signed());
            options.open(&self.path)?
        } else {
            location.open(access | OFlags::NONBLOCK)?
        };
        Ok((file, location))
    }

    /// Opens and locks the file; makes sure that the path still names the one that was locked.
    pub(super) fn open_locked(&self) -> Result<RealDisk, StoreError> {
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
    pub(super) fn names(&self, file: &File) -> bool {
        match (std::fs::metadata(&self.path), file.metadata()) {
            (Ok(named), Ok(open)) => disk::is_same(&named, &open),
            _ => false,
        }
    }
}
