//! The errors of reading and of hashing a password. A message must never contain a password.

use std::io;
use std::path::{Path, PathBuf};

use htpasswd::hash::HashError;
use thiserror::Error;

use crate::encoding::Utf16Text;
use crate::escape::Visible;
use crate::exit::{ErrorKind, Exit};
use crate::output::reason;
use crate::warning::StrictError;

/// The reason why no password was read, or why the password could not be hashed.
#[derive(Debug, Error)]
pub(crate) enum PasswordInputError {
    #[error("password too long (>256)")]
    TooLong,
    /// A password to verify is too long. Apache's tool prints this message without the name of the program.
    #[error("password too long (>256)")]
    TooLongToVerify,
    #[error("the password contains a NUL byte; servers would cut it there")]
    Nul,
    /// The two answers at the prompts differ.
    #[error("password verification error")]
    Mismatch,
    /// The input ended without any byte.
    #[error("no password was given: the input ended too early")]
    NoInput,
    /// The user pressed Ctrl-C at a prompt. The program ends without a message.
    #[error("interrupted")]
    Interrupted,
    /// Standard input or the terminal cannot be read.
    #[error("cannot read the password: {}", reason(.0))]
    Unreadable(#[from] io::Error),
    /// The answer at a prompt is not UTF-8.
    #[error("cannot read the password: the answer is not UTF-8 (use -i or --password-file)")]
    NotUtf8,
    #[error("cannot read the password from {}: {}", Visible::path(.0), reason(.1))]
    File(PathBuf, io::Error),
    #[error("cannot read the password from file descriptor {number}: {}", reason(source))]
    Descriptor { number: i32, source: io::Error },
    /// The password is UTF-16. The place is empty, or starts with " from".
    #[error("cannot read the password{place}: {text}")]
    Utf16 { place: String, text: Utf16Text },
    #[error("the environment variable {} is not set", Visible(.0))]
    NoVariable(Vec<u8>),
    #[error("the operating system returned no random bytes")]
    NoRandom,
    #[error("a plain-text password cannot contain a line break; it would start another record")]
    PlainWithNewline,
    #[error("a plain-text password cannot end in a backslash; Apache httpd would join the next record to it")]
    PlainWithBackslash,
    #[error(transparent)]
    Strict(#[from] StrictError),
}

impl From<HashError> for PasswordInputError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::NotPlain => Self::PlainWithNewline,
            HashError::TrailingBackslash => Self::PlainWithBackslash,
            _ => Self::NoRandom,
        }
    }
}

impl PasswordInputError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::TooLong | Self::TooLongToVerify => Exit::TooLong,
            // UTF-16 contains NUL bytes, which are rejected in any case.
            Self::Nul | Self::Utf16 { .. } | Self::PlainWithNewline | Self::PlainWithBackslash => Exit::Usage,
            Self::Mismatch => Exit::Mismatch,
            Self::Interrupted => Exit::Interrupted,
            _ => Exit::Failure,
        }
    }
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::TooLong | Self::TooLongToVerify => ErrorKind::TooLong,
            Self::Nul
            | Self::NotUtf8
            | Self::Utf16 { .. }
            | Self::PlainWithNewline
            | Self::PlainWithBackslash => ErrorKind::InvalidPassword,
            Self::Mismatch => ErrorKind::PasswordMismatch,
            Self::NoInput | Self::NoVariable(_) => ErrorKind::NoPassword,
            Self::Interrupted => ErrorKind::Interrupted,
            Self::Unreadable(_) | Self::File(..) | Self::Descriptor { .. } => ErrorKind::UnreadablePassword,
            Self::NoRandom => ErrorKind::SystemError,
            Self::Strict(_) => ErrorKind::StrictWarning,
        }
    }

    /// The file that the error is about.
    pub(crate) fn file(&self) -> Option<&Path> {
        if let Self::File(path, _) = self { Some(path) } else { None }
    }
}
