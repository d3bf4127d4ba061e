//! The bytes of a password file, and edits as splices over them.
//!
//! A file is a sequence of lines; each is blank, a comment, a record `user:hash[:more]`, or nothing
//! that a password file may hold. White space in front of a line does not count, a byte order mark in
//! front of the file neither. What an edit does not name is replayed byte for byte: comments, order,
//! indentation, further fields, line ends, even bytes that no server can read.

use std::ops::Range;

use memchr::{memchr, memchr3};

use crate::hash::Hash;
use crate::username::Username;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A password file in memory. Any bytes parse, and `parse(b).as_bytes() == b` for every `b`.
///
/// ```
/// use htpasswd::{Change, Document, Hash, Params, Password, Username};
///
/// let mut document = Document::parse(b"# staff\nbob:x:Bob Smith\r\n".to_vec());
/// let hash = Hash::create(&Password::new("abc123")?, &Params::Sha1)?;
///
/// assert_eq!(document.set(&Username::new("bob")?, &hash), Change::Updated { lines: 1 });
/// assert_eq!(document.as_bytes(), b"# staff\nbob:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=:Bob Smith\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Document {
    bytes: Vec<u8>,
    parsed_length: usize,
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

/// The bytes of a file that have to be written after an edit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patch<'a> {
    pub(crate) offset: usize,
    pub(crate) bytes: &'a [u8],
    /// The length of the whole file.
    pub(crate) old_length: usize,
    pub(crate) new_length: usize,
}

/// One line of a [`Document`].
#[derive(Clone, Copy)]
pub struct Line<'a> {
    number: usize,
    start: usize,
    bytes: &'a [u8],
    content: Content<'a>,
}

/// What a line holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// Nothing but white space.
    Blank,
    /// Starts with `#`.
    Comment,
    /// `user:hash`, possibly with further fields.
    Record(Record<'a>),
    /// Neither of these: a line without a colon.
    Invalid,
}

/// A user and what stands in the hash field: up to the next colon, carriage return or NUL, as the C
/// servers read it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record<'a> {
    /// The name, byte for byte; blanks before the colon are part of it.
    pub user: &'a [u8],
    /// The text of the hash, to be given to [`Hash::parse`].
    pub hash: &'a [u8],
}

/// What [`Document::set`] did.
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
struct Splice<'a> {
    range: Range<usize>,
    text: &'a [u8],
}

