//! The password that a caller hashes or verifies.
//!
//! [`Password`] checks the bytes once, so that every scheme can hash them. The module must never print a password, and
//! must wipe its bytes when the value is dropped.

mod generate;

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// A password: up to [`Password::MAX_LEN`] bytes in any encoding, without a NUL byte.
///
/// The bytes are wiped when the value is dropped, and `Debug` does not show them.
///
/// ```
/// use htpasswd::hash::PasswordError;
/// use htpasswd::Password;
///
/// let password = Password::new("abc123")?;
/// assert_eq!(format!("{password:?}"), "Password(..)");
/// assert_eq!(Password::new("a\0b").unwrap_err(), PasswordError::Nul);
/// # Ok::<(), PasswordError>(())
/// ```
#[derive(Clone)]
pub struct Password(Zeroizing<Vec<u8>>);

/// The reason why bytes are not a valid [`Password`], or why [`Password::generate`] failed.
///
/// ```
/// use htpasswd::hash::PasswordError;
/// use htpasswd::Password;
///
/// assert_eq!(Password::new("a\0b").unwrap_err(), PasswordError::Nul);
/// assert_eq!(PasswordError::TooLong.to_string(), "the password is longer than 512 bytes");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The password contains a NUL byte. Servers written in C would ignore the bytes after it.
    #[error("the password contains a NUL byte")]
    Nul,
    /// The password is longer than [`Password::MAX_LEN`] bytes.
    #[error("the password is longer than {} bytes", Password::MAX_LEN)]
    TooLong,
    /// The operating system gave no random bytes for a generated password.
    #[error("the operating system gave no random bytes")]
    Random,
}

impl Password {
    /// The greatest length of a password, in bytes. The time of SHA-crypt grows with the square of this length, so a
    /// limit is necessary. crypt(3) of libxcrypt has the same limit.
    ///
    /// ```
    /// use htpasswd::Password;
    ///
    /// assert!(Password::new("x".repeat(Password::MAX_LEN)).is_ok());
    /// assert!(Password::new("x".repeat(Password::MAX_LEN + 1)).is_err());
    /// ```
    pub const MAX_LEN: usize = 512;

    /// Checks the bytes and returns them as a password. Rejected bytes are wiped too.
    ///
    /// ```
    /// use htpasswd::hash::PasswordError;
    /// use htpasswd::Password;
    ///
    /// assert!(Password::new("").is_ok() && Password::new(b"\xff:\n").is_ok());
    /// assert_eq!(Password::new("a\0b").unwrap_err(), PasswordError::Nul);
    /// ```
    ///
    /// # Errors
    /// [`PasswordError::Nul`] if `bytes` contain a NUL byte; [`PasswordError::TooLong`] if `bytes` are longer than
    /// [`Self::MAX_LEN`].
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

    /// The bytes of the password. A copy of these bytes is not wiped automatically.
    ///
    /// ```
    /// assert_eq!(htpasswd::Password::new("abc123")?.as_bytes(), b"abc123");
    /// # Ok::<(), htpasswd::hash::PasswordError>(())
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
    fn a_password_of_the_greatest_length_is_accepted() {
        assert!(Password::new(vec![b'x'; Password::MAX_LEN]).is_ok());
        let too_long = Password::new(vec![b'x'; Password::MAX_LEN + 1]);
        assert_eq!(too_long.unwrap_err(), PasswordError::TooLong);
    }

    #[test]
    fn a_password_keeps_its_bytes_unchanged() {
        let bytes = b" \xff\r\n:\x7f ".to_vec();
        assert_eq!(Password::new(bytes.clone()).unwrap().as_bytes(), bytes);
        assert_eq!(Password::new("").unwrap().as_bytes(), b"");
    }

    #[test]
    fn debug_output_hides_the_password() {
        assert_eq!(format!("{:?}", Password::new("secret").unwrap()), "Password(..)");
    }
}
