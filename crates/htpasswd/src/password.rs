//! The password: bytes, wiped when dropped, never printed.

mod generate;

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// A password: up to [`Password::MAX_LEN`] bytes of any value but NUL, in any encoding.
///
/// The bytes are wiped when the value is dropped, and `Debug` does not show them.
///
/// ```
/// use htpasswd::{Password, PasswordError};
///
/// let password = Password::new("abc123")?;
/// assert_eq!(format!("{password:?}"), "Password(..)");
/// assert_eq!(Password::new("a\0b").unwrap_err(), PasswordError::Nul);
/// # Ok::<(), PasswordError>(())
/// ```
#[derive(Clone)]
pub struct Password(Zeroizing<Vec<u8>>);

/// Why bytes cannot be a [`Password`], or why none could be made.
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
    /// Longer than [`Password::MAX_LEN`] bytes.
    #[error("the password is longer than {} bytes", Password::MAX_LEN)]
    TooLong,
    /// The operating system gave no random bytes for a new one.
    #[error("no random bytes from the operating system")]
    Random,
}

impl Password {
    /// The longest password, in bytes. SHA-crypt's work grows with the square of the length, so
    /// there has to be an end; crypt(3) of libxcrypt draws it at the same place.
    ///
    /// ```
    /// use htpasswd::Password;
    ///
    /// assert!(Password::new("x".repeat(Password::MAX_LEN)).is_ok());
    /// assert!(Password::new("x".repeat(Password::MAX_LEN + 1)).is_err());
    /// ```
    pub const MAX_LEN: usize = 512;

    /// Takes the bytes over; they are wiped even if they are refused.
    ///
    /// ```
    /// use htpasswd::{Password, PasswordError};
    ///
    /// assert!(Password::new("").is_ok() && Password::new(b"\xff:\n").is_ok());
    /// assert_eq!(Password::new("a\0b").unwrap_err(), PasswordError::Nul);
    /// ```
    ///
    /// # Errors
    /// [`PasswordError::Nul`] for a NUL byte, [`PasswordError::TooLong`] over [`Self::MAX_LEN`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, PasswordError> {
        let bytes = Zeroizing::new(bytes.into());
        if bytes.contains(&0) {
            return Err(PasswordError::Nul);
        }
        if bytes.len() > Self::MAX_LEN {
            return Err(PasswordError::TooLong);
        }
        Ok(Self(bytes))
    }

    /// The bytes. Do not keep a copy.
    ///
    /// ```
    /// assert_eq!(htpasswd::Password::new("abc123")?.as_bytes(), b"abc123");
    /// # Ok::<(), htpasswd::PasswordError>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_inclusive() {
        assert!(Password::new(vec![b'x'; Password::MAX_LEN]).is_ok());
        let too_long = Password::new(vec![b'x'; Password::MAX_LEN + 1]);
        assert_eq!(too_long.unwrap_err(), PasswordError::TooLong);
    }

    #[test]
    fn bytes_are_kept_as_they_are() {
        let bytes = b" \xff\r\n:\x7f ".to_vec();
        assert_eq!(Password::new(bytes.clone()).unwrap().as_bytes(), bytes);
        assert_eq!(Password::new("").unwrap().as_bytes(), b"");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Password::new("secret").unwrap()), "Password(..)");
    }
}
