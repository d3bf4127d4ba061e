//! The errors of user lists and of their records. An error must never contain a password or a hash.

use std::io;
use std::path::{Path, PathBuf};

use htpasswd::bulk::BulkHashError;
use htpasswd::document::UsernameError;
use htpasswd::hash::{HashError, PasswordError};
use thiserror::Error;

use crate::encoding::Utf16Text;
use crate::escape::Visible;
use crate::exit::{ErrorKind, Exit};
use crate::limits::size;
use crate::output::reason;
use crate::password::error::PasswordInputError;

/// The reason why a user list is not imported. `list` is `None` for standard input.
#[derive(Debug, Error)]
pub(crate) enum ImportError {
    #[error("cannot read the users from {}: {}", name(list.as_deref()), reason(source))]
    Unreadable { list: Option<PathBuf>, source: io::Error },
    #[error(
        "cannot read the users from {}: it is larger than {} (--no-limits allows it)",
        name(list.as_deref()), size(*limit as u64)
    )]
    TooLarge { list: Option<PathBuf>, limit: usize },
    #[error("cannot read the users from {}: {text}", name(list.as_deref()))]
    Utf16 { list: Option<PathBuf>, text: Utf16Text },
    #[error("FILE and USERS are the same file; its hashes would be imported as passwords (use --hashed)")]
    ListIsFile,
    /// The list has no valid header, or another format.
    #[error("line {} of {}: {}", .error.line, name(list.as_deref()), .error.error)]
    List { list: Option<PathBuf>, error: ListError },
    /// Records are invalid, and the call has no `--keep-going`.
    #[error("nothing was written: {invalid} of {records} records are invalid; --keep-going skips them")]
    InvalidRecords { invalid: usize, records: usize },
    #[error("nothing was written: {invalid} of {records} records are invalid; --prune needs a complete list")]
    PruneNeedsAll { invalid: usize, records: usize },
    #[error(
        "nothing was written: {} has no users, and --prune would delete all users of the file",
        name(list.as_deref())
    )]
    PruneAll { list: Option<PathBuf> },
    /// Every password is a hash.
    #[error(
        "nothing was written: every password in {} is a hash; use --hashed to import hashes",
        name(list.as_deref())
    )]
    AllHashes { list: Option<PathBuf> },
    /// `--output` never replaces a file.
    #[error("the file {} exists already; name a new one with --output", Visible::path(.0))]
    OutputExists(PathBuf),
    #[error("--output names the password file; nothing was changed")]
    OutputIsFile,
    #[error("cannot write the passwords to {}: {cause}; nothing was changed", Visible::path(output))]
    OutputNotWritten { output: PathBuf, cause: String },
    #[error(
        "line {line}: the user name is not UTF-8, so JSON cannot contain it; use --output with a name in .csv"
    )]
    NameNotUtf8 { line: usize },
    #[error("cannot hash the passwords: {0}")]
    NotHashed(BulkHashError),
    /// The error of a list that the user types at a terminal.
    #[error(transparent)]
    Input(#[from] PasswordInputError),
}

impl ImportError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::ListIsFile => Exit::Usage,
            Self::Input(error) => error.exit(),
            _ => Exit::Failure,
        }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { .. } => ErrorKind::UnreadableList,
            Self::TooLarge { .. } => ErrorKind::TooLarge,
            Self::Utf16 { .. } | Self::List { .. } | Self::AllHashes { .. } => ErrorKind::InvalidList,
            Self::ListIsFile => ErrorKind::WrongCall,
            Self::InvalidRecords { .. } | Self::PruneNeedsAll { .. } => ErrorKind::RejectedRecords,
            Self::PruneAll { .. } => ErrorKind::EmptyList,
            Self::OutputExists(_) | Self::OutputIsFile => ErrorKind::FileExists,
            Self::OutputNotWritten { .. } => ErrorKind::WriteFailed,
            Self::NameNotUtf8 { .. } => ErrorKind::UnsupportedByFormat,
            Self::NotHashed(_) => ErrorKind::SystemError,
            Self::Input(error) => error.kind(),
        }
    }

    /// The user list that the error is about; `None` for standard input.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Unreadable { list, .. }
            | Self::TooLarge { list, .. }
            | Self::Utf16 { list, .. }
            | Self::List { list, .. }
            | Self::PruneAll { list }
            | Self::AllHashes { list } => list.as_deref(),
            Self::OutputExists(output) | Self::OutputNotWritten { output, .. } => Some(output),
            Self::Input(error) => error.file(),
            _ => None,
        }
    }

    /// The line of the user list that the error is about.
    pub(crate) fn line(&self) -> Option<usize> {
        match self {
            Self::List { error, .. } => Some(error.line),
            Self::NameNotUtf8 { line } => Some(*line),
            _ => None,
        }
    }
}

