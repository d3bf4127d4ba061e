//! Changes to the users of a file, and what they come to: splices over its bytes, found in one pass.

use std::borrow::Cow;
use std::ops::Range;

use indexmap::IndexMap;

use super::lines::{Head, Line};
use crate::hash::Hash;
use crate::username::Username;

/// What is to become of some users, in the order in which they were named; of a user who is named again,
/// the last word counts.
///
/// ```
/// use htpasswd::{Document, Edits, Hash, Params, Password, Username};
///
/// let mut edits = Edits::new();
/// for user in ["alice", "bob"] {
///     edits.set(Username::new(user)?, Hash::create(&Password::new("abc123")?, &Params::Sha1)?);
/// }
/// edits.remove("carol");
///
/// let mut document = Document::parse(b"bob:x\ncarol:y\n");
/// let outcome = document.apply(&edits);
/// assert_eq!((outcome.added, outcome.updated, outcome.removed), (1, 1, 1));
/// assert!(document.as_bytes().starts_with(b"bob:{SHA}"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Edits {
    /// `None`: the user is to go.
    by_user: IndexMap<Vec<u8>, Option<Vec<u8>>>,
}

/// What edits did, in users: each of them counts once, however many records it has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Users who were new.
    pub added: usize,
    /// Users of whose records at least one had another hash.
    pub updated: usize,
    /// Users who had this very hash already.
    pub unchanged: usize,
    /// Users who were there and are gone.
    pub removed: usize,
}

/// What [`Document::set`](crate::Document::set) did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The user was new and stands at the end now.
    Added,
    /// The hash of each of the user's records was replaced.
    Updated {
        /// How many records the user had, one in an orderly file.
        lines: usize,
    },
}

/// Replace the bytes in `range` by `text`.
pub(crate) struct Splice<'a> {
    pub(crate) range: Range<usize>,
    pub(crate) text: Cow<'a, [u8]>,
}

/// The bytes of a file that have to be written after an edit.
#[derive(Debug, Clone)]
pub(crate) struct Patch {
    pub(crate) offset: usize,
    /// How many bytes give way.
    pub(crate) replaced: usize,
    /// What is to stand from the offset on: new bytes, then `moved` ones that follow those replaced.
    pub(crate) bytes: Vec<u8>,
    /// None if the length stays: then all that follows is where it was.
    pub(crate) moved: usize,
    /// The length of the whole file.
    pub(crate) old_length: usize,
}

/// What edits come to, line by line.
pub(crate) struct Plan<'e> {
    edits: &'e Edits,
    /// One for each edit.
    found: Vec<Found>,
    splices: Vec<Splice<'e>>,
    first_invalid_line: Option<usize>,
    last_line: LastLine,
}

/// The records of one user.
#[derive(Clone, Copy, Default)]
struct Found {
    lines: usize,
    changed: bool,
}

/// What is known of the end of the file.
#[derive(Default)]
struct LastLine {
    /// What has to stand between the last line and a new one.
    missing_end: &'static [u8],
    crlf: bool,
    updated: bool,
}

/// What a plan found.
pub(crate) struct Findings<'e> {
    edits: &'e Edits,
    found: Vec<Found>,
}

impl Edits {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives `user` this hash: in each of the user's records, or in a new one at the end.
    pub fn set(&mut self, user: Username, hash: Hash) {
        self.by_user.insert(user.into_bytes(), Some(hash.into_bytes()));
    }

    /// Drops every record of `user`.
    pub fn remove(&mut self, user: impl Into<Vec<u8>>) {
        self.by_user.insert(user.into(), None);
    }

    /// How many users are named.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_user.len()
    }

    /// Whether nobody is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_user.is_empty()
    }

    pub(crate) fn plan(&self) -> Plan<'_> {
        Plan {
            edits: self,
            found: vec![Found::default(); self.len()],
            splices: Vec::new(),
            first_invalid_line: None,
            last_line: LastLine::default(),
        }
    }
}

