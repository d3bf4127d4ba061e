//! The operations that all Unix systems share, on open files and their metadata.
//!
//! `directory` has the operations on names in an open directory, and `resolve` finds that directory. A flag or a call
//! that one of these systems does not have must never be here; `kernel` has it.

mod directory;
mod resolve;

use std::ffi::OsString;
use std::fs::{File, Metadata, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{OFlags, Timespec, Timestamps, UTIME_NOW};
use rustix::io::{Errno, retry_on_intr};
use rustix::process::{Gid, Resource, Uid};

pub(crate) use self::directory::{
    check_create, create, create_nameless, give_free_name, list, may_exist, name_nameless, open_journal,
    remove, rename, sync_directory,
};
pub(crate) use self::resolve::Location;
use super::{Access, FileTime, Identity, Times, kernel};

/// The number of a user.
pub(crate) type Owner = u32;

/// The user who may do everything.
pub(crate) const ROOT: Owner = 0;

/// The error for a file that does not exist.
pub(crate) fn missing() -> io::Error {
    Errno::NOENT.into()
}

/// The error for a file that this user may not access.
pub(crate) fn denied() -> io::Error {
    Errno::ACCESS.into()
}

/// A file name of these bytes.
pub(crate) fn file_name(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

pub(crate) fn is_pipe(file: &Metadata) -> bool {
    file.file_type().is_fifo()
}

pub(crate) fn is_device(file: &Metadata) -> bool {
    file.file_type().is_char_device()
}

/// The identity of the open file with this metadata.
#[expect(clippy::unnecessary_wraps, reason = "Windows has to ask for it")]
pub(crate) fn identity(_: &File, metadata: &Metadata) -> io::Result<Identity> {
    Ok(identity_in(metadata))
}

/// The identity of the file with this path and this metadata.
#[expect(clippy::unnecessary_wraps, reason = "Windows has to ask for it")]
pub(crate) fn identity_at(_: &Path, metadata: &Metadata) -> io::Result<Identity> {
    Ok(identity_in(metadata))
}

fn identity_in(metadata: &Metadata) -> Identity {
    Identity { device: metadata.dev(), inode: metadata.ino() }
}

pub(crate) fn owner(file: &Metadata) -> Owner {
    file.uid()
}

pub(crate) fn times(file: &Metadata) -> Times {
    Times {
        accessed: [file.atime(), file.atime_nsec()],
        modified: [file.mtime(), file.mtime_nsec()],
        changed: [file.ctime(), file.ctime_nsec()],
    }
}

/// The time of a mark that proves, together with the modification time, that no program has changed the file.
pub(crate) fn proving_time(times: &Times) -> FileTime {
    times.changed
}

/// Returns true if the path names the open file.
pub(crate) fn names(path: &Path, file: &File) -> bool {
    match (std::fs::metadata(path), file.metadata()) {
        (Ok(named), Ok(open)) => identity_in(&named) == identity_in(&open),
        _ => false,
    }
}

/// Returns true if only this user and the given one can have written the file, and only its owner can read it.
pub(crate) fn is_private(file: &Metadata, other_owner: Owner) -> bool {
    let me = rustix::process::geteuid().as_raw();
    file.is_file()
        && file.nlink() == 1
        && file.mode() & 0o7777 == 0o600
        && (file.uid() == other_owner || file.uid() == me)
}

/// Returns true if the umask leaves the owner of a new file the write permission, or if the caller is root.
pub(crate) fn may_be_written(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.permissions().mode() & 0o200 != 0 || rustix::process::geteuid().is_root())
}

/// Opens a path at once, even if no other program has opened the pipe that it names. A terminal does not become the
/// controlling terminal of this process.
pub(crate) fn open_path(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(access != Access::Write).write(access != Access::Read);
    options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed()).open(path)
}

/// Locks the file against other writers with flock(2). The lock is advisory: it stops only other programs that lock the
/// file.
pub(crate) fn try_lock(file: &File) -> Result<(), TryLockError> {
    file.try_lock()
}

