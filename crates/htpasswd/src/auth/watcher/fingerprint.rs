//! The metadata of a file by which a watcher decides whether the file has changed.
//!
//! Two different states of a file must never have equal fingerprints, so a fingerprint counts only after the clock of
//! the file system has ticked since the last change.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::store::sys::{self, FileTime, Identity, Times};
use crate::store::{StoreError, StoreOperation};

/// The longest time between two ticks of a clock that stamps files.
pub(super) const TICK: Duration = Duration::from_millis(50);
/// The tick of file systems whose times have no fractions of a second.
const COARSE_TICK: Duration = Duration::from_secs(2);

/// A check looks this many times for a file before the file counts as missing.
pub(super) const ATTEMPTS: usize = 10;

/// The metadata of a file that changes with its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint {
    pub(super) identity: Identity,
    pub(super) length: u64,
    /// The modification time (mtime).
    pub(super) modified: FileTime,
    /// The change time (ctime). No program can set it.
    pub(super) changed: FileTime,
}

impl Fingerprint {
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let failed = |source: io::Error| StoreError::Io {
            operation: StoreOperation::Open,
            path: path.to_owned(),
            source,
        };
        let metadata = retry_not_found(|| fs::metadata(path).map_err(failed))?;
        if !metadata.is_file() {
            return Err(StoreError::NotAFile(path.to_owned()));
        }
        let Times { modified, changed, .. } = sys::times(&metadata);
        let identity = sys::identity_at(path, &metadata).map_err(failed)?;
        Ok(Self { identity, length: metadata.len(), modified, changed })
    }

    /// Returns `None` if the fingerprint was taken within one tick after the last change, because another change
    /// within the tick could leave an equal fingerprint.
    pub(super) fn if_settled(self, taken: SystemTime) -> Option<Self> {
        let [seconds, nanoseconds] = self.changed;
        let tick = if nanoseconds == 0 { COARSE_TICK } else { TICK };
        let since = Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanoseconds).ok()?);
        let changed = UNIX_EPOCH.checked_add(since)?;
        // A change time in the future comes from the clock of another machine.
        let apart = taken.duration_since(changed).unwrap_or_else(|ahead| ahead.duration());
        (apart > tick).then_some(self)
    }
}

/// Calls `attempt` again while it finds no file: the path may have led over a link into a directory that was just
/// being replaced.
pub(super) fn retry_not_found<T>(
    mut attempt: impl FnMut() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    for _ in 1..ATTEMPTS {
        match attempt() {
            Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => {}
            result => return result,
        }
    }
    attempt()
}
