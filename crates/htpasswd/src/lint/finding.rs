//! One finding about one line: its kind, and how severe the kind is for a server.
//!
//! [`severity`] decides which findings are reported. The names of the kinds appear in JSON and must never change.

use crate::hash::{ForeignScheme, Scheme};
use crate::servers::{Duplicates, FileRules, Impact, Server, Trim};

/// One thing that is wrong with one line of a password file. A finding never contains a hash.
///
/// `Display` writes one sentence without the line number, the user name and the full stop.
///
/// ```
/// use htpasswd::lint::{Severity, check};
/// use htpasswd::Document;
///
/// let document = Document::parse("alice:*\n");
/// let finding = check(&document, None)[0];
/// assert_eq!((finding.line, finding.user, finding.severity), (1, Some(&b"alice"[..]), Severity::Warning));
/// assert!(finding.to_string().starts_with("the user is locked"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Finding<'a> {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The user name, byte for byte, if the finding is about a record.
    pub user: Option<&'a [u8]>,
    /// How severe the finding is.
    pub severity: Severity,
    /// The kind of problem.
    pub kind: FindingKind,
    /// The server for which the file was checked.
    pub(super) server: Option<&'static Server>,
}

/// How severe a [`Finding`] is.
///
/// ```
/// use htpasswd::lint::Severity;
///
/// assert!(Severity::Warning < Severity::Error);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Severity {
    /// The hash is weak, or the line can cause trouble later or with some servers.
    Warning,
    /// A user cannot log in, or a server rejects the file, or logins can stall a server.
    Error,
}

/// The kind of problem of a [`Finding`].
///
/// ```
/// use htpasswd::lint::{FindingKind, check};
/// use htpasswd::Document;
///
/// let document = Document::parse("bob:x\ncarol:*\nbob:*\n");
/// let kinds: Vec<_> = check(&document, None).iter().map(|finding| finding.kind).collect();
/// assert!(kinds.contains(&FindingKind::Duplicate { first: 1, last: 3 }));
/// assert!(kinds.contains(&FindingKind::Locked));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// The server reads no password file: its hashes are in another kind of configuration file.
    NotRead,
    /// The file is UTF-16, which no server reads. There is no other finding about such a file.
    Utf16,
    /// The file has no records.
    NoUsers,
    /// The line has no colon, and is neither blank nor a comment.
    NoColon,
    /// The line is a hash without a user name.
    HashWithoutName,
    /// The line is a password file in Base64, as it is in a Secret of Kubernetes.
    Base64,
    /// Each `$` of the hash is doubled, as in a Compose file.
    DoubledDollar,
    /// A shell or Compose has replaced the parts of the hash that begin with `$`.
    LostDollar,
    /// Quotation marks enclose the record or its hash.
    Quoted,
    /// The user name begins with `- ` or `NAME=`, as in YAML or in a file of variables.
    PrefixedName,
    /// The line has a second record after the first one.
    TwoRecords,
    /// The record is one of htdigest, for HTTP digest authentication.
    HtdigestRecord,
    /// The user name before the colon is empty.
    NoUser,
    /// An earlier line has a record of the same user.
    Duplicate {
        /// The line of the user's first record.
        first: usize,
        /// The line of the user's last record.
        last: usize,
    },
    /// The hash after the colon is empty.
    EmptyHash,
    /// The field after the user name is empty, and the server skips it: the next field is the hash.
    EmptyField,
    /// The hash starts with `*` or `!`.
    Locked,
    /// The hash has no known scheme, or is plain text that the server does not read.
    UnknownHash,
    /// The hash has a known scheme but an invalid form.
    MalformedHash,
    /// The server does not know this kind of hash and uses its text as a plain-text password, so anyone who has read
    /// the file can log in with that text.
    TakenForPassword,
    /// The hash has a scheme that some servers know and this library does not.
    Foreign {
        /// The prefix of all hashes of the scheme.
        beginning: &'static str,
    },
    /// The hash has a scheme that this library names and does not verify, and that the server reads.
    NotVerified(ForeignScheme),
    /// The hash is right, but few servers read its scheme. Reported without a server only.
    RarelyRead(Scheme),
    /// The hash has a scheme that the server does not read. Without a server: no known server reads the scheme.
    Unreadable(Scheme),
    /// The server reads bcrypt, but not with this prefix.
    UnreadablePrefix(&'static str),
    /// The hash is an MD5 digest without salt, written as 32 hexadecimal digits.
    HexMd5,
    /// Text follows the 60 characters of a bcrypt hash, and the server ignores it.
    TextAfterHash,
    /// The scheme is weak: an attacker who steals the file finds most passwords quickly.
    Weak(Scheme),
    /// The cost is lower than recommended today.
    LowCost {
        /// The cost of bcrypt or the rounds of SHA-crypt.
        cost: u32,
    },
    /// The cost exceeds the default [`Limits`](crate::hash::Limits), so a few logins at once stall a server.
    HighCost {
        /// The cost of bcrypt or the rounds of SHA-crypt.
        cost: u32,
    },
    /// The file begins with a UTF-8 byte order mark.
    ByteOrderMark {
        /// True if the first line is a record, whose user name then starts with the mark for most servers.
        hides_user: bool,
    },
    /// A user name after the first line begins with a UTF-8 byte order mark: two files were joined.
    InnerByteOrderMark,
    /// Lines end in CRLF. The finding is about the first of these lines.
    CarriageReturns {
        /// The number of lines that end in CRLF.
        lines: usize,
    },
    /// The line contains a carriage return before its end.
    StrayCarriageReturn,
    /// The last line has no newline.
    NoFinalLineFeed,
    /// The line has white space before the user name.
    LeadingSpace,
    /// The user name ends with ASCII white space.
    SpaceAfterName,
    /// The user name starts or ends with white space beyond ASCII or with a byte order mark, and the server removes
    /// it: for the server, the record belongs to another user. Without a server: some servers remove it.
    TrimmedName,
    /// The user name contains a character that cannot be seen, or that changes how the text around it is shown; see
    /// [`is_invisible`](crate::document::is_invisible).
    InvisibleCharacter,
    /// The line has white space between the colon and the hash.
    SpaceBeforeHash,
    /// The line has white space after the hash.
    TrailingSpace,
    /// The line has further fields after the hash.
    MoreFields,
    /// The line contains a NUL byte.
    Nul,
    /// The user name contains a NUL byte. No client can send such a name.
    NulInName,
    /// The line is empty.
    EmptyLine,
    /// The line has only white space.
    BlankLine,
    /// The line is a comment.
    Comment,
    /// The line is a comment after white space.
    IndentedComment,
    /// The user name is not UTF-8, or another part of a line is not UTF-8 and the server decodes whole lines.
    NotUtf8,
    /// A record contains a quotation mark.
    QuotationMark,
    /// The server rejects users with such a name.
    NameNotAccepted,
    /// The line ends in a backslash.
    Backslash {
        /// True if the next line is a record. A server that joins the two lines does not see that record.
        hides_user: bool,
    },
    /// The server reads the rest of the line, from this byte on, as another record.
    SplitLine {
        /// The number of bytes before the other record.
        after: usize,
    },
    /// The line is longer than 255 bytes.
    LongLine {
        /// The length of the line in bytes, without the newline.
        bytes: usize,
    },
}

