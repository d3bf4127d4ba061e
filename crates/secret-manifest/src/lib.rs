//! Read and replace one value of a Kubernetes Secret in the text of its manifest.
//!
//! Only the bytes of that value change. Comments, the order of keys, quotes and other documents are preserved.
//!
//! The [book](../../docs/kubernetes.html#what-is-preserved) describes the use in the command `htpasswd`.
//!
//! # Replace a value
//!
//! [`Value::find`] finds the value and [`Value::replace`] returns the edit:
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
//! # Add a value
//!
//! [`Value::find_or_add`] also accepts a Secret that does not have the key:
//!
//! ```
//! use secret_manifest::{Selector, Value};
//!
//! let manifest = b"kind: Secret\ntype: Opaque\n";
//! let splice = Value::find_or_add(manifest, &Selector::new())?.replace(b"bob:x\n")?;
//! assert_eq!(splice.apply(manifest), b"data:\n  htpasswd: Ym9iOngK\nkind: Secret\ntype: Opaque\n");
//! # Ok::<(), secret_manifest::Error>(())
//! ```
//!
//! # Select a Secret and a key
//!
//! ```
//! use secret_manifest::{Selector, Value};
//!
//! let manifest = b"kind: Secret\nmetadata:\n  name: registry\ndata:\n  users: Ym9iOngK\n";
//! let selector = Selector::new().secret("registry")?.key("users")?;
//! assert_eq!(Value::find(manifest, &selector)?.content(), b"bob:x\n");
//! # Ok::<(), secret_manifest::Error>(())
//! ```
//!
//! # Accepted manifests
//!
//! - YAML or JSON, with one document or several.
//! - Secrets among objects of other kinds, or in a `List`.
//! - Values in `data`, which are Base64, and values in `stringData`, which are text. A value stays in its field and keeps its
//!   quotes.
//! - Secrets in which each key is a user and each value is the user's hash. They are edited key by key.
//!
//! # Rejected manifests
//!
//! Some manifests cannot be edited safely, and [`Error`] says why: a duplicate key, an anchor, an alias, a tag or a merge key
//! (`<<`). Before [`Value::replace`] returns an edit, it parses the result. The result must contain the new value, and
//! everything else must be equal.
//!
//! # Types and functions
//!
//! | name | purpose |
//! |---|---|
//! | [`Value`] | the value of a key: read it, replace it |
//! | [`Selector`] | selects a key of a Secret |
//! | [`Splice`] | the edit that replaces a value |
//! | [`Warning`] | a reason why a change of the Secret may have no effect or do harm |
//! | [`Error`] | the reason why a value cannot be read or replaced |
//! | [`NewSecret`] | the manifest of a new Secret, with a namespace and a type |
//! | [`write`](fn@write) | writes the manifest of a new Secret |
//! | [`quoted`] | quotes any text for YAML and JSON |
//!
//! The format is `Secret` in the Kubernetes API reference, `core/v1`. The crate prints nothing and opens no files.

mod encoding;
mod entry;
mod error;
mod find;
mod insert;
mod scalar;
mod selector;
mod splice;
mod tree;
mod users;
mod value;
mod warning;
mod write;

pub use error::Error;
pub use scalar::quoted;
pub use selector::Selector;
pub use splice::Splice;
pub use value::Value;
pub use warning::Warning;
pub use write::{NewSecret, write};
