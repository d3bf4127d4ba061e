//! The value of one key of one Secret: found, read, replaced.

use std::ops::Range;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use granit_parser::ScalarStyle;

use crate::error::Error;
use crate::find::{field, secrets, warnings};
use crate::insert::{InsertionPoint, plain_key};
use crate::scalar::{Form, Scalar, is_null};
use crate::selector::Selector;
use crate::tree::{self, Body, Entry, Node};
use crate::warning::Warning;

/// As Kubernetes reads it: padded, and with any bits left over at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// The keys that are looked for unless one is named, the first one there being it.
const KEYS: [&str; 2] = ["htpasswd", "auth"];

/// The value of a key in a manifest, or the place where it can be put.
///
/// ```
/// use secret_manifest::{Selector, Value};
///
/// let manifest = b"kind: Secret  # of the registry\ndata:\n  htpasswd: Ym9iOngK  # bob\n";
/// let value = Value::find(manifest, &Selector::new())?;
/// assert_eq!(value.content(), b"bob:x\n");
/// let splice = value.replace(b"bob:y\n")?;
/// assert_eq!(
///     splice.apply(manifest),
///     b"kind: Secret  # of the registry\ndata:\n  htpasswd: Ym9iOnkK  # bob\n",
/// );
/// # Ok::<(), secret_manifest::Error>(())
/// ```
pub struct Value<'t> {
    text: &'t str,
    documents: Vec<Node<'t>>,
    key: String,
    line: usize,
    /// It stands in `data`.
    encoded: bool,
    content: Vec<u8>,
    location: Location,
    warnings: Vec<Warning>,
}

/// The bytes in `range` give way to `text`.
///
/// ```
/// use secret_manifest::{Selector, Value};
///
/// let manifest = b"kind: Secret\ndata:\n  htpasswd: Ym9iOngK\n";
/// let splice = Value::find(manifest, &Selector::new())?.replace(b"bob:y\n")?;
/// assert_eq!(&manifest[splice.range], b"Ym9iOngK");
/// assert_eq!(splice.text, "Ym9iOnkK");
/// # Ok::<(), secret_manifest::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Splice {
    /// Where, in bytes of the manifest.
    pub range: Range<usize>,
    /// What stands there then.
    pub text: String,
}

enum Location {
    Scalar {
        scalar: Scalar,
        /// Where the key begins.
        key: usize,
    },
    InsertionPoint(InsertionPoint),
}

impl<'t> Value<'t> {
    /// Finds the value of a key that is there.
    ///
    /// ```
    /// use secret_manifest::{Error, Selector, Value};
    ///
    /// let manifest = b"kind: Secret\ndata:\n  htpasswd: Ym9iOngK\n";
    /// assert_eq!(Value::find(manifest, &Selector::new())?.content(), b"bob:x\n");
    /// let missing = Value::find(manifest, &Selector::new().key("users")?);
    /// assert_eq!(missing.map(drop).unwrap_err(), Error::NoKey("'users'".to_owned()));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// Any [`Error`] but those of names; [`Error::NoKey`] if it is not there.
    pub fn find(manifest: &'t [u8], selector: &Selector) -> Result<Self, Error> {
        Self::look(manifest, selector, false)
    }

    /// As [`find`](Self::find), but a key that is not there gets a place: in `stringData` if the Secret has
    /// that alone, else in `data`. Its content is empty.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = b"kind: Secret\ndata:\n  token: eHl6\n";
    /// let value = Value::find_or_add(manifest, &Selector::new())?;
    /// assert_eq!(value.content(), b"");
    /// let added = value.replace(b"bob:x\n")?.apply(manifest);
    /// assert_eq!(Value::find(&added, &Selector::new())?.content(), b"bob:x\n");
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    ///
    /// # Errors
    /// As `find`, [`Error::NoKey`] excepted.
    pub fn find_or_add(manifest: &'t [u8], selector: &Selector) -> Result<Self, Error> {
        Self::look(manifest, selector, true)
    }

    fn look(manifest: &'t [u8], selector: &Selector, add: bool) -> Result<Self, Error> {
        let text = std::str::from_utf8(manifest).map_err(|_| Error::Encoding)?;
        let documents = tree::documents(text)?;
        let secrets = secrets(&documents, selector.secret.as_deref())?;
        let named = selector.key.as_deref();
        for key in named.as_ref().map_or(KEYS.as_slice(), std::slice::from_ref) {
            let mut found = None;
            for &secret in &secrets {
                let Some(here) = field(secret, key)? else { continue };
                if found.replace((secret, here)).is_some() {
                    return Err(Error::SeveralSecrets);
                }
            }
            if let Some((secret, (encoded, entry))) = found {
                let location = location(text, key, entry)?;
                let content = content(text, key, entry, encoded)?;
                let (line, key) = (entry.0.line, (*key).to_owned());
                let warnings = warnings(&documents, secret);
                return Ok(Self { text, documents, key, line, encoded, content, location, warnings });
            }
        }
        let key = named.unwrap_or(KEYS[0]);
        if !add {
            let name = |key| format!("'{key}'");
            let wanted = named.map_or_else(|| KEYS.map(name).join(" or "), name);
            return Err(Error::NoKey(wanted));
        }
        let [secret] = secrets.as_slice() else { return Err(Error::SeveralSecrets) };
        let (encoded, point) = InsertionPoint::find(text, secret, key)?;
        let (line, key, content) = (secret.line, key.to_owned(), Vec::new());
        let warnings = warnings(&documents, secret);
        Ok(Self {
            text,
            documents,
            key,
            line,
            encoded,
            content,
            location: Location::InsertionPoint(point),
            warnings,
        })
    }

