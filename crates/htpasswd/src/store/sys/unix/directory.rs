//! The operations on names in an open directory.
//!
//! All functions take the directory as an open descriptor, so another user cannot exchange it between two calls. No
//! function may follow a link, and only [`rename`] may replace a file.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::Owner;
use crate::store::sys::{Access, Naming, NewMode, Opened, kernel};

/// An open directory.
#[derive(Debug)]
pub(crate) struct Directory(OwnedFd);

impl Directory {
    /// Opens a directory. If this user may search it but not list it, the result can still open the files in it.
    pub(super) fn open(at: impl AsFd, name: &OsStr, flags: OFlags) -> Result<Self, Errno> {
        let open = |access| {
            let flags = access | flags | OFlags::DIRECTORY | OFlags::CLOEXEC;
            retry_on_intr(|| rustix::fs::openat(at.as_fd(), name, flags, Mode::empty()))
        };
        match open(OFlags::RDONLY) {
            Err(Errno::ACCESS) => open(kernel::SEARCH).map(Self),
            directory => directory.map(Self),
        }
    }

    pub(super) fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// The flag of open(2) for these operations.
pub(super) fn access_flag(access: Access) -> OFlags {
    match access {
        Access::Read => OFlags::RDONLY,
        Access::Write => OFlags::WRONLY,
        Access::ReadWrite | Access::ReadWriteUnlocked => OFlags::RDWR,
    }
}

/// Checks that this user may create files in the directory.
pub(crate) fn check_create(directory: &Directory) -> io::Result<()> {
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    Ok(rustix::fs::accessat(directory, ".", access, AtFlags::empty())?)
}

/// Creates a file; fails if the name exists.
pub(crate) fn create(directory: &Directory, name: &OsStr, access: Access, mode: NewMode) -> io::Result<File> {
    let flags = access_flag(access) | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    Ok(File::from(retry_on_intr(|| rustix::fs::openat(directory, name, flags, bits(mode)))?))
}

/// Creates a file that has no name yet, if the system and the file system can. If the program ends before the file has
/// a name, no file remains.
pub(crate) fn create_nameless(directory: &Directory, mode: NewMode) -> io::Result<File> {
    kernel::create_nameless(directory, bits(mode))
}

/// Gives a nameless file its name; fails if the name exists.
pub(crate) fn name_nameless(file: &File, directory: &Directory, name: &OsStr) -> io::Result<()> {
    kernel::name_nameless(file, directory, name)
}

/// Gives a file a new name; fails if that name exists.
pub(crate) fn give_free_name(directory: &Directory, old: &OsStr, new: &OsStr) -> io::Result<Naming> {
    let (named, naming) = match kernel::rename_to_free_name(directory, old, new) {
        // A hard link also fails if the new name exists.
        Err(Errno::INVAL | Errno::NOSYS) => {
            (rustix::fs::linkat(directory, old, directory, new, AtFlags::empty()), Naming::Linked)
        }
        renamed => (renamed, Naming::Renamed),
    };
    match named {
        Ok(()) => Ok(naming),
        Err(Errno::PERM | Errno::NOSYS) => Ok(Naming::Unsupported),
        Err(error) if kernel::UNSUPPORTED.contains(&error) => Ok(Naming::Unsupported),
        Err(error) => Err(error.into()),
    }
}

/// Renames a file, and replaces the file that has the new name.
pub(crate) fn rename(directory: &Directory, old: &OsStr, new: &OsStr) -> io::Result<()> {
    Ok(rustix::fs::renameat(directory, old, directory, new)?)
}

pub(crate) fn remove(directory: &Directory, name: &OsStr) -> io::Result<()> {
    Ok(rustix::fs::unlinkat(directory, name, AtFlags::empty())?)
}

/// Returns false if no file has this name. Returns true if the name cannot be looked up.
pub(crate) fn may_exist(directory: &Directory, name: &OsStr) -> bool {
    let found = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW);
    !matches!(found, Err(Errno::NOENT | Errno::NAMETOOLONG))
}

/// The names of all files in the directory.
pub(crate) fn list(directory: &Directory) -> io::Result<impl Iterator<Item = io::Result<OsString>>> {
    // The descriptor may permit only searches, so the directory is opened again.
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let readable = rustix::fs::openat(directory, ".", flags, Mode::empty())?;
    let names = Dir::read_from(readable)?;
    Ok(names.map(|entry| Ok(OsString::from_vec(entry?.file_name().to_bytes().to_vec()))))
}

/// Opens a file that may be a journal, for reading and writing. Where the system can, later reads leave the access time
/// of the file alone, because it is a part of the mark.
pub(crate) fn open_journal(directory: &Directory, name: &OsStr) -> io::Result<Opened<File, Owner>> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let open = |flags| retry_on_intr(|| rustix::fs::openat(directory, name, flags, Mode::empty()));
    let opened = match open(flags | kernel::NO_ACCESS_TIME) {
        // Only the owner and root may use this flag.
        Err(Errno::PERM) => open(flags),
        opened => opened,
    };
    match opened {
        Ok(journal) => Ok(Opened::File(File::from(journal))),
        Err(Errno::NOENT | Errno::NAMETOOLONG) => Ok(Opened::Missing),
        Err(Errno::ISDIR) => Ok(Opened::Special),
        Err(error) if kernel::IS_LINK.contains(&error) || kernel::IS_SOCKET.contains(&error) => {
            Ok(Opened::Special)
        }
        Err(Errno::ACCESS) => {
            let owner = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?.st_uid;
            Ok(Opened::Denied(owner))
        }
        Err(error) => Err(error.into()),
    }
}

/// Waits until the names of new and removed files are on the disk, if the file system can flush directories.
pub(crate) fn sync_directory(directory: &Directory) -> io::Result<()> {
    match retry_on_intr(|| kernel::flush(directory)) {
        // EBADF means that this process may search the directory but not list it, so its descriptor permits only
        // searches. The other errors mean that the file system does not flush directories.
        Ok(()) | Err(Errno::INVAL | Errno::BADF) => Ok(()),
        Err(error) if kernel::UNSUPPORTED.contains(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn bits(mode: NewMode) -> Mode {
    let owner = Mode::RUSR | Mode::WUSR;
    match mode {
        NewMode::Private => owner,
        NewMode::ByUmask => owner | Mode::RGRP | Mode::WGRP | Mode::ROTH | Mode::WOTH,
    }
}
