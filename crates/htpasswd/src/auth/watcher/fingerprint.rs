//! What a file looks like from outside, so that a watcher can tell whether it has to be read again.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::store::{StoreError, StoreOperation};

/// A clock that stamps files ticks this often, at worst.
pub(super) const TICK: Duration = Duration::from_millis(50);
/// One that knows no fractions of a second, as some file systems have it.
const COARSE_TICK: Duration = Duration::from_secs(2);

/// How often a file is looked for before it is gone.
pub(super) const ATTEMPTS: usize = 10;

/// What a file looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) length: u64,
    /// In seconds and nanoseconds, as is the other.
    pub(super) modified: [i64; 2],
    /// No program can set this one.
    pub(super) changed: [i64; 2],
}

impl Fingerprint {
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let failed = |source: io::Error| StoreError::Io {
            operation: StoreOperation::Open,
            path: path.to_owned(),
            source,
        };
        let metadata = again(|| fs::metadata(path).map_err(failed))?;
        if !metadata.is_file() {
            return Err(StoreError::NotAFile(path.to_owned()));
        }
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: [metadata.mtime(), metadata.mtime_nsec()],
            changed: [metadata.ctime(), metadata.ctime_nsec()],
        })
    }

    /// Nothing if it was taken within a tick after the last change: another change within that tick could look
    /// just like it.
    pub(super) fn if_settled(self, taken: SystemTime) -> Option<Self> {
        let [seconds, nanoseconds] = self.changed;
        let tick = if nanoseconds == 0 { COARSE_TICK } else { TICK };
        let since = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
        let changed = UNIX_EPOCH.checked_add(since)?;
        // One that lies ahead is that of another machine's clock.
        let apart = taken.duration_since(changed).unwrap_or_else(|ahead| ahead.duration());
        (apart > tick).then_some(self)
    }
}

/// Tries again while nothing is found: a path that leads over links may have been followed into a directory
/// that was on its way out.
pub(super) fn again<T>(mut look: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    for _ in 1..ATTEMPTS {
        match look() {
            Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => {}
            result => return result,
        }
    }
    look()
}
