//! All errors of the program in one type.
//!
//! Each module defines its own errors with their messages. A command returns an [`Error`](enum@Error), and `main` prints it and
//! exits with its exit code.

use std::borrow::Cow;
use std::path::PathBuf;

use htpasswd::hash::LimitExceeded;
use htpasswd::store::StoreError;
use thiserror::Error;

use crate::args::error::WrongCall;
use crate::escape::{ShownUser, Visible};
use crate::exit::{ErrorKind, Exit};
use crate::export::FormatError;
use crate::import::error::ImportError;
use crate::limits::explain;
use crate::output::{self, OutputError};
use crate::password::error::PasswordInputError;
use crate::report::json::{self, ErrorReport, Failure, NoReport};
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
    /// The passwords were handed out, but the password file could not be changed.
    #[error(
        "{cause}; no user has the passwords {}",
        output.as_ref().map_or_else(|| "that were printed".to_owned(), |path| format!("in {}", Visible::path(path)))
    )]
    NotInForce { output: Option<PathBuf>, cause: Box<Error> },
    /// An import wrote nothing. With `--json`, it has printed its report together with this error.
    #[error("{0}")]
    Reported(ImportError),
    /// JSON cannot contain the record of `-n`.
    #[error("JSON cannot contain a record that is not UTF-8; omit --json")]
    RecordNotUtf8,
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
            Self::Import(error) | Self::Reported(error) => error.exit(),
            Self::Target(error) => error.exit(),
            Self::Format(_) | Self::UnknownGroup(_) | Self::RecordNotUtf8 => Exit::Usage,
            Self::Output(_) | Self::Strict(_) | Self::NotCompared(..) | Self::PasswordLost(_) => {
                Exit::Failure
            }
            Self::WrongPassword | Self::NoMatch(_) | Self::NotVerified(_) => Exit::Mismatch,
            Self::NotInForce { cause, .. } => cause.exit(),
            Self::EmptyHash(_) => Exit::InvalidFile,
            Self::UserNotFound(_) | Self::NoFileOrUser { .. } => Exit::User,
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Usage(error) => error.kind(),
            Self::Password(error) => error.kind(),
            Self::Import(error) | Self::Reported(error) => error.kind(),
            Self::Target(error) => error.kind(),
            Self::Format(_) | Self::RecordNotUtf8 => ErrorKind::UnsupportedByFormat,
            Self::Output(_) => ErrorKind::OutputLost,
            Self::Strict(_) => ErrorKind::StrictWarning,
            Self::WrongPassword => ErrorKind::WrongPassword,
            Self::NoMatch(_) => ErrorKind::UnverifiableHash,
            Self::NotVerified(_) | Self::NotCompared(..) => ErrorKind::HashAboveLimits,
            Self::EmptyHash(_) => ErrorKind::EmptyHash,
            Self::UnknownGroup(_) => ErrorKind::UnknownGroup,
            Self::UserNotFound(_) | Self::NoFileOrUser { .. } => ErrorKind::UserNotFound,
            Self::NotInForce { .. } => ErrorKind::PasswordsNotInForce,
            Self::PasswordLost(_) => ErrorKind::PasswordLost,
        }
    }

    /// The error for JSON. It contains no operand that may be a password.
    pub(crate) fn report(&self) -> ErrorReport {
        let (file, line) = match self {
            Self::Password(error) => (error.file(), None),
            Self::Import(error) | Self::Reported(error) => (error.file(), error.line()),
            Self::Target(error) => (error.file(), error.line()),
            Self::NotInForce { output, .. } => (output.as_deref(), None),
            _ => (None, None),
        };
        let message = match self {
            Self::Usage(error) => json::message(&error.without_operands()),
            error => json::message(error),
        };
        let file = file.map(json::path_text);
        ErrorReport { kind: self.kind(), exit: self.exit(), message, file, line }
    }

    /// The error as a line of JSON, for a command without another result.
    pub(crate) fn to_line(&self) -> String {
        json::to_line(&Failure { report: NoReport {}, error: self.report() })
    }

    /// Prints the error on standard error and, if the call asks for JSON, also on standard output.
    pub(crate) fn print(&self) {
        self.eprint();
        let is_printable = !matches!(
            self,
            Self::Reported(_)
                | Self::Output(_)
                | Self::PasswordLost(_)
                | Self::Target(TargetError::Output(_))
        );
        if is_printable && json::is_wanted() {
            // The error is on standard error in any case.
            let _ = output::print_or_report(self.to_line().as_bytes());
        }
    }

    /// Prints the error on standard error. Some errors are without the program's name, as in Apache's tool.
    fn eprint(&self) {
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
