//! Why a value cannot be read or replaced. No variant holds the value.

use thiserror::Error;

/// Why a value cannot be read or replaced. Lines are counted from 1.
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
    /// YAML is UTF-8 here, as it is for Kubernetes.
    #[error("it is not UTF-8")]
    Encoding,
    /// Neither YAML nor JSON.
    #[error("line {line}: {reason}")]
    Yaml {
        /// Where the parser stopped.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// No document, and no item of a list, has the kind `Secret`.
    #[error("there is no Secret in it")]
    NoSecret,
    /// No Secret has the name that was asked for.
    #[error("there is no Secret '{0}' in it")]
    NoSuchSecret(String),
    /// Several Secrets have the key, or could get it.
    #[error("there is more than one Secret with such a key in it; name one")]
    SeveralSecrets,
    /// The Secret has no such key.
    #[error("the Secret has no key {0}")]
    NoKey(String),
    /// The key stands in `data` and in `stringData`; the latter wins when the manifest is applied.
    #[error("the key '{0}' stands both in data and in stringData")]
    InBoth(String),
    /// A mapping has a key twice.
    #[error("line {line}: '{key}' stands there again")]
    DuplicateKey {
        /// Where the second one is.
        line: usize,
        /// The key.
        key: String,
    },
    /// An anchor, alias or tag: what is replaced might be meant elsewhere too, or be no text.
    #[error("line {line}: '{key}' has an anchor, an alias or a tag, which cannot be edited")]
    Reference {
        /// Where it is.
        line: usize,
        /// The key whose value it is.
        key: String,
    },
    /// A merge key (`<<`): YAML 1.1, as Kubernetes reads it, takes more entries from another mapping, and an entry that
    /// is added would hide one of these.
    #[error("line {line}: '<<' merges another mapping into {place}, which cannot be edited")]
    MergeKey {
        /// Where it is.
        line: usize,
        /// `the Secret`, or one of its fields.
        place: String,
    },
    /// The name of an entry is an alias, so it is not known whether it is the one that is looked for.
    #[error("line {line}: a key of {place} is an alias, which cannot be edited")]
    AliasKey {
        /// Where it is.
        line: usize,
        /// `the Secret`, or one of its fields.
        place: String,
    },
    /// `data` or `stringData` is something else than a mapping.
    #[error("line {line}: '{key}' is no mapping")]
    NotAMapping {
        /// Where it is.
        line: usize,
        /// Which of them.
        key: String,
    },
    /// The value is a mapping or a sequence.
    #[error("line {line}: '{key}' is no text")]
    NotText {
        /// Where it is.
        line: usize,
        /// The key.
        key: String,
    },
    /// The value of a key of `data` is not Base64.
    #[error("line {line}: '{key}' is not Base64")]
    NotBase64 {
        /// Where it is.
        line: usize,
        /// The key.
        key: String,
    },
    /// What is to be put into `stringData` is not UTF-8.
    #[error("stringData holds UTF-8 only; move the key '{0}' to data")]
    NotUtf8(String),
    /// It is written in a way that cannot be edited safely.
    #[error("line {line}: '{key}' is written in a way that cannot be edited safely")]
    Unsafe {
        /// Where it is.
        line: usize,
        /// The key.
        key: String,
    },
    /// Not the name of a Secret: lower-case letters, digits, `-` and `.`, at most 253.
    #[error("the name of a Secret has lower-case letters, digits, '-' and '.' only")]
    Name,
    /// Not a key of a Secret: letters, digits, `-`, `_` and `.`, at most 253.
    #[error("a key of a Secret has letters, digits, '-', '_' and '.' only")]
    Key,
}
