//! The lines of a password file: the one place that knows where a line ends and what it is.

use std::fmt;
use std::io::{self, Read};
use std::ops::{ControlFlow, Range};

use memchr::{memchr, memchr_iter, memchr2, memchr3, memrchr};

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How much of a file is looked at at a time. Fits the second-level cache.
const PIECE: usize = 256 * 1024;

/// The lines of a [`Document`](crate::Document), or of bytes that need not be one.
///
/// ```
/// use htpasswd::{Content, Lines};
///
/// let contents: Vec<_> = Lines::new(b"# staff\nbob:x\n").map(|line| line.content()).collect();
/// assert_eq!(contents[0], Content::Comment);
/// assert!(matches!(contents[1], Content::Record(record) if record.user == b"bob" && record.hash == b"x"));
/// ```
#[derive(Clone)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where in the file `bytes` stand.
    base: usize,
    number: usize,
}

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

/// What a line holds.
///
/// ```
/// use htpasswd::{Content, Lines};
///
/// let contents: Vec<_> = Lines::new(b"\n# staff\nroot\n").map(|line| line.content()).collect();
/// assert_eq!(contents, [Content::Blank, Content::Comment, Content::Invalid]);
/// ```
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
///
/// ```
/// let document = htpasswd::Document::parse("bob:x:Bob Smith\n");
/// let record = document.get("bob").ok_or("no such user")?;
/// assert_eq!((record.user, record.hash), (&b"bob"[..], &b"x"[..]));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record<'a> {
    /// The name, byte for byte; blanks before the colon are part of it.
    pub user: &'a [u8],
    /// The text of the hash, to be given to [`PasswordHash::parse`](crate::PasswordHash::parse).
    pub hash: &'a [u8],
}

/// What a line holds, as far as its first colon.
pub(crate) enum Head<'a> {
    Blank,
    Comment,
    Record { user: &'a [u8] },
    Invalid,
}

impl<'a> Lines<'a> {
    /// Of a whole file; a byte order mark in front is no part of the first line.
    ///
    /// ```
    /// assert_eq!(htpasswd::Lines::new("\u{feff}bob:x\ncarol:y".as_bytes()).count(), 2);
    /// ```
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::of_piece(bytes, 0, 0)
    }

    /// Of bytes that stand at `base` in their file, behind `number` lines.
    pub(super) fn of_piece(bytes: &'a [u8], base: usize, number: usize) -> Self {
        let marked = base == 0 && bytes.starts_with(BYTE_ORDER_MARK);
        Self { bytes, at: if marked { BYTE_ORDER_MARK.len() } else { 0 }, base, number }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let bytes = &rest[..memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)];
        let start = self.base + self.at;
        self.at += bytes.len();
        self.number += 1;
        Some(Line { number: self.number, start, bytes })
    }
}

