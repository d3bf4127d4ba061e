//! The value of one key of one Secret: find it, read it, replace it.
//!
//! [`Value::find`] parses the manifest and finds the value in it. [`Value::replace`] makes the edit, parses the result,
//! and rejects the edit unless the result has the new value and is otherwise equal. [`Value::replace`] must never
//! return an edit that it has not checked.

use crate::encoding::encode;
use crate::entry;
use crate::error::Error;
use crate::find::{field, is_basic_auth, keys, secrets, warnings};
use crate::insert::InsertionPoint;
use crate::scalar::{Form, Scalar};
use crate::selector::Selector;
use crate::splice::Splice;
use crate::tree::{self, Node};
use crate::users::{self, Users};
use crate::warning::Warning;

/// The keys to look for if the selector has none, in this order.
const KEYS: [&str; 2] = ["htpasswd", "auth"];

/// The value of a key in a manifest, or the place for a new one.
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
    /// The name of the Secret, if the selector has one.
    secret: Option<String>,
    /// The key. If each user is a key, it is empty.
    key: String,
    line: usize,
    /// True if the key is in `data`, so that the value is Base64.
    encoded: bool,
    content: Vec<u8>,
    location: Location,
    warnings: Vec<Warning>,
}

/// Where the value is in the text, or where it goes.
pub(crate) enum Location {
    /// The value is the whole Secret: each user is a key.
    Users(Users),
    Scalar {
        scalar: Scalar,
        /// The offset of the key.
        key: usize,
    },
    InsertionPoint(InsertionPoint),
}

impl<'t> Value<'t> {
    /// Finds the value of an existing key.
    ///
    /// ```
    /// use secret_manifest::{Error, Selector, Value};
    ///
    /// let manifest = b"kind: Secret\ndata:\n  htpasswd: Ym9iOngK\n";
    /// assert_eq!(Value::find(manifest, &Selector::new())?.content(), b"bob:x\n");
    /// let missing = Value::find(manifest, &Selector::new().key("users")?);
    /// assert!(matches!(missing.map(drop).unwrap_err(), Error::OtherKeys { .. }));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoKey`] or [`Error::OtherKeys`] if no Secret has the key; any other [`Error`] except [`Error::Name`] and [`Error::Key`].
    pub fn find(manifest: &'t [u8], selector: &Selector) -> Result<Self, Error> {
        Self::locate(manifest, selector, false)
    }

