//! One value of a Kubernetes Secret manifest, read and replaced in the text of the manifest.
//!
//! | you want to | use |
//! |---|---|
//! | read or replace the value of a key | [`Value`] |
//! | say which key, of which Secret | [`Selector`] |
//! | write the manifest of a new Secret | [`write`](fn@write) |
//! | quote any text for YAML and JSON | [`quoted`] |
//!
//! A manifest is YAML or JSON: one document or several, Secrets among other kinds, or a `List` of them. Only the
//! bytes of the one value are replaced, so comments, order and other documents stay as they are. A value in
//! `data` is Base64, one in `stringData` is text; which it was, and how it was quoted, stays.
//!
//! What cannot be edited safely is refused: a key that stands twice, an anchor, an alias, a tag or a merge key (`<<`). Each edit is
//! checked before it is given away: the result is parsed, has the new value, and says the same in everything else.
//!
//! ```
//! use secret_manifest::{Selector, Value};
//!
//! let manifest = b"kind: Secret\nstringData:\n  auth: \"bob:x\"  # for the ingress\n";
//! let splice = Value::find(manifest, &Selector::new())?.replace(b"bob:y")?;
//! assert_eq!(splice.apply(manifest), b"kind: Secret\nstringData:\n  auth: \"bob:y\"  # for the ingress\n");
//! # Ok::<(), secret_manifest::Error>(())
//! ```
//!
//! The source of the format is the API reference of Kubernetes, `Secret` in `core/v1`.
//!
//! Nothing is printed, and no file is touched.

mod error;
mod find;
mod insert;
mod scalar;
mod tree;
mod value;

pub use error::Error;
pub use value::{Splice, Value, Warning};

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
    secret: Option<String>,
    key: Option<String>,
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

/// The manifest of a Secret that has this content and nothing else, in YAML. Its name and its key are `htpasswd`
/// unless the selector says otherwise.
///
/// ```
/// use secret_manifest::{Selector, Value};
///
/// let wanted = Selector::new().secret("registry")?;
/// let manifest = secret_manifest::write(&wanted, b"bob:x\n");
/// assert!(manifest.ends_with("data:\n  htpasswd: Ym9iOngK\n"));
/// assert_eq!(Value::find(manifest.as_bytes(), &wanted)?.content(), b"bob:x\n");
/// # Ok::<(), secret_manifest::Error>(())
/// ```
#[must_use]
pub fn write(selector: &Selector, content: &[u8]) -> String {
    let or_default = |named: &Option<String>| named.clone().unwrap_or_else(|| "htpasswd".to_owned());
    value::write(&or_default(&selector.secret), &or_default(&selector.key), content)
}

/// A text between quotation marks, on one line, as YAML 1.1, YAML 1.2 and JSON read it.
///
/// ```
/// assert_eq!(secret_manifest::quoted("a \"b\"\n"), r#""a \"b\"\n""#);
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    scalar::double(text)
}
