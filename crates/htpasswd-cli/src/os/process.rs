//! The limits, the user and the signals of this process.

use std::fs;

use rustix::process::{Resource, Rlimit, getegid, geteuid, setrlimit};

use super::kernel;

/// Prevents core dumps, because the memory may contain a password.
///
/// The limit stops a kernel that writes core files itself. A kernel that sends the dump to a program ignores the limit,
/// so the process also becomes not dumpable. Other processes of the same user can then no longer read its memory.
pub(crate) fn forbid_core_dumps() {
    // A sandbox may forbid one or both of these calls. Errors are ignored, because one successful call is better than
    // none.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    kernel::forbid_dumps();
}

/// The numbers of the user and of the group as which this process creates files.
pub(crate) fn effective_ids() -> (u32, u32) {
    (geteuid().as_raw(), getegid().as_raw())
}

/// The umask of this process. On other systems than Linux it is the usual one, because only a call that changes the
/// umask returns it there.
pub(crate) fn umask() -> u32 {
    status("Umask:", 8).and_then(|mask| mask.try_into().ok()).unwrap_or(0o022)
}

/// The set of signals that this process ignores, for example after `nohup`. The lowest bit is signal 1. See `SigIgn` in
/// proc(5).
pub(super) fn ignored_signals() -> u64 {
    status("SigIgn:", 16).unwrap_or(0)
}

/// Returns true if the set of signals contains the signal.
pub(super) fn contains(signals: u64, signal: i32) -> bool {
    signals >> (signal - 1) & 1 == 1
}

/// The number in the field of this process. See `/proc/pid/status` in proc(5), which only Linux has.
fn status(field: &str, radix: u32) -> Option<u64> {
    let status = fs::read("/proc/self/status").unwrap_or_default();
    let status = String::from_utf8_lossy(&status);
    let number = status.lines().find_map(|line| line.strip_prefix(field))?;
    u64::from_str_radix(number.trim(), radix).ok()
}
