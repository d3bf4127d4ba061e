//! One edit of a manifest, as a value that the caller applies.
//!
//! [`Value::replace`](crate::Value::replace) makes a [`Splice`] only after it has parsed the result of the edit.

use std::ops::Range;

/// One edit of a manifest: `text` replaces the bytes in `range`.
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
    /// The bytes to replace, as offsets in the manifest.
    pub range: Range<usize>,
    /// The new text.
    pub text: String,
}

impl Splice {
    /// Returns the smallest edit that turns one text into the other.
    pub(crate) fn between(old: &str, new: &str) -> Self {
        let pairs = old.chars().zip(new.chars());
        let head: usize = pairs.take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum();
        let pairs = old[head..].chars().rev().zip(new[head..].chars().rev());
        let tail: usize = pairs.take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum();
        Self { range: head..old.len() - tail, text: new[head..new.len() - tail].to_owned() }
    }

    /// Returns the manifest after the edit.
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
