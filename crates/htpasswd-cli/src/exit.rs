//! Every exit code of the command: those of Apache's tool, and one more.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Success = 0,
    /// A file, a pipe or the system did not do what was needed.
    Failure = 1,
    /// The call itself is wrong.
    Usage = 2,
    /// A wrong password, or two different ones at the prompts.
    Mismatch = 3,
    /// Ctrl-C at a prompt.
    Interrupted = 4,
    /// A name or password is too long.
    TooLong = 5,
    /// A user name that cannot be, or is not there.
    User = 6,
    /// Not a password file, or a record without a hash, or a file was checked and has errors.
    InvalidFile = 7,
    /// A file was checked, and there is nothing worse than warnings. Not one of Apache's.
    Warnings = 8,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
