//! The errors of a store: the failed operation, the file and the cause.
//!
//! Every method of [`FileStore`](crate::FileStore) returns a [`StoreError`]. Its sentence is complete for a user, and
//! must never contain a hash or a password.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// The operation of a [`FileStore`](crate::FileStore) that failed.
///
/// ```
/// use htpasswd::store::{StoreError, StoreOperation};
/// use htpasswd::FileStore;
///
/// let error = FileStore::new("/no/such/file").load().unwrap_err();
/// assert!(matches!(error, StoreError::Io { operation: StoreOperation::Open, .. }));
/// assert_eq!(StoreOperation::Lock.to_string(), "lock");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreOperation {
    /// Opening the file.
    Open,
    /// Waiting for the exclusive lock.
    Lock,
    /// Reading the file.
    Read,
    /// Finishing an earlier write that was interrupted.
    Recover,
    /// Writing a backup before a change; see [`FileStore::backup`](crate::FileStore::backup).
    BackUp,
    /// Creating a new file.
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
            Self::BackUp => "back up to",
            Self::Create => "create",
            Self::Write => "write",
        })
    }
}

/// The reason why a file could not be read or written. After an error, the file has its old content. The exception is
/// [`StoreOperation::Write`], if the system did not let the store put the old bytes back.
///
/// The text of an error does not repeat the error of the operating system, which is its
/// [`source`](std::error::Error::source).
///
/// ```
/// use htpasswd::store::StoreError;
/// use htpasswd::FileStore;
///
/// assert!(matches!(FileStore::new("/").load().unwrap_err(), StoreError::NotAFile(_)));
/// let error = FileStore::new("/no/such/file").load().unwrap_err();
/// assert_eq!(error.to_string(), "cannot open /no/such/file");
/// let cause = std::error::Error::source(&error).ok_or("no cause")?;
/// assert!(cause.to_string().starts_with("No such file or directory"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A system call failed.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// The operation that failed.
        operation: StoreOperation,
        /// The file, as the caller named it; for [`StoreOperation::BackUp`], the backup.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The path names a directory, a device or another special file.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// The file to be created exists.
    #[error("{} already exists", .0.display())]
    Exists(PathBuf),
    /// A line is neither blank nor a comment nor a record. The file may be something else than a password file.
    #[error("line {line} of {} is an invalid record: it has no colon", path.display())]
    InvalidLine {
        /// The file, as the caller named it.
        path: PathBuf,
        /// The number of the line, counted from 1.
        line: usize,
    },
    /// The file is UTF-16, as Windows PowerShell writes it. No server reads it;
    /// [`Document::repair`](crate::Document::repair) converts it.
    #[error("{} is UTF-16, as Windows PowerShell writes it", .0.display())]
    Utf16(PathBuf),
    /// Another process held the lock during the whole time-out.
    #[error("{} is locked by another process", .0.display())]
    Locked(PathBuf),
    /// Another program changed or replaced the file, without the lock, during each of ten attempts.
    #[error("another program keeps changing or replacing {}", .0.display())]
    Unstable(PathBuf),
    /// The file is larger than [`FileStore::max_read`](crate::FileStore::max_read) allows. For methods that read line
    /// by line, one line is longer than this limit.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file, as the caller named it.
        path: PathBuf,
        /// The maximum size, in bytes.
        limit: usize,
    },
}

impl StoreError {
    /// The error of the operating system, if a system call failed.
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
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_store_error_names_operation_file_and_cause() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let path = PathBuf::from("users");
        for (operation, verb) in [
            (StoreOperation::Open, "open"),
            (StoreOperation::Lock, "lock"),
            (StoreOperation::Read, "read"),
            (StoreOperation::Recover, "recover"),
            (StoreOperation::BackUp, "back up to"),
            (StoreOperation::Create, "create"),
            (StoreOperation::Write, "write"),
        ] {
            let error = StoreError::Io { operation, path: path.clone(), source: full() };
            assert_eq!(error.to_string(), format!("cannot {verb} users"));
            assert_eq!(error.source().map(ToString::to_string), Some(full().to_string()));
            assert_eq!(error.io_error().map(io::Error::kind), Some(io::ErrorKind::StorageFull));
        }
        assert!(StoreError::Locked(path).io_error().is_none());
    }
}
