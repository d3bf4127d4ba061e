//! The user name: what a record in a file can hold and every server can read.

use std::fmt;

use crate::error::UsernameError;

/// A user name that can be written to a file: 1 to [`Username::MAX_LEN`] bytes, no colon, no
/// control character, not starting with `#` or white space.
///
/// Names are bytes: no encoding is assumed, no case is folded. A file may hold names that this
/// type refuses; they are looked up and removed by their bytes.
///
/// ```
/// use htpasswd::{Username, UsernameError};
///
/// let user = Username::new("dreamfish")?;
/// assert_eq!(user.as_bytes(), b"dreamfish");
/// assert_eq!(Username::new("a:b").unwrap_err(), UsernameError::Colon);
/// # Ok::<(), UsernameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Username(Vec<u8>);

impl Username {
    /// The longest name, in bytes.
    ///
    /// ```
    /// use htpasswd::Username;
    ///
    /// assert!(Username::new("u".repeat(Username::MAX_LEN)).is_ok());
    /// assert!(Username::new("u".repeat(Username::MAX_LEN + 1)).is_err());
    /// ```
    pub const MAX_LEN: usize = 255;

    /// Checks and takes the bytes.
    ///
    /// ```
    /// use htpasswd::{Username, UsernameError};
    ///
    /// assert!(Username::new("bob").is_ok() && Username::new(b"m\xfcller").is_ok());
    /// assert_eq!(Username::new("").unwrap_err(), UsernameError::Empty);
    /// assert_eq!(Username::new("bob\n").unwrap_err(), UsernameError::Control);
    /// ```
    ///
    /// # Errors
    /// The first rule that is broken, in the order of [`UsernameError`]'s variants.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, UsernameError> {
        let bytes = bytes.into();
        if bytes.len() > Self::MAX_LEN {
            Err(UsernameError::TooLong)
        } else if bytes.contains(&b':') {
            Err(UsernameError::Colon)
        } else if bytes.iter().any(u8::is_ascii_control) {
            Err(UsernameError::Control)
        } else {
            match bytes.first() {
                None => Err(UsernameError::Empty),
                Some(b'#') => Err(UsernameError::LeadingHash),
                // The other white space characters are control characters.
                Some(b' ') => Err(UsernameError::LeadingSpace),
                // The byte order mark: at the start of a file it is skipped, too.
                _ if bytes.starts_with("\u{feff}".as_bytes()) => Err(UsernameError::LeadingSpace),
                Some(_) => Ok(Self(bytes)),
            }
        }
    }

    /// The bytes, as they stand in a file.
    ///
    /// ```
    /// assert_eq!(htpasswd::Username::new("dreamfish")?.as_bytes(), b"dreamfish");
    /// # Ok::<(), htpasswd::UsernameError>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Username {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Username(\"{}\")", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_error() {
        let cases: [(&[u8], UsernameError); 10] = [
            (&[b'u'; 256], UsernameError::TooLong),
            (b"a:b", UsernameError::Colon),
            (b"", UsernameError::Empty),
            (b"a\nb", UsernameError::Control),
            (b"\tb", UsernameError::Control),
            (b"b\x7f", UsernameError::Control),
            (b"a\0", UsernameError::Control),
            (b"#a", UsernameError::LeadingHash),
            (b" a", UsernameError::LeadingSpace),
            ("\u{feff}a".as_bytes(), UsernameError::LeadingSpace),
        ];
        for (bytes, error) in cases {
            assert_eq!(Username::new(bytes).unwrap_err(), error, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn any_other_byte_is_fine() {
        let names: [&[u8]; 6] = [&[b'u'; 255], b"a b ", b"a#b", b"-", b"m\xfcller", "müller".as_bytes()];
        for name in names {
            let user = Username::new(name).unwrap();
            assert_eq!((user.as_bytes(), user.as_ref()), (name, name));
        }
    }

    #[test]
    fn debug_shows_bytes_that_are_no_text_too() {
        let user = Username::new(b"m\xfcller").unwrap();
        assert_eq!(format!("{user:?}"), r#"Username("m\xfcller")"#);
    }
}
