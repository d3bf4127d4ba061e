//! The system calls of the command that not every Unix system has.
//!
//! Each function has a variant for Linux and one for the other systems. A variant must never need unsafe code, so some
//! of them do less than on Linux.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::io::Errno;

/// Makes this process not dumpable. Other processes of the same user can then not read its memory. A sandbox may forbid
/// the call. Other systems than Linux have no such call.
pub(crate) fn forbid_dumps() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Waits until the content of a regular file is on the disk.
pub(crate) fn sync_data(file: impl AsFd) -> io::Result<()> {
    // macOS has no fdatasync(2).
    #[cfg(target_vendor = "apple")]
    return Ok(rustix::fs::fsync(file)?);
    #[cfg(not(target_vendor = "apple"))]
    return Ok(rustix::fs::fdatasync(file)?);
}

/// Duplicates the descriptor with this number. The standard library has no safe function for this task.
/// `pidfd_getfd(2)`, which the kernel has for descriptors of other processes, works for the own process too.
#[cfg(target_os = "linux")]
pub(crate) fn open_descriptor(number: i32) -> io::Result<File> {
    use std::os::fd::AsRawFd;

    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

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
    open_file_of_descriptor("/proc/self/fd", number)
}

/// Duplicates the descriptor with this number. An open(2) in /dev/fd does this on these systems.
#[cfg(not(target_os = "linux"))]
pub(crate) fn open_descriptor(number: i32) -> io::Result<File> {
    open_file_of_descriptor("/dev/fd", number)
}

fn open_file_of_descriptor(directory: &str, number: i32) -> io::Result<File> {
    let opened = File::open(format!("{directory}/{number}"));
    opened.map_err(|error| if error.kind() == io::ErrorKind::NotFound { Errno::BADF.into() } else { error })
}

/// Returns true if the file is on a tmpfs of Linux, which is in memory.
#[cfg(target_os = "linux")]
pub(crate) fn is_on_tmpfs(file: &File) -> bool {
    const TMPFS: u64 = 0x0102_1994;
    rustix::fs::fstatfs(file).is_ok_and(|status| u64::try_from(status.f_type) == Ok(TMPFS))
}

/// Returns false: Docker and Kubernetes mount secrets only on Linux.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_on_tmpfs(_: &File) -> bool {
    false
}

/// Returns true if an access control list adds to the mode of the file, or replaces it.
#[cfg(target_os = "linux")]
pub(crate) fn has_acl(path: &Path) -> bool {
    // A list has more than one byte, so the system says that the buffer is too small.
    rustix::fs::getxattr(path, "system.posix_acl_access", &mut [0_u8; 1][..]) == Err(Errno::RANGE)
}

/// Returns false: no safe function reads the access control lists of these systems.
#[cfg(not(target_os = "linux"))]
pub(crate) fn has_acl(_: &Path) -> bool {
    false
}
