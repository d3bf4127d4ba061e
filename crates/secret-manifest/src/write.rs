//! The manifest of a new Secret.

use crate::encoding::encode;
use crate::scalar::plain_key;
use crate::selector::Selector;

/// Returns the YAML manifest of a new Secret with one key, which has the value `content`.
///
/// The name of the Secret and the key are those of `selector`; both default to `htpasswd`.
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
    let (name, key) = (or_default(&selector.secret), or_default(&selector.key));
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\ntype: Opaque\ndata:\n  {}: {}\n",
        plain_key(&name),
        plain_key(&key),
        encode(content)
    )
}
