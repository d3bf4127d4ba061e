//! Repairs a password file without changing any login.
//!
//! [`Document::repair`] converts UTF-16 to UTF-8, removes a byte order mark, carriage returns and duplicate records, and
//! adds a missing newline.
//! A repair must never change the record that a server reads for a user. If a file could be read in several ways, that
//! part stays unchanged.

use std::collections::BTreeMap;

use super::line::{BYTE_ORDER_MARK, Head};
use super::{Document, Edited, Line, Seen, Table};
use crate::characters::{is_trimmed, trim_end, trim_start};

/// The repairs that [`Document::repair`] made.
///
/// ```
/// let mut document = htpasswd::Document::parse("bob:x\r\ncarol:y");
/// let repairs = document.repair();
/// assert_eq!((repairs.carriage_returns, repairs.final_line_feed), (1, true));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Repairs {
    /// True if the byte order mark at the start of the file was removed. The first user can now log in.
    pub byte_order_mark: bool,
    /// The number of lines from which a carriage return before the newline was removed.
    pub carriage_returns: usize,
    /// The number of removed records that were equal, byte for byte, to the same user's record before them.
    pub duplicates: usize,
    /// True if a newline was added to the last line.
    pub final_line_feed: bool,
    /// True if the file was UTF-16 and is now UTF-8. All users can now log in.
    pub utf16: bool,
}

impl Repairs {
    /// Returns true if no repair was made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Document {
    /// Repairs the file without changing any login:
    ///
    /// - converts [UTF-16](super::Utf16) to UTF-8;
    /// - removes a byte order mark at the start of the file;
    /// - removes carriage returns before newlines;
    /// - removes a record that is equal, byte for byte, to the same user's record before it;
    /// - adds a newline to the last line.
    ///
    /// Every server that could read a user's record reads the same record afterwards. Therefore these parts stay:
    ///
    /// - a file that is UTF-16 only in part;
    /// - a byte order mark before a user who has different records, or before another byte order mark;
    /// - carriage returns in lines with NUL bytes or with a second carriage return before the newline;
    /// - all duplicate records in a file with such a byte order mark, with NUL bytes, with lines that end with a
    ///   backslash, or with user names that begin or end with white space. Some servers read other lines or other users
    ///   in such a file.
    ///
    /// ```
    /// use htpasswd::Document;
    ///
    /// let mut document = Document::parse(b"alice:x\r\nalice:x\r\nbob:y");
    /// let repairs = document.repair();
    /// assert_eq!(document.as_bytes(), b"alice:x\nbob:y\n");
    /// assert_eq!((repairs.carriage_returns, repairs.duplicates, repairs.final_line_feed), (2, 1, true));
    /// assert!(document.repair().is_empty());
    /// ```
    pub fn repair(&mut self) -> Repairs {
        let Some(order) = self.utf16() else { return self.repair_lines() };
        // Text that another program appended in ASCII becomes other characters, so the last one is not ASCII.
        let ends_in_ascii = |text: &String| text.chars().next_back().is_none_or(|last| last.is_ascii());
        let text = order.decode(&self.bytes).filter(ends_in_ascii);
        let Some(text) = text else { return Repairs::default() };
        let mut decoded = Self::parse(text);
        let repairs = Repairs { utf16: true, ..decoded.repair_lines() };
        self.replace(decoded.bytes);
        repairs
    }

    /// Makes all repairs of a file that is not UTF-16.
    fn repair_lines(&mut self) -> Repairs {
        let mut repairs = Repairs { byte_order_mark: self.has_needless_mark(), ..Repairs::default() };
        let mut bytes = Vec::with_capacity(self.bytes.len() + 2);
        if self.bytes.starts_with(BYTE_ORDER_MARK) && !repairs.byte_order_mark {
            bytes.extend_from_slice(BYTE_ORDER_MARK);
        }
        for line in self.lines() {
            let mut line = line.bytes;
            if !line.ends_with(b"\n") {
                repairs.final_line_feed = true;
            }
            line = line.strip_suffix(b"\n").unwrap_or(line);
            if let Some(text) = line.strip_suffix(b"\r")
                && !text.ends_with(b"\r")
                && memchr::memchr(0, text).is_none()
            {
                repairs.carriage_returns += 1;
                line = text;
            }
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        }
        let mut repaired = Self::parse(bytes);
        repairs.duplicates = repaired.drop_repetitions();
        if !repairs.is_empty() {
            self.replace(repaired.bytes);
        }
        repairs
    }