    /// What the value says, Base64 decoded. Nothing where there is no value yet.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = br#"{"kind": "Secret", "data": {"htpasswd": "Ym9iOngK"}}"#;
    /// assert_eq!(Value::find(manifest, &Selector::new())?.content(), b"bob:x\n");
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The key.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = br#"{"kind": "Secret", "data": {"auth": "Ym9iOngK"}}"#;
    /// assert_eq!(Value::find(manifest, &Selector::new())?.key(), "auth");
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What somebody who changes the value should know.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = b"apiVersion: v1\nkind: Secret\ndata:\n  htpasswd: Ym9iOngK\n";
    /// assert!(Value::find(manifest, &Selector::new())?.warnings().is_empty());
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// What has to be replaced for the value to say this. How it is written stays where it can; nothing
    /// else changes, which is checked by reading the result.
    ///
    /// ```
    /// use secret_manifest::{Error, Selector, Value};
    ///
    /// let manifest = b"kind: Secret\nstringData:\n  auth: bob:x\n";
    /// let value = Value::find(manifest, &Selector::new())?;
    /// assert!(value.replace(b"bob:y").is_ok());
    /// assert_eq!(value.replace(b"\xff").unwrap_err(), Error::NotUtf8("auth".to_owned()));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotUtf8`] if it would stand in `stringData`, which cannot hold it; [`Error::Unsafe`].
    pub fn replace(&self, content: &[u8]) -> Result<Splice, Error> {
        let mut new = if self.encoded {
            BASE64.encode(content)
        } else {
            str::from_utf8(content).map_err(|_| Error::NotUtf8(self.key.clone()))?.to_owned()
        };
        let (range, ways, keys) = match &self.location {
            Location::Scalar { scalar, key } => {
                if let Form::Block(block) = &scalar.form
                    && self.encoded
                    && block.chomping != "-"
                {
                    new.push('\n');
                }
                (scalar.range.clone(), scalar.render(&new), (*key, *key))
            }
            Location::InsertionPoint(point) => {
                (point.offset..point.offset, point.render(&new), (usize::MAX, point.offset))
            }
        };
        for text in ways.into_iter().flatten() {
            let splice = Splice { range: range.clone(), text };
            if self.is_right(&splice, content, keys) {
                return Ok(splice);
            }
        }
        Err(Error::Unsafe { line: self.line, key: self.key.clone() })
    }

    /// Whether the result has this value, and says the same in everything else. `keys`: where the entry
    /// begins before and after.
    fn is_right(&self, splice: &Splice, content: &[u8], keys: (usize, usize)) -> bool {
        let result = splice.apply(self.text.as_bytes());
        let Ok(text) = str::from_utf8(&result) else { return false };
        let Ok(documents) = tree::documents(text) else { return false };
        let entry = documents.iter().find_map(|document| document.entry_at(keys.1));
        // A field that was added with the key in it.
        let entry = entry.map(|entry| entry.1.entries().first().unwrap_or(entry));
        let is_there = entry.is_some_and(|entry| {
            entry.0.text() == Some(&self.key)
                && self::content(text, &self.key, entry, self.encoded).as_deref() == Ok(content)
        });
        is_there && tree::alike(&self.documents, &documents, keys)
    }
}

impl Splice {
    /// The manifest with the splice made.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = b"kind: Secret  # of the registry\ndata: {htpasswd: Ym9iOngK}\n";
    /// let splice = Value::find(manifest, &Selector::new())?.replace(b"bob:y\n")?;
    /// assert_eq!(splice.apply(manifest), b"kind: Secret  # of the registry\ndata: {htpasswd: Ym9iOnkK}\n");
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    #[must_use]
    pub fn apply(&self, manifest: &[u8]) -> Vec<u8> {
        let (head, tail) = (manifest.get(..self.range.start), manifest.get(self.range.end..));
        [head.unwrap_or_default(), self.text.as_bytes(), tail.unwrap_or_default()].concat()
    }
}

fn location(text: &str, key: &str, (name, value): &Entry<'_>) -> Result<Location, Error> {
    let (line, key) = (name.line, key.to_owned());
    match value.body {
        Body::Alias(_) => return Err(Error::Reference { line, key }),
        _ if name.marked || value.marked => return Err(Error::Reference { line, key }),
        Body::Mapping(..) | Body::Sequence(_) => return Err(Error::NotText { line, key }),
        Body::Scalar(..) => {}
    }
    let scalar = Scalar::of(text, name, value).ok_or(Error::Unsafe { line, key })?;
    Ok(Location::Scalar { scalar, key: name.range.start })
}

fn content(text: &str, key: &str, (name, value): &Entry<'_>, encoded: bool) -> Result<Vec<u8>, Error> {
    let Body::Scalar(said, style) = &value.body else {
        return Err(Error::NotText { line: name.line, key: key.to_owned() });
    };
    let mut said: &str = said;
    match style {
        ScalarStyle::Plain if text.get(value.range.clone()).is_some_and(is_null) => said = "",
        // There is no line end that could be one of the text; the parser supplies it.
        ScalarStyle::Literal | ScalarStyle::Folded
            if value.range.end == text.len() && !text.ends_with('\n') =>
        {
            said = said.strip_suffix('\n').unwrap_or(said);
        }
        _ => {}
    }
    if !encoded {
        return Ok(said.as_bytes().to_vec());
    }
    let letters: Vec<u8> = said.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    BASE64.decode(letters).map_err(|_| Error::NotBase64 { line: name.line, key: key.to_owned() })
}

/// The manifest of a new Secret.
pub(crate) fn write(name: &str, key: &str, content: &[u8]) -> String {
    let (key, value) = (plain_key(key), BASE64.encode(content));
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\ntype: Opaque\ndata:\n  {key}: {value}\n",
        plain_key(name)
    )
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({})", self.key)
    }
}

#[cfg(test)]
mod tests;
