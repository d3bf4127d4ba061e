//! Which value of a manifest is meant.

use crate::error::Error;

/// The longest name or key, in bytes.
const MAX_LEN: usize = 253;

/// Which key of which Secret. Without a key it is `htpasswd`, or `auth` where there is no `htpasswd`; without a
/// name it is the only Secret that has the key.
///
/// ```
/// use secret_manifest::{Selector, Value};
///
/// let manifest = b"kind: Secret\nmetadata:\n  name: registry\ndata:\n  users: Ym9iOngK\n";
/// let wanted = Selector::new().secret("registry")?.key("users")?;
/// assert_eq!(Value::find(manifest, &wanted)?.content(), b"bob:x\n");
/// # Ok::<(), secret_manifest::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    pub(crate) secret: Option<String>,
    pub(crate) key: Option<String>,
}

impl Selector {
    /// Any Secret, `htpasswd` or `auth`.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = b"kind: Secret\ndata:\n  auth: Ym9iOngK\n";
    /// assert_eq!(Value::find(manifest, &Selector::new())?.key(), "auth");
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only the Secret of this name.
    ///
    /// ```
    /// use secret_manifest::{Error, Selector};
    ///
    /// assert!(Selector::new().secret("registry.staging").is_ok());
    /// assert_eq!(Selector::new().secret("Registry").unwrap_err(), Error::Name);
    /// ```
    ///
    /// # Errors
    /// [`Error::Name`] if no Secret can have it.
    pub fn secret(mut self, name: &str) -> Result<Self, Error> {
        let is_inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = name.split('.').all(|label| {
            let label = label.as_bytes();
            label.first().is_some_and(is_inner)
                && label.last().is_some_and(is_inner)
                && label.iter().all(|byte| is_inner(byte) || *byte == b'-')
        });
        if name.len() > MAX_LEN || !ends {
            return Err(Error::Name);
        }
        self.secret = Some(name.to_owned());
        Ok(self)
    }

    /// Only this key.
    ///
    /// ```
    /// use secret_manifest::{Error, Selector};
    ///
    /// assert!(Selector::new().key("htpasswd.user").is_ok());
    /// assert_eq!(Selector::new().key("a/b").unwrap_err(), Error::Key);
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`] if no Secret can have it.
    pub fn key(mut self, key: &str) -> Result<Self, Error> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if key.is_empty()
            || key.len() > MAX_LEN
            || !key.bytes().all(fits)
            || key == "."
            || key.starts_with("..")
        {
            return Err(Error::Key);
        }
        self.key = Some(key.to_owned());
        Ok(self)
    }
}
