//! The lines of a password file with which no user can log in, and the reasons.
//!
//! [`Issues`] collects these lines while the file is read. An [`Issue`] is small, because a file can have millions of
//! them, and must never contain a user name or a hash.

use std::fmt;

use memchr::memchr_iter;

use crate::hash::HashError;

/// A line with which no user can log in, and the reason. An issue never contains a user name or a hash.
///
/// ```
/// use htpasswd::Users;
///
/// let users = Users::from("alice:x\n");
/// assert_eq!(users.issues()[0].to_string(), "line 1: the hash has an unknown scheme");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issue {
    line: u32,
    reason: Reason,
}

/// The reason why no user can log in with a line.
///
/// ```
/// use htpasswd::hash::HashError;
/// use htpasswd::users::IssueKind;
/// use htpasswd::Users;
///
/// let users = Users::from("alice:x\n:x\n");
/// let kinds: Vec<_> = users.issues().iter().map(|issue| issue.kind()).collect();
/// assert_eq!(kinds, [IssueKind::Hash(HashError::Unknown), IssueKind::NoUser]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueKind {
    /// The line has no colon, and is neither blank nor a comment.
    NoColon,
    /// The user name before the colon is empty.
    NoUser,
    /// The hash is empty, locked, malformed or of an unknown scheme.
    Hash(HashError),
    /// The cost of the hash exceeds the [`Limits`](crate::hash::Limits).
    TooCostly,
    /// An earlier line has a record of the same user. The first record counts, even if the first record is an issue
    /// too.
    Duplicate {
        /// The line of the user's first record.
        first: usize,
    },
}

/// [`IssueKind`] in eight bytes. Line numbers have 32 bits, because memory cannot hold a file with four billion
/// lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    NoColon,
    NoUser,
    Hash(HashError),
    TooCostly,
    Duplicate { first: u32 },
}

/// Collects issues in the order of their lines.
#[derive(Default)]
pub(super) struct Issues {
    found: Vec<Issue>,
    /// For each duplicate: the start of the user's first record, and the index of the duplicate's issue in `found`.
    firsts: Vec<(usize, usize)>,
}

impl Issue {
    /// The line number, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line as usize
    }

    /// The reason why no user can log in with the line.
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

    /// Adds a duplicate of the record at `first_start`. [`finish`](Self::finish) finds the line numbers of all first
    /// records in one pass.
    pub(super) fn push_duplicate(&mut self, line: usize, first_start: usize) {
        self.firsts.push((first_start, self.found.len()));
        self.push(line, IssueKind::Duplicate { first: 0 });
    }

    /// Returns all issues; `bytes` are the text of the file.
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
            Self::TooCostly => f.write_str("the hash exceeds the cost limit"),
            Self::Duplicate { first } => {
                write!(f, "line {first} already has a record of this user")
            }
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
