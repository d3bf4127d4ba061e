//! The error of this crate.
//!
//! All modules return this one enum, because every function of the crate can meet most of its cases. A variant must never
//! hold the value itself, which consists of password hashes.

use thiserror::Error;

/// The reason why a value cannot be read or replaced.
///
/// Lines are counted from 1.
///
/// ```
/// use secret_manifest::{Error, Selector, Value};
///
/// let error = |manifest: &[u8]| Value::find(manifest, &Selector::new()).map(drop).unwrap_err();
/// assert_eq!(error(b"kind: ConfigMap\n"), Error::NoSecret);
/// assert_eq!(error(b"\xff"), Error::Encoding);
/// assert_eq!(error(b"kind: Secret\n").to_string(), "the Secret has no key 'htpasswd' or 'auth'");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The manifest is not UTF-8, the only encoding that Kubernetes accepts.
    #[error("it is not UTF-8")]
    Encoding,
    /// The manifest is not valid YAML, and therefore not valid JSON.
    #[error("line {line}: {reason}")]
    Yaml {
        /// The line at which the parser stopped.
        line: usize,
        /// The reason, as the parser reports it.
        reason: String,
    },
    /// No document and no item of a list has the kind `Secret`.
    #[error("there is no Secret in the manifest")]
    NoSecret,
    /// No Secret has the name that the selector has.
    #[error("there is no Secret '{0}' in the manifest")]
    NoSuchSecret(String),
    /// Several Secrets have the key, or a new key could be added to several Secrets. Select one with
    /// [`Selector::secret`](crate::Selector::secret).
    #[error("there is more than one Secret with such a key in it; name one")]
    SeveralSecrets,
    /// No Secret has the key.
    #[error("the Secret has no key {0}")]
    NoKey(String),
    /// No Secret has the key, but the Secret has other keys. A new key could lock users out: some programs read all keys,
    /// or reject a Secret with several keys. Select one with [`Selector::key`](crate::Selector::key).
    #[error("the Secret has no key {wanted}; its keys are {}", keys.join(", "))]
    OtherKeys {
        /// The keys that were looked for.
        wanted: String,
        /// The keys of the Secret.
        keys: Vec<String>,
    },
    /// The selector wants a Secret with one key for each user, but a value of the Secret is no hash, or the manifest has
    /// several Secrets.
    #[error("it is not one Secret in which each key is a user and each value is a hash")]
    NoUserKeys,
    /// A user of a Secret with one key for each user cannot be a key, or has two records.
    #[error("each user is a key of this Secret, which has letters, digits, '-', '_' and '.' only")]
    UserKey,
    /// A value of a Secret with one key for each user would be no hash.
    #[error(
        "each value of this Secret is a hash; it cannot hold a password as plain text or a hash without a prefix"
    )]
    UserHash,
    /// The last user of a Secret with one key for each user would be removed. Without users, nothing shows that the keys
    /// of the Secret are users.
    #[error("the last user of this Secret cannot be removed; delete the Secret instead")]
    LastUser,
    /// The type of the Secret is `kubernetes.io/basic-auth`, which holds a user name and a plain password.
    #[error("its type is kubernetes.io/basic-auth, which holds a plain password and no password file")]
    BasicAuth,
    /// The type of a Secret is not allowed: it is empty, too long or contains a control character.
    #[error("the type of a Secret has 1 to 253 printable characters")]
    Type,
    /// The namespace is not allowed. Allowed are at most 63 lower-case letters, digits and `-`.
    #[error("a namespace has at most 63 lower-case letters, digits and '-'")]
    Namespace,
    /// The key is in both `data` and `stringData`. Kubernetes uses the value in `stringData`.
    #[error("the key '{0}' is in both data and stringData")]
    InBoth(String),
    /// A mapping has the same key twice.
    #[error("line {line}: '{key}' is a duplicate key")]
    DuplicateKey {
        /// The line of the second of the two equal keys.
        line: usize,
        /// The key.
        key: String,
    },
    /// The value has an anchor, an alias or a tag. Such a value might be used in other places too, or might not be
    /// text.
    #[error("line {line}: '{key}' has an anchor, an alias or a tag, which cannot be edited")]
    Reference {
        /// The line in the manifest.
        line: usize,
        /// The key of the value.
        key: String,
    },
    /// The mapping has a merge key (`<<`). Kubernetes then adds the entries of another mapping, and a new entry might hide
    /// one of them.
    #[error("line {line}: '<<' merges another mapping into {place}, which cannot be edited")]
    MergeKey {
        /// The line in the manifest.
        line: usize,
        /// The mapping: `the Secret`, `'data'` or `'stringData'`.
        place: String,
    },
    /// A key is an alias, so it might be the selected key.
    #[error("line {line}: a key of {place} is an alias, which cannot be edited")]
    AliasKey {
        /// The line in the manifest.
        line: usize,
        /// The mapping: `the Secret`, `'data'` or `'stringData'`.
        place: String,
    },
    /// `data` or `stringData` is not a mapping.
    #[error("line {line}: '{key}' is not a mapping")]
    NotAMapping {
        /// The line in the manifest.
        line: usize,
        /// `data` or `stringData`.
        key: String,
    },
    /// The value is a mapping or a sequence.
    #[error("line {line}: '{key}' is not text")]
    NotText {
        /// The line in the manifest.
        line: usize,
        /// The key.
        key: String,
    },
    /// The value of a key of `data` is not Base64.
    #[error("line {line}: '{key}' is not Base64")]
    NotBase64 {
        /// The line in the manifest.
        line: usize,
        /// The key.
        key: String,
    },
    /// The new value is not UTF-8, but the key is in `stringData`.
    #[error("stringData holds UTF-8 only; move the key '{0}' to data")]
    NotUtf8(String),
    /// The value is written in a way that cannot be edited safely: no edit gave the right result.
    #[error("line {line}: '{key}' is written in a way that cannot be edited safely")]
    Unsafe {
        /// The line in the manifest.
        line: usize,
        /// The key.
        key: String,
    },
    /// The name is not allowed for a Secret. Allowed are at most 253 lower-case letters, digits, `-` and `.`.
    #[error("the name of a Secret has lower-case letters, digits, '-' and '.' only")]
    Name,
    /// The key is not allowed in a Secret. Allowed are at most 253 letters, digits, `-`, `_` and `.`.
    #[error("a key of a Secret has letters, digits, '-', '_' and '.' only")]
    Key,
}