    /// Finds the value of an existing key, or the place for a new key.
    ///
    /// If the selector names no key, a Secret with one key has this key, and a Secret with several other keys is an error.
    /// A new key goes into `data`, or into `stringData` if the Secret has only `stringData`. The content of a new key
    /// is empty.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = b"kind: Secret\ndata: {}\n";
    /// let value = Value::find_or_add(manifest, &Selector::new())?;
    /// assert_eq!(value.content(), b"");
    /// let added = value.replace(b"bob:x\n")?.apply(manifest);
    /// assert_eq!(Value::find(&added, &Selector::new())?.content(), b"bob:x\n");
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`find`](Self::find), except [`Error::NoKey`]. [`Error::OtherKeys`] only if the selector names no key.
    pub fn find_or_add(manifest: &'t [u8], selector: &Selector) -> Result<Self, Error> {
        Self::locate(manifest, selector, true)
    }

    fn locate(manifest: &'t [u8], selector: &Selector, add: bool) -> Result<Self, Error> {
        let text = std::str::from_utf8(manifest).map_err(|_| Error::Encoding)?;
        let documents = tree::documents(text)?;
        let secrets = secrets(&documents, selector.secret.as_deref())?;
        let named = selector.key.as_deref();
        if named.is_none_or(|key| ["username", "password"].contains(&key))
            && secrets.iter().any(|s| is_basic_auth(s))
        {
            return Err(Error::BasicAuth);
        }
        let secret_name = selector.secret.clone();
        let present: Vec<_> = secrets.iter().map(|secret| keys(secret)).collect::<Result<_, _>>()?;
        let has_key = |key: &&str| present.iter().flatten().any(|present| present == key);
        if named.is_none() && (selector.user_keys || !KEYS.iter().any(has_key)) {
            let users = match secrets.as_slice() {
                [secret] => users::find(text, secret)?,
                _ => None,
            };
            let users = users.filter(|users| !users.is_empty() || (selector.user_keys && add));
            match (users, secrets.first()) {
                (Some(users), Some(secret)) => {
                    return Ok(Self {
                        text,
                        line: secret.line,
                        secret: secret_name,
                        key: String::new(),
                        encoded: false,
                        content: users::password_file(&users),
                        location: Location::Users(users),
                        warnings: warnings(&documents, secret),
                        documents,
                    });
                }
                (None, _) if selector.user_keys => return Err(Error::NoUserKeys),
                _ => {}
            }
        }
        // A Secret with a single key has no other candidate.
        let single = match present.as_slice() {
            [keys] if keys.len() == 1 && !KEYS.iter().any(has_key) => keys.first().map(String::as_str),
            _ => None,
        };
        let wanted: Vec<_> = named.or(single).map_or_else(|| KEYS.to_vec(), |key| vec![key]);
        for key in &wanted {
            let mut found = None;
            for &secret in &secrets {
                let Some(entry) = field(secret, key)? else { continue };
                if found.replace((secret, entry)).is_some() {
                    return Err(Error::SeveralSecrets);
                }
            }
            if let Some((secret, (encoded, entry))) = found {
                let scalar = entry::scalar(text, key, entry)?;
                let location = Location::Scalar { scalar, key: entry.0.range.start };
                let content = entry::content(text, key, entry, encoded)?;
                let (line, key) = (entry.0.line, (*key).to_owned());
                let warnings = warnings(&documents, secret);
                let secret = secret_name;
                return Ok(Self { text, documents, secret, key, line, encoded, content, location, warnings });
            }
        }
        let key = named.unwrap_or(KEYS[0]);
        let has_others = present.iter().any(|keys| !keys.is_empty());
        if !add || (named.is_none() && has_others) {
            let name = |key: &&str| format!("'{key}'");
            let wanted = wanted.iter().map(name).collect::<Vec<_>>().join(" or ");
            let keys: Vec<_> = present.iter().flatten().map(|key| format!("'{key}'")).collect();
            return Err(if keys.is_empty() {
                Error::NoKey(wanted)
            } else {
                Error::OtherKeys { wanted, keys }
            });
        }
        let [secret] = secrets.as_slice() else { return Err(Error::SeveralSecrets) };
        let (encoded, point) = InsertionPoint::find(text, secret, key)?;
        let (line, key, content) = (secret.line, key.to_owned(), Vec::new());
        let warnings = warnings(&documents, secret);
        Ok(Self {
            text,
            documents,
            secret: secret_name,
            key,
            line,
            encoded,
            content,
            location: Location::InsertionPoint(point),
            warnings,
        })
    }

    /// The value, after Base64 decoding. The value of a new key is empty. If each user is a key, the content is a password
    /// file with these users:
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = b"kind: Secret\nstringData:\n  bob: '$2y$10$x'\n  eve: '$2y$10$y'\n";
    /// let value = Value::find(manifest, &Selector::new())?;
    /// assert_eq!(value.content(), b"bob:$2y$10$x\neve:$2y$10$y\n");
    /// let splice = value.replace(b"bob:$2y$10$z\neve:$2y$10$y\n")?;
    /// assert_eq!(splice.apply(manifest), b"kind: Secret\nstringData:\n  bob: '$2y$10$z'\n  eve: '$2y$10$y'\n");
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
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

    /// The key; `None` if each user is a key.
    ///
    /// ```
    /// use secret_manifest::{Selector, Value};
    ///
    /// let manifest = br#"{"kind": "Secret", "data": {"auth": "Ym9iOngK"}}"#;
    /// assert_eq!(Value::find(manifest, &Selector::new())?.key(), Some("auth"));
    /// # Ok::<(), secret_manifest::Error>(())
    /// ```
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self.location {
            Location::Users(_) => None,
            Location::Scalar { .. } | Location::InsertionPoint(_) => Some(&self.key),
        }
    }

    /// The reasons why a change of the value may have no effect or do harm.
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

    /// Returns the edit that sets the value to `content`.
    ///
    /// The value keeps its form (plain, quoted or block) if that form can hold the new content. Nothing else changes:
    /// this function parses the result and compares it with the manifest.
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
    /// - [`Error::NotUtf8`] if the key is in `stringData` and `content` is not UTF-8.
    /// - [`Error::Unsafe`] if no edit gives the right result.
    /// - [`Error::UserKey`], [`Error::UserHash`] and [`Error::LastUser`] if each user is a key.
    pub fn replace(&self, content: &[u8]) -> Result<Splice, Error> {
        let (range, ways, keys) = match &self.location {
            Location::Users(users) => {
                return self.replace_users(users, content);
            }
            Location::Scalar { scalar, key } => {
                let mut new = self.written(content)?;
                if let Form::Block(block) = &scalar.form
                    && self.encoded
                    && block.chomping != "-"
                {
                    new.push('\n');
                }
                (scalar.range.clone(), scalar.render(&new), (*key, *key))
            }
            Location::InsertionPoint(point) => (
                point.offset..point.offset,
                point.render(&self.written(content)?),
                (usize::MAX, point.offset),
            ),
        };
        for text in ways.into_iter().flatten() {
            let splice = Splice { range: range.clone(), text };
            if self.is_correct(&splice, content, keys) {
                return Ok(splice);
            }
        }
        Err(Error::Unsafe { line: self.line, key: self.key.clone() })
    }

    /// Returns the edit that turns the users `old` of the Secret into those of the password file `new`.
    fn replace_users(&self, old: &Users, new: &[u8]) -> Result<Splice, Error> {
        let new = users::parse(new)?;
        let secret = self.secret.as_deref();
        let selector = secret.map_or_else(|| Ok(Selector::new()), |name| Selector::new().secret(name))?;
        let mut manifest = self.text.to_owned();
        // Users are added before others are removed, so that the Secret is never empty.
        for (user, hash) in new.iter().filter(|(user, hash)| old.get(*user) != Some(hash)) {
            let selector = selector.clone().key(user)?;
            let splice = Value::find_or_add(manifest.as_bytes(), &selector)?.replace(hash)?;
            manifest.replace_range(splice.range, &splice.text);
        }
        for user in old.keys().filter(|user| !new.contains_key(*user)) {
            let splice = users::remove(&manifest, secret, user)?;
            manifest.replace_range(splice.range, &splice.text);
        }
        Ok(Splice::between(self.text, &manifest))
    }

    /// The content as the field of the key holds it: as Base64 or as text.
    fn written(&self, content: &[u8]) -> Result<String, Error> {
        if self.encoded {
            return Ok(encode(content));
        }
        Ok(str::from_utf8(content).map_err(|_| Error::NotUtf8(self.key.clone()))?.to_owned())
    }

    /// Returns true if the result of the edit has the new value and is otherwise equal to the manifest.
    ///
    /// `keys` are the offsets of the entry before and after the edit.
    fn is_correct(&self, splice: &Splice, content: &[u8], keys: (usize, usize)) -> bool {
        let result = splice.apply(self.text.as_bytes());
        let Ok(text) = str::from_utf8(&result) else { return false };
        let Ok(documents) = tree::documents(text) else { return false };
        let entry = documents.iter().find_map(|document| document.entry_at(keys.1));
        // The edit may have added the field together with the key in it.
        let entry = entry.map(|entry| entry.1.entries().first().unwrap_or(entry));
        let is_there = entry.is_some_and(|entry| {
            entry.0.text() == Some(&self.key)
                && entry::content(text, &self.key, entry, self.encoded).as_deref() == Ok(content)
        });
        is_there && tree::equal_except(&self.documents, &documents, keys)
    }
}

/// Shows the key only (nothing if each user is a key), because the content consists of password hashes.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({})", self.key)
    }
}

#[cfg(test)]
mod tests;
