//! Splits bytes in memory into lines.
//!
//! A line ends after a newline or at the end of the bytes. All other modules must get their lines from here, so that
//! they agree on the line numbers.

use std::fmt;

use memchr::{Memchr, memchr_iter};

use super::line::{BYTE_ORDER_MARK, Line};

/// The lines of a [`Document`](crate::Document) or of any bytes.
///
/// ```
/// use htpasswd::document::{Content, Lines};
///
/// let contents: Vec<_> = Lines::new(b"# staff\nbob:x\n").map(|line| line.content()).collect();
/// assert_eq!(contents[0], Content::Comment);
/// assert!(matches!(contents[1], Content::Record(record) if record.user == b"bob" && record.hash == b"x"));
/// ```
#[derive(Clone)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    /// The offsets of the newlines from the next line on.
    newlines: Memchr<'a>,
    /// The start of the next line.
    at: usize,
    /// The offset of `bytes` in the file.
    base: usize,
    pub(super) number: usize,
}

impl<'a> Lines<'a> {
    /// Returns the lines of a whole file. A byte order mark at its start is not a part of the first line.
    ///
    /// ```
    /// assert_eq!(htpasswd::document::Lines::new("\u{feff}bob:x\ncarol:y".as_bytes()).count(), 2);
    /// ```
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::of_piece(bytes, 0, 0)
    }

    /// Returns the lines of a piece of a file. The piece starts at the offset `base`, after `number` lines.
    pub(super) fn of_piece(bytes: &'a [u8], base: usize, number: usize) -> Self {
        let marked = base == 0 && bytes.starts_with(BYTE_ORDER_MARK);
        let at = if marked { BYTE_ORDER_MARK.len() } else { 0 };
        Self { bytes, newlines: memchr_iter(b'\n', bytes), at, base, number }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline]
    fn next(&mut self) -> Option<Line<'a>> {
        let end = self.newlines.next().map_or(self.bytes.len(), |newline| newline + 1);
        let bytes = self.bytes.get(self.at..end).filter(|bytes| !bytes.is_empty())?;
        let start = self.base + self.at;
        self.at = end;
        self.number += 1;
        Some(Line { number: self.number, start, bytes })
    }
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lines(after line {})", self.number)
    }
}
