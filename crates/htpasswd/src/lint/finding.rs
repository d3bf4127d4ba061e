//! One thing about a line, and how bad it is.

use crate::hash::Scheme;
use crate::servers::{Duplicates, FileRules, Impact, Server, Trim};

/// Something about one line of a file. Never holds a hash.
///
/// `Display` is one sentence without line, name and full stop.
///
/// ```
/// use htpasswd::{Document, Severity, check};
///
/// let document = Document::parse("alice:*\n");
/// let finding = check(&document, None)[0];
/// assert_eq!((finding.line, finding.user, finding.severity), (1, Some(&b"alice"[..]), Severity::Warning));
/// assert!(finding.to_string().starts_with("the user is locked"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding<'a> {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The user, byte for byte, if it is about a record.
    pub user: Option<&'a [u8]>,
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub kind: FindingKind,
    /// For which server it was asked.
    pub(super) server: Option<&'static Server>,
}

/// How bad a [`Finding`] is.
///
/// ```
/// use htpasswd::Severity;
///
/// assert!(Severity::Warning < Severity::Error);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Weak, or a trap.
    Warning,
    /// Somebody cannot log in, or a server refuses the file, or it can be brought to a halt.
    Error,
}

/// What a [`Finding`] is about.
///
/// ```
/// use htpasswd::{Document, FindingKind, check};
///
/// let document = Document::parse("bob:x\ncarol:*\nbob:*\n");
/// let kinds: Vec<_> = check(&document, None).iter().map(|finding| finding.kind).collect();
/// assert!(kinds.contains(&FindingKind::Duplicate { first: 1, last: 3 }));
/// assert!(kinds.contains(&FindingKind::Locked));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// There is no record in the file.
    NoUsers,
    /// The line is neither blank, comment nor record.
    NoColon,
    /// Nothing stands before the colon.
    NoUser,
    /// The user has a record before this one.
    Duplicate {
        /// The line of the user's first record.
        first: usize,
        /// The line of the user's last record.
        last: usize,
    },
    /// Nothing stands behind the colon.
    EmptyHash,
    /// The hash starts with `*` or `!`.
    Locked,
    /// The hash is of no known scheme, or plain text that the server does not read.
    UnknownHash,
    /// The hash is of a known scheme, but cannot be right.
    MalformedHash,
    /// The server takes what it does not know for a hash for the password itself, so somebody can log in with what
    /// stands in the file.
    TakenForPassword,
    /// The hash is of a scheme that this library does not know, but some servers do.
    Foreign {
        /// How hashes of the scheme begin.
        beginning: &'static str,
    },
    /// The hash is of a scheme that the server does not read.
    Unreadable(Scheme),
    /// A stolen file with such hashes is soon a list of passwords.
    Weak(Scheme),
    /// Less work than hashes should be nowadays.
    LowCost {
        /// The cost of bcrypt or the rounds of SHA-crypt.
        cost: u32,
    },
    /// So much work that a few logins stall a server: above the default [`Limits`](crate::Limits).
    HighCost {
        /// The cost of bcrypt or the rounds of SHA-crypt.
        cost: u32,
    },
    /// The file begins with a UTF-8 byte order mark.
    ByteOrderMark {
        /// Whether a record stands behind it.
        hides_user: bool,
    },
    /// Lines end in CRLF. The finding is about the first of them.
    CarriageReturns {
        /// How many there are.
        lines: usize,
    },
    /// A carriage return within the line.
    StrayCarriageReturn,
    /// The last line has no line feed.
    NoFinalLineFeed,
    /// White space before the user name.
    LeadingSpace,
    /// ASCII white space at the end of the user name.
    SpaceAfterName,
    /// White space beyond ASCII, or a byte order mark, at an end of the user name, which the server takes off: to it,
    /// the record is another user's. Without a server, which some servers take off.
    TrimmedName,
    /// A character in the user name that cannot be seen, or that changes how the text around it is shown; see
    /// [`is_invisible`](crate::is_invisible).
    InvisibleCharacter,
    /// White space between colon and hash.
    SpaceBeforeHash,
    /// White space behind the hash.
    TrailingSpace,
    /// Further fields behind the hash.
    MoreFields,
    /// A NUL byte.
    Nul,
    /// A backslash at the end of the line.
    Backslash {
        /// Whether a record follows, which a server that joins the two lines does not see.
        hides_user: bool,
    },
    /// More than 255 bytes.
    LongLine {
        /// How many, without the line feed.
        bytes: usize,
    },
}

