//! The identity, the permissions and the place of files.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FileType, StatVfsMountFlags, fstat, fstatvfs};
use rustix::io::Errno;

use super::types::Permissions;

/// True if files have a mode, an owner and a group that decide about access.
pub(crate) const HAS_MODES: bool = true;
/// The shell command that creates a directory with those above it.
pub(crate) const MAKE_DIRECTORY: &str = "mkdir -p";
/// True if /etc/passwd and /etc/group list the accounts.
pub(crate) const HAS_ACCOUNTS: bool = true;

/// The owner, the group and the mode of a file.
pub(crate) fn permissions(metadata: &Metadata) -> Permissions {
    Permissions { uid: metadata.uid(), gid: metadata.gid(), mode: metadata.mode() }
}

/// Returns true if both paths lead to the same file.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.metadata(), other.metadata()), (Ok(one), Ok(other)) if has_same_number(&one, &other))
}

/// Returns true if the path leads to the open file.
pub(crate) fn is_open_file(open: &File, path: &Path) -> bool {
    matches!((open.metadata(), path.metadata()), (Ok(one), Ok(other)) if has_same_number(&one, &other))
}

fn has_same_number(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Creates a file that only its owner can read. Fails if there is one with this name.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Waits until the content of a regular file is on the disk. Does nothing for another kind of file.
pub(crate) fn sync_regular_file(file: impl AsFd) -> io::Result<()> {
    if FileType::from_raw_mode(fstat(&file)?.st_mode) != FileType::RegularFile {
        return Ok(());
    }
    // macOS has no fdatasync(2).
    #[cfg(target_vendor = "apple")]
    rustix::fs::fsync(file)?;
    #[cfg(not(target_vendor = "apple"))]
    rustix::fs::fdatasync(file)?;
    Ok(())
}

/// Returns true if the file system of the file is mounted read-only.
pub(crate) fn is_on_read_only_mount(file: &File) -> bool {
    fstatvfs(file).is_ok_and(|status| status.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Returns true if the error says that the file system has no locks.
pub(crate) fn has_no_locks(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::NOLCK)
}

/// Opens the file of this descriptor in a directory of the system that lists open descriptors.
pub(super) fn open_in(directory: &str, number: i32) -> io::Result<File> {
    let opened = File::open(format!("{directory}/{number}"));
    opened.map_err(|error| if error.kind() == io::ErrorKind::NotFound { Errno::BADF.into() } else { error })
}
