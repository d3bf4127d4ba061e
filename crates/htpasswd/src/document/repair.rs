//! Repairs that change nothing about who can log in with what.

use std::collections::BTreeMap;

use super::line::{BYTE_ORDER_MARK, Head};
use super::{Document, Edited, Line, Seen, Table};
use crate::characters::{is_trimmed, trim_end, trim_start};

/// What [`Document::repair`] did.
///
/// ```
/// let mut document = htpasswd::Document::parse("bob:x\r\ncarol:y");
/// let repairs = document.repair();
/// assert_eq!((repairs.carriage_returns, repairs.final_line_feed), (1, true));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repairs {
    /// A byte order mark in front of the file is gone: the first user can log in now.
    pub byte_order_mark: bool,
    /// So many lines end in a line feed alone now.
    pub carriage_returns: usize,
    /// So many lines are gone that repeated the user's record before them byte for byte.
    pub duplicates: usize,
    /// The last line has an end now.
    pub final_line_feed: bool,
}

impl Repairs {
    /// Whether nothing was done.
    ///
    /// ```
    /// assert!(htpasswd::Document::parse("bob:x\n").repair().is_empty());
    /// assert!(!htpasswd::Document::parse("bob:x").repair().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Document {
    /// Takes away what only disturbs: a byte order mark, carriage returns in front of line feeds, records that
    /// repeat the same user's record before them to the byte; and ends the last line.
    ///
    /// Every server that could read a user's record reads the same one afterwards. What would change that
    /// stays: a byte order mark in front of a user who has other records that differ, or in front of another such mark;
    /// lines with NUL bytes or a second carriage return; and all repetitions in a file with such a mark, with NUL
    /// bytes, with lines that end in a backslash or with names that have white space at an end, in which some servers
    /// read other lines, or other users, than there seem to be.
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

    /// Whether there is a byte order mark, and everybody stays who they are without it.
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
            // Any record of the user will do then, the first one or the last one.
            Head::Record { user: other } if other == user => text(&line) == text(&first),
            Head::Record { user: other } => other != marked,
            Head::Blank | Head::Comment | Head::Invalid => true,
        })
    }

    /// Drops records that are, byte for byte, the one before them of the same user. So the first and the last
    /// record of a user stay what they are.
    fn drop_repetitions(&mut self) -> usize {
        let bytes = &self.bytes;
        // Behind a mark that stays, the first user is another one for most servers.
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
            if let Seen::Record { start, first: Some(first), .. } = seen {
                let before = latest.insert(first, start).unwrap_or(first);
                if line(before) == line(start) {
                    gone.push(start..start + line(start).len());
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

    /// Other bytes for all of it; what they have in common with the old ones at both ends counts as untouched.
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

/// Whether some servers may read another name.
fn has_trimmed_end(name: &[u8]) -> bool {
    trim_start(name, is_trimmed).len() < name.len() || trim_end(name, is_trimmed).len() < name.len()
}

#[cfg(test)]
mod tests;
