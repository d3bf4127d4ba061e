//! The questions that the table answers for each server: how the server reads unusual text in a password file.
//!
//! Apache httpd, nginx and the others differ in duplicates, white space, line ends and long lines. Each answer is an
//! [`Impact`], so a check can compare servers.

use crate::characters::{is_format, is_trimmed, trim_end, trim_start};

/// How a server reads unusual text in a password file.
///
/// ```
/// use htpasswd::servers::{Duplicates, Impact, Server};
///
/// let rules = Server::named("registry").and_then(|server| server.file.as_ref()).ok_or("no file")?;
/// assert_eq!((rules.duplicates, rules.no_colon), (Duplicates::Last, Impact::FileRejected));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(clippy::struct_excessive_bools, reason = "each of these fields is one fact about the server")]
pub struct FileRules {
    /// The record that the server uses if a user has several records.
    pub duplicates: Duplicates,
    /// The effect of a file without a record.
    pub no_users: Impact,
    /// The effect of a record with an empty user name.
    pub no_user: Impact,
    /// The effect of a record with an empty hash. [`Impact::None`]: the server ignores the record, and uses another
    /// record of the user.
    pub empty_hash: Impact,
    /// The meaning of an empty field between the user name and a hash, as in `user::hash`.
    pub empty_field: EmptyField,
    /// The effect of an empty line.
    pub empty_line: Impact,
    /// The effect of a line that has only white space.
    pub blank_line: Impact,
    /// The effect of a line that starts with `#` and has no colon.
    pub comment: Impact,
    /// The effect of a comment after white space.
    pub indented_comment: Impact,
    /// The effect of a user name that is not UTF-8.
    pub not_utf8: Impact,
    /// True if `not_utf8` is also the effect of other parts of a line that are not UTF-8, even of comments.
    pub decodes_lines: bool,
    /// The effect of a quotation mark in a record.
    pub quotation_mark: Impact,
    /// The user names that the server accepts.
    pub names: NameRule,
    /// The effect of a line without a colon that is neither blank nor a comment.
    pub no_colon: Impact,
    /// The effect of ASCII white space before the user name.
    pub leading_space: Impact,
    /// The white space that the server removes from a user name, in addition to `leading_space`.
    pub trims: Trim,
    /// The effect of ASCII white space after the hash.
    pub trailing_space: Impact,
    /// True if `trailing_space` is the effect only after bcrypt and plain text: the server removes white space after the
    /// hashes of other schemes.
    pub strips_other_hashes: bool,
    /// The effect of ASCII white space between the colon and the hash.
    pub space_before_hash: Impact,
    /// The effect of a UTF-8 byte order mark before the first record.
    pub byte_order_mark: Impact,
    /// The effect of a carriage return before the newline.
    pub carriage_return: Impact,
    /// True if the server ends a line at each carriage return, as the text mode of Python does.
    pub returns_end_lines: bool,
    /// The effect of a second carriage return before the newline.
    pub repeated_return: Impact,
    /// The effect of a colon and further text after the hash.
    pub more_fields: Impact,
    /// True if `more_fields` has no effect as long as all records have the same number of fields.
    pub equal_fields: bool,
    /// The effect of a NUL byte in a record.
    pub nul: Impact,
    /// The effect of a backslash at the end of a line.
    pub backslash: Impact,
    /// The longest line that does no harm, in bytes without the newline; `None` if no limit is known.
    pub longest_line: Option<usize>,
    /// The effect of a line longer than `longest_line`.
    pub long_line: Impact,
    /// The number of bytes after which the server reads the rest of a line as another line; `None` if it never does.
    pub splits_lines: Option<usize>,
}

/// The record that the server uses if a user has several records.
///
/// ```
/// use htpasswd::servers::{Duplicates, Server};
///
/// let rules = Server::named("httpd").and_then(|server| server.file.as_ref()).ok_or("no file")?;
/// assert_eq!(rules.duplicates, Duplicates::First);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Duplicates {
    /// The server uses the first record.
    First,
    /// The server uses the last record.
    Last,
    /// The server tries all records until the password matches one.
    Any,
    /// The server rejects the whole file.
    Refused,
}

/// The bcrypt hashes that a server reads.
///
/// ```
/// use htpasswd::servers::Server;
///
/// let httpd = Server::named("openbsd-httpd").ok_or("no such server")?;
/// assert_eq!(httpd.bcrypt.prefixes, ["$2b$", "$2a$"]);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BcryptRules {
    /// The prefixes of the hashes that the server reads. New hashes get the first one.
    pub prefixes: &'static [&'static str],
    /// True if the server ignores text after the 60 characters of a hash, as Go's bcrypt does.
    pub ignores_tail: bool,
}

