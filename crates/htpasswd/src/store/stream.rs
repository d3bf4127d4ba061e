//! Reads pipes.
//!
//! Opening a pipe normally waits for the other end. The caller opens the pipe with [`sys::open_path`], which does not
//! wait, and this module makes it wait afterwards, so that a missing other end is an error. It must never block without
//! a limit on a pipe that no program writes to.

use std::fs::File;
use std::io::{self, Read};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{read, sys};

/// The time that a pipe may stay without a writer.
const WRITER_TIMEOUT: Duration = Duration::from_secs(1);

/// Reads a pipe to its end. Waits up to one second for the first writer.
///
/// # Errors
/// `TimedOut` without a writer, and `FileTooLarge` for more than `limit` bytes.
pub(super) fn read_pipe(mut pipe: File, limit: usize) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + WRITER_TIMEOUT;
    let mut bytes = vec![0; 4096];
    let first = loop {
        match pipe.read(&mut bytes) {
            // No program has the pipe open for writing yet.
            Ok(0) if Instant::now() < deadline => sleep(Duration::from_millis(5)),
            Ok(0) => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "no program writes to the pipe"));
            }
            Ok(length) => break length,
            // A program has opened the pipe and not written yet.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break 0,
            Err(error) => return Err(error),
        }
    };
    bytes.truncate(first);
    sys::wait_for_other_end(&pipe)?;
    let mut all = io::Cursor::new(bytes).chain(pipe);
    read::to_end(&mut all, limit)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::thread;

    use rustix::fs::{CWD, FileType, Mode};

    use super::*;

    #[test]
    fn reading_a_pipe_waits_for_a_writer_up_to_the_timeout() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let read = || read_pipe(sys::open_path(&path, sys::Access::Read).unwrap(), usize::MAX);
        let begun = Instant::now();
        assert_eq!(read().unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= WRITER_TIMEOUT);
        thread::scope(|scope| {
            scope.spawn(|| {
                sleep(WRITER_TIMEOUT / 20);
                std::fs::write(&path, "bob:x\n").unwrap();
            });
            assert_eq!(read().unwrap(), b"bob:x\n");
        });
    }
}
