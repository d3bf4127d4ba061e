//! What a person should know before a Secret is changed.

/// A reason why a change of the Secret may have no effect, or do harm, though the manifest can be edited.
///
/// ```
/// use secret_manifest::{Selector, Value, Warning};
///
/// let manifest = b"apiVersion: v1\nkind: Secret\nimmutable: true\ndata:\n  htpasswd: Ym9iOngK\n";
/// assert_eq!(Value::find(manifest, &Selector::new())?.warnings(), [Warning::Immutable]);
/// # Ok::<(), secret_manifest::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The Secret has `immutable: true`: Kubernetes rejects changes of it.
    Immutable,
    /// The manifest has a `sops` block: a change makes its MAC invalid, and SOPS no longer decrypts the file.
    Sops,
    /// The `apiVersion` is this, and not `v1`, which is the only one of Secrets.
    ApiVersion(String),
}
