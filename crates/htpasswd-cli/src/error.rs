//! All errors of the program in one type.
//!
//! Each module defines its own errors with their messages. A command returns an [`Error`](enum@Error), and `main` prints it and
//! exits with its exit code.

use std::borrow::Cow;

use htpasswd::hash::LimitExceeded;
use htpasswd::store::StoreError;
use thiserror::Error;

use crate::args::error::WrongCall;
use crate::escape::{ShownUser, Visible};
use crate::exit::Exit;
use crate::export::FormatError;
use crate::import::error::ImportError;
use crate::limits::explain;
use crate::output::{self, OutputError};
use crate::password::error::PasswordInputError;
use crate::target::error::TargetError;
use crate::warning::StrictError;

/// Why a command failed.
#[derive(Debug, Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Usage(#[from] WrongCall),
    #[error(transparent)]
    Password(#[from] PasswordInputError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Strict(#[from] StrictError),
    /// `-v` was called with a wrong password.
    #[error("password verification failed")]
    WrongPassword,
    /// `-v` was called for a user whose hash matches no password.
    #[error("password verification failed: {0}")]
    NoMatch(Cow<'static, str>),
    /// `-v` was called for a user whose hash is above the limits.
    #[error("password verification failed: {}", explain(*.0))]
    NotVerified(LimitExceeded),
    /// A command must compare a password with a hash that is above the limits.
    #[error("cannot compare the password of user {}: {}", Visible(.0), explain(*.1))]
    NotCompared(Vec<u8>, LimitExceeded),
    #[error("Empty hash for user {}", Visible(.0))]
    EmptyHash(Vec<u8>),
    #[error("unknown group '{}'; 'getent group' lists the groups", Visible(.0))]
    UnknownGroup(Vec<u8>),
    #[error("User {} not found", Visible(.0))]
    UserNotFound(Vec<u8>),
    /// The second operand of `--check` is neither a file nor a user.
    #[error("{}", no_file_or_user(.word, .file, .similar.as_deref()))]
    NoFileOrUser { word: Vec<u8>, file: Vec<u8>, similar: Option<Vec<u8>> },
    /// The command set a generated password, but could not print it.
    #[error("the generated password was set, but could not be printed; set another password")]
    PasswordLost(OutputError),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Target(error.into())
    }
}

impl Error {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage(error) => error.exit(),
            Self::Password(error) => error.exit(),
            Self::Import(error) => error.exit(),
            Self::Target(error) => error.exit(),
            Self::Format(_) | Self::UnknownGroup(_) => Exit::Usage,
            Self::Output(_) | Self::Strict(_) | Self::NotCompared(..) | Self::PasswordLost(_) => {
                Exit::Failure
            }
            Self::WrongPassword | Self::NoMatch(_) | Self::NotVerified(_) => Exit::Mismatch,
            Self::EmptyHash(_) => Exit::InvalidFile,
            Self::UserNotFound(_) | Self::NoFileOrUser { .. } => Exit::User,
        }
    }

    /// Prints the error on standard error. Some errors are without the program's name, as in Apache's tool.
    pub(crate) fn print(&self) {
        match self {
            Self::Usage(error) => error.print(),
            Self::Password(PasswordInputError::Interrupted)
            | Self::Import(ImportError::Input(PasswordInputError::Interrupted)) => {}
            Self::Password(PasswordInputError::TooLongToVerify)
            | Self::WrongPassword
            | Self::NoMatch(_)
            | Self::NotVerified(_)
            | Self::EmptyHash(_)
            | Self::UserNotFound(_) => output::eprintln(self),
            Self::PasswordLost(cause) => {
                output::eprint_error(cause);
                output::eprint_error(self);
            }
            _ => output::eprint_error(self),
        }
    }
}

fn no_file_or_user(word: &[u8], file: &[u8], similar: Option<&[u8]>) -> String {
    let (word, file) = (Visible(word), Visible(file));
    let hint = similar.map_or(String::new(), |name| format!("; did you mean {}?", ShownUser(name)));
    format!("there is no file '{word}' and no user '{word}' in {file}{hint}")
}