    /// Returns true if there is a byte order mark and its removal gives no user another record.
    fn has_needless_mark(&self) -> bool {
        let Some(rest) = self.bytes.strip_prefix(BYTE_ORDER_MARK) else { return false };
        if rest.starts_with(BYTE_ORDER_MARK) {
            return false;
        }
        let mut lines = self.lines();
        let Some(first) = lines.next() else { return true };
        let Head::Record { user } = first.head() else { return true };
        let marked = [BYTE_ORDER_MARK, user].concat();
        let text = |line: &Line<'_>| {
            let text = line.bytes.strip_suffix(b"\n").unwrap_or(line.bytes);
            text.strip_suffix(b"\r").unwrap_or(text).to_vec()
        };
        lines.all(|line| match line.head() {
            // If all records of the user are equal, a server may read the first or the last one.
            Head::Record { user: other } if other == user => text(&line) == text(&first),
            Head::Record { user: other } => other != marked,
            Head::Blank | Head::Comment | Head::Invalid => true,
        })
    }

    /// Removes records that are equal, byte for byte, to the same user's record before them. The first and the last
    /// record of each user keep their content. Returns the number of removed records.
    fn drop_repetitions(&mut self) -> usize {
        let bytes = &self.bytes;
        // Most servers read a byte order mark as a part of the first user's name.
        let is_odd = bytes.starts_with(BYTE_ORDER_MARK)
            || memchr::memchr(0, bytes).is_some()
            || memchr::memmem::find(bytes, b"\\\n").is_some()
            || self.records().any(|record| has_trimmed_end(record.user));
        if is_odd {
            return 0;
        }
        let mut latest: BTreeMap<usize, usize> = BTreeMap::new();
        let mut gone = Vec::new();
        let line = |start: usize| {
            let rest = &bytes[start..];
            &rest[..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)]
        };
        Table::new(self, |seen| {
            if let Seen::Record { line: Line { start, bytes, .. }, first: Some(first) } = seen {
                let before = latest.insert(first, start).unwrap_or(first);
                if line(before) == bytes {
                    gone.push(start..start + bytes.len());
                }
            }
        });
        let mut left = Vec::with_capacity(bytes.len());
        let mut copied = 0;
        for range in &gone {
            left.extend_from_slice(&bytes[copied..range.start]);
            copied = range.end;
        }
        left.extend_from_slice(&bytes[copied..]);
        self.bytes = left;
        gone.len()
    }

    /// Replaces all bytes. The bytes that both versions have in common at the start and at the end count as unchanged.
    fn replace(&mut self, bytes: Vec<u8>) {
        let shorter = bytes.len().min(self.bytes.len());
        let head = bytes.iter().zip(&self.bytes).take_while(|(new, old)| new == old).count();
        let ends = bytes.iter().rev().zip(self.bytes.iter().rev()).take(shorter - head);
        let tail = ends.take_while(|(new, old)| new == old).count();
        self.bytes = bytes;
        self.edited = Some(self.edited.map_or(Edited { head, tail }, |edited| Edited {
            head: edited.head.min(head),
            tail: edited.tail.min(tail),
        }));
    }
}

/// Returns true if the name begins or ends with white space, which some servers remove.
fn has_trimmed_end(name: &[u8]) -> bool {
    trim_start(name, is_trimmed).len() < name.len() || trim_end(name, is_trimmed).len() < name.len()
}

#[cfg(test)]
mod tests;