/// Returns false: an open file does not keep other programs from opening it.
pub(crate) fn is_in_use(_: &io::Error) -> bool {
    false
}

/// Returns false: every path can name a password file.
pub(crate) fn is_no_file_name(_: &Path) -> bool {
    false
}

/// Makes reads and writes of the file wait for the other end.
pub(crate) fn wait_for_other_end(file: &File) -> io::Result<()> {
    let status = rustix::fs::fcntl_getfl(file)?;
    Ok(rustix::fs::fcntl_setfl(file, status - OFlags::NONBLOCK)?)
}

/// Checks that this user may write to the file.
pub(crate) fn check_write(path: &Path) -> io::Result<()> {
    Ok(rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?)
}

/// Fills the buffer with the bytes from this offset on.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(buffer, offset)
}

/// Writes all bytes at this offset. The length of the file changes only if the bytes end after its end.
pub(crate) fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.write_all_at(bytes, offset)
}

/// Reserves space on the disk, so that a later write up to `length` cannot fail for lack of space. Not all systems and
/// file systems can do this. The length of the file stays the same.
pub(crate) fn reserve(file: &File, length: u64) -> io::Result<()> {
    kernel::reserve(file, length)
}

/// Waits until the content and the attributes of the file are on the disk.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    Ok(retry_on_intr(|| kernel::flush(file))?)
}

/// Sets the access and modification times to the present time. Every user who may write to the file may do this.
pub(crate) fn set_times_to_now(file: &File) -> io::Result<()> {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    Ok(rustix::fs::futimens(file, &Timestamps { last_access: now, last_modification: now })?)
}

pub(crate) fn set_times(file: &File, accessed: FileTime, modified: FileTime) -> io::Result<()> {
    let time = |[tv_sec, tv_nsec]: FileTime| Timespec { tv_sec, tv_nsec };
    let times = Timestamps { last_access: time(accessed), last_modification: time(modified) };
    Ok(rustix::fs::futimens(file, &times)?)
}

/// Gives a new journal the mode that [`is_private`] requires, because the umask may have removed permissions.
pub(crate) fn keep_private(journal: &File) -> io::Result<()> {
    set_mode(journal, 0o600)
}

pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode))
}

pub(crate) fn set_group(file: &File, group: u32) -> io::Result<()> {
    Ok(rustix::fs::fchown(file, None, Some(Gid::from_raw(group)))?)
}

/// Gives a copy the owner, the group and the mode of the original. If this process may not set the owner or the group,
/// the mode permits only the owner of the copy to read it.
pub(crate) fn copy_access(original: &Metadata, copy: &File) -> io::Result<()> {
    let owner = (original.uid(), original.gid());
    let is_same = || copy.metadata().map(|copy| owner == (copy.uid(), copy.gid()));
    if !is_same()? {
        // Only root may give files away. The check after the call decides.
        let _ = rustix::fs::fchown(copy, Some(Uid::from_raw(owner.0)), Some(Gid::from_raw(owner.1)));
    }
    // Without the owner and the group of the original, the mode could permit other users to read the copy.
    let mask = if is_same()? { 0o777 } else { 0o700 };
    set_mode(copy, original.mode() & mask)
}

/// Rejects a length above `ulimit -f`. The kernel would end the program with SIGXFSZ at a write beyond that limit.
pub(crate) fn within_limit(length: u64) -> io::Result<()> {
    match rustix::process::getrlimit(Resource::Fsize).current {
        Some(limit) if length > limit => Err(Errno::FBIG.into()),
        _ => Ok(()),
    }
}

/// The clock tick: the distance between two successive times that the kernel gives to files.
pub(crate) fn tick() -> Duration {
    kernel::tick()
}

/// The identifier of the boot of the system; `None` if it is unknown.
pub(crate) fn boot_id() -> Option<[u8; 16]> {
    kernel::boot_id()
}
