//! The operations that only Linux has.
//!
//! `apple` and `other` define the same names. A function here must never be called directly, only through `unix`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, FallocateFlags, Mode, OFlags, RenameFlags, Stat};
use rustix::io::{Errno, retry_on_intr};
use rustix::time::ClockId;

/// Opens a directory that this user may search but not list.
pub(super) const SEARCH: OFlags = OFlags::PATH;
/// Leaves the access time of a file alone during a read. Only the owner of the file and root may use it.
pub(super) const NO_ACCESS_TIME: OFlags = OFlags::NOATIME;
/// The errors of open(2) with `O_NOFOLLOW` for a link.
pub(super) const IS_LINK: &[Errno] = &[Errno::LOOP];
/// The errors of open(2) for a socket.
pub(super) const IS_SOCKET: &[Errno] = &[Errno::NXIO];
/// The errors of an operation that the file system does not have.
pub(super) const UNSUPPORTED: &[Errno] = &[Errno::OPNOTSUPP];

/// The `f_type` of procfs in statfs(2).
const PROC_SUPER_MAGIC: u64 = 0x9fa0;
/// A random identifier that the kernel generates at each boot; random(4).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Creates a file that has no name yet.
pub(super) fn create_nameless(directory: impl AsFd, mode: Mode) -> io::Result<File> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    Ok(File::from(retry_on_intr(|| rustix::fs::openat(directory.as_fd(), ".", flags, mode))?))
}

/// Gives a nameless file its name. Fails without /proc, and if the name exists.
pub(super) fn name_nameless(file: &File, directory: impl AsFd, name: &OsStr) -> io::Result<()> {
    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(rustix::fs::linkat(CWD, source, directory, name, AtFlags::SYMLINK_FOLLOW)?)
}

/// Renames a file; fails if the new name exists.
pub(super) fn rename_to_free_name(directory: impl AsFd, old: &OsStr, new: &OsStr) -> Result<(), Errno> {
    let directory = directory.as_fd();
    rustix::fs::renameat_with(directory, old, directory, new, RenameFlags::NOREPLACE)
}

/// Reserves space up to `length` without a change of the length of the file.
pub(super) fn reserve(file: &File, length: u64) -> io::Result<()> {
    let metadata = file.metadata()?;
    let now = metadata.len();
    // The last block of the file often has enough space. Then fallocate(2) is not called, because it would change the
    // times of the file.
    if length <= now.max(metadata.blocks() * 512) {
        return Ok(());
    }
    match retry_on_intr(|| rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, now, length - now)) {
        // Some file systems do not support fallocate(2). On these, the write itself fails if the disk is full.
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Waits until the content and the attributes of a file or a directory are on the disk.
pub(super) fn flush(file: impl AsFd) -> Result<(), Errno> {
    rustix::fs::fsync(file)
}

/// The distance between two successive times that the kernel gives to files.
pub(super) fn tick() -> Duration {
    Duration::try_from(rustix::time::clock_getres(ClockId::RealtimeCoarse)).unwrap_or_default()
}

/// The identifier of the boot as 16 bytes; `None` without /proc.
pub(super) fn boot_id() -> Option<[u8; 16]> {
    let text = fs::read_to_string(BOOT_ID).ok()?;
    let number = u128::from_str_radix(&text.trim_end().replace('-', ""), 16).ok()?;
    Some(number.to_be_bytes())
}

/// Returns true if the directory is in /proc. A link there can lead to an open file that its text does not name.
pub(super) fn is_in_proc(directory: impl AsFd) -> io::Result<bool> {
    Ok(u64::try_from(rustix::fs::fstatfs(directory)?.f_type) == Ok(PROC_SUPER_MAGIC))
}

/// The device and the number of a file.
pub(super) fn identity(file: &Stat) -> (u64, u64) {
    (file.st_dev, file.st_ino)
}
