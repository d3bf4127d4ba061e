//! One line of a password file and its parts: user name, hash, further fields.
//!
//! All other modules must use this one to distinguish records from other lines. The rules are those of Apache's
//! programs: white space at the start is ignored, `#` starts a comment, and the first colon ends the user name.

use std::fmt;
use std::ops::Range;

use memchr::{memchr_iter, memchr2, memchr3};

use super::names::is_same;

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line of a [`Document`](crate::Document).
///
/// ```
/// let document = htpasswd::Document::parse("# staff\nbob:x\n");
/// let users = document.lines().filter_map(|line| line.record()).map(|record| record.user);
/// assert_eq!(users.collect::<Vec<_>>(), [b"bob"]);
/// ```
#[derive(Clone, Copy)]
pub struct Line<'a> {
    pub(super) number: usize,
    pub(crate) start: usize,
    pub(super) bytes: &'a [u8],
}

/// The content of a line.
///
/// ```
/// use htpasswd::document::{Content, Lines};
///
/// let contents: Vec<_> = Lines::new(b"\n# staff\nroot\n").map(|line| line.content()).collect();
/// assert_eq!(contents, [Content::Blank, Content::Comment, Content::Invalid]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Content<'a> {
    /// The line has only white space.
    Blank,
    /// The line starts with `#`.
    Comment,
    /// The line is `user:hash`, possibly with further fields.
    Record(Record<'a>),
    /// The line is an invalid record: it has no colon.
    Invalid,
}

/// A user name and a hash. The hash ends before the next colon, carriage return or NUL, as the servers in C read it.
///
/// ```
/// let document = htpasswd::Document::parse("bob:x:Bob Smith\n");
/// let record = document.get("bob").ok_or("no such user")?;
/// assert_eq!((record.user, record.hash), (&b"bob"[..], &b"x"[..]));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Record<'a> {
    /// The bytes of the user name. White space before the colon is a part of it.
    pub user: &'a [u8],
    /// The text of the hash, for [`PasswordHash::parse`](crate::PasswordHash::parse).
    pub hash: &'a [u8],
}

/// The content of a line up to its first colon. Finding the end of the hash would cost time in long files.
pub(crate) enum Head<'a> {
    Blank,
    Comment,
    Record { user: &'a [u8] },
    Invalid,
}

impl<'a> Line<'a> {
    /// The hash as servers that skip empty fields read it: the first field after the user name that is not empty.
    pub(crate) fn real_hash(&self, record: Record<'a>) -> &'a [u8] {
        if !record.hash.is_empty() {
            return record.hash;
        }
        let end = self.hash_range(record).end - self.start;
        let rest = self.bytes.get(end..).unwrap_or_default();
        let skipped = rest.iter().take_while(|&&byte| byte == b':').count();
        let rest = &rest[skipped..];
        let length = rest.iter().take_while(|byte| !b":\r\n\0".contains(byte)).count();
        &rest[..length]
    }

    /// The number of the line. The first line has the number 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// All bytes of the line, including its newline.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The content of the line.
    ///
    /// ```
    /// use htpasswd::document::{Content, Lines};
    ///
    /// let invalid = Lines::new(b"bob:x\nroot\n").filter(|line| line.content() == Content::Invalid);
    /// assert_eq!(invalid.map(|line| line.number()).collect::<Vec<_>>(), [2]);
    /// ```
    #[must_use]
    pub fn content(&self) -> Content<'a> {
        match self.head() {
            Head::Blank => Content::Blank,
            Head::Comment => Content::Comment,
            Head::Invalid => Content::Invalid,
            Head::Record { user } => {
                let fields = self.fields(user);
                let end = memchr3(b':', b'\r', 0, fields).unwrap_or(fields.len());
                Content::Record(Record { user, hash: &fields[..end] })
            }
        }
    }

