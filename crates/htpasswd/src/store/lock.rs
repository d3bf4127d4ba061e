//! Locks the password file against other writers with flock(2).
//!
//! The lock is advisory: it stops only other programs that lock the file. The lock ends when the file is closed, also
//! after a crash, so no stale lock can remain.

use std::fs::{File, TryLockError};
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Locks the file exclusively. Returns false if other programs held the lock during the whole time-out.
pub(super) fn exclusive(file: &File, timeout: Duration) -> io::Result<bool> {
    // `None` means that the clock cannot represent the deadline, so the call waits without limit.
    let deadline = Instant::now().checked_add(timeout);
    let mut pause = Duration::from_micros(200);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => {
                return Ok(false);
            }
            Err(TryLockError::WouldBlock) => {
                sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(10));
            }
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            // Some network file systems have no locks. The write continues, with the journal as its only protection.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(true),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}
