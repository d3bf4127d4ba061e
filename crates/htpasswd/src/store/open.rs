//! Opens the password file, and locks it if it is to be changed.
//!
//! All calls of [`FileStore`] get their descriptor from here. This module must never open a file through a link, or in
//! a directory, with which another user could redirect the write; [`Location`] contains these checks.

use std::fs::File;
use std::io;
use std::time::Duration;

use super::disk::RealDisk;
use super::sys::{self, Access, Location};
use super::{FileStore, ROUNDS, StoreError, StoreOperation, lock};

/// The kind of file at the path, after links.
pub(super) enum Target {
    File,
    Missing,
    /// A pipe can be written to, or read to its end, but not edited.
    Pipe,
    /// A character device can only be written to.
    Device,
    /// A directory, a socket, or a file that this user cannot reach.
    Other,
}

impl FileStore {
    /// Checks that [`update`](Self::update) can open the file now, and changes nothing.
    ///
    /// ```
    /// use htpasswd::store::StoreError;
    /// use htpasswd::FileStore;
    ///
    /// assert!(matches!(FileStore::new("/").check_update(), Err(StoreError::NotAFile(_))));
    /// ```
    ///
    /// # Errors
    /// The errors of [`update`](Self::update) for a file that cannot be opened.
    pub fn check_update(&self) -> Result<(), StoreError> {
        // If the file is locked now, the update waits for the lock.
        self.open(Duration::ZERO).map(drop)
    }

    pub(super) fn target(&self) -> Target {
        if sys::is_no_file_name(&self.path) {
            // The attempt to open or create the file fails and gives the reason.
            return Target::Missing;
        }
        match std::fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_file() => Target::File,
            Ok(metadata) if sys::is_pipe(&metadata) => Target::Pipe,
            Ok(metadata) if sys::is_device(&metadata) => Target::Device,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Target::Missing,
            _ => Target::Other,
        }
    }

    /// Opens the regular file for reading and writing. Rejects a file that another user may have planted. On Windows, a
    /// program locks a file by opening it; the result is `None` if other programs held the lock during the whole
    /// time-out.
    pub(super) fn open(&self, timeout: Duration) -> Result<Option<(File, Location)>, StoreError> {
        match self.target() {
            Target::File | Target::Missing => {}
            Target::Pipe | Target::Device | Target::Other => {
                return Err(StoreError::NotAFile(self.path.clone()));
            }
        }
        let failed = |error| self.io(StoreOperation::Open, error);
        let location = Location::of(&self.path).map_err(failed)?;
        let access = if self.locks { Access::ReadWrite } else { Access::ReadWriteUnlocked };
        let opened = lock::wait(timeout, || match self.open_at(&location, access) {
            Err(error) if sys::is_in_use(&error) => Ok(None),
            opened => opened.map(Some),
        });
        let Some(file) = opened.map_err(failed)? else { return Ok(None) };
        let metadata = file.metadata().map_err(failed)?;
        if !metadata.is_file() {
            return Err(StoreError::NotAFile(self.path.clone()));
        }
        location.check_sticky(&metadata).map_err(failed)?;
        Ok(Some((file, location)))
    }

    /// Resolves the path and opens the file. The call is non-blocking, because a pipe that now has this path would
    /// otherwise block the program.
    pub(super) fn open_as(&self, access: Access) -> io::Result<(File, Location)> {
        let location = Location::of(&self.path)?;
        let file = self.open_at(&location, access)?;
        Ok((file, location))
    }

    fn open_at(&self, location: &Location, access: Access) -> io::Result<File> {
        // Only the kernel can follow a link in /proc to the open file.
        if location.is_descriptor { sys::open_path(&self.path, access) } else { location.open(access) }
    }

    /// Opens and locks the file, then checks that the path still names the locked file. If another program replaced the
    /// file before the lock was granted, the function starts again with the new file.
    pub(super) fn open_locked(&self) -> Result<RealDisk, StoreError> {
        for _ in 0..ROUNDS {
            let Some((file, location)) = self.open(self.lock_timeout)? else {
                return Err(StoreError::Locked(self.path.clone()));
            };
            let locked = if self.locks { lock::exclusive(&file, self.lock_timeout) } else { Ok(true) };
            match locked {
                Ok(true) => {}
                Ok(false) => return Err(StoreError::Locked(self.path.clone())),
                Err(error) => return Err(self.io(StoreOperation::Lock, error)),
            }
            if sys::names(&self.path, &file) {
                return RealDisk::new(file, location).map_err(|error| self.io(StoreOperation::Lock, error));
            }
        }
        Err(StoreError::Unstable(self.path.clone()))
    }
}
