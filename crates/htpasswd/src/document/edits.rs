//! Changes to the users of a file, and what they come to: splices over its bytes, found in one pass.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use hashbrown::HashTable;

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
///     edits.set(&Username::new(user)?, &Hash::create(&Password::new("abc123")?, &Params::Sha1)?);
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
    /// `user:hash` and a line end for each: what new users come to.
    text: Vec<u8>,
    users: Vec<Edit>,
    /// Places in `users`, by name.
    index: HashTable<usize>,
    hasher: RandomState,
}

/// What is to become of one user.
#[derive(Clone, Copy)]
struct Edit {
    /// Where the line starts.
    start: usize,
    user_len: usize,
    /// `None`: the user is to go.
    hash_len: Option<usize>,
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
pub(crate) struct Patch<'a> {
    pub(crate) offset: usize,
    /// How many bytes give way.
    pub(crate) replaced: usize,
    /// What is to stand from the offset on: new bytes, then `moved` ones that follow those replaced.
    pub(crate) bytes: Cow<'a, [u8]>,
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

    /// None yet, with room for so many users.
    #[must_use]
    pub fn with_capacity(users: usize) -> Self {
        Self { users: Vec::with_capacity(users), index: HashTable::with_capacity(users), ..Self::default() }
    }

    /// Gives `user` this hash: in each of the user's records, or in a new one at the end.
    pub fn set(&mut self, user: &Username, hash: &Hash) {
        self.insert(user.as_bytes(), Some(hash.as_bytes()));
    }

    /// Drops every record of `user`.
    pub fn remove(&mut self, user: impl AsRef<[u8]>) {
        self.insert(user.as_ref(), None);
    }

    /// How many users are named.
    #[must_use]
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether nobody is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    fn insert(&mut self, user: &[u8], hash: Option<&[u8]>) {
        let edit = Edit { start: self.text.len(), user_len: user.len(), hash_len: hash.map(<[u8]>::len) };
        let hashed = self.hasher.hash_one(user);
        let earlier = self.find_hashed(hashed, user);
        for part in [user, b":", hash.unwrap_or_default(), b"\n"] {
            self.text.extend_from_slice(part);
        }
        if let Some(place) = earlier {
            self.users[place] = edit;
            return;
        }
        self.users.push(edit);
        let (users, text, hasher) = (&self.users, &self.text, &self.hasher);
        let rehash = |&place: &usize| hasher.hash_one(users[place].user(text));
        self.index.insert_unique(hashed, users.len() - 1, rehash);
    }

    /// The place of a user in `users`.
    fn find(&self, user: &[u8]) -> Option<usize> {
        match self.users.as_slice() {
            // To hash each name of a long file would take longer than to read it.
            [only] => (only.user(&self.text) == user).then_some(0),
            _ => self.find_hashed(self.hasher.hash_one(user), user),
        }
    }

    fn find_hashed(&self, hashed: u64, user: &[u8]) -> Option<usize> {
        self.index.find(hashed, |&place| self.users[place].user(&self.text) == user).copied()
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

impl Edit {
    fn user(self, text: &[u8]) -> &[u8] {
        &text[self.start..self.start + self.user_len]
    }

    fn hash(self, text: &[u8]) -> Option<&[u8]> {
        let start = self.start + self.user_len + 1;
        self.hash_len.map(|length| &text[start..start + length])
    }

    /// The whole line.
    fn line(self, text: &[u8]) -> Option<&[u8]> {
        let length = self.user_len + 1 + self.hash_len? + 1;
        Some(&text[self.start..][..length])
    }
}

impl FromIterator<(Username, Hash)> for Edits {
    fn from_iter<I: IntoIterator<Item = (Username, Hash)>>(hashes: I) -> Self {
        let hashes = hashes.into_iter();
        let mut edits = Self::with_capacity(hashes.size_hint().0);
        for (user, hash) in hashes {
            edits.set(&user, &hash);
        }
        edits
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
                if let Some(place) = self.edits.find(user) {
                    self.edit(place, line);
                }
            }
        }
    }

    fn edit(&mut self, place: usize, line: &Line<'_>) {
        let found = &mut self.found[place];
        found.lines += 1;
        match (self.edits.users[place].hash(&self.edits.text), line.record()) {
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
        let Edits { text, users, .. } = self.edits;
        let new = || {
            let edits = users.iter().zip(&self.found);
            edits.filter(|(_, found)| found.lines == 0).filter_map(|(edit, _)| edit.line(text))
        };
        let new_length = new().map(<[u8]>::len).sum::<usize>();
        let is_edited = self.last_line.updated || new_length > 0;
        let missing_end = if is_edited { self.last_line.missing_end } else { b"" };
        let text = if missing_end.is_empty() && new_length == text.len() {
            Cow::Borrowed(text.as_slice())
        } else {
            let mut some = Vec::with_capacity(missing_end.len() + new_length);
            some.extend_from_slice(missing_end);
            new().for_each(|line| some.extend_from_slice(line));
            some.into()
        };
        if !text.is_empty() {
            self.splices.push(Splice { range: length..length, text });
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
        for (edit, found) in self.edits.users.iter().zip(&self.found) {
            *match (edit.hash_len, found) {
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

impl Patch<'_> {
    pub(crate) fn new_length(&self) -> usize {
        self.old_length - self.replaced + (self.bytes.len() - self.moved)
    }
}

impl std::fmt::Debug for Edits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Edits({} users)", self.len())
    }
}
