//! Waits until no other writer has locked the password file.
//!
//! On Unix, the lock is taken after the file is opened. It is advisory: it stops only other programs that lock the file.
//! On Windows, a writer locks the file by opening it. The lock ends when the file is closed, also after a crash, so no
//! stale lock can remain.

use std::fs::{File, TryLockError};
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::sys;

/// Locks the file exclusively. Returns false if other programs held the lock during the whole time-out.
pub(super) fn exclusive(file: &File, timeout: Duration) -> io::Result<bool> {
    let locked = wait(timeout, || {
        loop {
            match sys::try_lock(file) {
                Ok(()) => return Ok(Some(())),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                // Some network file systems have no locks. The write continues, with the journal as its only protection.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Some(()));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    });
    locked.map(|locked| locked.is_some())
}

/// Calls `attempt` until it returns a value. Returns `None` if it returned none during the whole time-out.
pub(super) fn wait<T, E>(
    timeout: Duration,
    mut attempt: impl FnMut() -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    // `None` means that the clock cannot represent the deadline, so the call waits without limit.
    let deadline = Instant::now().checked_add(timeout);
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(value) = attempt()? {
            return Ok(Some(value));
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(None);
        }
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}
