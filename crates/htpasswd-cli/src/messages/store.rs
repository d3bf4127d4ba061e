//! What went wrong with the password file.

use std::path::Path;

use htpasswd::{StoreError, StoreOperation};

use super::{limits, manifest, path, reason};
use crate::store::trouble;

const IN_THE_WAY: &str = "something is in the way: it is no regular file, or it is out of reach";

/// While users were changed.
pub(super) fn update(error: &StoreError, program: &[u8]) -> Vec<u8> {
    said(error, program, "cannot modify file", "; use '-c' to create it")
}

/// While it was made.
pub(super) fn create(error: &StoreError, program: &[u8]) -> Vec<u8> {
    said(error, program, "cannot create file", "")
}

fn said(error: &StoreError, program: &[u8], absent: &str, advice: &str) -> Vec<u8> {
    let sentence = |what: &str, file: &Path, rest: &str, why: Option<String>| {
        let cause = why.map(|why| format!(": {why}")).unwrap_or_default();
        [program, b": ", what.as_bytes(), b" ", &path(file), rest.as_bytes(), cause.as_bytes(), b"\n"]
            .concat()
    };
    if let Some((file, trouble)) = trouble(error) {
        return manifest::trouble(file, trouble, program);
    }
    match error {
        StoreError::InvalidLine { path, line } => invalid_file(path, *line, program),
        StoreError::Io { operation: StoreOperation::Open, path, source }
            if source.kind() == std::io::ErrorKind::NotFound =>
        {
            sentence(absent, path, advice, None)
        }
        StoreError::Io { operation, path, source } => {
            let (what, rest, outcome) = match operation {
                StoreOperation::Open => ("cannot open file", " for read/write access", ""),
                StoreOperation::Read => ("unable to read file", "", ""),
                StoreOperation::Create => (absent, advice, ""),
                StoreOperation::Lock => ("cannot lock file", "", ""),
                StoreOperation::Recover => ("cannot finish an earlier change of file", "", ""),
                _ => ("unable to update file", "", "; the users in it are as before"),
            };
            sentence(what, path, rest, Some(reason(source) + outcome))
        }
        StoreError::NotAFile(path) => sentence(absent, path, advice, Some(IN_THE_WAY.to_owned())),
        StoreError::Exists(path) => sentence(
            "file",
            path,
            " is there already and stays as it is; without '-c', users are added to it",
            None,
        ),
        StoreError::Locked(path) => {
            sentence("cannot lock file", path, "; another program has locked it, try again later", None)
        }
        StoreError::TooLarge { path: file, limit } => limits::too_large("", &path(file), *limit, program),
        StoreError::Unstable(path) => sentence(
            "cannot update file",
            path,
            "; another program keeps replacing it, try again later",
            None,
        ),
        other => [program, b": ", other.to_string().as_bytes(), b"\n"].concat(),
    }
}

/// `-v` writes nothing, so a missing file is one that cannot be read.
pub(super) fn verify(error: &StoreError, program: &[u8]) -> Vec<u8> {
    match error {
        StoreError::Io { operation: StoreOperation::Open, path: file, source } => {
            unreadable(file, &reason(source), program)
        }
        other => update(other, program),
    }
}

/// The same where it is no call of Apache's tool: nobody is told to make what is no file.
pub(super) fn look(error: &StoreError, program: &[u8]) -> Vec<u8> {
    match error {
        StoreError::NotAFile(file) => unreadable(file, IN_THE_WAY, program),
        other => verify(other, program),
    }
}

fn unreadable(file: &Path, why: &str, program: &[u8]) -> Vec<u8> {
    [program, b": cannot open file ", &path(file), b" for read access: ", why.as_bytes(), b"\n"].concat()
}

fn invalid_file(file: &Path, line: usize, program: &[u8]) -> Vec<u8> {
    let why = format!(": line {line} has no colon; the file is untouched\n");
    [program, b": The file ", &path(file), b" does not appear to be a valid htpasswd file", why.as_bytes()]
        .concat()
}
