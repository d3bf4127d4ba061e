//! Reads passwords from standard input, a file, a file descriptor or an environment variable.
//!
//! Other users of the machine can see the operands of a call, but they cannot see a password in these sources.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::PasswordInputError;
use super::prompt::{Answer, Terminal, Until};
use crate::encoding::Utf16Text;
use crate::escape::Visible;
use crate::limits::MAX_PASSWORD;
use crate::os;
use crate::warning::Warning;

/// Reads all of standard input, without its last newline.
pub(super) fn stdin() -> Result<Answer, PasswordInputError> {
    read_all(Terminal::stdin()?, None, String::new)
}

/// Reads a whole file, without its last newline.
pub(super) fn file(path: PathBuf, strict: bool) -> Result<Answer, PasswordInputError> {
    let opened = File::open(&path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = match opened {
        Ok(opened) => opened,
        Err(error) => return Err(PasswordInputError::File(path, error)),
    };
    if metadata.is_file() && os::permissions(&metadata).mode & 0o004 != 0 && !is_mounted_secret(&file, &path)
    {
        Warning::PasswordFileIsPublic(path.clone()).emit(strict)?;
    }
    Terminal::from_file(file)
        .and_then(|input| read_all(input, Some(&path), || format!(" from {}", Visible::path(&path))))
        .map_err(|error| with_source(error, |source| PasswordInputError::File(path, source)))
}

/// Returns true for a secret that Docker or Kubernetes mounts. The platform sets the mode 0444 and keeps the file in the
/// container, so the user can neither change the mode nor leak the file by it.
fn is_mounted_secret(file: &File, path: &Path) -> bool {
    let is_in_place = || {
        let path = path.canonicalize().unwrap_or_default();
        path.starts_with("/run/secrets") || path.starts_with("/var/run/secrets")
    };
    os::is_on_read_only_mount(file) || (os::is_on_tmpfs(file) && is_in_place())
}

/// Reads an open file descriptor to its end, without the last newline.
pub(super) fn descriptor(number: i32) -> Result<Answer, PasswordInputError> {
    let failed = |source| PasswordInputError::Descriptor { number, source };
    let file = os::open_descriptor(number).map_err(failed)?;
    Terminal::from_file(file)
        .and_then(|input| read_all(input, None, || format!(" from file descriptor {number}")))
        .map_err(|error| with_source(error, failed))
}

/// Reads an environment variable and returns its unchanged value. The environment keeps the password, because only
/// unsafe code could remove it. Only root and the same user can read the environment.
pub(super) fn environment(name: OsString) -> Result<Answer, PasswordInputError> {
    let Some(value) = env::var_os(&name) else {
        return Err(PasswordInputError::NoVariable(name.into_encoded_bytes()));
    };
    let bytes = Zeroizing::new(value.into_encoded_bytes());
    // An empty variable is a missing password: often it is the result of a secret that does not exist.
    let is_missing = bytes.is_empty();
    Ok(Answer { bytes, is_missing })
}

/// Reads the whole input, and removes its last newline. `file` and `place` are for the error about UTF-16.
fn read_all(
    mut input: Terminal,
    file: Option<&Path>,
    place: impl FnOnce() -> String,
) -> Result<Answer, PasswordInputError> {
    // The limit does not count the newline.
    let mut answer = input.ask("", Until::End, MAX_PASSWORD + 2)?;
    if let Some(text) = Utf16Text::detect(&answer.bytes, file) {
        return Err(PasswordInputError::Utf16 { place: place(), text });
    }
    if answer.bytes.ends_with(b"\n") {
        answer.bytes.pop();
        if answer.bytes.ends_with(b"\r") {
            answer.bytes.pop();
        }
    }
    Ok(answer)
}

/// Returns the error. If the input could not be read, `wrap` adds the source of the password to the error.
fn with_source(
    error: PasswordInputError,
    wrap: impl FnOnce(io::Error) -> PasswordInputError,
) -> PasswordInputError {
    match error {
        PasswordInputError::Unreadable(error) => wrap(error),
        other => other,
    }
}
