//! The manifest of a new Secret.

use crate::encoding::encode;
use crate::error::Error;
use crate::scalar::{plain_key, quoted};
use crate::selector::Selector;

/// A Secret that does not exist yet.
///
/// ```
/// use secret_manifest::{NewSecret, Selector};
///
/// let secret = NewSecret::new(Selector::new().secret("users")?).namespace("web")?.kind("nginx.org/htpasswd")?;
/// let manifest = secret.write(b"bob:x\n");
/// assert!(manifest.contains("  name: users\n  namespace: web\ntype: nginx.org/htpasswd\n"));
/// # Ok::<(), secret_manifest::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecret {
    selector: Selector,
    namespace: Option<String>,
    kind: String,
}

impl NewSecret {
    /// A Secret of the type `Opaque` with the name and the key of `selector`, which both default to `htpasswd`.
    #[must_use]
    pub fn new(selector: Selector) -> Self {
        Self { selector, namespace: None, kind: "Opaque".to_owned() }
    }

    /// Sets the namespace.
    ///
    /// # Errors
    /// [`Error::Namespace`] if Kubernetes does not allow this namespace.
    pub fn namespace(mut self, namespace: &str) -> Result<Self, Error> {
        let is_name = Selector::new().secret(namespace).is_ok();
        if !is_name || namespace.len() > 63 || namespace.contains('.') {
            return Err(Error::Namespace);
        }
        self.namespace = Some(namespace.to_owned());
        Ok(self)
    }

    /// Sets the type, such as `nginx.org/htpasswd`.
    ///
    /// # Errors
    /// [`Error::Type`] if the type is empty, too long, or contains other characters than those of printable ASCII.
    /// [`Error::BasicAuth`] for a type that holds no password file.
    pub fn kind(mut self, kind: &str) -> Result<Self, Error> {
        if kind.is_empty() || kind.len() > 253 || !kind.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::Type);
        }
        if kind == "kubernetes.io/basic-auth" {
            return Err(Error::BasicAuth);
        }
        kind.clone_into(&mut self.kind);
        Ok(self)
    }

    /// Returns the YAML manifest with the value `content`.
    #[must_use]
    pub fn write(&self, content: &[u8]) -> String {
        let or_default = |named: &Option<String>| named.clone().unwrap_or_else(|| "htpasswd".to_owned());
        let (name, key) = (or_default(&self.selector.secret), or_default(&self.selector.key));
        let namespace = self.namespace.as_deref();
        let namespace =
            namespace.map(|name| format!("  namespace: {}\n", plain_key(name))).unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./-_".contains(&byte);
        let kind = &self.kind;
        let kind = if kind.bytes().all(is_plain) { plain_key(kind) } else { quoted(kind) };
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\n{namespace}type: {kind}\ndata:\n  {}: {}\n",
            plain_key(&name),
            plain_key(&key),
            encode(content)
        )
    }
}

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
    NewSecret::new(selector.clone()).write(content)
}
