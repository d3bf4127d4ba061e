//! The bytes of a password file, and edits as splices over them.
//!
//! A file is a sequence of lines; each is blank, a comment, a record `user:hash[:more]`, or nothing
//! that a password file may hold. White space in front of a line does not count, a byte order mark in
//! front of the file neither. What an edit does not name is replayed byte for byte: comments, order,
//! indentation, further fields, line ends, even bytes that no server can read.

mod edits;
mod index;
mod joining;
mod lines;
mod names;
mod plan;
mod repair;

pub use self::edits::{EditSummary, Edits, SetOutcome, UserChange};
pub use self::index::Index;
pub(crate) use self::index::{Seen, Table};
pub(crate) use self::joining::Joining;
pub(crate) use self::lines::{BYTE_ORDER_MARK, Head, scan, trim_start};
pub use self::lines::{Content, Line, Lines, Record};
pub(crate) use self::plan::{Findings, Patch, Splice, splice};
pub use self::repair::Repairs;

use std::sync::Arc;

use crate::hash::PasswordHash;
use crate::username::Username;

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

    /// A table of the first record of each user.
    ///
    /// ```
    /// let document = htpasswd::Document::parse("bob:x\ncarol:y\n");
    /// let index = document.index();
    /// for user in ["bob", "carol"] {
    ///     assert!(index.get(user).is_some());
    /// }
    /// ```
    #[must_use]
    pub fn index(&self) -> Index<'_> {
        Index::new(self)
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

    /// Gives `user` this hash: in each of the user's records, or in a new one at the end. The line end
    /// that the last line may lack is supplied before a new record, and behind an updated one.
    ///
    /// A record behind a line that ends in a backslash gets a blank line in front, as Apache httpd would read the two
    /// lines as one. So does a record that comes to stand behind such a line because one before it is removed.
    ///
    /// ```
    /// use htpasswd::{Document, Params, Password, PasswordHash, SetOutcome, Username};
    ///
    /// let mut document = Document::parse("bob:x");
    /// let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?;
    /// assert_eq!(document.set(&Username::new("carol")?, &hash), SetOutcome::Added);
    /// assert_eq!(document.as_bytes(), b"bob:x\ncarol:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set(&mut self, user: &Username, hash: &PasswordHash) -> SetOutcome {
        let mut edits = Edits::new();
        edits.set(user, hash);
        self.edit(&edits).set_outcome()
    }

    /// Drops every record of `user` with its whole line; says how many there were.
    ///
    /// ```
    /// let mut document = htpasswd::Document::parse("bob:x\ncarol:y\nbob:z\n");
    /// assert_eq!(document.remove("bob"), 2);
    /// assert_eq!(document.remove("dave"), 0);
    /// assert_eq!(document.as_bytes(), b"carol:y\n");
    /// ```
    pub fn remove(&mut self, user: impl AsRef<[u8]>) -> usize {
        let mut edits = Edits::new();
        edits.remove(user);
        self.edit(&edits).lines()
    }

    /// Sets and removes many users in one pass; new ones stand at the end, in the order of the edits.
    ///
    /// ```
    /// use htpasswd::{Document, Edits};
    ///
    /// let mut edits = Edits::new();
    /// edits.remove("bob");
    /// edits.remove("dave");
    /// let mut document = Document::parse("bob:x\ncarol:y\n");
    /// assert_eq!(document.apply(&edits).removed, 1);
    /// assert_eq!(document.as_bytes(), b"carol:y\n");
    /// ```
    pub fn apply(&mut self, edits: &Edits) -> EditSummary {
        self.edit(edits).summary()
    }

    /// Says what [`apply`](Self::apply) would do, user by user: those who are named, in the order of the edits, then
    /// those who go because they are not.
    ///
    /// ```
    /// use htpasswd::{Document, Edits, UserChange};
    ///
    /// let mut edits = Edits::new();
    /// edits.remove("carol");
    /// edits.remove("dave");
    /// let mut changes = Vec::new();
    /// let document = Document::parse("bob:x\ncarol:y\n");
    /// let summary = document.preview(&edits, |user, change| changes.push((user.to_vec(), change)));
    /// assert_eq!(changes, [(b"carol".to_vec(), UserChange::Removed)]);
    /// assert_eq!(summary.removed, 1);
    /// ```
    pub fn preview(&self, edits: &Edits, visit: impl FnMut(&[u8], UserChange)) -> EditSummary {
        let mut plan = edits.plan();
        for line in self.lines() {
            plan.look_at(&line);
        }
        let (findings, _) = plan.finish(self.bytes.len());
        findings.each(visit);
        findings.summary()
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

    fn edit<'e>(&mut self, edits: &'e Edits) -> Findings<'e> {
        let mut plan = edits.plan();
        for line in self.lines() {
            plan.look_at(&line);
        }
        let (findings, splices) = plan.finish(self.bytes.len());
        if let (Some(first), Some(last)) = (splices.first(), splices.last()) {
            let (head, tail) = (first.range.start, self.bytes.len() - last.range.end);
            let old = self.bytes.split_off(head);
            splice(&old, head, &splices, &mut self.bytes);
            self.edited = Some(self.edited.map_or(Edited { head, tail }, |edited| Edited {
                head: edited.head.min(head),
                tail: edited.tail.min(tail),
            }));
        }
        findings
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests;
