//! The bytes of a password file, and edits as splices over them.
//!
//! A file is a sequence of lines; each is blank, a comment, a record `user:hash[:more]`, or nothing
//! that a password file may hold. White space in front of a line does not count, a byte order mark in
//! front of the file neither. What an edit does not name is replayed byte for byte: comments, order,
//! indentation, further fields, line ends, even bytes that no server can read.

mod change;
mod edits;
mod findings;
mod index;
mod joining;
mod line;
mod lines;
mod names;
mod outcome;
mod patch;
mod plan;
mod repair;
mod scan;

use std::sync::Arc;

pub use self::edits::Edits;
pub(crate) use self::findings::Findings;
pub use self::index::Index;
pub(crate) use self::index::{Seen, Table};
pub(crate) use self::joining::Joining;
pub(crate) use self::line::{BYTE_ORDER_MARK, Head, trim_start};
pub use self::line::{Content, Line, Record};
pub use self::lines::Lines;
pub use self::outcome::{EditSummary, SetOutcome, UserChange};
pub(crate) use self::patch::{Patch, Splice, splice};
pub use self::repair::Repairs;
pub(crate) use self::scan::scan;

/// A password file in memory. Any bytes parse, and `parse(b).as_bytes() == b` for every `b`.
///
/// ```
/// use htpasswd::{Document, Params, Password, PasswordHash, SetOutcome, Username};
///
/// let mut document = Document::parse(b"# staff\nbob:x:Bob Smith\r\n".to_vec());
/// let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?;
///
/// assert_eq!(document.set(&Username::new("bob")?, &hash), SetOutcome::Updated { lines: 1 });
/// assert_eq!(document.as_bytes(), b"# staff\nbob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=:Bob Smith\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Document {
    bytes: Vec<u8>,
    /// How long what was parsed is. Clones have the same one, other documents have not, even of the same length.
    parsed_length: Arc<usize>,
    edited: Option<Edited>,
}

/// How much of a document is as it was parsed.
#[derive(Clone, Copy)]
struct Edited {
    /// So many bytes at the start.
    head: usize,
    /// So many bytes at the end, if only at another offset.
    tail: usize,
}

impl Document {
    /// Takes the bytes of a file over. Never fails: lines that are no records are kept as they are.
    ///
    /// ```
    /// use htpasswd::Document;
    ///
    /// let document = Document::parse(b"what is this?\nbob:x".to_vec());
    /// assert_eq!(document.as_bytes(), b"what is this?\nbob:x");
    /// ```
    #[must_use]
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self { parsed_length: Arc::new(bytes.len()), bytes, edited: None }
    }

    /// The bytes, edits included.
    ///
    /// ```
    /// let mut document = htpasswd::Document::parse("# staff\nbob:x\n");
    /// document.remove("bob");
    /// assert_eq!(document.as_bytes(), b"# staff\n");
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives back the memory that growing left over.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// What tells whether another document was parsed from the same bytes.
    pub(crate) fn origin(&self) -> Arc<usize> {
        Arc::clone(&self.parsed_length)
    }

    /// To be written in place of what `origin` was parsed from: all of it, if it was parsed from something else.
    pub(crate) fn rebase(&mut self, origin: &Arc<usize>) {
        if !Arc::ptr_eq(&self.parsed_length, origin) {
            self.parsed_length = Arc::clone(origin);
            self.edited = Some(Edited { head: 0, tail: 0 });
        }
    }

    /// What has to be written where; `None` if nothing was edited.
    pub(crate) fn into_patch(mut self) -> Option<Patch<'static>> {
        let Edited { head, tail } = self.edited?;
        let (old_length, length) = (*self.parsed_length, self.bytes.len());
        let moved = if old_length == length { 0 } else { tail };
        self.bytes.truncate(length - tail + moved);
        self.bytes.drain(..head);
        Some(Patch {
            offset: head,
            replaced: old_length - tail - head,
            bytes: self.bytes.into(),
            moved,
            old_length,
        })
    }

    /// All lines, in order.
    ///
    /// ```
    /// use htpasswd::{Content, Document};
    ///
    /// let document = Document::parse("# staff\nbob:x\n");
    /// let comments = document.lines().filter(|line| line.content() == Content::Comment);
    /// assert_eq!(comments.map(|line| line.number()).collect::<Vec<_>>(), [1]);
    /// ```
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        Lines::new(&self.bytes)
    }

    /// All records, in order, duplicates included.
    ///
    /// ```
    /// let document = htpasswd::Document::parse("# staff\nbob:x\ncarol:y\nbob:z\n");
    /// let users: Vec<_> = document.records().map(|record| record.user).collect();
    /// assert_eq!(users, [&b"bob"[..], b"carol", b"bob"]);
    /// ```
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.lines().filter_map(|line| line.record())
    }

    /// The first record of `user`, which is the one that decides. To look up many, make an
    /// [`index`](Self::index).
    ///
    /// ```
    /// let document = htpasswd::Document::parse("bob:x\nbob:y\n");
    /// assert_eq!(document.get("bob").map(|record| record.hash), Some(&b"x"[..]));
    /// assert!(document.get("carol").is_none());
    /// ```
    #[must_use]
    pub fn get(&self, user: impl AsRef<[u8]>) -> Option<Record<'_>> {
        let user = user.as_ref();
        self.lines()
            .find(|line| matches!(line.head(), Head::Record { user: other } if other == user))?
            .record()
    }

    /// The number of the first line that is neither blank, comment nor record, counted from 1.
    ///
    /// ```
    /// use htpasswd::Document;
    ///
    /// assert_eq!(Document::parse("bob:x\nroot\n").first_invalid_line(), Some(2));
    /// assert_eq!(Document::parse("# root\n\nbob:x\n").first_invalid_line(), None);
    /// ```
    #[must_use]
    pub fn first_invalid_line(&self) -> Option<usize> {
        self.lines().find(|line| matches!(line.head(), Head::Invalid)).map(|line| line.number())
    }

    /// Drops everything.
    ///
    /// ```
    /// let mut document = htpasswd::Document::parse("bob:x\n");
    /// document.clear();
    /// assert!(document.as_bytes().is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.edited = Some(Edited { head: 0, tail: 0 });
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests;
