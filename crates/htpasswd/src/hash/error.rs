//! The error of reading or making a hash. It never holds a password or a hash.

use thiserror::Error;

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