impl FindingKind {
    /// A name for programs, which stays the same: small letters and dashes.
    ///
    /// ```
    /// assert_eq!(htpasswd::FindingKind::NoFinalLineFeed.name(), "no-final-line-feed");
    /// ```
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoUsers => "no-users",
            Self::NoColon => "no-colon",
            Self::NoUser => "no-user",
            Self::Duplicate { .. } => "duplicate",
            Self::EmptyHash => "empty-hash",
            Self::Locked => "locked",
            Self::UnknownHash => "unknown-hash",
            Self::MalformedHash => "malformed-hash",
            Self::TakenForPassword => "taken-for-password",
            Self::Foreign { .. } => "foreign-hash",
            Self::Unreadable(_) => "unreadable-scheme",
            Self::Weak(_) => "weak-scheme",
            Self::LowCost { .. } => "low-cost",
            Self::HighCost { .. } => "high-cost",
            Self::ByteOrderMark { .. } => "byte-order-mark",
            Self::CarriageReturns { .. } => "crlf",
            Self::StrayCarriageReturn => "stray-carriage-return",
            Self::NoFinalLineFeed => "no-final-line-feed",
            Self::LeadingSpace => "leading-space",
            Self::SpaceAfterName => "space-after-name",
            Self::TrimmedName => "trimmed-name",
            Self::InvisibleCharacter => "invisible-character",
            Self::SpaceBeforeHash => "space-before-hash",
            Self::TrailingSpace => "trailing-space",
            Self::MoreFields => "more-fields",
            Self::Nul => "nul",
            Self::Backslash { .. } => "backslash",
            Self::LongLine { .. } => "long-line",
        }
    }

    /// What the table says a server does; `None` if no rule of files is about this.
    pub(super) fn impact(self, rules: &FileRules) -> Option<Impact> {
        Some(match self {
            Self::NoColon | Self::ByteOrderMark { hides_user: false } => rules.no_colon,
            Self::ByteOrderMark { hides_user: true } => rules.byte_order_mark,
            Self::CarriageReturns { .. } => rules.carriage_return,
            Self::LeadingSpace => rules.leading_space,
            Self::SpaceBeforeHash => rules.space_before_hash,
            Self::TrailingSpace => rules.trailing_space,
            Self::MoreFields => rules.more_fields,
            Self::Nul => rules.nul,
            Self::Backslash { hides_user: true } => rules.backslash,
            Self::Backslash { hides_user: false } => Impact::None,
            Self::LongLine { bytes } => match rules.longest_line {
                Some(longest) if bytes > longest => rules.long_line,
                _ => Impact::None,
            },
            _ => return None,
        })
    }
}

/// `None`: nothing to say.
pub(super) fn severity(kind: FindingKind, server: Option<&Server>) -> Option<Severity> {
    match kind {
        FindingKind::EmptyHash
        | FindingKind::UnknownHash
        | FindingKind::MalformedHash
        | FindingKind::Unreadable(_)
        | FindingKind::TakenForPassword
        | FindingKind::HighCost { .. }
        | FindingKind::StrayCarriageReturn => Some(Severity::Error),
        FindingKind::NoUsers
        | FindingKind::NoUser
        | FindingKind::Locked
        | FindingKind::Foreign { .. }
        | FindingKind::Weak(_)
        | FindingKind::LowCost { .. }
        | FindingKind::NoFinalLineFeed
        | FindingKind::InvisibleCharacter => Some(Severity::Warning),
        // A record of another user to the server: of one who cannot log in, or whose password it replaces.
        FindingKind::TrimmedName => Some(if server.is_some() { Severity::Error } else { Severity::Warning }),
        FindingKind::SpaceAfterName => {
            let trims = server.and_then(|server| server.file.as_ref()).map(|rules| rules.trims);
            Some(if trims == Some(Trim::Name) { Severity::Error } else { Severity::Warning })
        }
        // This library's own command refuses to change such a file, whatever the server does.
        FindingKind::NoColon if server.is_none() => Some(Severity::Error),
        FindingKind::NoColon => harm(kind, server).or(Some(Severity::Warning)),
        FindingKind::Duplicate { .. } => {
            let rules = server.map(|server| server.file.as_ref().map(|rules| rules.duplicates));
            match rules {
                Some(None) => None,
                Some(Some(Duplicates::Refused)) => Some(Severity::Error),
                _ => Some(Severity::Warning),
            }
        }
        _ => harm(kind, server),
    }
}

/// By what the table says of the server, or of most of them.
fn harm(kind: FindingKind, server: Option<&Server>) -> Option<Severity> {
    if let Some(server) = server {
        let impact = kind.impact(server.file.as_ref()?)?;
        return (impact != Impact::None).then_some(Severity::Error);
    }
    let impacts = || readers().filter_map(|(_, rules)| kind.impact(rules));
    let harmed = impacts().filter(|&impact| impact != Impact::None).count();
    Some(if 2 * harmed > impacts().count() { Severity::Error } else { Severity::Warning })
}

/// The servers that read files of records.
pub(super) fn readers() -> impl Iterator<Item = (&'static Server, &'static FileRules)> {
    Server::ALL.iter().filter_map(|server| Some((server, server.file.as_ref()?)))
}
