//! The exit codes of the program, and the kinds of its errors in JSON.
//!
//! Each error type has a method `exit` and a method `kind`. Scripts depend on both, so a code and a name must never
//! change.

use std::process::ExitCode;

use serde::Serialize;

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

/// The kind of an error in JSON. It is finer than the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ErrorKind {
    /// The options or operands are wrong.
    WrongCall,
    /// The machine has no such group.
    UnknownGroup,
    /// A name, a path or a password is too long.
    TooLong,
    InvalidUserName,
    /// The password cannot be used, for example because it contains a NUL byte.
    InvalidPassword,
    /// The two answers at the prompts differ.
    PasswordMismatch,
    /// The source of the password is empty or missing.
    NoPassword,
    UnreadablePassword,
    /// The user pressed Ctrl-C at a prompt.
    Interrupted,
    /// `--strict` treats a warning as an error.
    StrictWarning,
    UnreadableList,
    /// The whole user list is wrong, for example because it has another format.
    InvalidList,
    /// Some records of the user list are invalid.
    RejectedRecords,
    /// The user list has no users.
    EmptyList,
    FileNotFound,
    /// The file cannot be opened, created or read.
    FileNotAccessible,
    /// The file or its backup exists, and must not be replaced.
    FileExists,
    /// Another program has locked the file or keeps changing it.
    FileBusy,
    /// The system cannot lock the file.
    LockFailed,
    /// A file, a list or a manifest is above the limits.
    TooLarge,
    /// The file is not a password file.
    InvalidFile,
    /// The user has no hash.
    EmptyHash,
    InvalidManifest,
    WriteFailed,
    /// The format of the output cannot contain the record.
    UnsupportedByFormat,
    UserNotFound,
    WrongPassword,
    /// No password matches the hash, or htpasswd does not know its scheme.
    UnverifiableHash,
    HashAboveLimits,
    /// Standard output cannot be written.
    OutputLost,
    /// The generated password was set, but not printed.
    PasswordLost,
    /// The generated passwords were handed out, but the file could not be changed.
    PasswordsNotInForce,
    /// The operating system returned no random bytes or no threads.
    SystemError,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_all_kinds_of_errors() {
        let schema = include_str!("../../../docs/schemas/output.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
        let listed = &schema["$defs"]["error"]["properties"]["kind"]["enum"];
        // The error of serde names all variants, each between backticks.
        let error = serde_json::from_str::<ErrorKind>("\"other\"").unwrap_err().to_string();
        let kinds: Vec<_> = error.split('`').skip(3).step_by(2).collect();
        assert!(kinds.len() > 20, "{error}");
        assert_eq!(*listed, serde_json::json!(kinds));
    }
}
