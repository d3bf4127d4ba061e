//! Lines that let nobody in. Kept small: a file may be full of them.

use std::fmt;

use memchr::memchr_iter;

use crate::hash::HashError;

/// A line that lets nobody in, and why. Never holds a hash or a name.
///
/// ```
/// use htpasswd::{Document, Users};
///
/// let users = Users::from_document(Document::parse("alice:x\n"));
/// assert_eq!(users.issues()[0].to_string(), "line 1: the hash is of no known scheme");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issue {
    line: u32,
    reason: Reason,
}

/// Why a line lets nobody in.
///
/// ```
/// use htpasswd::{Document, HashError, IssueKind, Users};
///
/// let users = Users::from_document(Document::parse("alice:x\n:x\n"));
/// let kinds: Vec<_> = users.issues().iter().map(|issue| issue.kind()).collect();
/// assert_eq!(kinds, [IssueKind::Hash(HashError::Unknown), IssueKind::NoUser]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueKind {
    /// It is neither blank, comment nor record.
    NoColon,
    /// Nothing stands in front of the colon.
    NoUser,
    /// The hash is empty, locked, of an unknown scheme or malformed.
    Hash(HashError),
    /// The hash is above the [`Limits`](crate::Limits).
    TooCostly,
    /// The user stands in the file already, and the first record decides, even if that is an issue too.
    Duplicate {
        /// The line of the user's first record.
        first: usize,
    },
}

/// [`IssueKind`] in eight bytes. Four billion lines fit no memory, so 32 bits do for their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    NoColon,
    NoUser,
    Hash(HashError),
    TooCostly,
    Duplicate { first: u32 },
}

/// Issues as they are found, in the order of their lines.
#[derive(Default)]
pub(super) struct Issues {
    found: Vec<Issue>,
    /// Where the first record of a user starts, and the place in `found` of another one's issue.
    firsts: Vec<(usize, usize)>,
}

impl Issue {
    /// The number of the line, counted from 1.
    ///
    /// ```
    /// use htpasswd::{Document, Users};
    ///
    /// let users = Users::from_document(Document::parse("# staff\nalice:x\n"));
    /// assert_eq!(users.issues()[0].line(), 2);
    /// ```
    #[must_use]
    pub fn line(&self) -> usize {
        self.line as usize
    }

    /// The reason.
    ///
    /// ```
    /// use htpasswd::{Document, IssueKind, Users};
    ///
    /// let users = Users::from_document(Document::parse("root\n"));
    /// assert_eq!(users.issues()[0].kind(), IssueKind::NoColon);
    /// ```
    #[must_use]
    pub fn kind(&self) -> IssueKind {
        match self.reason {
            Reason::NoColon => IssueKind::NoColon,
            Reason::NoUser => IssueKind::NoUser,
            Reason::Hash(error) => IssueKind::Hash(error),
            Reason::TooCostly => IssueKind::TooCostly,
            Reason::Duplicate { first } => IssueKind::Duplicate { first: first as usize },
        }
    }
}

impl Issues {
    pub(super) fn push(&mut self, line: usize, kind: IssueKind) {
        let reason = match kind {
            IssueKind::NoColon => Reason::NoColon,
            IssueKind::NoUser => Reason::NoUser,
            IssueKind::Hash(error) => Reason::Hash(error),
            IssueKind::TooCostly => Reason::TooCostly,
            IssueKind::Duplicate { first } => Reason::Duplicate { first: small(first) },
        };
        self.found.push(Issue { line: small(line), reason });
    }

    /// The number of the first line is looked up in the end, for all of them in one pass.
    pub(super) fn push_duplicate(&mut self, line: usize, first_start: usize) {
        self.firsts.push((first_start, self.found.len()));
        self.push(line, IssueKind::Duplicate { first: 0 });
    }

    /// All of them; `bytes` are the text.
    pub(super) fn finish(self, bytes: &[u8]) -> Vec<Issue> {
        let Self { mut found, mut firsts } = self;
        firsts.sort_unstable();
        let (mut number, mut at) = (1, 0);
        for (start, place) in firsts {
            number += memchr_iter(b'\n', &bytes[at..start]).count();
            at = start;
            found[place].reason = Reason::Duplicate { first: small(number) };
        }
        found.shrink_to_fit();
        found
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind())
    }
}

impl fmt::Display for IssueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColon => f.write_str("no colon"),
            Self::NoUser => f.write_str("no user name"),
            Self::Hash(error) => error.fmt(f),
            Self::TooCostly => f.write_str("the hash is above the limit of cost"),
            Self::Duplicate { first } => write!(f, "the user stands in line {first} already"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_small() {
        assert!(size_of::<Issue>() <= 12);
    }
}