    /// The record; `None` if the line is not a record.
    #[must_use]
    pub fn record(&self) -> Option<Record<'a>> {
        match self.content() {
            Content::Record(record) => Some(record),
            _ => None,
        }
    }

    /// The record; `None` if the line is not a record of this user.
    pub(crate) fn record_of(&self, user: &[u8]) -> Option<Record<'a>> {
        match self.head() {
            Head::Record { user: other } if is_same(other, user) => self.record(),
            _ => None,
        }
    }

    /// The content of the line up to its first colon.
    #[inline]
    pub(crate) fn head(&self) -> Head<'a> {
        let text = trim_start(self.bytes);
        match text.first() {
            None => Head::Blank,
            Some(b'#') => Head::Comment,
            Some(_) => match find_colon(text) {
                None => Head::Invalid,
                Some(colon) => Head::Record { user: &text[..colon] },
            },
        }
    }

    /// The offset in the file at which the line ends.
    pub(super) fn end(&self) -> usize {
        self.start + self.bytes.len()
    }

    /// The bytes after the user name and its colon, without the newline.
    fn fields(&self, user: &[u8]) -> &'a [u8] {
        let fields = &trim_start(self.bytes)[user.len() + 1..];
        fields.strip_suffix(b"\n").unwrap_or(fields)
    }

    /// The bytes that a new hash replaces, and their range in the file: the old hash, and one further field for each
    /// colon in the new hash. Only a plain text hash can have colons. If the further fields stayed, the line would grow
    /// with each update.
    pub(super) fn replaced_by(&self, user: &[u8], hash: &[u8]) -> (&'a [u8], Range<usize>) {
        let fields = self.fields(user);
        let fields = &fields[..memchr2(b'\r', 0, fields).unwrap_or(fields.len())];
        let colons = memchr_iter(b':', hash).count();
        let old = &fields[..memchr_iter(b':', fields).nth(colons).unwrap_or(fields.len())];
        let start = self.hash_start(user);
        (old, start..start + old.len())
    }

    /// The range of the record's hash in the file.
    pub(crate) fn hash_range(&self, record: Record<'_>) -> Range<usize> {
        let start = self.hash_start(record.user);
        start..start + record.hash.len()
    }

    fn hash_start(&self, user: &[u8]) -> usize {
        let indent = self.bytes.len() - trim_start(self.bytes).len();
        self.start + indent + user.len() + 1
    }
}

/// The line without the white space at its start. White space is that of isspace(3) in the C locale, as in Apache's
/// programs.
#[inline]
pub(crate) fn trim_start(line: &[u8]) -> &[u8] {
    // Nearly all lines start with a user name.
    if line.first().is_some_and(|&byte| byte > b' ') {
        return line;
    }
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    &line[blanks..]
}

/// The place of the first colon. A user name is short, so this search of eight bytes at once takes less time than a call
/// of memchr.
#[inline]
pub(super) fn find_colon(text: &[u8]) -> Option<usize> {
    const LOW_BITS: u64 = u64::from_le_bytes([1; 8]);
    const HIGH_BITS: u64 = LOW_BITS << 7;
    let (words, rest) = text.as_chunks();
    for (place, word) in words.iter().enumerate() {
        // A colon becomes a zero byte, and the lowest zero byte gets the lowest high bit ("Hacker's Delight", 6-1).
        let bytes = u64::from_le_bytes(*word) ^ u64::from_le_bytes([b':'; 8]);
        let zeros = bytes.wrapping_sub(LOW_BITS) & !bytes & HIGH_BITS;
        if zeros != 0 {
            return Some(8 * place + zeros.trailing_zeros() as usize / 8);
        }
    }
    let place = rest.iter().position(|&byte| byte == b':')?;
    Some(8 * words.len() + place)
}

impl fmt::Debug for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({}, {:?})", self.number, self.content())
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({}, ..)", self.user.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_colon_is_found_at_every_place() {
        // 0xba differs from a colon only in the high bit, and 0x3b only in the low bit.
        for filler in [b'x', b':' | 0x80, b':' ^ 1, 0, 0xff] {
            for length in 0..=40 {
                assert_eq!(find_colon(&vec![filler; length]), None, "{filler} {length}");
                for (first, second) in
                    (0..length).flat_map(|first| (first..length).map(move |second| (first, second)))
                {
                    let mut text = vec![filler; length];
                    text[first] = b':';
                    text[second] = b':';
                    assert_eq!(find_colon(&text), Some(first), "{filler} {length} {second}");
                }
            }
        }
    }
}
