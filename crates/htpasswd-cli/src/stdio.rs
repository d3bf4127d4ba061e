//! The state of standard output and of signals when the program started.
//!
//! Before `main` begins, the standard library opens /dev/null on closed standard descriptors and ignores SIGPIPE. This
//! module therefore records the original state earlier. It must never write to a descriptor.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::FileType;
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::os;

static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);
static SIGPIPE_WAS_IGNORED: AtomicBool = AtomicBool::new(false);

/// Runs before the standard library is initialized, so it uses only parts of it that need no initialization.
#[ctor::ctor]
fn record_standard_output() {
    match rustix::fs::fstat(rustix::stdio::stdout()) {
        Err(_) => STDOUT_WAS_CLOSED.store(true, Ordering::Relaxed),
        Ok(stat) => {
            // SIGPIPE comes only from pipes and sockets. Elsewhere the look-up is skipped, because it takes longer than
            // hashing with -s.
            if matches!(FileType::from_raw_mode(stat.st_mode), FileType::Fifo | FileType::Socket) {
                let ignored = contains(ignored_signals(), signal_hook::consts::SIGPIPE);
                SIGPIPE_WAS_IGNORED.store(ignored, Ordering::Relaxed);
            }
        }
    }
}

/// Standard input as a file without a buffer, so that the next program can read the rest of the input.
pub(crate) fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Prevents core dumps, because the memory may contain a password.
///
/// The limit stops a kernel that writes core files itself. A kernel that sends the dump to a program ignores the limit,
/// so the process also becomes not dumpable. Other processes of the same user can then no longer read its memory.
pub(crate) fn forbid_core_dumps() {
    // A sandbox may forbid one or both of these calls. Errors are ignored, because one successful call is better than
    // none.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    os::forbid_dumps();
}

/// Returns true if standard output was closed when the program started. In this case, everything that the program
/// prints to it is lost.
pub(crate) fn stdout_was_closed() -> bool {
    STDOUT_WAS_CLOSED.load(Ordering::Relaxed)
}

/// Returns true if the caller ignores SIGPIPE, as with `trap '' PIPE`, and standard output is a pipe or a socket.
pub(crate) fn sigpipe_was_ignored() -> bool {
    SIGPIPE_WAS_IGNORED.load(Ordering::Relaxed)
}

/// The set of signals that this process ignores, for example after `nohup`. The lowest bit is signal 1. See `SigIgn` in
/// proc(5).
pub(crate) fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Returns true if the set of signals contains the signal.
pub(crate) fn contains(signals: u64, signal: i32) -> bool {
    signals >> (signal - 1) & 1 == 1
}
