//! What the program was started with and can no longer be seen when `main` begins: the standard library
//! opens /dev/null on closed standard descriptors, and ignores SIGPIPE.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::FileType;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

static STDOUT_WAS_CLOSED: AtomicBool = AtomicBool::new(false);
static SIGPIPE_WAS_IGNORED: AtomicBool = AtomicBool::new(false);

/// Runs before the standard library does. Uses nothing of it that needs to be set up.
#[ctor::ctor]
fn record_standard_output() {
    match rustix::fs::fstat(rustix::stdio::stdout()) {
        Err(_) => STDOUT_WAS_CLOSED.store(true, Ordering::Relaxed),
        Ok(stat) => {
            // Only where the signal can come does it matter: looking costs more than hashing with -s.
            if matches!(FileType::from_raw_mode(stat.st_mode), FileType::Fifo | FileType::Socket) {
                let ignored = contains(ignored_signals(), signal_hook::consts::SIGPIPE);
                SIGPIPE_WAS_IGNORED.store(ignored, Ordering::Relaxed);
            }
        }
    }
}

/// Standard input as a file: nothing is buffered, so what is not read stays for the next program.
pub(crate) fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Leaves no core dump, whatever ends the program: the memory may hold a password. The limit is for kernels that write
/// core files themselves; a program that the kernel starts for it gets the dump whatever the limit is, unless the
/// process is not dumpable. Other processes of the same user can no longer read this one's memory either.
pub(crate) fn forbid_core_dumps() {
    // A sandbox may refuse either, and each is better than none.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Whether standard output was closed: what is printed now is lost.
pub(crate) fn stdout_was_closed() -> bool {
    STDOUT_WAS_CLOSED.load(Ordering::Relaxed)
}

/// Whether the caller ignores SIGPIPE, as with `trap '' PIPE`. Known only if standard output is a pipe.
pub(crate) fn sigpipe_was_ignored() -> bool {
    SIGPIPE_WAS_IGNORED.load(Ordering::Relaxed)
}

/// The signals that this process ignores now, as after `nohup`: the bit of signal 1 is lowest. See
/// proc(5), `SigIgn`.
pub(crate) fn ignored_signals() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Whether a signal is in such a set.
pub(crate) fn contains(signals: u64, signal: i32) -> bool {
    signals >> (signal - 1) & 1 == 1
}
