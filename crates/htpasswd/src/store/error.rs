//! The error of reading or writing a file: which operation failed, on which file, and why.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// What a [`FileStore`](crate::FileStore) was doing when it failed.
///
/// ```
/// use htpasswd::{FileStore, StoreError, StoreOperation};
///
/// let error = FileStore::new("/no/such/file").load().unwrap_err();
/// assert!(matches!(error, StoreError::Io { operation: StoreOperation::Open, .. }));
/// assert_eq!(StoreOperation::Lock.to_string(), "lock");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreOperation {
    /// Opening the file.
    Open,
    /// Waiting for the exclusive lock.
    Lock,
    /// Reading the file.
    Read,
    /// Finishing an earlier write that had been cut off.
    Recover,
    /// Making a new file.
    Create,
    /// Reserving space, writing or flushing.
    Write,
}

impl fmt::Display for StoreOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Lock => "lock",
            Self::Read => "read",
            Self::Recover => "recover",
            Self::Create => "create",
            Self::Write => "write",
        })
    }
}

/// Why a file could not be read or written. The file is as it was unless the variant says otherwise.
///
/// ```
/// use htpasswd::{FileStore, StoreError};
///
/// assert!(matches!(FileStore::new("/").load().unwrap_err(), StoreError::NotAFile(_)));
/// let error = FileStore::new("/no/such/file").load().unwrap_err();
/// assert!(error.to_string().starts_with("cannot open /no/such/file: "));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A system call failed.
    #[error("cannot {operation} {}: {source}", path.display())]
    Io {
        /// What was being done.
        operation: StoreOperation,
        /// The file, as the caller named it.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is something at the path, but no regular file.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// There is something at the path already, and it was to be made.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// A line is neither blank, comment nor record: there may be something else in the file than users.
    #[error("line {line} of {} is no record: it has no colon", path.display())]
    InvalidLine {
        /// The file, as the caller named it.
        path: PathBuf,
        /// The number of the line, counted from 1.
        line: usize,
    },
    /// Another process held the lock for the whole time-out.
    #[error("{} is locked by another process", .0.display())]
    Locked(PathBuf),
    /// The path kept naming another file each time it was locked.
    #[error("{} is replaced again and again by another program", .0.display())]
    Unstable(PathBuf),
    /// The file, or one line of it where it is read line by line, is larger than
    /// [`FileStore::max_read`](crate::FileStore::max_read) allows.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file, as the caller named it.
        path: PathBuf,
        /// The largest size that is read, in bytes.
        limit: usize,
    },
}

impl StoreError {
    /// What the operating system said, where it said something.
    ///
    /// ```
    /// let error = htpasswd::FileStore::new("/no/such/file").load().unwrap_err();
    /// assert_eq!(error.io_error().map(|error| error.kind()), Some(std::io::ErrorKind::NotFound));
    /// ```
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_error_says_what_was_done_to_which_file_and_what_the_system_said() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let path = PathBuf::from("users");
        for (operation, verb) in [
            (StoreOperation::Open, "open"),
            (StoreOperation::Lock, "lock"),
            (StoreOperation::Read, "read"),
            (StoreOperation::Recover, "recover"),
            (StoreOperation::Create, "create"),
            (StoreOperation::Write, "write"),
        ] {
            let error = StoreError::Io { operation, path: path.clone(), source: full() };
            assert_eq!(error.to_string(), format!("cannot {verb} users: {}", full()));
            assert_eq!(error.io_error().map(io::Error::kind), Some(io::ErrorKind::StorageFull));
        }
        assert!(StoreError::Locked(path).io_error().is_none());
    }
}