/// The name of a list in messages.
pub(crate) fn name(list: Option<&Path>) -> String {
    list.map_or_else(|| "standard input".to_owned(), |path| Visible::path(path).to_string())
}

/// The reason why a whole list is rejected, and the line where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListError {
    pub(crate) line: usize,
    pub(crate) error: RowError,
}

/// The reason why a record is invalid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum RowError {
    #[error("no colon between user and {secret}")]
    NoColon { secret: &'static str },
    #[error(transparent)]
    Name(UsernameError),
    #[error("{}", password(*.0))]
    Password(PasswordError),
    #[error("{}", PasswordInputError::PlainWithNewline)]
    PlainWithNewline,
    #[error("{}", PasswordInputError::PlainWithBackslash)]
    PlainWithBackslash,
    #[error("{}", hash(*.0))]
    Hash(HashError),
    /// CSV: the header has not exactly one column for the user and one for the secret.
    #[error(
        "the header needs one column 'user' or 'username'{}",
        match secret {
            Some("password") => " and one column 'password', separated by a comma; with --hashed, 'hash' takes the \
                place of 'password'",
            Some(_) => " and one column 'hash', separated by a comma",
            None => ", and with --generate no column 'password' or 'hash'",
        }
    )]
    Columns { secret: Option<&'static str> },
    /// The list has another format than `lines`, which htpasswd assumes without an option.
    #[error(
        "the list looks like {format}; use {options}, or --import-format lines for {}{}",
        if secret.is_some() { "user:" } else { "one user per line" }, secret.unwrap_or_default()
    )]
    OtherFormat { format: &'static str, options: &'static str, secret: Option<&'static str> },
    /// JSON: the list is an array.
    #[error("the list is a JSON array; write one object per line (jq -c '.[]')")]
    Array,
    /// CSV: the row and the header have different numbers of fields.
    #[error("{found} field{}, but the header has {expected}", if *found == 1 { "" } else { "s" })]
    Fields { found: usize, expected: usize },
    /// CSV: a quotation mark or carriage return where RFC 4180 does not allow it.
    #[error("a quotation mark or carriage return in the wrong place; put the field in quotation marks")]
    Malformed,
    /// JSON: the line is invalid from this byte on.
    #[error("invalid JSON at byte {column} of the line")]
    Json { column: usize },
    #[error("the line is not a JSON object")]
    NotAnObject,
    /// JSON: the member is missing, or its value is not a string.
    #[error("no member '{0}' that is a string")]
    NotAString(&'static str),
    /// JSON: the object has a password or a hash, but the call has `--generate`.
    #[error("the object has a password or a hash; --generate needs a list without them")]
    SuperfluousSecret,
    /// JSON: the object has several members with this name.
    #[error("more than one member '{0}'")]
    DuplicateKey(&'static str),
}

fn password(error: PasswordError) -> String {
    match error {
        PasswordError::Nul => PasswordInputError::Nul.to_string(),
        _ => "the password is too long (> 255 bytes)".to_owned(),
    }
}

fn hash(error: HashError) -> String {
    match error {
        HashError::Locked => "the hash starts with '*' or '!': the user is locked".to_owned(),
        error => error.to_string(),
    }
}