/// Shows each line of what is read, without keeping it, until `look` has seen enough. Says how many bytes
/// there were, if it saw all of them. A line longer than `limit` bytes, its newline not
/// counted, is an error of the kind `FileTooLarge`, unless it fits into the first buffer.
pub(crate) fn scan(
    reader: &mut dyn Read,
    limit: usize,
    mut look: impl FnMut(&Line<'_>) -> ControlFlow<()>,
) -> io::Result<usize> {
    let mut piece = vec![0; PIECE];
    let (mut filled, mut base, mut number) = (0, 0, 0);
    loop {
        let count = match reader.read(&mut piece[filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        let known = filled;
        filled += count;
        // What follows the last line end is the beginning of a line, unless the file ends with it.
        let whole = match memrchr(b'\n', &piece[known..filled]) {
            _ if count == 0 => filled,
            Some(end) => known + end + 1,
            None => 0,
        };
        let mut lines = Lines::of_piece(&piece[..whole], base, number);
        for line in &mut lines {
            if look(&line).is_break() {
                return Ok(line.end());
            }
        }
        number = lines.number;
        base += whole;
        if count == 0 {
            return Ok(base);
        }
        piece.copy_within(whole..filled, 0);
        filled -= whole;
        if filled == piece.len() {
            if filled > limit {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            // A line that does not fit is an error, not the end of the program.
            let size = filled.saturating_mul(2).min(limit.saturating_add(1));
            piece.try_reserve_exact(size - filled)?;
            piece.resize(size, 0);
        }
    }
}

impl<'a> Line<'a> {
    /// The number of the line, counted from 1.
    ///
    /// ```
    /// let numbers = htpasswd::Lines::new(b"bob:x\n\ncarol:y\n").map(|line| line.number());
    /// assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3]);
    /// ```
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// All bytes of the line, its end included.
    ///
    /// ```
    /// let lines = htpasswd::Lines::new(b"bob:x\r\ncarol:y").map(|line| line.bytes());
    /// assert_eq!(lines.collect::<Vec<_>>(), [&b"bob:x\r\n"[..], b"carol:y"]);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What the line holds.
    ///
    /// ```
    /// use htpasswd::{Content, Lines};
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

    /// The record, if the line is one.
    ///
    /// ```
    /// let hashes = htpasswd::Lines::new(b"# staff\nbob:x\n").map(|line| Some(line.record()?.hash));
    /// assert_eq!(hashes.collect::<Vec<_>>(), [None, Some(&b"x"[..])]);
    /// ```
    #[must_use]
    pub fn record(&self) -> Option<Record<'a>> {
        match self.content() {
            Content::Record(record) => Some(record),
            _ => None,
        }
    }

    /// The record, if it is this user's.
    pub(crate) fn record_of(&self, user: &[u8]) -> Option<Record<'a>> {
        match self.head() {
            Head::Record { user: other } if other == user => self.record(),
            _ => None,
        }
    }

    /// What most lines of a long file are asked for.
    pub(crate) fn head(&self) -> Head<'a> {
        let text = trim_start(self.bytes);
        match text.first() {
            None => Head::Blank,
            Some(b'#') => Head::Comment,
            Some(_) => match memchr(b':', text) {
                None => Head::Invalid,
                Some(colon) => Head::Record { user: &text[..colon] },
            },
        }
    }

    /// Where in the file the line ends.
    pub(super) fn end(&self) -> usize {
        self.start + self.bytes.len()
    }

    /// What stands behind the user and the colon.
    fn fields(&self, user: &[u8]) -> &'a [u8] {
        let fields = &trim_start(self.bytes)[user.len() + 1..];
        fields.strip_suffix(b"\n").unwrap_or(fields)
    }

    /// What a new hash takes the place of, and where in the file that stands: the hash, and as many further fields
    /// as the new one has colons, which only plain text has. Else the line would grow with each update.
    pub(super) fn replaced_by(&self, user: &[u8], hash: &[u8]) -> (&'a [u8], Range<usize>) {
        let fields = self.fields(user);
        let fields = &fields[..memchr2(b'\r', 0, fields).unwrap_or(fields.len())];
        let colons = memchr_iter(b':', hash).count();
        let old = &fields[..memchr_iter(b':', fields).nth(colons).unwrap_or(fields.len())];
        let start = self.hash_start(user);
        (old, start..start + old.len())
    }

    /// Where in the file the hash of this record stands.
    pub(crate) fn hash_range(&self, record: Record<'_>) -> Range<usize> {
        let start = self.hash_start(record.user);
        start..start + record.hash.len()
    }

    fn hash_start(&self, user: &[u8]) -> usize {
        let indent = self.bytes.len() - trim_start(self.bytes).len();
        self.start + indent + user.len() + 1
    }
}

/// The text behind what isspace(3) calls white space in the C locale, as Apache's programs skip it.
pub(crate) fn trim_start(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    &line[blanks..]
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lines(after line {})", self.number)
    }
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
