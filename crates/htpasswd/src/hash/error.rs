//! The error of parsing or creating a hash.
//!
//! Callers match its variants and print its sentence. The error must never contain a password or a hash.

use thiserror::Error;

use super::ForeignScheme;

/// The reason why a text is not a usable hash, or why a hash could not be created.
///
/// ```
/// use htpasswd::hash::HashError;
/// use htpasswd::PasswordHash;
///
/// assert_eq!(PasswordHash::parse(b"*").unwrap_err(), HashError::Locked);
/// assert_eq!(PasswordHash::parse(b"$2y$05$short").unwrap_err(), HashError::Malformed);
/// assert_eq!(HashError::Unknown.to_string(), "the hash has an unknown scheme");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum HashError {
    /// The text is empty.
    #[error("the hash is empty")]
    Empty,
    /// The text starts with `*` or `!`, which an administrator writes to lock the account.
    #[error("the account is locked")]
    Locked,
    /// The text has no scheme that this library knows.
    #[error("the hash has an unknown scheme")]
    Unknown,
    /// The hash has a scheme that this library names and does not verify.
    #[error("the hash has the scheme {0}, which htpasswd does not verify")]
    Foreign(ForeignScheme),
    /// The text starts like a hash of a known scheme, but has an invalid format.
    #[error("the hash is malformed")]
    Malformed,
    /// The cost or the number of rounds is outside the range of the scheme.
    #[error("the cost or the number of rounds is out of range")]
    Cost,
    /// The plain-text password contains a newline, a carriage return or a NUL byte. A newline would end the record.
    #[error("a plain-text password cannot contain a newline, a carriage return or a NUL byte")]
    NotPlain,
    /// The plain-text password ends in a backslash. Apache httpd would join the next record to the line.
    #[error("a plain-text password cannot end in a backslash")]
    TrailingBackslash,
    /// The memory for the hash is not available.
    #[error("there is not enough memory to compute the hash")]
    Memory,
    /// The operating system returned no random bytes for the salt.
    #[error("the operating system returned no random bytes")]
    Random,
}
