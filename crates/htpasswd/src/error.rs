//! One error enum for each thing that can fail. None of them ever holds a password or a hash.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why bytes cannot be a [`Password`](crate::Password), or why none could be made.
///
/// ```
/// use htpasswd::{Password, PasswordError};
///
/// assert_eq!(Password::new("a\0b").unwrap_err(), PasswordError::Nul);
/// assert_eq!(PasswordError::TooLong.to_string(), "the password is longer than 512 bytes");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// A NUL byte: the C servers read a password only up to it.
    #[error("the password contains a NUL byte")]
    Nul,
    /// Longer than [`Password::MAX_LEN`](crate::Password::MAX_LEN) bytes.
    #[error("the password is longer than {} bytes", crate::Password::MAX_LEN)]
    TooLong,
    /// The operating system gave no random bytes for a new one.
    #[error("no random bytes from the operating system")]
    Random,
}

/// Why bytes cannot be a [`Username`](crate::Username).
///
/// ```
/// use htpasswd::{Username, UsernameError};
///
/// assert_eq!(Username::new("#bob").unwrap_err(), UsernameError::LeadingHash);
/// assert_eq!(UsernameError::Colon.to_string(), "the user name contains a colon");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UsernameError {
    /// Longer than [`Username::MAX_LEN`](crate::Username::MAX_LEN) bytes.
    #[error("the user name is longer than {} bytes", crate::Username::MAX_LEN)]
    TooLong,
    /// A colon: it ends the name in the file, and in Basic authentication (RFC 7617, section 2).
    #[error("the user name contains a colon")]
    Colon,
    /// No byte at all.
    #[error("the user name is empty")]
    Empty,
    /// A control character: a line feed would start another record.
    #[error("the user name contains a control character")]
    Control,
    /// A leading `#` would make the record a comment.
    #[error("the user name starts with '#'")]
    LeadingHash,
    /// Servers skip white space before a name, and a byte order mark at the start of the file. The record would be
    /// another user's there.
    #[error("the user name starts with white space or a byte order mark")]
    LeadingSpace,
    /// Some servers take white space off the end of a name. The record would be another user's there.
    #[error("the user name ends with white space other than blanks, or with a byte order mark")]
    TrailingSpace,
}

/// Why the value of an `Authorization` header holds no [`Credentials`](crate::Credentials). Clients are not told
/// which of these it was: the answer is 401 in any case.
///
/// ```
/// use htpasswd::{Credentials, CredentialsError};
///
/// let error = Credentials::from_header(b"Bearer YWxpY2U6").unwrap_err();
/// assert_eq!(error, CredentialsError::Scheme);
/// assert_eq!(error.to_string(), "the authentication scheme is not Basic");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// Another scheme than Basic, or no scheme.
    #[error("the authentication scheme is not Basic")]
    Scheme,
    /// Longer than the longest user and password together.
    #[error("the credentials are too long")]
    TooLong,
    /// Not the one Base64 of any bytes.
    #[error("the credentials are not Base64")]
    Encoding,
    /// Not UTF-8.
    #[error("the credentials are not UTF-8")]
    Charset,
    /// A control character, which RFC 7617, section 2, forbids.
    #[error("the credentials contain a control character")]
    Control,
    /// No colon between user and password.
    #[error("the credentials have no colon")]
    NoColon,
    /// Nothing in front of the colon.
    #[error("the credentials have no user name")]
    NoUser,
}

/// Why an [`Authenticator`](crate::Authenticator) could not be started.
///
/// ```
/// use std::error::Error;
///
/// let error = htpasswd::StartError::Thread(std::io::ErrorKind::WouldBlock.into());
/// assert_eq!(error.to_string(), "cannot start a thread");
/// assert!(error.source().is_some());
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The operating system gave no random bytes for a key.
    #[error("no random bytes from the operating system")]
    Random,
    /// The operating system gave no thread.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// [`rehash_below`](crate::AuthenticatorBuilder::rehash_below) wants hashes that the
    /// [`Limits`](crate::Limits) of the users reject.
    #[error("rehash_below is above the limits of the users: nobody could log in with such a hash")]
    RehashAboveLimits,
    /// [`rehash_below`](crate::AuthenticatorBuilder::rehash_below) wants plain text, which is never verified.
    #[error("rehash_below is plain text: nobody could log in with it")]
    RehashToPlainText,
    /// [`queue_limit`](crate::AuthenticatorBuilder::queue_limit) is 0.
    #[error("the queue limit is 0: no password could be verified")]
    NoQueue,
}

