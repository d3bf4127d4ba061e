//! The operations that only Linux has.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use rustix::io::Errno;
use rustix::process::{DumpableBehavior, PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use super::files::open_in;

/// Makes this process not dumpable. Other processes of the same user can then not read its memory. A sandbox may forbid
/// the call.
pub(super) fn forbid_dumps() {
    let _ = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Duplicates the descriptor with this number. The standard library has no safe function for this task.
/// `pidfd_getfd(2)`, which the kernel has for descriptors of other processes, works for the own process too.
pub(crate) fn open_descriptor(number: i32) -> io::Result<File> {
    if let Ok(this) = pidfd_open(getpid(), PidfdFlags::empty()) {
        // `pidfd_open` returned this number, so the number was not open before.
        if this.as_raw_fd() == number {
            return Err(Errno::BADF.into());
        }
        match pidfd_getfd(&this, number, PidfdGetfdFlags::empty()) {
            Ok(descriptor) => return Ok(descriptor.into()),
            Err(Errno::BADF) => return Err(Errno::BADF.into()),
            // Some containers forbid this system call, and old kernels do not have it.
            Err(_) => {}
        }
    }
    open_in("/proc/self/fd", number)
}

/// Returns true if the file is on a tmpfs of Linux, which is in memory.
pub(crate) fn is_on_tmpfs(file: &File) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    rustix::fs::fstatfs(file).is_ok_and(|status| u64::try_from(status.f_type) == Ok(TMPFS))
}

/// Returns true if an access control list adds to the mode of the file, or replaces it.
pub(crate) fn has_acl(path: &Path) -> bool {
    // A list has more than one byte, so the system says that the buffer is too small.
    rustix::fs::getxattr(path, "system.posix_acl_access", &mut [0_u8; 1][..]) == Err(Errno::RANGE)
}
