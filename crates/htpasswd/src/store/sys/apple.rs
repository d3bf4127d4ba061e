//! The operations of macOS that differ from other Unix systems.
//!
//! The module defines the same names as `linux`. A function here must never be called directly, only through `unix`.
//! The compiler checks this module for aarch64-apple-darwin. No test has run it yet.

#![expect(clippy::unnecessary_wraps, reason = "the functions have the signatures that `linux` needs")]

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::fs::{Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

/// macOS opens no directory that this user may not list.
pub(super) const SEARCH: OFlags = OFlags::RDONLY;
/// macOS has no flag for this, so a read can change the access time. Recovery reads a journal's times before its content.
pub(super) const NO_ACCESS_TIME: OFlags = OFlags::empty();
/// The errors of open(2) with `O_NOFOLLOW` for a link.
pub(super) const IS_LINK: &[Errno] = &[Errno::LOOP];
/// The errors of open(2) for a socket.
pub(super) const IS_SOCKET: &[Errno] = &[Errno::NXIO, Errno::OPNOTSUPP];
/// The errors of an operation that the file system does not have.
pub(super) const UNSUPPORTED: &[Errno] = &[Errno::OPNOTSUPP, Errno::NOTSUP];

/// macOS has no files without a name.
pub(super) fn create_nameless(_: impl AsFd, _: Mode) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Always fails, because there are no files without a name.
pub(super) fn name_nameless(_: &File, _: impl AsFd, _: &OsStr) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Renames a file with `renameatx_np(2)`; fails if the new name exists.
pub(super) fn rename_to_free_name(directory: impl AsFd, old: &OsStr, new: &OsStr) -> Result<(), Errno> {
    let directory = directory.as_fd();
    match rustix::fs::renameat_with(directory, old, directory, new, RenameFlags::NOREPLACE) {
        // Some file systems cannot rename without replacing a file. `unix` tries a hard link for this error.
        Err(error) if UNSUPPORTED.contains(&error) => Err(Errno::NOSYS),
        renamed => renamed,
    }
}

/// Reserves nothing: rustix's fallocate(2) for macOS makes the file longer, and a reader would see NUL bytes. The write
/// itself fails if the disk is full.
pub(super) fn reserve(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Waits until the content and the attributes of a file or a directory are on the disk. fsync(2) of macOS does not wait
/// for the cache of the disk, `F_FULLFSYNC` does. A file system without `F_FULLFSYNC` gets fsync(2).
pub(super) fn flush(file: impl AsFd) -> Result<(), Errno> {
    let file = file.as_fd();
    match rustix::fs::fcntl_fullfsync(file) {
        Err(Errno::NOTTY | Errno::INVAL) => rustix::fs::fsync(file),
        Err(error) if UNSUPPORTED.contains(&error) => rustix::fs::fsync(file),
        flushed => flushed,
    }
}

/// Recovery uses the tick only together with the identifier of the boot.
pub(super) fn tick() -> Duration {
    Duration::ZERO
}

/// No safe function reads this identifier. Recovery then quarantines a file that was torn before the second mark.
pub(super) fn boot_id() -> Option<[u8; 16]> {
    None
}

/// macOS has no /proc.
pub(super) fn is_in_proc(_: impl AsFd) -> io::Result<bool> {
    Ok(false)
}

/// The device and the number of a file, as `std::fs::Metadata` has them.
pub(super) fn identity(file: &Stat) -> (u64, u64) {
    (i64::from(file.st_dev).cast_unsigned(), file.st_ino)
}
