//! Pipes and devices: opened without waiting for the other end, then used like any file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::read;

/// How long a pipe may stay without anybody who writes to it.
const WRITER_TIMEOUT: Duration = Duration::from_secs(1);

/// Opens without waiting: a pipe that nobody reads is an error at once.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed()).open(path)
}

/// From here on, reading and writing wait.
pub(super) fn blocking(file: File) -> io::Result<File> {
    let status = rustix::fs::fcntl_getfl(&file)?;
    rustix::fs::fcntl_setfl(&file, status - OFlags::NONBLOCK)?;
    Ok(file)
}

/// Reads a pipe to its end, but at most `limit` bytes. It may take a moment until a writer comes.
pub(super) fn read_pipe(mut pipe: File, limit: usize) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + WRITER_TIMEOUT;
    let mut bytes = vec![0; 4096];
    let first = loop {
        match pipe.read(&mut bytes) {
            // No writer (yet).
            Ok(0) if Instant::now() < deadline => sleep(Duration::from_millis(5)),
            Ok(0) => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody writes to this pipe"));
            }
            Ok(length) => break length,
            // A writer that has not written yet.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break 0,
            Err(error) => return Err(error),
        }
    };
    bytes.truncate(first);
    let mut all = io::Cursor::new(bytes).chain(blocking(pipe)?);
    read::to_end(&mut all, limit)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use rustix::fs::{CWD, FileType, Mode};

    use super::*;

    #[test]
    fn a_writer_may_come_a_moment_later() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let read = || read_pipe(open(&path, OpenOptions::new().read(true)).unwrap(), usize::MAX);
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
