//! Reads the bytes of a user list.
//!
//! [`read`] returns the list in one buffer that is wiped later. This module must never leave another copy of the list
//! in memory.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::ImportError;
use crate::os;
use crate::password::error::PasswordInputError;
use crate::password::prompt::{Terminal, Until};

/// The first size of the buffer, in bytes, if the size of the input is unknown.
const FIRST_SIZE: usize = 64 * 1024;

/// Reads the file, or standard input, to its end. Fails if it has more than `limit` bytes, or if it is the file
/// `excluded`.
pub(crate) fn read(
    users: Option<&Path>,
    excluded: Option<&Path>,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let failed = |source: io::Error| {
        let list = users.map(Path::to_owned);
        match source.kind() {
            ErrorKind::FileTooLarge => ImportError::TooLarge { list, limit },
            _ => ImportError::Unreadable { list, source },
        }
    };
    if users.is_none() && io::stdin().is_terminal() {
        let question = "Users, one per line (not shown; end with Ctrl-D):\n";
        return match Terminal::stdin()?.ask(question, Until::End, limit) {
            Err(PasswordInputError::TooLong) => Err(failed(ErrorKind::FileTooLarge.into())),
            answer => Ok(answer?.bytes),
        };
    }
    let list = match users {
        Some(path) => File::open(path).map_err(failed)?,
        None => os::stdin().map_err(failed)?,
    };
    if excluded.is_some_and(|excluded| is_same(&list, excluded)) {
        return Err(ImportError::ListIsFile);
    }
    read_all(list, limit).map_err(failed)
}

fn is_same(open: &File, path: &Path) -> bool {
    open.metadata().is_ok_and(|metadata| metadata.is_file()) && os::is_open_file(open, path)
}

fn read_all(mut file: File, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // A pipe of Windows has no metadata.
    let expected = file.metadata().map_or(0, |metadata| metadata.len());
    let expected = usize::try_from(expected).unwrap_or(usize::MAX);
    if expected > limit {
        return Err(ErrorKind::FileTooLarge.into());
    }
    // With one more byte than the file has, the buffer does not have to grow to find the end.
    let mut buffer = zeroed((expected + 1).max(FIRST_SIZE))?;
    let mut length = 0;
    loop {
        if length > limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
        if length == buffer.len() {
            // The buffer is never grown in place, because that would leave a copy in memory.
            let mut larger = zeroed(length.saturating_mul(2).min(limit + 1))?;
            larger[..length].copy_from_slice(&buffer);
            buffer = larger;
        }
        match file.read(&mut buffer[length..]) {
            Ok(0) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Ok(more) => length += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A buffer of zeros. If there is not enough memory, the function returns an error, while `vec!` would end the program.
fn zeroed(size: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(size).map_err(|_| ErrorKind::OutOfMemory)?;
    buffer.resize(size, 0);
    Ok(Zeroizing::new(buffer))
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, Seek, Write};

    use super::*;

    /// The file of one end of a pipe.
    #[cfg(unix)]
    fn as_file(pipe: PipeReader) -> File {
        std::os::fd::OwnedFd::from(pipe).into()
    }

    #[cfg(windows)]
    fn as_file(pipe: PipeReader) -> File {
        std::os::windows::io::OwnedHandle::from(pipe).into()
    }

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|index| index.to_le_bytes()[index % 3]).collect()
    }

    #[test]
    fn a_file_is_read_from_its_current_position() {
        for length in [0, 1, FIRST_SIZE - 1, FIRST_SIZE, FIRST_SIZE + 1, 3 * FIRST_SIZE] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes(length)).unwrap();
            file.rewind().unwrap();
            let copy = file.try_clone().unwrap();
            assert_eq!(*read_all(copy, usize::MAX - 1).unwrap(), bytes(length), "{length}");
            assert_eq!(*read_all(file, usize::MAX - 1).unwrap(), b"", "{length}");
        }
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        for length in [0, 1, FIRST_SIZE, 5 * FIRST_SIZE + 7] {
            let (reader, mut writer) = io::pipe().unwrap();
            let thread = std::thread::spawn(move || writer.write_all(&bytes(length)).unwrap());
            assert_eq!(*read_all(as_file(reader), usize::MAX - 1).unwrap(), bytes(length), "{length}");
            thread.join().unwrap();
        }
    }

    #[test]
    fn a_list_may_be_as_long_as_the_limit() {
        for limit in [0, 1, FIRST_SIZE - 1, FIRST_SIZE, FIRST_SIZE + 1, 3 * FIRST_SIZE] {
            for (length, fits) in [(limit, true), (limit + 1, false), (2 * limit + 1, false)] {
                let mut file = tempfile::tempfile().unwrap();
                file.write_all(&bytes(length)).unwrap();
                file.rewind().unwrap();
                let (reader, mut writer) = io::pipe().unwrap();
                // The writer gets an error if the reader stops at the limit.
                let thread = std::thread::spawn(move || drop(writer.write_all(&bytes(length))));
                for read in [read_all(file, limit), read_all(as_file(reader), limit)] {
                    match read {
                        Ok(list) => assert!(fits && *list == bytes(length), "{limit} {length}"),
                        Err(error) => assert_eq!((fits, error.kind()), (false, ErrorKind::FileTooLarge)),
                    }
                }
                thread.join().unwrap();
            }
        }
    }

    #[test]
    fn a_buffer_that_does_not_fit_memory_is_an_error() {
        assert_eq!(zeroed(usize::MAX).unwrap_err().kind(), ErrorKind::OutOfMemory);
    }
}
