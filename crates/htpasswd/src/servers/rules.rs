//! How servers read what is odd in a file: the questions that the table answers for each.

use crate::characters::{is_trimmed, trim_end, trim_start};

/// How a server reads what is odd in a file.
///
/// ```
/// use htpasswd::{Duplicates, Impact, Server};
///
/// let rules = Server::named("registry").and_then(|server| server.file.as_ref()).ok_or("no file")?;
/// assert_eq!((rules.duplicates, rules.no_colon), (Duplicates::Last, Impact::FileRejected));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileRules {
    /// Several records of one user.
    pub duplicates: Duplicates,
    /// A line that is neither blank nor a comment, and has no colon.
    pub no_colon: Impact,
    /// Spaces, tabs and the like before the user name.
    pub leading_space: Impact,
    /// What the server takes off a user name, beside what `leading_space` says.
    pub trims: Trim,
    /// Spaces, tabs and the like behind the hash.
    pub trailing_space: Impact,
    /// The same between colon and hash.
    pub space_before_hash: Impact,
    /// A UTF-8 byte order mark in front of the first record.
    pub byte_order_mark: Impact,
    /// A carriage return before the line feed.
    pub carriage_return: Impact,
    /// A colon and more behind the hash.
    pub more_fields: Impact,
    /// A NUL byte in a record.
    pub nul: Impact,
    /// A backslash at the end of a line.
    pub backslash: Impact,
    /// The longest line that does no harm, in bytes without its line feed; `None` if no limit is known.
    pub longest_line: Option<usize>,
    /// A longer line.
    pub long_line: Impact,
}

/// Which record of a user with several of them counts.
///
/// ```
/// use htpasswd::{Duplicates, Server};
///
/// let rules = Server::named("httpd").and_then(|server| server.file.as_ref()).ok_or("no file")?;
/// assert_eq!(rules.duplicates, Duplicates::First);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Duplicates {
    /// The first one.
    First,
    /// The last one.
    Last,
    /// None: the whole file is refused.
    Refused,
}

/// Which white space a server takes off a user name.
///
/// ```
/// use htpasswd::{Server, Trim};
///
/// let rules = Server::named("registry").and_then(|server| server.file.as_ref()).ok_or("no file")?;
/// assert_eq!(rules.trims, Trim::Line);
/// assert_eq!(rules.trims.name("\u{a0}alice ".as_bytes()), b"alice ");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trim {
    /// None beyond ASCII, and none behind the name.
    Nothing,
    /// Unicode's `White_Space` before the name, as it stands at the start of the line: `strings.TrimSpace` of Go.
    Line,
    /// `White_Space` except U+0085, and the byte order mark, at both ends of the name: `trim` of JavaScript.
    Name,
}

impl Trim {
    /// The user name as the server reads it, from that of a [`Record`](crate::Record).
    ///
    /// ```
    /// use htpasswd::Trim;
    ///
    /// let name = "\u{a0}alice ".as_bytes();
    /// assert_eq!(Trim::Nothing.name(name), name);
    /// assert_eq!(Trim::Line.name(name), b"alice ");
    /// assert_eq!(Trim::Name.name(name), b"alice");
    /// ```
    #[must_use]
    pub fn name(self, name: &[u8]) -> &[u8] {
        let of_javascript = |character| is_trimmed(character) && character != '\u{85}';
        match self {
            Self::Nothing => name,
            Self::Line => trim_start(name, char::is_whitespace),
            Self::Name => trim_end(trim_start(name, of_javascript), of_javascript),
        }
    }
}

/// What something odd in a file leads to. The order is that of the harm.
///
/// ```
/// use htpasswd::Impact;
///
/// assert!(Impact::None < Impact::UserRejected && Impact::UserRejected < Impact::FileRejected);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Impact {
    /// Nothing: it is read as if it were not there, or passed over.
    None,
    /// The user of the line cannot log in.
    UserRejected,
    /// The line is taken together with the next one, whose user cannot log in.
    LineMerged,
    /// Users behind the line cannot log in.
    RestIgnored,
    /// The whole file is refused: nobody can log in.
    FileRejected,
}