/// Why a text is no hash that anybody can log in with, or why none could be made.
///
/// ```
/// use htpasswd::{HashError, PasswordHash};
///
/// assert_eq!(PasswordHash::parse(b"*").unwrap_err(), HashError::Locked);
/// assert_eq!(PasswordHash::parse(b"$2y$05$short").unwrap_err(), HashError::Malformed);
/// assert_eq!(HashError::Unknown.to_string(), "the hash is of no known scheme");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HashError {
    /// No byte at all.
    #[error("the hash is empty")]
    Empty,
    /// Starts with `*` or `!`: the account is locked on purpose.
    #[error("the account is locked")]
    Locked,
    /// Of no scheme that this library knows.
    #[error("the hash is of no known scheme")]
    Unknown,
    /// Starts like a known scheme but cannot be a hash of it.
    #[error("the hash is malformed")]
    Malformed,
    /// A cost or number of rounds that the scheme does not allow.
    #[error("the cost is out of range")]
    Cost,
    /// The plain-text scheme cannot hold this password (a line break would end the record).
    #[error("the password cannot be stored as plain text")]
    NotPlain,
    /// The plain-text scheme cannot hold this password: it ends in a backslash, and Apache httpd would read the next
    /// record as a part of its line.
    #[error("a plain-text password cannot end in a backslash")]
    TrailingBackslash,
    /// The operating system gave no random bytes for the salt.
    #[error("no random bytes from the operating system")]
    Random,
}

/// Why [`BulkHasher`](crate::BulkHasher) gave no hashes.
///
/// ```
/// use htpasswd::{BulkHashError, BulkHasher, HashError, Params, Password};
///
/// let jobs = vec![("bob", Password::new("abc123")?), ("carol", Password::new("two\nlines")?)];
/// let error = BulkHasher::new(Params::Plain).hash_all(jobs).unwrap_err();
/// assert_eq!(error, BulkHashError::Hash { index: 1, source: HashError::NotPlain });
/// # Ok::<(), htpasswd::PasswordError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BulkHashError {
    /// The progress callback said so.
    #[error("cancelled")]
    Cancelled,
    /// A password could not be hashed. Of several, this is the first in the order of the jobs.
    #[error("job {index}: {source}")]
    Hash {
        /// The place of its job, counted from 0.
        index: usize,
        /// The reason.
        source: HashError,
    },
}

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

impl std::fmt::Display for StoreOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

/// How a hash exceeds the [`Limits`](crate::Limits).
///
/// ```
/// use htpasswd::{LimitExceeded, Limits, PasswordHash};
///
/// let hash = PasswordHash::parse(b"$2y$20$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy")?;
/// let exceeded = Limits::default().check(&hash).unwrap_err();
/// assert_eq!(exceeded, LimitExceeded::BcryptCost { cost: 20, limit: 16 });
/// assert_eq!(exceeded.to_string(), "cost 20 is above the limit 16");
/// # Ok::<(), htpasswd::HashError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LimitExceeded {
    /// The cost of bcrypt.
    #[error("cost {cost} is above the limit {limit}")]
    BcryptCost {
        /// The cost of the hash.
        cost: u32,
        /// The highest cost that the limits allow.
        limit: u32,
    },
    /// The rounds of any other scheme.
    #[error("{rounds} rounds are above the limit {limit}")]
    Rounds {
        /// The rounds of the hash.
        rounds: u64,
        /// The most rounds that the limits allow.
        limit: u64,
    },
    /// The memory of yescrypt or scrypt.
    #[error("{bytes} bytes of memory are above the limit {limit}")]
    Memory {
        /// The memory that the hash needs, in bytes.
        bytes: u64,
        /// The most memory that the limits allow, in bytes.
        limit: u64,
    },
    /// The passes of yescrypt or scrypt read and write too much memory in all.
    #[error("passes over {bytes} bytes of memory are above the limit {limit}")]
    MemoryTraffic {
        /// The memory that all passes read and write, in bytes.
        bytes: u64,
        /// The most that the limits allow, in bytes.
        limit: u64,
    },
}

/// Why [`WatchedUsers`](crate::WatchedUsers) keeps the users that it has.
///
/// ```
/// use htpasswd::{ReloadError, WatchedUsers};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let users = WatchedUsers::open(&path)?;
/// std::fs::remove_file(&path)?;
/// let error = users.reload().unwrap_err();
/// assert!(matches!(*error, ReloadError::Store(_)));
/// assert_eq!(users.current().len(), 1); // those that were there stay
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// The file cannot be read, or is gone.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There were users in the file, and now there is none who could log in.
    #[error("{} has no users any more", .0.display())]
    Emptied(PathBuf),
    /// The last line has no end, and stops before its hash does: somebody may be writing.
    #[error("the last line of {} is incomplete", .0.display())]
    Incomplete(PathBuf),
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
