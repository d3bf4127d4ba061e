//! The exit codes of the program.

use std::process::ExitCode;

/// The exit codes of Apache's tool, and [`Exit::Warnings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Success = 0,
    /// A file, a pipe or the operating system failed.
    Failure = 1,
    /// The options or operands are wrong.
    Usage = 2,
    /// The password is wrong, or the two answers at the prompts differ.
    Mismatch = 3,
    /// The user pressed Ctrl-C at a prompt.
    Interrupted = 4,
    /// A name, a path or a password is too long.
    TooLong = 5,
    /// The user name is invalid, or the user does not exist.
    User = 6,
    /// The file is not a password file, a record has no hash, or `--check` found errors.
    InvalidFile = 7,
    /// `--check` found warnings only. Apache's tool never exits with this code.
    Warnings = 8,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