impl FindingKind {
    /// Returns the stable name of the kind for programs, in lower-case letters and dashes.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotRead => "not-read",
            Self::Utf16 => "utf-16",
            Self::NoUsers => "no-users",
            Self::NoColon => "no-colon",
            Self::HashWithoutName => "hash-without-name",
            Self::Base64 => "base64",
            Self::DoubledDollar => "doubled-dollar",
            Self::LostDollar => "lost-dollar",
            Self::Quoted => "quoted",
            Self::PrefixedName => "prefixed-name",
            Self::TwoRecords => "two-records",
            Self::HtdigestRecord => "htdigest-record",
            Self::NoUser => "no-user",
            Self::Duplicate { .. } => "duplicate",
            Self::EmptyHash => "empty-hash",
            Self::EmptyField => "empty-field",
            Self::Locked => "locked",
            Self::UnknownHash => "unknown-hash",
            Self::MalformedHash => "malformed-hash",
            Self::TakenForPassword => "taken-for-password",
            Self::Foreign { .. } => "foreign-hash",
            Self::NotVerified(_) => "not-verified",
            Self::RarelyRead(_) => "rarely-read-scheme",
            Self::Unreadable(_) => "unreadable-scheme",
            Self::UnreadablePrefix(_) => "unreadable-prefix",
            Self::HexMd5 => "hex-md5",
            Self::TextAfterHash => "text-after-hash",
            Self::Weak(_) => "weak-scheme",
            Self::LowCost { .. } => "low-cost",
            Self::HighCost { .. } => "high-cost",
            Self::ByteOrderMark { .. } => "byte-order-mark",
            Self::InnerByteOrderMark => "inner-byte-order-mark",
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
            Self::NulInName => "nul-in-name",
            Self::EmptyLine => "empty-line",
            Self::BlankLine => "blank-line",
            Self::Comment => "comment",
            Self::IndentedComment => "indented-comment",
            Self::NotUtf8 => "not-utf8",
            Self::QuotationMark => "quotation-mark",
            Self::NameNotAccepted => "name-not-accepted",
            Self::Backslash { .. } => "backslash",
            Self::SplitLine { .. } => "split-line",
            Self::LongLine { .. } => "long-line",
        }
    }

    /// Returns what a server with these rules does; `None` if no rule covers this kind.
    pub(super) fn impact(self, rules: &FileRules) -> Option<Impact> {
        Some(match self {
            Self::NoColon
            | Self::HashWithoutName
            | Self::Base64
            | Self::ByteOrderMark { hides_user: false } => rules.no_colon,
            Self::ByteOrderMark { hides_user: true } | Self::InnerByteOrderMark => rules.byte_order_mark,
            Self::NoUsers => rules.no_users,
            Self::NoUser => rules.no_user,
            Self::EmptyHash => rules.empty_hash,
            Self::EmptyLine => rules.empty_line,
            Self::BlankLine => rules.blank_line,
            Self::Comment => rules.comment,
            Self::IndentedComment => rules.indented_comment,
            Self::NotUtf8 => rules.not_utf8,
            Self::QuotationMark => rules.quotation_mark,
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

/// Returns how severe a finding is for this server; `None` if the finding does not concern it.
pub(super) fn severity(kind: FindingKind, server: Option<&Server>) -> Option<Severity> {
    match kind {
        FindingKind::NotRead
        | FindingKind::HashWithoutName
        | FindingKind::Base64
        | FindingKind::DoubledDollar
        | FindingKind::LostDollar
        | FindingKind::Quoted
        | FindingKind::TwoRecords
        | FindingKind::HtdigestRecord
        | FindingKind::Utf16
        | FindingKind::UnknownHash
        | FindingKind::MalformedHash
        | FindingKind::Unreadable(_)
        | FindingKind::UnreadablePrefix(_)
        | FindingKind::NulInName
        | FindingKind::NameNotAccepted
        | FindingKind::TakenForPassword
        | FindingKind::HighCost { .. }
        | FindingKind::StrayCarriageReturn => Some(Severity::Error),
        FindingKind::EmptyField
        | FindingKind::PrefixedName
        | FindingKind::TextAfterHash
        | FindingKind::Locked
        | FindingKind::Foreign { .. }
        | FindingKind::NotVerified(_)
        | FindingKind::RarelyRead(_)
        | FindingKind::Weak(_)
        | FindingKind::LowCost { .. }
        | FindingKind::NoFinalLineFeed
        | FindingKind::InvisibleCharacter => Some(Severity::Warning),
        // A file without users, and a record without a user name, do harm only if the server rejects the file for it.
        FindingKind::NoUsers | FindingKind::NoUser => {
            server.and_then(|server| harm(kind, Some(server))).or(Some(Severity::Warning))
        }
        FindingKind::EmptyHash => {
            let is_ignored = server.is_some_and(|server| harm(kind, Some(server)).is_none());
            Some(if is_ignored { Severity::Warning } else { Severity::Error })
        }
        FindingKind::HexMd5 => {
            let is_read = server.is_some_and(|server| server.reads_hex_md5);
            Some(if is_read { Severity::Warning } else { Severity::Error })
        }
        // Such text is usual. It is reported only for a server that rejects it.
        FindingKind::Comment | FindingKind::EmptyLine | FindingKind::QuotationMark => {
            server.and_then(|server| harm(kind, Some(server)))
        }
        FindingKind::SplitLine { .. } => {
            Some(if server.is_some() { Severity::Error } else { Severity::Warning })
        }
        // The server reads another user's name: this user cannot log in, or the record replaces the other's password.
        FindingKind::TrimmedName => Some(if server.is_some() { Severity::Error } else { Severity::Warning }),
        FindingKind::SpaceAfterName => {
            let trims = server.and_then(|server| server.file.as_ref()).map(|rules| rules.trims);
            Some(if trims == Some(Trim::Name) { Severity::Error } else { Severity::Warning })
        }
        // htpasswd does not change a file with such a line, even if the server accepts the file.
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

/// Returns an error if the table lists harm for the server. Without a server, returns an error if the table lists
/// harm for more than half of the servers, and a warning otherwise.
fn harm(kind: FindingKind, server: Option<&Server>) -> Option<Severity> {
    if let Some(server) = server {
        let impact = kind.impact(server.file.as_ref()?)?;
        return (impact != Impact::None).then_some(Severity::Error);
    }
    let impacts = || readers().filter_map(|(_, rules)| kind.impact(rules));
    let harmed = impacts().filter(|&impact| impact != Impact::None).count();
    Some(if 2 * harmed > impacts().count() { Severity::Error } else { Severity::Warning })
}

/// The most common servers that read password files, with their rules.
pub(super) fn readers() -> impl Iterator<Item = (&'static Server, &'static FileRules)> {
    Server::ALL
        .iter()
        .filter(|server| server.is_common)
        .filter_map(|server| Some((server, server.file.as_ref()?)))
}
