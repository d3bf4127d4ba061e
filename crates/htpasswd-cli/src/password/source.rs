//! Passwords from a file, a file descriptor or an environment variable. Other users of the machine cannot see them
//! there, as they can see the operands of a call.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rustix::io::Errno;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use zeroize::Zeroizing;

use super::error::PasswordInputError;
use super::prompt::{Answer, Terminal, Until};
use crate::limits::MAX_PASSWORD;
use crate::warning::Warning;

/// All of standard input, without its last newline.
pub(super) fn stdin() -> Result<Answer, PasswordInputError> {
    read_all(Terminal::stdin()?)
}

/// All of a file, without its last newline.
pub(super) fn file(path: PathBuf, strict: bool) -> Result<Answer, PasswordInputError> {
    let opened = File::open(&path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = match opened {
        Ok(opened) => opened,
        Err(error) => return Err(PasswordInputError::File(path, error)),
    };
    if metadata.is_file() && metadata.mode() & 0o004 != 0 {
        Warning::PasswordFileIsPublic(path.clone()).emit(strict)?;
    }
    let answer = Terminal::of(file)
        .and_then(read_all)
        .map_err(|error| at(error, |source| PasswordInputError::File(path, source)))?;
    warn_of_lines(answer, strict)
}

/// All that an open file descriptor gives, without its last newline.
pub(super) fn descriptor(number: i32, strict: bool) -> Result<Answer, PasswordInputError> {
    let failed = |source| PasswordInputError::Descriptor { number, source };
    let file = open(number).map_err(failed)?;
    let answer = Terminal::of(file).and_then(read_all).map_err(|error| at(error, failed))?;
    warn_of_lines(answer, strict)
}

/// An environment variable, unchanged. Our copy is wiped. The environment itself stays, because only unsafe code can
/// change it; root and the same user can read it.
pub(super) fn environment(name: OsString, strict: bool) -> Result<Answer, PasswordInputError> {
    let Some(value) = env::var_os(&name) else {
        return Err(PasswordInputError::NoVariable(name.into_vec()));
    };
    let bytes = Zeroizing::new(value.into_vec());
    // A variable for a secret that was not set up is often empty.
    let nothing = bytes.is_empty();
    warn_of_lines(Answer { bytes, nothing }, strict)
}

/// A descriptor of the caller, as our own. The standard library has no safe way from a number to a descriptor; the
/// kernel has one, meant for other processes (`pidfd_getfd(2)`).
fn open(number: i32) -> io::Result<File> {
    let bad = || io::Error::from(Errno::BADF);
    if let Ok(this) = pidfd_open(getpid(), PidfdFlags::empty()) {
        // Nothing was open there before.
        if this.as_raw_fd() == number {
            return Err(bad());
        }
        match pidfd_getfd(&this, number, PidfdGetfdFlags::empty()) {
            Ok(descriptor) => return Ok(descriptor.into()),
            Err(Errno::BADF) => return Err(bad()),
            // Not allowed in some containers, and not known to old kernels.
            Err(_) => {}
        }
    }
    File::open(format!("/proc/self/fd/{number}"))
        .map_err(|error| if error.kind() == io::ErrorKind::NotFound { bad() } else { error })
}

fn read_all(mut input: Terminal) -> Result<Answer, PasswordInputError> {
    // Room for the newline.
    let mut answer = input.ask("", Until::End, MAX_PASSWORD + 2)?;
    if answer.bytes.ends_with(b"\n") {
        answer.bytes.pop();
        if answer.bytes.ends_with(b"\r") {
            answer.bytes.pop();
        }
    }
    Ok(answer)
}

/// The same error, with the place that could not be read.
fn at(error: PasswordInputError, place: impl FnOnce(io::Error) -> PasswordInputError) -> PasswordInputError {
    match error {
        PasswordInputError::Unreadable(error) => place(error),
        other => other,
    }
}

fn warn_of_lines(answer: Answer, strict: bool) -> Result<Answer, PasswordInputError> {
    if answer.bytes.contains(&b'\n') {
        Warning::InputHasLines.emit(strict)?;
    }
    Ok(answer)
}
