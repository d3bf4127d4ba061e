//! The operations of FreeBSD and other Unix systems that are neither Linux nor macOS.
//!
//! The module defines the same names as `linux`. A function here must never be called directly, only through `unix`.
//! The compiler checks this module for x86_64-unknown-freebsd. No test has run it yet.

#![expect(clippy::unnecessary_wraps, reason = "the functions have the signatures that `linux` needs")]

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, Stat};
use rustix::io::Errno;

/// Opens a directory that this user may search but not list. Only FreeBSD has this flag.
#[cfg(target_os = "freebsd")]
pub(super) const SEARCH: OFlags = OFlags::PATH;
#[cfg(not(target_os = "freebsd"))]
pub(super) const SEARCH: OFlags = OFlags::RDONLY;
/// These systems have no flag for this, so a read can change the access time. Recovery reads a journal's times before
/// its content.
pub(super) const NO_ACCESS_TIME: OFlags = OFlags::empty();
/// The errors of open(2) with `O_NOFOLLOW` for a link.
pub(super) const IS_LINK: &[Errno] = &[Errno::LOOP, Errno::MLINK];
/// The errors of open(2) for a socket.
pub(super) const IS_SOCKET: &[Errno] = &[Errno::NXIO, Errno::OPNOTSUPP];
/// The errors of an operation that the file system does not have.
pub(super) const UNSUPPORTED: &[Errno] = &[Errno::OPNOTSUPP];

/// These systems have no files without a name.
pub(super) fn create_nameless(_: impl AsFd, _: Mode) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Always fails, because there are no files without a name.
pub(super) fn name_nameless(_: &File, _: impl AsFd, _: &OsStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Always fails: rename(2) replaces a file that has the new name. `unix` then makes a hard link.
pub(super) fn rename_to_free_name(_: impl AsFd, _: &OsStr, _: &OsStr) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

/// Reserves nothing: `posix_fallocate(2)` makes the file longer, and a reader would see NUL bytes. The write itself fails
/// if the disk is full.
pub(super) fn reserve(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Waits until the content and the attributes of a file or a directory are on the disk.
pub(super) fn flush(file: impl AsFd) -> Result<(), Errno> {
    rustix::fs::fsync(file)
}

/// Recovery uses the tick only together with the identifier of the boot.
pub(super) fn tick() -> Duration {
    Duration::ZERO
}

/// No safe function reads this identifier. Recovery then quarantines a file that was torn before the second mark.
pub(super) fn boot_id() -> Option<[u8; 16]> {
    None
}

/// These systems have no links in /proc that only the kernel can follow.
pub(super) fn is_in_proc(_: impl AsFd) -> io::Result<bool> {
    Ok(false)
}

/// The device and the number of a file.
pub(super) fn identity(file: &Stat) -> (u64, u64) {
    (file.st_dev, file.st_ino)
}