impl Document {
    /// Takes the bytes of a file over. Never fails: lines that are no records are kept as they are.
    #[must_use]
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self { parsed_length: bytes.len(), bytes, edited: None }
    }

    /// The bytes, edits included.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What has to be written where; `None` if nothing was edited. If the length is as before, what
    /// follows the last edit is where it was.
    pub(crate) fn patch(&self) -> Option<Patch<'_>> {
        let Edited { head, tail } = self.edited?;
        let (old_length, new_length) = (self.parsed_length, self.bytes.len());
        let end = if old_length == new_length { new_length - tail } else { new_length };
        Some(Patch { offset: head, bytes: &self.bytes[head..end], old_length, new_length })
    }

    /// All lines, in order.
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        let start = if self.bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Lines { bytes: &self.bytes, start, number: 0 }
    }

    /// All records, in order, duplicates included.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.lines().filter_map(|line| line.record())
    }

    /// The first record of `user`, which is the one that decides.
    #[must_use]
    pub fn get(&self, user: impl AsRef<[u8]>) -> Option<Record<'_>> {
        let user = user.as_ref();
        self.records().find(|record| record.user == user)
    }

    /// The number of the first line that is neither blank, comment nor record, counted from 1.
    #[must_use]
    pub fn first_invalid_line(&self) -> Option<usize> {
        self.lines().find(|line| line.content == Content::Invalid).map(|line| line.number)
    }

    /// Gives `user` this hash: in each of the user's records, or in a new one at the end. The line end
    /// that the last line may lack is supplied before a new record, and behind an updated one.
    pub fn set(&mut self, user: &Username, hash: &Hash) -> Change {
        let mut splices = Vec::new();
        let mut last_line = false;
        for line in self.lines().filter(|line| line.is_of(user.as_bytes())) {
            splices.push(Splice { range: line.hash_range(), text: hash.as_bytes() });
            last_line = line.start + line.bytes.len() == self.bytes.len();
        }
        let lines = splices.len();
        let end = self.bytes.len()..self.bytes.len();
        if lines == 0 {
            let record = [self.missing_line_end(), user.as_bytes(), b":", hash.as_bytes(), b"\n"].concat();
            self.apply(&[Splice { range: end, text: &record }]);
            return Change::Added;
        }
        if last_line {
            splices.push(Splice { range: end, text: self.missing_line_end() });
        }
        self.apply(&splices);
        Change::Updated { lines }
    }

    /// Drops every record of `user` with its whole line; says how many there were.
    pub fn remove(&mut self, user: impl AsRef<[u8]>) -> usize {
        let user = user.as_ref();
        let splices: Vec<_> = self
            .lines()
            .filter(|line| line.is_of(user))
            .map(|line| Splice { range: line.start..line.start + line.bytes.len(), text: b"" })
            .collect();
        self.apply(&splices);
        splices.len()
    }

    /// Drops everything.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.edited = Some(Edited { head: 0, tail: 0 });
    }

    /// What has to stand between the last line and a new one.
    fn missing_line_end(&self) -> &'static [u8] {
        match self.bytes.as_slice() {
            [] | [.., b'\n'] => b"",
            bytes if bytes == BYTE_ORDER_MARK => b"",
            [.., b'\r'] => b"\n",
            bytes => match memchr::memrchr(b'\n', bytes) {
                Some(end) if bytes[..end].ends_with(b"\r") => b"\r\n",
                _ => b"\n",
            },
        }
    }

    /// Applies splices that are in order and do not overlap.
    fn apply(&mut self, splices: &[Splice<'_>]) {
        let (Some(first), Some(last)) = (splices.first(), splices.last()) else { return };
        let (first, tail) = (first.range.start, self.bytes.len() - last.range.end);
        let old = self.bytes.split_off(first);
        let mut copied = first;
        for Splice { range, text } in splices {
            self.bytes.extend_from_slice(&old[copied - first..range.start - first]);
            self.bytes.extend_from_slice(text);
            copied = range.end;
        }
        self.bytes.extend_from_slice(&old[copied - first..]);
        self.edited = Some(self.edited.map_or(Edited { head: first, tail }, |edited| Edited {
            head: edited.head.min(first),
            tail: edited.tail.min(tail),
        }));
    }
}

/// The lines of a [`Document`].
#[derive(Clone)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    start: usize,
    number: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.start;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let bytes = &rest[..length];
        self.start += length;
        self.number += 1;
        Some(Line { number: self.number, start, bytes, content: content(bytes) })
    }
}

impl<'a> Line<'a> {
    /// The number of the line, counted from 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// All bytes of the line, its end included.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What the line holds.
    #[must_use]
    pub fn content(&self) -> Content<'a> {
        self.content
    }

    /// The record, if the line is one.
    #[must_use]
    pub fn record(&self) -> Option<Record<'a>> {
        match self.content {
            Content::Record(record) => Some(record),
            _ => None,
        }
    }

    fn is_of(&self, user: &[u8]) -> bool {
        self.record().is_some_and(|record| record.user == user)
    }

    /// Where in the document the hash stands; empty for a line that is no record.
    fn hash_range(&self) -> Range<usize> {
        let indent = self.bytes.len() - trim_start(self.bytes).len();
        let (user, hash) = self.record().map_or((0, 0), |record| (record.user.len(), record.hash.len()));
        let start = self.start + indent + user + 1;
        start..start + hash
    }
}

/// The text behind what isspace(3) calls white space in the C locale, as Apache's programs skip it.
fn trim_start(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    &line[blanks..]
}

fn content(line: &[u8]) -> Content<'_> {
    let text = trim_start(line);
    match text.first() {
        None => Content::Blank,
        Some(b'#') => Content::Comment,
        Some(_) => match memchr(b':', text) {
            None => Content::Invalid,
            Some(colon) => {
                let (user, field) = (&text[..colon], &text[colon + 1..]);
                let field = field.strip_suffix(b"\n").unwrap_or(field);
                let end = memchr3(b':', b'\r', 0, field).unwrap_or(field.len());
                Content::Record(Record { user, hash: &field[..end] })
            }
        },
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} bytes)", self.bytes.len())
    }
}

impl std::fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lines(after line {})", self.number)
    }
}

impl std::fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({}, {:?})", self.number, self.content)
    }
}

impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record({}, ..)", self.user.escape_ascii())
    }
}

#[cfg(test)]
mod tests;