/// The meaning of an empty field between the user name and a hash, as in `user::hash`.
///
/// ```
/// use htpasswd::servers::{EmptyField, Server};
///
/// let field = |name| Server::named(name).and_then(|server| server.file.as_ref()).map(|rules| rules.empty_field);
/// assert_eq!(field("squid"), Some(EmptyField::Skipped));
/// assert_eq!(field("nginx"), Some(EmptyField::IsHash));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmptyField {
    /// The empty field is the hash, which no password matches.
    IsHash,
    /// The server skips the empty field.
    Skipped,
    /// The text after the empty field is a password in plain text.
    BeforePlainText,
}

/// The user names that a server accepts.
///
/// ```
/// use htpasswd::servers::{NameRule, Server};
///
/// let names = |name| Server::named(name).and_then(|server| server.file.as_ref()).map(|rules| rules.names);
/// assert_eq!(names("nginx"), Some(NameRule::Any));
/// assert_eq!(names("radicale"), Some(NameRule::Folder));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameRule {
    /// The server accepts all names.
    Any,
    /// The server ignores names with other characters than letters, digits, `@`, `.`, `_` and `-`.
    Word,
    /// The server rejects names with a tab, and names of more than 255 bytes.
    Field,
    /// The server uses the name as the name of a folder. It rejects names of more than 255 bytes and names with a
    /// control character, a format character, `/`, `'`, `"`, `*`, `?`, `,`, an `@` at an end or twice, a `.` at the start, or a `~` at the end.
    Folder,
}

impl NameRule {
    /// Returns true if the server accepts the name.
    pub(crate) fn accepts(self, name: &[u8]) -> bool {
        let is_word = |c: char| c.is_alphabetic() || c.is_ascii_digit() || "@._-".contains(c);
        match self {
            Self::Any => true,
            Self::Word => str::from_utf8(name).is_ok_and(|name| name.chars().all(is_word)),
            Self::Field => name.len() <= LONGEST_NAME && !name.contains(&b'\t'),
            // Another finding reports a name that is not UTF-8.
            Self::Folder => name.len() <= LONGEST_NAME && str::from_utf8(name).map_or(true, is_folder),
        }
    }
}

/// The length of a longer user name is an error for passlib, and for the file systems of Linux.
const LONGEST_NAME: usize = 255;

/// Returns true if Radicale accepts the user name.
fn is_folder(name: &str) -> bool {
    let is_rejected = |c: char| c.is_control() || is_format(c) || "/'\"*?,".contains(c);
    let realm = name.find('@');
    !name.starts_with('.')
        && !name.ends_with('~')
        && !name.contains(is_rejected)
        && realm.is_none_or(|at| at > 0 && at + 1 < name.len() && !name[at + 1..].contains('@'))
}

/// Which white space a server removes from a user name.
///
/// ```
/// use htpasswd::servers::{Server, Trim};
///
/// let rules = Server::named("registry").and_then(|server| server.file.as_ref()).ok_or("no file")?;
/// assert_eq!(rules.trims, Trim::Line);
/// assert_eq!(rules.trims.name("\u{a0}alice ".as_bytes()), b"alice ");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trim {
    /// The server removes no white space beyond ASCII, and none after the name.
    Nothing,
    /// The server removes Unicode's `White_Space` before the name, as Go's `strings.TrimSpace` of the line does.
    Line,
    /// The server removes `White_Space` except U+0085, and the byte order mark, at both ends of the name, as
    /// JavaScript's `trim` does.
    Name,
    /// The server reads the name up to the first carriage return.
    CarriageReturn,
}

impl Trim {
    /// Returns the user name as the server reads it, from the user name of a [`Record`](crate::document::Record).
    ///
    /// ```
    /// use htpasswd::servers::Trim;
    ///
    /// let name = "\u{a0}alice ".as_bytes();
    /// assert_eq!(Trim::Nothing.name(name), name);
    /// assert_eq!(Trim::Line.name(name), b"alice ");
    /// assert_eq!(Trim::Name.name(name), b"alice");
    /// assert_eq!(Trim::CarriageReturn.name(b"alice\r"), b"alice");
    /// ```
    #[must_use]
    pub fn name(self, name: &[u8]) -> &[u8] {
        let of_javascript = |character| is_trimmed(character) && character != '\u{85}';
        match self {
            Self::Nothing => name,
            Self::Line => trim_start(name, char::is_whitespace),
            Self::Name => trim_end(trim_start(name, of_javascript), of_javascript),
            Self::CarriageReturn => name.split(|&byte| byte == b'\r').next().unwrap_or_default(),
        }
    }
}

/// The effect of unusual text in a password file on logins, in increasing order of harm.
///
/// ```
/// use htpasswd::servers::Impact;
///
/// assert!(Impact::None < Impact::UserRejected && Impact::UserRejected < Impact::FileRejected);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Impact {
    /// No effect: the server ignores the text.
    None,
    /// The user of the line cannot log in.
    UserRejected,
    /// The server joins the next line to the line, so the user of the next line cannot log in.
    LineMerged,
    /// The users after the line cannot log in.
    RestIgnored,
    /// The server rejects the whole file: no user can log in.
    FileRejected,
}
