//! The warnings about a Secret. A warning never stops an edit; the caller decides.

/// A reason why a change of the Secret may have no effect or do harm, although the manifest can be edited.
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
    /// The Secret has `immutable: true`. Kubernetes rejects changes of such a Secret.
    Immutable,
    /// The manifest has a `sops` block. A change makes the MAC in that block invalid, and SOPS then no longer decrypts the file.
    Sops,
    /// The Secret has this `apiVersion`. Kubernetes knows Secrets only as `v1`.
    ApiVersion(String),
}
