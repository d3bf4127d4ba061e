//! The user name of a record.
//!
//! [`Username`] checks the bytes once, before they are written to a password file. The module must never accept a name
//! that a server would read as another user's name, as a comment or as more than one record.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::characters::{is_trimmed, trim_end, trim_start};

/// A user name that can be written to a password file: 1 to [`Username::MAX_LEN`] bytes without an ASCII control
/// character, a colon, `#` at the start, or white space at the start or the end.
///
/// White space is Unicode's `White_Space` and the byte order mark U+FEFF. Some servers trim white space: they read
/// U+00A0 followed by `alice` as `alice`, so such a record would replace alice's login. ASCII blanks at the end are the
/// exception: they are accepted because Apache's `htpasswd` accepts them; see
/// [`ends_with_blank`](Self::ends_with_blank).
///
/// User names are bytes. The library assumes no encoding and compares upper and lower case as different. A password
/// file may contain user names that this type rejects; you can look up and delete such users by their bytes.
///
/// ```
/// use htpasswd::document::UsernameError;
/// use htpasswd::Username;
///
/// let user = Username::new("dreamfish")?;
/// assert_eq!(user.as_bytes(), b"dreamfish");
/// assert_eq!(Username::new("a:b").unwrap_err(), UsernameError::Colon);
/// # Ok::<(), UsernameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Username(Vec<u8>);

/// The reason why bytes are not a valid [`Username`].
///
/// ```
/// use htpasswd::document::UsernameError;
/// use htpasswd::Username;
///
/// assert_eq!(Username::new("#bob").unwrap_err(), UsernameError::LeadingHash);
/// assert_eq!(UsernameError::Colon.to_string(), "the user name contains a colon");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum UsernameError {
    /// The user name is longer than [`Username::MAX_LEN`] bytes.
    #[error("the user name is longer than {} bytes", Username::MAX_LEN)]
    TooLong,
    /// The user name contains a colon. A colon ends the user name in a password file and in Basic authentication
    /// (RFC 7617, section 2).
    #[error("the user name contains a colon")]
    Colon,
    /// The user name is empty.
    #[error("the user name is empty")]
    Empty,
    /// The user name contains an ASCII control character. A newline, for example, would start another record.
    #[error("the user name contains a control character")]
    Control,
    /// The user name starts with `#`, so the record would be a comment.
    #[error("the user name starts with '#'")]
    LeadingHash,
    /// The user name starts with white space or a byte order mark. Servers skip white space before a user name and a
    /// byte order mark at the start of the file, so they would read the record as that of another user.
    #[error("the user name starts with white space or a byte order mark")]
    LeadingSpace,
    /// The user name ends with white space other than ASCII blanks, or with a byte order mark. Some servers trim it, so
    /// they would read the record as that of another user.
    #[error("the user name ends with white space other than blanks, or with a byte order mark")]
    TrailingSpace,
}

impl Username {
    /// The greatest length of a user name, in bytes.
    pub const MAX_LEN: usize = 255;

    /// Checks the bytes and returns them as a user name.
    ///
    /// ```
    /// use htpasswd::document::UsernameError;
    /// use htpasswd::Username;
    ///
    /// assert!(Username::new("bob").is_ok() && Username::new(b"m\xfcller").is_ok());
    /// assert_eq!(Username::new("").unwrap_err(), UsernameError::Empty);
    /// assert_eq!(Username::new("bob\n").unwrap_err(), UsernameError::Control);
    /// ```
    ///
    /// # Errors
    /// Returns the first rule that `bytes` break, in the order of the variants of [`UsernameError`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, UsernameError> {
        let bytes = bytes.into();
        if bytes.len() > Self::MAX_LEN {
            Err(UsernameError::TooLong)
        } else if bytes.contains(&b':') {
            Err(UsernameError::Colon)
        } else if bytes.iter().any(u8::is_ascii_control) {
            Err(UsernameError::Control)
        } else if bytes.is_empty() {
            Err(UsernameError::Empty)
        } else if bytes.starts_with(b"#") {
            Err(UsernameError::LeadingHash)
        } else if trim_start(&bytes, is_trimmed).len() < bytes.len() {
            Err(UsernameError::LeadingSpace)
        } else if trim_end(&bytes, is_trimmed).len() < trim_end(&bytes, |character| character == ' ').len() {
            Err(UsernameError::TrailingSpace)
        } else {
            Ok(Self(bytes))
        }
    }

    /// Returns true if the user name ends with an ASCII blank. Some servers remove the blanks, and so read the record
    /// as that of another user.
    #[must_use]
    pub fn ends_with_blank(&self) -> bool {
        self.0.ends_with(b" ")
    }

    /// The bytes of the user name, as they are in a password file.
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

/// Writes the bytes of the user name. Bytes that are not UTF-8 become U+FFFD.
impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl Borrow<[u8]> for Username {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Username {
    type Err = UsernameError;

    /// Checks the bytes like [`Username::new`].
    fn from_str(text: &str) -> Result<Self, UsernameError> {
        Self::new(text)
    }
}

impl TryFrom<&[u8]> for Username {
    type Error = UsernameError;

    /// Checks the bytes like [`Username::new`].
    fn try_from(bytes: &[u8]) -> Result<Self, UsernameError> {
        Self::new(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_own_error() {
        let cases: [(&[u8], UsernameError); 12] = [
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
            (" ".as_bytes(), UsernameError::LeadingSpace),
            ("a\u{a0}".as_bytes(), UsernameError::TrailingSpace),
        ];
        for (bytes, error) in cases {
            assert_eq!(Username::new(bytes).unwrap_err(), error, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn white_space_that_servers_trim_is_rejected_at_both_ends() {
        let white_space =
            "\u{85}\u{a0}\u{1680}\u{2000}\u{2003}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";
        for character in white_space.chars() {
            for name in [format!("{character}alice"), format!("{character}"), format!("{character} alice")] {
                let error = Username::new(name.as_str()).unwrap_err();
                assert_eq!(error, UsernameError::LeadingSpace, "{}", name.escape_unicode());
            }
            for end in ["", " ", "  ", "\u{3000}"] {
                let name = format!("alice {character}{end}");
                let error = Username::new(name.as_str()).unwrap_err();
                assert_eq!(error, UsernameError::TrailingSpace, "{}", name.escape_unicode());
            }
            assert!(Username::new(format!("al{character}ice")).is_ok());
        }
    }

    #[test]
    fn blanks_at_the_end_are_accepted() {
        for blanks in [1, 2, 100] {
            let name = format!("alice{}", " ".repeat(blanks));
            assert!(Username::new(name).unwrap().ends_with_blank());
        }
        assert!(!Username::new(b"m\xfcller".to_vec()).unwrap().ends_with_blank());
    }

    #[test]
    fn all_other_bytes_are_accepted() {
        let names: [&[u8]; 6] = [&[b'u'; 255], b"a b ", b"a#b", b"-", b"m\xfcller", "müller".as_bytes()];
        for name in names {
            let user = Username::new(name).unwrap();
            assert_eq!((user.as_bytes(), user.as_ref()), (name, name));
        }
    }

    #[test]
    fn debug_output_escapes_bytes_that_are_not_utf_8() {
        let user = Username::new(b"m\xfcller").unwrap();
        assert_eq!(format!("{user:?}"), r#"Username("m\xfcller")"#);
    }
}
