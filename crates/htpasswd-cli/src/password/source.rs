//! Passwords that neither stand in the call nor are asked for: other users of the machine do not see them there.

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

use super::prompt::{Answer, Terminal};
use crate::global_options::Warnings;
use crate::messages::{self, Problem, Provisioning, warning};

/// All of a file, less one line end.
pub(super) fn file(path: PathBuf, warnings: Warnings) -> Result<Answer, Problem> {
    let opened = File::open(&path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = match opened {
        Ok(opened) => opened,
        Err(error) => return Err(Provisioning::PasswordFile(path, error).into()),
    };
    if metadata.is_file() && metadata.mode() & 0o004 != 0 {
        warnings.warn(&messages::readable_by_others(&path))?;
    }
    let answer =
        read_all(file).map_err(|problem| at(problem, |error| Provisioning::PasswordFile(path, error)))?;
    one_line(answer, warnings)
}

/// All that comes from an open file descriptor, less one line end.
pub(super) fn descriptor(number: i32, warnings: Warnings) -> Result<Answer, Problem> {
    let failed = |error| Provisioning::PasswordFd(number, error);
    let file = open(number).map_err(failed)?;
    let answer = read_all(file).map_err(|problem| at(problem, failed))?;
    one_line(answer, warnings)
}

/// An environment variable, as it is. Our copy is wiped; the environment itself stays, as it can only be changed by
/// unsafe code. It is seen by root and by the same user only.
pub(super) fn environment(name: OsString, warnings: Warnings) -> Result<Answer, Problem> {
    let Some(value) = env::var_os(&name) else {
        return Err(Provisioning::NoVariable(name.into_vec()).into());
    };
    let bytes = Zeroizing::new(value.into_vec());
    // A secret that was not set up is often there as an empty one.
    let nothing = bytes.is_empty();
    one_line(Answer { bytes, nothing }, warnings)
}

/// A descriptor of the caller's, as our own. The standard library has no safe way from a number to a descriptor; the
/// kernel has one, as if it were another process's.
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

fn read_all(file: File) -> Result<Answer, Problem> {
    super::read_all(Terminal::of(file)?)
}

/// Says from where the password could not be read.
fn at(problem: Problem, place: impl FnOnce(io::Error) -> Provisioning) -> Problem {
    match problem {
        Problem::Unreadable(error) => place(error).into(),
        other => other,
    }
}

fn one_line(answer: Answer, warnings: Warnings) -> Result<Answer, Problem> {
    if answer.bytes.contains(&b'\n') {
        warnings.warn(&warning("the password contains a line break; all that is there is one password."))?;
    }
    Ok(answer)
}
