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
mod selector;
mod tree;
mod value;
mod warning;

pub use error::Error;
pub use selector::Selector;
pub use value::{Splice, Value};
pub use warning::Warning;

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