impl<'e> Plan<'e> {
    /// Takes the next line of the file.
    pub(crate) fn look_at(&mut self, line: &Line<'_>) {
        self.last_line.end_with(line.bytes);
        match line.head() {
            Head::Blank | Head::Comment => {}
            Head::Invalid => self.first_invalid_line = self.first_invalid_line.or(Some(line.number)),
            Head::Record { user } => {
                if let Some((index, _, edit)) = self.edits.by_user.get_full(user) {
                    self.edit(index, edit.as_deref(), line);
                }
            }
        }
    }

    fn edit(&mut self, index: usize, hash: Option<&'e [u8]>, line: &Line<'_>) {
        let found = &mut self.found[index];
        found.lines += 1;
        match (hash, line.record()) {
            (Some(hash), Some(record)) if record.hash != hash => {
                self.splices.push(Splice { range: line.hash_range(record), text: hash.into() });
                found.changed = true;
                self.last_line.updated = true;
            }
            (Some(_), _) => {}
            (None, _) => {
                self.splices.push(Splice { range: line.start..line.end(), text: [].as_slice().into() });
                found.changed = true;
                self.last_line.missing_end = b"";
            }
        }
    }

    /// The first line so far that is neither blank, comment nor record, counted from 1.
    pub(crate) fn first_invalid_line(&self) -> Option<usize> {
        self.first_invalid_line
    }

    /// After the last line of a file of this length: splices that are in order and do not overlap.
    pub(crate) fn finish(mut self, length: usize) -> (Findings<'e>, Vec<Splice<'e>>) {
        let mut text = Vec::new();
        for ((user, hash), found) in self.edits.by_user.iter().zip(&self.found) {
            if let (Some(hash), 0) = (hash, found.lines) {
                for part in [user, b":".as_slice(), hash, b"\n"] {
                    text.extend_from_slice(part);
                }
            }
        }
        let missing_end = self.last_line.missing_end;
        if !missing_end.is_empty() && (!text.is_empty() || self.last_line.updated) {
            text.splice(..0, missing_end.iter().copied());
        }
        if !text.is_empty() {
            self.splices.push(Splice { range: length..length, text: text.into() });
        }
        (Findings { edits: self.edits, found: self.found }, self.splices)
    }
}

impl LastLine {
    fn end_with(&mut self, line: &[u8]) {
        self.updated = false;
        match line {
            [.., b'\n'] => {
                self.crlf = line.ends_with(b"\r\n");
                self.missing_end = b"";
            }
            [.., b'\r'] => self.missing_end = b"\n",
            _ => self.missing_end = if self.crlf { b"\r\n" } else { b"\n" },
        }
    }
}

impl Findings<'_> {
    pub(crate) fn outcome(&self) -> Outcome {
        let mut outcome = Outcome::default();
        for (edit, found) in self.edits.by_user.values().zip(&self.found) {
            *match (edit, found) {
                (Some(_), Found { lines: 0, .. }) => &mut outcome.added,
                (Some(_), Found { changed: true, .. }) => &mut outcome.updated,
                (Some(_), _) => &mut outcome.unchanged,
                (None, Found { lines: 0, .. }) => continue,
                (None, _) => &mut outcome.removed,
            } += 1;
        }
        outcome
    }

    /// How many records there were of the users that were named.
    pub(crate) fn lines(&self) -> usize {
        self.found.iter().map(|found| found.lines).sum()
    }

    /// What became of the only user, who was set.
    pub(crate) fn change(&self) -> Change {
        match self.lines() {
            0 => Change::Added,
            lines => Change::Updated { lines },
        }
    }
}

/// Appends what splices make of bytes that stand at `offset` in their file.
pub(crate) fn splice(bytes: &[u8], offset: usize, splices: &[Splice<'_>], into: &mut Vec<u8>) {
    let mut copied = 0;
    for Splice { range, text } in splices {
        into.extend_from_slice(&bytes[copied..range.start - offset]);
        into.extend_from_slice(text);
        copied = range.end - offset;
    }
    into.extend_from_slice(&bytes[copied..]);
}

impl Patch {
    pub(crate) fn new_length(&self) -> usize {
        self.old_length - self.replaced + (self.bytes.len() - self.moved)
    }
}

impl std::fmt::Debug for Edits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edits({} users)", self.len())
    }
}
