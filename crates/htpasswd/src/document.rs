//! The content of a password file: its lines, its records, and edits.
//!
//! A file is a sequence of lines. Each line is blank, a comment, a record `user:hash[:more]`, or an invalid record.
//! White space at the start of a line and a byte order mark at the start of the file are ignored.
//!
//! [`Edits`] become a plan, the plan becomes splices, and the splices become the patch that the store writes. An edit must never change the bytes of other lines: comments, order, indentation, further fields and
//! newlines stay, even bytes that no server can read.

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
mod utf16;

use std::sync::Arc;

pub use self::edits::{Edits, disabled};
pub(crate) use self::findings::Findings;
pub use self::index::Index;
pub(crate) use self::index::{Seen, Table};
pub(crate) use self::joining::Joining;
pub(crate) use self::line::{BYTE_ORDER_MARK, Head, trim_start};
pub use self::line::{Content, Line, Record};
pub use self::lines::Lines;
pub(crate) use self::names::is_same;
pub use self::outcome::{EditSummary, SetOutcome, UserChange};
pub(crate) use self::patch::{Patch, Splice, splice};
pub use self::repair::Repairs;
pub(crate) use self::scan::scan;
pub use self::utf16::Utf16;
pub use crate::characters::is_invisible;
pub use crate::username::{Username, UsernameError};

/// A password file in memory. Parsing accepts any bytes, and `parse(b).as_bytes() == b` for every `b`.
///
/// ```
/// use htpasswd::document::SetOutcome;
/// use htpasswd::{Document, Params, Password, PasswordHash, Username};
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
    /// The length of the parsed bytes. The address of the `Arc` identifies the parsed bytes: clones share the address,
    /// and a document that was parsed separately has another address, even if its length is equal.
    parsed_length: Arc<usize>,
    edited: Option<Edited>,
}

/// The parts of an edited document that are still as they were parsed.
#[derive(Clone, Copy)]
struct Edited {
    /// The number of unchanged bytes at the start.
    head: usize,
    /// The number of unchanged bytes at the end. Their offset may have changed.
    tail: usize,
}

impl Document {
    /// Parses the bytes of a file. Never fails, because invalid records are kept unchanged.
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

    /// The bytes of the file, including all edits.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Releases unused capacity.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// The identity of the parsed bytes, for [`rebase`](Self::rebase).
    pub(crate) fn origin(&self) -> Arc<usize> {
        Arc::clone(&self.parsed_length)
    }

    /// Makes the document an edit of the file that `origin` identifies. If the document was parsed from other bytes,
    /// the patch replaces the whole file.
    pub(crate) fn rebase(&mut self, origin: &Arc<usize>) {
        if !Arc::ptr_eq(&self.parsed_length, origin) {
            self.parsed_length = Arc::clone(origin);
            self.edited = Some(Edited { head: 0, tail: 0 });
        }
    }

    /// Returns the patch that makes the parsed file this document; `None` if nothing was edited.
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

    /// The lines, in their order.
    ///
    /// ```
    /// use htpasswd::document::Content;
    /// use htpasswd::Document;
    ///
    /// let document = Document::parse("# staff\nbob:x\n");
    /// let comments = document.lines().filter(|line| line.content() == Content::Comment);
    /// assert_eq!(comments.map(|line| line.number()).collect::<Vec<_>>(), [1]);
    /// ```
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        Lines::new(&self.bytes)
    }

    /// Returns all records in the order of the file, including duplicates.
    ///
    /// ```
    /// let document = htpasswd::Document::parse("# staff\nbob:x\ncarol:y\nbob:z\n");
    /// let users: Vec<_> = document.records().map(|record| record.user).collect();
    /// assert_eq!(users, [&b"bob"[..], b"carol", b"bob"]);
    /// ```
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.lines().filter_map(|line| line.record())
    }

    /// The first record of `user`, which is the one that servers use. To look up many users, create an
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
        self.lines().find_map(|line| line.record_of(user))
    }

    /// The line number of the first invalid record, which is neither blank nor a comment nor a record. The first line
    /// has the number 1.
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

    /// The byte order of the file if it is UTF-16, which no server reads; see [`Utf16::detect`].
    ///
    /// ```
    /// use htpasswd::Document;
    /// use htpasswd::document::Utf16;
    ///
    /// let mut document = Document::parse(b"\xff\xfeb\0o\0b\0:\0x\0\n\0");
    /// assert_eq!(document.utf16(), Some(Utf16::LittleEndian));
    /// assert!(document.repair().utf16);
    /// assert_eq!(document.as_bytes(), b"bob:x\n");
    /// ```
    #[must_use]
    pub fn utf16(&self) -> Option<Utf16> {
        Utf16::detect(&self.bytes)
    }

    /// Removes all bytes, including comments.
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
