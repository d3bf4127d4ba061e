//! The selector: which key of which Secret a caller means.
//!
//! A [`Selector`] holds only names and keys that Kubernetes allows, so no other module checks them.

use crate::error::Error;

/// The maximum length of a name or a key, in bytes.
const MAX_LEN: usize = 253;

/// Selects one key of one Secret in a manifest.
///
/// | not set | default |
/// |---|---|
/// | the key | `htpasswd`, or `auth` if no Secret has `htpasswd`, or the only key. If each value is a hash, each key is a user. |
/// | the name of the Secret | the only Secret that has the key |
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
    pub(crate) user_keys: bool,
}

impl Selector {
    /// Selects the key `htpasswd` or `auth` of the only Secret that has it.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = b"kind: Secret\ndata:\n  auth: Ym9iOngK\n";
    /// assert_eq!(Value::find(manifest, &Selector::new())?.key(), Some("auth"));
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Selects the Secret with this name.
    ///
    /// ```
    /// use secret_manifest::{Error, Selector};
    ///
    /// assert!(Selector::new().secret("registry.staging").is_ok());
    /// assert_eq!(Selector::new().secret("Registry").unwrap_err(), Error::Name);
    /// ```
    ///
    /// # Errors
    /// [`Error::Name`] if Kubernetes does not allow this name for a Secret.
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

    /// Selects this key.
    ///
    /// ```
    /// use secret_manifest::{Error, Selector};
    ///
    /// assert!(Selector::new().key("htpasswd.user").is_ok());
    /// assert_eq!(Selector::new().key("a/b").unwrap_err(), Error::Key);
    /// ```
    ///
    /// # Errors
    /// [`Error::Key`] if Kubernetes does not allow this key in a Secret.
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

    /// Selects all keys of a Secret: each key is a user, and each value is the user's hash. A Secret without keys has no
    /// users. A key of [`key`](Self::key) takes precedence.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = b"kind: Secret\ndata: {}\n";
    /// let value = Value::find_or_add(manifest, &Selector::new().user_keys())?;
    /// let added = value.replace(b"bob:$2y$10$x\n")?.apply(manifest);
    /// assert_eq!(added, b"kind: Secret\ndata: {\"bob\": \"JDJ5JDEwJHg=\"}\n");
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    #[must_use]
    pub fn user_keys(self) -> Self {
        Self { user_keys: true, ..self }
    }
}
